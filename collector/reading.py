"""What an oximeter says: Reading and PlethChunk."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from collector.clock import Instant


class Flag(StrEnum):
    """What a device says about a reading beside the numbers."""

    FINGER_OFF = "finger_off"
    SEARCHING = "searching"
    LOW_PERFUSION = "low_perfusion"
    POOR_SIGNAL = "poor_signal"
    MOTION = "motion"
    LOW_BATTERY = "low_battery"
    FROZEN = "frozen"


NO_FLAGS: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One statement of a device at one instant.

    `spo2` in %, `pulse_rate` per minute, `perfusion_index` in %, `battery` in % as last stated by the
    device; None means "no value" (vendor sentinels die in the decoder). A low number is data; only
    the impossible becomes None: SpO2 0 or > 100, pulse rate 0 or > 300 (DESIGN 5, decided points).
    """

    at: Instant
    spo2: float | None = None
    pulse_rate: float | None = None
    perfusion_index: float | None = None
    battery: int | None = None
    flags: frozenset[Flag] = NO_FLAGS
    backfill: bool = False

    @property
    def valid(self) -> bool:
        """Whether it carries any of the two vital numbers."""
        return self.spo2 is not None or self.pulse_rate is not None


class PlethChunk(NamedTuple):
    """Consecutive pleth samples (device units, 0-127 or 0-255) that arrived at one instant.

    A tuple, because ten a second are made per clip and a frozen dataclass costs three times as much.
    """

    at: Instant
    samples: tuple[int, ...]
    rate_hz: float


def possible_spo2(value: float | None) -> float | None:
    """`value` when it can be a saturation at all (0 < % <= 100), else None."""
    return value if value is not None and 0 < value <= 100 else None


def possible_pulse_rate(value: float | None) -> float | None:
    """`value` when it can be a pulse rate at all (0 < bpm <= 300), else None."""
    return value if value is not None and 0 < value <= 300 else None
