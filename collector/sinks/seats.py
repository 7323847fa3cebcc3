"""`Seats`: what is true of each seat now, as retained messages: a fold over entries in seq order. Pure.

A number stands there while it may be shown as live, an alert until it is over. What a binding or the end
of the session makes untrue is not among the messages any more, and so is taken away at the broker.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from collector.clock import SECOND, Instant
from collector.device import LinkState, read_status
from collector.entry import Entry
from collector.session import BINDING, SESSION, Phase, Session, fold
from collector.sinks import message
from collector.sinks.line import Unfit
from collector.sinks.message import OFFLINE, ONLINE, Message, Topics
from collector.sinks.payloads import ALERT, episode, packed, state_payload, word

# What a fold needs of the past when it begins in the middle of a session.
FOLDED = (SESSION, BINDING, ALERT)
# DESIGN 3: nothing older is shown as live; DESIGN 5: the broker forgets a number 10 s after it was measured.
LIVE_S, EXPIRY_S = 5.0, 10.0
LEVELS = ("advisory", "caution", "urgent")
# What an alert's `happening` makes of its episode; any other leaves that as it is (alerts/condition.py).
_STATES = {
    "raise": "active",
    "escalate": "active",
    "reannounce": "active",
    "acknowledge": "acknowledged",
    "end": "latched",
}
CLOSE = "close"
STATION = ""  # whose alerts are those of the station itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An alert that is open, or over and not seen yet (`latched`)."""

    family: str
    level: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest reading of a seat, as it is published."""

    at: Instant
    payload: bytes


class Seats:
    """Take every entry with `take`; `messages` is what the broker is to keep."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self._seq = 0
        self._newest: dict[str, Newest] = {}  # by seat
        self._linked: dict[str, bool] = {}  # device
        self._alerts: dict[str, dict[str, Episode]] = {}  # seat -> id -> episode
        self._told: dict[str, Entry] = {}  # seat -> the entry that changed its alerts last

    @property
    def open(self) -> bool:
        """Whether a session is prepared or running."""
        return self.session is not None and self.session.phase is not Phase.ENDED

    def take(self, entry: Entry) -> None:
        """Fold `entry` in; one that was taken before changes nothing."""
        if entry.seq <= self._seq:
            return
        self._seq = entry.seq
        match entry.kind:
            case "reading":
                self._reading(entry)
            case "session" | "binding":
                self._fold(entry)
            case "alert":
                self._alert(entry)
            case "device":
                self._linked[entry.subject] = read_status(entry).link is LinkState.CONNECTED
            case "health":
                self._linked[entry.subject] = entry.facts.get("connected") is True

    def messages(self, topics: Topics, now: Instant) -> dict[str, Message]:
        """What is to be retained, by topic; nothing between sessions."""
        session = self.session
        if session is None or session.phase is Phase.ENDED:
            return {}
        made = [one for seat in session.roster for one in self._of_seat(seat, session, topics, now)]
        made += self._of_alerts(STATION, topics.alert, session)
        return {one.topic: one for one in made}

    def _of_seat(self, seat: str, session: Session, topics: Topics, now: Instant) -> Iterator[Message]:
        yield _kept(topics.seat(seat, message.AVAILABILITY), ONLINE)
        binding = session.bindings.get(seat)
        linked = binding is not None and self._linked.get(binding.device, False)
        yield _kept(topics.seat(seat, message.LINK), ONLINE if linked else OFFLINE)
        yield from self._of_alerts(seat, topics.seat(seat, message.ALERT), session)
        newest = self._newest.get(seat)
        age_s = age(newest.at, now) if newest else LIVE_S
        if newest and age_s < LIVE_S:
            yield Message(
                topic=topics.seat(seat, message.STATE),
                payload=newest.payload,
                retain=True,
                expiry_s=int(EXPIRY_S - max(0.0, age_s)),
            )

    def _of_alerts(self, seat: str, topic: str, session: Session) -> Iterator[Message]:
        """The open alerts of a seat; while no rules run and there is none, nothing is said."""
        episodes = self._alerts.get(seat, {})
        if not episodes and session.phase is not Phase.RUNNING:
            return
        standing = [one.level for one in episodes.values() if one.state != "latched"]
        told = self._told.get(seat)
        yield _kept(
            topic,
            packed(
                {
                    "problem": "ON" if standing else "OFF",
                    "level": max(standing, key=LEVELS.index, default=None),
                    "session": session.id,
                    "seq": told.seq if told else None,
                    "alerts": [
                        {"episode": name, "family": one.family, "level": one.level, "state": one.state}
                        for name, one in sorted(episodes.items())
                    ],
                }
            ),
        )

    def _reading(self, entry: Entry) -> None:
        reading, session = entry.reading, self.session
        if reading is None or reading.backfill or session is None or entry.session != session.id:
            return
        binding = session.wearer(entry.subject)
        if binding is None or binding.participant != entry.participant:
            return  # it came late, and somebody else wears the clip by now
        known = self._newest.get(binding.seat)
        if known is None or age(known.at, entry.instant) >= 0:
            with suppress(Unfit):  # a time that cannot be one: the journal's topic says so
                payload = state_payload(entry, binding.seat)
                self._newest[binding.seat] = Newest(at=entry.instant, payload=payload)

    def _fold(self, entry: Entry) -> None:
        before = self.session
        self.session = after = fold(before, entry)
        if after is None or before is None or after.id != before.id:
            self._newest, self._alerts, self._told = {}, {}, {}
            return
        for seat in {**before.bindings, **after.bindings}:
            if before.bindings.get(seat) is not after.bindings.get(seat):
                self._newest.pop(seat, None)

    def _alert(self, entry: Entry) -> None:
        facts = entry.facts
        name, happening = episode(entry), word(facts.get("happening"))
        episodes = self._alerts.setdefault(entry.subject, {})
        self._told[entry.subject] = entry
        if happening == CLOSE:
            episodes.pop(name, None)
            return
        level = word(facts.get("level"))
        known = episodes.get(name) or Episode(
            family=word(facts.get("family")), level=level, state="active"
        )
        episodes[name] = replace(
            known,
            level=level if level in LEVELS else LEVELS[-1],
            state=_STATES.get(happening, known.state),
        )


def age(at: Instant, now: Instant) -> float:
    """Seconds from `at` to `now`; over a restart of the machine only wall time can tell."""
    if at.boot == now.boot:
        return (now.running_ns - at.running_ns) / SECOND
    return (now.utc_ns - at.utc_ns) / SECOND


def _kept(topic: str, payload: bytes) -> Message:
    return Message(topic=topic, payload=payload, retain=True)
