"""Session time in milliseconds: one axis that runs on over suspend, clock steps and restarts."""

from collector.clock import Instant

MS = 1_000_000
# No machine starts anew in less; and a value from before must not look young afterwards, even if the
# wall clock woke up in 1970 (the page shows dashes from 5 s on).
LEAST_REBOOT_MS = 5_000


class Axis:
    """Places instants on one axis: within a boot by the running clock, from boot to boot by UTC."""

    __slots__ = ("_last_ms", "_last_utc_ns", "_zeros")

    def __init__(self) -> None:
        self._zeros: dict[str, int] = {}  # boot -> running ns at 0 ms
        self._last_ms = 0
        self._last_utc_ns = 0

    def ms(self, instant: Instant) -> int:
        """Milliseconds since the first instant ever asked for; instants may come out of order."""
        zero = self._zeros.get(instant.boot)
        if zero is None:
            zero = self._enter(instant)
        ms = (instant.running_ns - zero) // MS
        if ms > self._last_ms:
            self._last_ms, self._last_utc_ns = ms, instant.utc_ns
        return ms

    def _enter(self, instant: Instant) -> int:
        """Begin a boot where the wall clock says, but never before what has been already."""
        first = not self._zeros
        gone_ms = 0 if first else max(LEAST_REBOOT_MS, (instant.utc_ns - self._last_utc_ns) // MS)
        zero = instant.running_ns - (self._last_ms + gone_ms) * MS
        self._zeros[instant.boot] = zero
        self._last_utc_ns = instant.utc_ns
        return zero
