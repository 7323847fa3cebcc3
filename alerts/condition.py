"""The words of this package: Family, Level, Cause, AlertEvent."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from collector.clock import Instant

ALERT = "alert"  # the entry kind


class Level(IntEnum):
    """How much attention is asked for; ordered."""

    ADVISORY = 1
    CAUTION = 2
    URGENT = 3

    @property
    def word(self) -> str:
        """The lower-case word used in files, JSON and the page."""
        return self.name.lower()


class Family(StrEnum):
    """One kind of trouble for one seat."""

    SPO2_LOW = "spo2_low"
    HR_LOW = "hr_low"
    HR_HIGH = "hr_high"
    UNMONITORED = "unmonitored"


class Cause(StrEnum):
    """Why a seat is unmonitored, best explanation first (alerts.md 4.3)."""

    HOST_DOWN = "host_down"
    ADAPTER_DOWN = "adapter_down"
    LINK_LOST = "link_lost"
    STALE = "stale"
    FINGER_OFF = "finger_off"
    NO_SIGNAL = "no_signal"
    DEVICE_PAUSED = "device_paused"


class Happening(StrEnum):
    """What an alert event says of its episode."""

    RAISE = "raise"
    ESCALATE = "escalate"
    DEESCALATE = "deescalate"
    REANNOUNCE = "reannounce"
    ACKNOWLEDGE = "acknowledge"
    CAUSE = "cause"  # the best explanation changed; silent
    END = "end"  # the condition is over and the episode stays to be seen (latched)
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """One change of one episode.

    `episode` is unique over all sessions and names one run of one family on one seat. `since` is the first
    reading beyond the limit (t0), `worst` the most extreme value so far, `value` the latest. `announce` says
    whether signals are given. `reason` explains a reannounce (repeat, expired, worse, restart) or a close
    (over, seen, superseded, released). `clear` texts are made by the page, not here.
    """

    at: Instant
    episode: str
    family: Family
    seat: str
    participant: str
    happening: Happening
    level: Level
    since: Instant
    value: float | None = None
    limit: float | None = None
    worst: float | None = None
    cause: Cause | None = None
    reason: str = ""
    by: str = ""
    announce: bool = False
