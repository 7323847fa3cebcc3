"""Repetition: a number that a device merely repeats is not a reading.

Firmware that is stuck keeps sending its last record while the link looks healthy. In sixteen real
recordings at 1 Hz (the shared ones) the longest run of identical records was 12 s with a perfusion
index and 32 s without one, so the limits below leave a factor of two and a half and nearly four.
"""

from dataclasses import replace

from collector.clock import SECOND
from collector.reading import Flag, Reading

WITH_PERFUSION_NS = 30 * SECOND
WITHOUT_PERFUSION_NS = 120 * SECOND
# Two equal records with silence in between are two statements (a spot check each minute), not one stuck
# one.
SILENCE_NS = 10 * SECOND

Record = tuple[object, ...]


class Repetition:
    """Watches the records of one connection; pure, time comes with the readings."""

    __slots__ = ("_last_ns", "_record", "_since_ns")

    def __init__(self) -> None:
        self._record: Record | None = None
        self._since_ns = 0
        self._last_ns = 0

    def judge(self, reading: Reading, also: object = None) -> Reading:
        """The reading, or what is left of it once its record has been repeated for too long.

        `also` is whatever else in the device's record moves with a living person (motion counter, beat
        intervals). A reading without numbers or from the device's memory passes and ends a repetition.
        """
        if (reading.spo2 is None and reading.pulse_rate is None) or reading.backfill:
            self._record = None
            return reading
        now_ns = reading.at.running_ns
        record = (reading.spo2, reading.pulse_rate, reading.perfusion_index, also)
        limit_ns = WITHOUT_PERFUSION_NS if reading.perfusion_index is None else WITH_PERFUSION_NS
        silence_ns, self._last_ns = now_ns - self._last_ns, now_ns
        repeated_ns = now_ns - self._since_ns
        if record != self._record or (silence_ns > SILENCE_NS and repeated_ns - silence_ns < limit_ns):
            self._record, self._since_ns = record, now_ns
            return reading
        return without_numbers(reading) if repeated_ns >= limit_ns else reading


def without_numbers(reading: Reading) -> Reading:
    """The same statement of the device with its numbers withdrawn as frozen."""
    return replace(
        reading,
        spo2=None,
        pulse_rate=None,
        perfusion_index=None,
        flags=reading.flags | {Flag.FROZEN},
    )
