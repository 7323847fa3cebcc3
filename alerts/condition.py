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
    """One kind of trouble for one seat, or (`SYSTEM`) with the station itself."""

    SPO2_LOW = "spo2_low"
    SPO2_DROP = "spo2_drop"
    SPO2_FAST = "spo2_fast"
    HR_LOW = "hr_low"
    HR_HIGH = "hr_high"
    HR_SHIFT = "hr_shift"
    LOW_PERFUSION = "low_perfusion"
    UNMONITORED = "unmonitored"
    BATTERY = "battery"
    COLLECTOR_DEAD = "collector_dead"
    ENGINE_DEAD = "engine_dead"
    STORE_BEHIND = "store_behind"
    RADIO = "radio"
    IDENTITY = "identity"
    CLOCK_STEP = "clock_step"
    CHANNEL_FAILED = "channel_failed"
    BP_DUE = "bp_due"  # a reminder, of a seat


# These come from no seat's numbers and stand in no rules file: `technical` holds their levels.
SYSTEM = frozenset(
    {
        Family.COLLECTOR_DEAD,
        Family.ENGINE_DEAD,
        Family.STORE_BEHIND,
        Family.RADIO,
        Family.IDENTITY,
        Family.CLOCK_STEP,
        Family.CHANNEL_FAILED,
        Family.BP_DUE,
    }
)


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


class Reason(StrEnum):
    """Why it is announced again, or why it ended."""

    REPEAT = "repeat"  # nobody has acknowledged it
    EXPIRED = "expired"  # the acknowledgement has lived its time
    WORSE = "worse"  # clearly worse than at the acknowledgement
    RESTART = "restart"  # the station was away
    PAUSED = "paused"  # a pause begins: its signals rest
    RESUMED = "resumed"  # a pause is over
    ALONE = "alone"  # what explained it is over, and it still stands
    OVER = "over"
    SEEN = "seen"  # over, and acknowledged afterwards
    SUPERSEDED = "superseded"  # over and unseen when the next episode began
    RELEASED = "released"  # the session ended or the seat was given up


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """One change of one episode.

    `episode` is unique over all sessions and names one run of one family on one seat. `since` is the
    first reading beyond the limit under which it was raised (t0), or the last valid reading of an
    unmonitored seat; it stays the same for the whole episode. `worst` is the most extreme value so far,
    `value` the latest, `limit` that of the present level; `reference` is the person's own number that the
    limit was worked out from, where it was. `announce` says whether signals are given;
    a pause of the participant takes them away while `pausable`.
    `explained` names the alert of the same person that explains this one; as long it gives no signals.
    `about` names the thing that a trouble of the station is with. An empty `seat` = the station itself.
    `watch` stands with an acknowledgement that holds until a value beyond it, or half an hour.
    `reason` explains a reannounce, an end or a close. `level` of an end is the highest that nobody
    has seen.
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
    reference: float | None = None
    explained: Family | None = None
    worst: float | None = None
    cause: Cause | None = None
    reason: str = ""
    by: str = ""
    announce: bool = False
    pausable: bool = True
    about: str = ""
    watch: float | None = None
