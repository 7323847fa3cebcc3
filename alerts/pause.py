"""A pause of one participant: no signals for a few minutes, with a reason and an end (alerts.md 4.6).

The bodies of the kind `pause` are made and read here. `begin` and `back` are what somebody asked for and
drive the engine, live and in replay; `end` says that a pause ended otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alerts.alert import NEVER
from collector.clock import SECOND, Instant
from collector.entry import Entry

PAUSE = "pause"  # the entry kind
MINUTES = (1, 2, 5)
CUFF = 90 * SECOND  # a cuff stops the pulse behind it for about a minute
ENDS_AFTER = 30 * SECOND  # of uninterrupted valid readings, except for a cuff
MOST_IN_ROW = 2
APART = 60 * SECOND  # of valid readings that make the next pause a first one again


class PauseReason(StrEnum):
    """Why somebody is not to be watched for a moment."""

    TOILET = "toilet"
    MOVING = "moving"
    CUFF = "cuff"
    OTHER = "other"


class PauseEnd(StrEnum):
    """What ended a pause."""

    TIMER = "timer"
    BACK = "back"
    READINGS = "readings"
    RELEASED = "released"  # the session ended, or another person took the seat
    RESTART = "restart"  # the station was away for a minute, or its machine was


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAsked:
    """Somebody asks for a pause of `length` ns."""

    reason: PauseReason
    length: int
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseOver:
    """A pause that ended."""

    at: Instant
    seat: str
    participant: str
    why: PauseEnd


def begin_body(asked: PauseAsked) -> dict[str, object]:
    """Body of the entry that begins a pause."""
    return {"event": "begin", "reason": asked.reason.value, "length_ns": asked.length, "by": asked.by}


def back_body(by: str) -> dict[str, object]:
    """Body of the entry by which somebody ends a pause."""
    return {"event": "back", "by": by}


def over_body(over: PauseOver) -> dict[str, object]:
    """Body of the entry that says how a pause ended."""
    return {"event": "end", "why": over.why.value}


def read_asked(entry: Entry) -> PauseAsked | None:
    """The pause that a `begin` entry asks for; None for the other pause entries."""
    facts: Mapping[str, Any] = entry.facts
    if facts["event"] != "begin":
        return None
    return PauseAsked(
        reason=PauseReason(facts["reason"]), length=int(facts["length_ns"]), by=str(facts["by"])
    )


class Pause:
    """Whether one seat is paused, until when, and how many pauses it has had in a row."""

    __slots__ = ("apart", "begun", "in_row", "reason", "until")

    def __init__(self) -> None:
        self.until = 0  # running ns; 0 = not paused
        self.begun = 0
        self.reason = PauseReason.OTHER
        self.in_row = 0
        self.apart = 0  # ns of valid readings since the last one ended

    @property
    def on(self) -> bool:
        """Whether it runs."""
        return self.until > 0

    def refusal(self) -> str:
        """Why another pause is not possible now, in one sentence; empty if it is."""
        if self.in_row < MOST_IN_ROW or self.apart >= APART:
            return ""
        missing = -(-(APART - self.apart) // SECOND)
        return f"Two pauses in a row already; {missing} s of readings are needed before the next."

    def begin(self, asked: PauseAsked, now: int) -> None:
        """Pause from `now` on; one that runs is replaced and counts as one of those in a row."""
        if self.apart >= APART:
            self.in_row = 0
        self.in_row += 1
        self.apart = 0
        self.begun, self.until, self.reason = now, now + asked.length, asked.reason

    def end(self) -> None:
        """It is over."""
        self.until = 0

    def elapse(self, dt: int, *, valid: bool) -> None:
        """Let `dt` ns pass, with valid readings or without."""
        if valid and not self.on:
            self.apart += dt

    def due(self, now: int, run: int, until: int) -> int:
        """When it ends if nothing comes in; `run` ns of valid readings are known to last to `until`."""
        if not self.on:
            return NEVER
        back = NEVER
        if run >= 0 and self.reason is not PauseReason.CUFF:
            back = max(now + ENDS_AFTER - run, self.begun + ENDS_AFTER, now)
        return min(self.until, back if back <= until else NEVER)

    def over(self, now: int, run: int) -> PauseEnd | None:
        """What ends it at `now`, if anything does."""
        if now >= self.until:
            return PauseEnd.TIMER
        long_enough = run >= ENDS_AFTER and now >= self.begun + ENDS_AFTER
        if long_enough and self.reason is not PauseReason.CUFF:
            return PauseEnd.READINGS
        return None

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        return {
            "until": self.until,
            "begun": self.begun,
            "reason": self.reason.value,
            "in_row": self.in_row,
            "apart": self.apart,
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave."""
        self.until, self.begun = saved["until"], saved["begun"]
        self.reason = PauseReason(saved["reason"])
        self.in_row, self.apart = saved["in_row"], saved["apart"]

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        if self.on:
            self.until += ns
            self.begun += ns
