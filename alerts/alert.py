"""The alert of one family on one seat: its episodes, who has seen them, when to announce again.

It is told what the evidence says (`qualify`, `escalate`, `deescalate`, `recover`) and keeps the rest of
alerts.md 4.5 and 4.6 by itself. Instants are arguments; events go to the list that is handed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.condition import AlertEvent, Cause, Family, Happening, Level, Reason
from alerts.limits import FamilyRule
from alerts.saved import pack, unpack
from alerts.state import State, Step, step
from collector.clock import SECOND, Instant

NEVER = 1 << 62
# A caution is announced three times again, then rarely (alerts.md 4.2).
FEW_REPEATS = 3
WATCH = 1800 * SECOND  # the life of an acknowledgement that is a watch (`watching`)
RARE_REPEAT = 300 * SECOND
OPEN = (State.ACTIVE, State.ACKNOWLEDGED)

Out = list[AlertEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Whose alerts these are."""

    session: str
    seat: str
    participant: str


class Alert:
    """At most one episode at a time; episodes are numbered per seat and family."""

    __slots__ = (
        "about",
        "acknowledged_value",
        "announced",
        "cause",
        "count",
        "expires",
        "explained",
        "loud",
        "open",
        "participant",
        "paused",
        "prefix",
        "repeats",
        "rule",
        "rung",
        "seat",
        "since",
        "state",
        "unseen",
        "value",
        "watch",
        "worst",
    )

    def __init__(self, rule: FamilyRule, who: Who) -> None:
        self.rule = rule
        self.seat = who.seat
        self.participant = who.participant
        self.prefix = f"{who.session}-{who.seat}-{rule.family.value}-"
        self.count = 0
        self.state = State.QUIET
        self.open = False  # whether an episode is running (not merely kept to be seen)
        self.rung = -1  # index of the level in the rule; -1 = no level
        self.since: Instant | None = None
        self.unseen = Level.ADVISORY  # the highest level since somebody last acknowledged
        self.value: float | None = None
        self.worst: float | None = None
        self.cause: Cause | None = None
        self.announced = 0
        self.repeats = 0
        self.expires = 0
        self.acknowledged_value: float | None = None
        self.paused = False  # the participant is; signals rest, the journal does not
        self.about = ""  # the thing that a trouble of the station is with
        self.explained: Family | None = None  # by that alert; signals rest unless this one is urgent
        self.watch: float | None = None  # acknowledged until a value beyond this, or for `WATCH`
        self.loud = False  # stands for an episode that no pause covers

    @property
    def family(self) -> Family:
        """The family it belongs to."""
        return self.rule.family

    @property
    def episode(self) -> str:
        """The id of the newest episode."""
        return f"{self.prefix}{self.count}"

    @property
    def level(self) -> Level:
        """The level of the open episode, ADVISORY when none is open."""
        return self.rule.levels[self.rung].level if self.rung >= 0 else Level.ADVISORY

    @property
    def pausable(self) -> bool:
        """Whether a pause of the participant takes the signals away."""
        return not self.loud and (self.rung < 0 or self.rule.levels[self.rung].pausable)

    def _step(self, event: Step) -> None:
        self.state = step(self.state, event)
        self.open = self.state in OPEN

    def breach(self) -> None:
        """The first reading beyond a limit."""
        if self.state is State.QUIET:
            self._step(Step.BREACH)

    def fade(self) -> None:
        """The evidence is gone before it was enough."""
        if self.state is State.PENDING:
            self._step(Step.FADE)

    def qualify(  # noqa: PLR0913 - the facts of an episode
        self,
        rung: int,
        since: Instant,
        at: Instant,
        out: Out,
        *,
        value: float | None = None,
        worst: float | None = None,
        cause: Cause | None = None,
    ) -> None:
        """Begin an episode; one that waits to be seen is closed as superseded."""
        if self.state is State.LATCHED:
            out.append(self.event(Happening.CLOSE, at, self.unseen, reason=Reason.SUPERSEDED))
        self._step(Step.QUALIFY)
        self.count += 1
        self.since, self.value, self.worst, self.cause = since, value, worst, cause
        self.rung = rung
        self.unseen = self.level
        self._announce(at, Happening.RAISE, out)
        self.repeats = 0

    def escalate(self, rung: int, at: Instant, out: Out) -> None:
        """A higher level; an acknowledgement is void."""
        self._step(Step.ESCALATE)
        self.rung = rung
        self.unseen = max(self.unseen, self.level)
        self._announce(at, Happening.ESCALATE, out)
        self.repeats = 0

    def deescalate(self, rung: int, at: Instant, out: Out) -> None:
        """A milder level, silently; the cadence is the milder one's from now on."""
        self._step(Step.DEESCALATE)
        self.rung = rung
        self.repeats = 0
        out.append(self.event(Happening.DEESCALATE, at, self.level))

    def recover(self, at: Instant, out: Out, *, latching: bool) -> None:
        """The condition is over. Urgent and unseen stays to be seen if the family latches."""
        kept = latching and self.state is State.ACTIVE and self.unseen is Level.URGENT
        self._step(Step.RECOVER_UNSEEN if kept else Step.RECOVER)
        if kept:
            out.append(self.event(Happening.END, at, self.unseen, reason=Reason.OVER))
        else:
            out.append(self.event(Happening.CLOSE, at, self.level, reason=Reason.OVER))
        self.rung = -1

    def release(self, at: Instant, out: Out) -> None:
        """Nobody is watched on this seat any more."""
        if self.open or self.state is State.LATCHED:
            level = self.unseen if self.state is State.LATCHED else self.level
            out.append(self.event(Happening.CLOSE, at, level, reason=Reason.RELEASED))
        self._step(Step.RELEASE)
        self.rung = -1

    def acknowledge(self, by: str, at: Instant, out: Out) -> bool:
        """Somebody has seen the newest episode; False = it is not open, or was seen already."""
        if self.state is State.LATCHED:
            out.append(self.event(Happening.CLOSE, at, self.unseen, reason=Reason.SEEN, by=by))
        elif self.state is not State.ACTIVE:
            return False
        else:
            out.append(self.event(Happening.ACKNOWLEDGE, at, self.level, by=by))
            life = self.rule.levels[self.rung].acknowledged if self.watch is None else WATCH
            self.expires = at.running_ns + life
            self.acknowledged_value = self.value
        self._step(Step.ACKNOWLEDGE)
        self.unseen = Level.ADVISORY
        return True

    def compare(self, value: float, at: Instant, out: Out) -> None:
        """Announce again if `value` (beyond the limit) is clearly worse than at the acknowledgement."""
        seen = self.acknowledged_value
        if self.state is not State.ACKNOWLEDGED or seen is None:
            return
        severity, watch = self.rule.severity(value), self.watch
        passed = watch is not None and severity > self.rule.severity(watch)
        if passed or severity - self.rule.severity(seen) >= self.rule.worse:
            self._again(Step.WORSEN, Reason.WORSE, at, out)

    def explain(self, cause: Cause, at: Instant, out: Out) -> None:
        """The best explanation of the open episode; silent."""
        if cause is not self.cause:
            self.cause = cause
            out.append(self.event(Happening.CAUSE, at, self.level))

    def explain_by(self, family: Family | None, at: Instant, out: Out) -> None:
        """Another alert explains this one from now on; None = nothing does (any more)."""
        if family is self.explained:
            return
        held, self.explained = self._held, family
        if held and self._waits and not self._held:
            self._again(Step.REPEAT, Reason.ALONE, at, out)
        elif self.open:
            self.change(at, out)

    def change(self, at: Instant, out: Out) -> None:
        """There is another word on the open episode (`about`, `value`); silent."""
        out.append(self.event(Happening.CAUSE, at, self.level))

    @property
    def due(self) -> int:
        """When the next announcement is due, in running ns; NEVER with none."""
        if self.state is State.ACKNOWLEDGED:
            return self.expires
        if self.state is not State.ACTIVE or self._held:
            return NEVER
        wait = self.rule.levels[self.rung].repeat
        if wait and self.level is not Level.URGENT and self.repeats >= FEW_REPEATS:
            wait = RARE_REPEAT
        return self.announced + wait if wait else NEVER

    def fire(self, at: Instant, out: Out) -> None:
        """Announce what is due at `at`: the end of an acknowledgement, or a repeat."""
        if self.due > at.running_ns:
            return
        if self.state is State.ACKNOWLEDGED:
            self._again(Step.EXPIRE, Reason.EXPIRED, at, out)
        else:
            self._step(Step.REPEAT)
            self.repeats += 1
            self._announce(at, Happening.REANNOUNCE, out, Reason.REPEAT)

    def resume(self, at: Instant, out: Out, *, trusted: bool) -> None:
        """After a restart: only if `trusted` acknowledgements hold; an unseen urgent is told once."""
        if self.state is State.ACKNOWLEDGED and not trusted:
            self._again(Step.VOID, Reason.RESTART, at, out)
        elif self.state is State.ACTIVE and self.level is Level.URGENT and not self._held:
            self._step(Step.REPEAT)
            self._announce(at, Happening.REANNOUNCE, out, Reason.RESTART)

    def rest(self, at: Instant, out: Out) -> None:
        """A pause begins: what was announced and still waits is waited for no longer."""
        if self._waits and self._held:
            self._step(Step.REPEAT)
            self._announce(at, Happening.REANNOUNCE, out, Reason.PAUSED)

    def unpause(self, at: Instant, out: Out) -> None:
        """A pause is over: what still stands unseen is announced, once in one instant."""
        if self._waits and not self._held and self.announced != at.running_ns:
            self._again(Step.REPEAT, Reason.RESUMED, at, out)

    @property
    def _waits(self) -> bool:
        """Whether it stands unseen and asks for more than words in a tile."""
        return self.state is State.ACTIVE and self.level > Level.ADVISORY

    def _again(self, event: Step, reason: Reason, at: Instant, out: Out) -> None:
        self._step(event)
        self.repeats = 0
        self.unseen = max(self.unseen, self.level)
        self._announce(at, Happening.REANNOUNCE, out, reason)

    def _announce(self, at: Instant, happening: Happening, out: Out, reason: str = "") -> None:
        speaks = not self._held and self.level > Level.ADVISORY
        if speaks:
            self.announced = at.running_ns
        out.append(self.event(happening, at, self.level, reason=reason, announce=speaks))

    @property
    def _held(self) -> bool:
        explained = self.explained is not None and self.level < Level.URGENT
        return explained or (self.paused and self.pausable)

    def event(  # noqa: PLR0913 - the facts of an event
        self,
        happening: Happening,
        at: Instant,
        level: Level,
        *,
        reason: str = "",
        by: str = "",
        announce: bool = False,
    ) -> AlertEvent:
        """An event of the newest episode."""
        vital = self.family is not Family.UNMONITORED
        return AlertEvent(
            at=at,
            episode=self.episode,
            family=self.family,
            seat=self.seat,
            participant=self.participant,
            happening=happening,
            level=level,
            since=self.since or at,
            value=self.value if vital else None,
            limit=self.rule.crossed(self.worst, self.rung) if vital and self.rung >= 0 else None,
            reference=self.rule.reference,
            explained=self.explained if self.level < Level.URGENT else None,
            worst=self.worst if vital else None,
            cause=self.cause,
            reason=reason,
            by=by,
            announce=announce,
            pausable=self.pausable,
            about=self.about,
            watch=self.watch if happening is Happening.ACKNOWLEDGE else None,
        )

    @property
    def unused(self) -> bool:
        """Whether there has been no episode and none is in sight."""
        return self.count == 0 and self.state is State.QUIET

    def save(self) -> dict[str, Any] | None:
        """A plain JSON value; None while there is nothing to remember."""
        if self.unused:
            return None
        return {
            "prefix": self.prefix,
            "count": self.count,
            "state": self.state.value,
            "rung": self.rung,
            "level": self.level.word,
            "since": pack(self.since),
            "unseen": int(self.unseen),
            "value": self.value,
            "worst": self.worst,
            "cause": self.cause.value if self.cause else None,
            "announced": self.announced,
            "repeats": self.repeats,
            "expires": self.expires,
            "acknowledged_value": self.acknowledged_value,
            "watch": self.watch,
        }

    def restore(self, saved: Mapping[str, Any] | None) -> None:
        """Take over what `save` gave, under the present rule."""
        if saved is None:
            return
        self.prefix, self.count = saved["prefix"], saved["count"]
        self.state = State(saved["state"])
        self.open = self.state in OPEN
        self.rung = self._nearest(saved["rung"], saved["level"])
        self.since = unpack(saved["since"])
        self.unseen = Level(saved["unseen"])
        self.value, self.worst = saved["value"], saved["worst"]
        self.cause = Cause(saved["cause"]) if saved["cause"] else None
        self.announced, self.repeats = saved["announced"], saved["repeats"]
        self.expires, self.acknowledged_value = saved["expires"], saved["acknowledged_value"]
        self.watch = saved.get("watch")

    def _nearest(self, rung: int, word: str) -> int:
        """The saved level in a rule that may have changed: same place, else same word, else last."""
        levels = self.rule.levels
        if rung < 0 or (rung < len(levels) and levels[rung].level.word == word):
            return rung
        same = [index for index, level in enumerate(levels) if level.level.word == word]
        return same[0] if same else len(levels) - 1

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self.announced += ns
        self.expires += ns
