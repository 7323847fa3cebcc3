"""The outbox: what was to be sent and what became of it, a fold over journal entries. No clock, no I/O.

An attempt is journaled before it is made and its result after. A restart folds the same entries and so
knows what was sent, what was not, and which test was confirmed. Each key is attempted at most twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from alerts.bundle import bundled, withdrawals
from alerts.channel import CHANNEL, ChannelStatus, read_channel
from alerts.condition import ALERT, Happening, Level
from alerts.escalation import Standing, Target, current, due, follow, next_due
from alerts.notifications import CONFIRMED, NOTIFICATION, Also, Notification, Occasion, State
from alerts.pace import Pace
from alerts.store import decode
from collector.clock import Instant
from collector.entry import Entry
from collector.session import SESSION, Phase, Session, Source, fold

ATTEMPTS = 2
# So many attempts in a row without a confirmed delivery, and the channel counts as failed.
MISSES = 2
MARKS = {Source.DEMO: "SIMULATION", Source.REPLAY: "REPLAY", Source.IMPORT: "IMPORT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A notification and how far its newest attempt has come."""

    notification: Notification
    attempt: int
    state: State
    reason: str = ""

    @property
    def done(self) -> bool:
        """Whether nothing more will be tried."""
        settled = self.state in (State.DELIVERED, State.EXPIRED, State.UNABLE)
        return settled or (self.state is not State.SENDING and self.attempt >= ATTEMPTS)


def encode(letter: Letter) -> dict[str, object]:
    """The body of the `notification` entry for a letter; subject is the seat."""
    told = letter.notification
    also = [[part.key, part.episode, part.seat] for part in told.also]
    more: dict[str, object] = {"also": also} if also else {}
    more |= {"place": told.place} if told.place else {}
    return more | {
        "key": told.key,
        "episode": told.episode,
        "target": told.target,
        "occasion": told.occasion.value,
        "level": told.level.word,
        "attempt": letter.attempt,
        "state": letter.state.value,
        "reason": letter.reason,
    }


def read_letter(entry: Entry) -> Letter | None:
    """The letter of a `notification` entry; None for the confirmation of a test."""
    facts: Mapping[str, Any] = entry.facts
    if facts["state"] == CONFIRMED:
        return None
    told = Notification(
        key=facts["key"],
        episode=facts["episode"],
        target=facts["target"],
        occasion=Occasion(facts["occasion"]),
        level=Level[facts["level"].upper()],
        seat=entry.subject,
        participant=entry.participant,
        at=entry.instant,
        also=tuple(Also(key=key, episode=e, seat=seat) for key, e, seat in facts.get("also", ())),
        place=facts.get("place", ""),
    )
    state = State(facts["state"])
    return Letter(notification=told, attempt=facts["attempt"], state=state, reason=facts["reason"])


class Outbox:
    """Follows the entries of the session; says what to send, and what to send once more.

    `take` every entry of the kinds alert, notification, channel and session, one's own included.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        self.targets = tuple(targets)
        self.session: Session | None = None
        self.letters: dict[str, Letter] = {}
        self.failed: set[str] = set()
        self._standings: dict[str, Standing] = {}
        self._closed: set[str] = set()
        self._misses: dict[str, int] = {}
        self._pace = Pace()
        self._confirmed = False

    @property
    def mark(self) -> str:
        """The word that says that nobody's life is meant, or nothing."""
        return MARKS.get(self.session.source, "") if self.session else ""

    def take(self, entry: Entry) -> None:
        """Fold one entry in."""
        if entry.kind == SESSION:
            self._session(entry)
        elif entry.kind == ALERT:
            self._alert(entry)
        elif entry.kind == CHANNEL:
            status = read_channel(entry)
            (self.failed.add if status.failed else self.failed.discard)(status.target)
        elif entry.kind == NOTIFICATION:
            self._notification(entry)

    def wanted(self, now: Instant) -> list[Letter]:
        """First attempts that are due now and were never begun; the test of the session among them."""
        told = [letter.notification for letter in self.letters.values()]
        keys = {part.key for one in told for part in one.parts}
        found = due(self.targets, self._standings.values(), keys, now)
        found = withdrawals(bundled(found, self._standings, now), told, self._standings)
        allowed = self._pace.allowed(found, now)
        return [_first(notification) for notification in (*self._tests(now), *allowed)]

    def next_due(self, now: Instant) -> int | None:
        """When `wanted` will have something new, in running ns, without any entry."""
        return next_due(self._standings.values(), now)

    def again(self, letter: Letter) -> Letter:
        """The next attempt at a letter that did not arrive, or its end as expired."""
        told = letter.notification
        alive = any(current(self._standings.get(part.episode), part.key) for part in told.parts)
        alive |= told.occasion is Occasion.TEST and not self._confirmed and self._open()
        if alive and letter.attempt < ATTEMPTS:
            return replace(letter, attempt=letter.attempt + 1, state=State.SENDING, reason="")
        return replace(letter, state=State.EXPIRED, reason="no longer due")

    def channel(self, target: str) -> ChannelStatus | None:
        """What has to be said of a target after its newest result, if anything."""
        misses = self._misses.get(target, 0)
        if misses >= MISSES and target not in self.failed:
            reasons = [one.reason for one in self.letters.values() if one.notification.target == target]
            return ChannelStatus(target=target, failed=True, reason=reasons[-1] if reasons else "")
        if misses == 0 and target in self.failed:
            return ChannelStatus(target=target, failed=False)
        return None

    def prune(self) -> None:
        """Forget closed episodes of which everything has been said."""
        for episode in list(self._closed):
            mine = [one for one in self.letters.values() if _speaks_of(one, episode)]
            if all(one.state is not State.SENDING for one in mine):
                self._closed.discard(episode)
                self._standings.pop(episode, None)
        for key in [key for key, one in self.letters.items() if not self._is_needed(one)]:
            del self.letters[key]

    def _is_needed(self, letter: Letter) -> bool:
        """Whether something may still have to be said because of it."""
        told = letter.notification
        return not told.episode or any(part.episode in self._standings for part in told.parts)

    def _open(self) -> bool:
        return self.session is not None and self.session.phase is not Phase.ENDED

    def _tests(self, now: Instant) -> list[Notification]:
        if self.session is None or not self._open():
            return []
        keys = {target.name: f"test/{self.session.id}/{target.name}" for target in self.targets}
        return [
            Notification(
                key=key,
                episode="",
                target=name,
                occasion=Occasion.TEST,
                level=Level.CAUTION,
                at=now,
            )
            for name, key in keys.items()
            if key not in self.letters
        ]

    def _session(self, entry: Entry) -> None:
        before, self.session = self.session, fold(self.session, entry)
        if self.session is not None and (before is None or before.id != self.session.id):
            self._confirmed = False

    def _alert(self, entry: Entry) -> None:
        event = decode(entry)
        standing = follow(self._standings.get(event.episode), event)
        if standing is not None:
            self._standings[event.episode] = standing
        if event.happening is Happening.CLOSE:
            self._closed.add(event.episode)

    def _notification(self, entry: Entry) -> None:
        letter = read_letter(entry)
        if letter is None:
            self._confirmed = True
            return
        told = letter.notification
        self.letters.pop(told.key, None)  # the newest stands last
        self.letters[told.key] = letter
        if letter.state is State.SENDING and letter.attempt == 1:
            self._pace.sent(told, entry.instant)
        if letter.state is State.DELIVERED:
            self._misses[told.target] = 0
        elif letter.state in (State.FAILED, State.TIMEOUT):
            self._misses[told.target] = self._misses.get(told.target, 0) + 1


def _speaks_of(letter: Letter, episode: str) -> bool:
    return any(part.episode == episode for part in letter.notification.parts)


def _first(notification: Notification) -> Letter:
    return Letter(notification=notification, attempt=1, state=State.SENDING)
