"""The words of delivery: Notification, Occasion, State, and what stands on a lock screen.

A lock screen carries room, seat letter, level and time only: never a number, a name, a drug or the kind
of trouble (alerts.md 5, reliability.md R14). The entry kind `notification` belongs here.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from alerts.condition import Level
from collector.clock import SECOND, Instant
from collector.entry import Entry

CONFIRMED = "confirmed"  # in the place of a state: somebody has seen the test arrive
NOTIFICATION = "notification"  # the entry kind of every attempt, its result and the confirmation


class Occasion(StrEnum):
    """Why a notification is sent."""

    FIRST = "first"
    SECOND = "second"  # nobody has acknowledged it for 30 s: the second person
    ALL = "all"  # for 60 s: every channel
    AGAIN = "again"  # each 30 s from then on
    SEEN = "seen"  # somebody has: withdraw it
    OVER = "over"  # the trouble is over: withdraw it
    TEST = "test"  # a session is prepared

    @property
    def withdraws(self) -> bool:
        """Whether it takes a notification back instead of giving one."""
        return self in (Occasion.SEEN, Occasion.OVER)


class State(StrEnum):
    """How far an attempt has come."""

    SENDING = "sending"
    DELIVERED = "delivered"  # the service has confirmed that it took it
    FAILED = "failed"
    TIMEOUT = "timeout"  # nothing is known: it may have arrived
    EXPIRED = "expired"  # not sent any more: it was no longer true
    UNABLE = "unable"  # the service cannot take back what it has shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """A further episode that a notification speaks of, under the key it would have had alone."""

    key: str
    episode: str
    seat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What is to be sent to one target. `key` is the same for every attempt at the same thing.

    `also` are further episodes told in the same breath. `place` is the episode under whose tag a service
    shows it: a withdrawal names the place of what it takes back.
    """

    key: str
    episode: str
    target: str
    occasion: Occasion
    level: Level
    seat: str = ""
    participant: str | None = None
    at: Instant
    also: tuple[Also, ...] = ()
    place: str = ""

    @property
    def parts(self) -> tuple[Also, ...]:
        """All episodes it speaks of, the first one included."""
        return (Also(key=self.key, episode=self.episode, seat=self.seat), *self.also)

    @property
    def seats(self) -> tuple[str, ...]:
        """The seats it speaks of, each once, in order; an empty word = the station."""
        return tuple(sorted({part.seat for part in self.parts}))


def confirmation_body(by: str) -> dict[str, object]:
    """The body of the entry that says that somebody has seen the test arrive."""
    return {"state": CONFIRMED, "by": by}


def confirmed_by(entry: Entry) -> str | None:
    """Who has confirmed the test, if `entry` says so."""
    facts = entry.facts
    return str(facts["by"]) if facts.get("state") == CONFIRMED else None


def tag(episode: str) -> str:
    """A name of the episode that tells a push service nothing; the page knows it too."""
    return hashlib.sha256(episode.encode()).hexdigest()[:16]


def lock_text(  # noqa: PLR0913 - the only facts allowed on a lock screen
    *,
    room: str,
    seats: Sequence[str],
    occasion: Occasion,
    level: Level,
    at: Instant,
    mark: str,
    zone: tzinfo | None,
) -> str:
    """What a locked phone shows; `mark` says that it is a simulation or a replay.

    `seats` are the letters; an empty one stands for the station itself, whatever its trouble is.
    """
    match occasion:
        case Occasion.TEST:
            what = "test"
        case Occasion.SEEN | Occasion.OVER:
            what = occasion.value
        case _:
            what = level.word
    where = "" if occasion is Occasion.TEST else _where([seat for seat in seats if seat])
    parts = (mark, room, where, what)
    return _line(parts, at.utc_ns, zone)


def station_text(*, room: str, back: bool, utc_ns: int, mark: str, zone: tzinfo | None) -> str:
    """What a locked phone shows when the station is gone (`collector_dead`) or back."""
    what = "station back" if back else "station stopped · Look at each person"
    return _line((mark, room, what), utc_ns, zone)


def link(base: str, episode: str) -> str:
    """Where a tap leads: the page at this episode; empty without an address that phones can reach."""
    if not base:
        return ""
    return f"{base}/?episode={tag(episode)}" if episode else f"{base}/"


def _where(letters: Sequence[str]) -> str:
    """Such as "seat C" or "seats C, F"."""
    return f"seat{'s' if len(letters) > 1 else ''} {', '.join(letters)}" if letters else "station"


def _line(parts: tuple[str, ...], utc_ns: int, zone: tzinfo | None) -> str:
    time = datetime.fromtimestamp(utc_ns // SECOND, tz=UTC).astimezone(zone)
    return " · ".join([part for part in parts if part] + [f"{time:%H:%M}"])
