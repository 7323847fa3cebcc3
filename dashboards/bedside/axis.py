"""Session time in milliseconds: one axis that runs on over suspend, clock steps and restarts."""

from collector.clock import Instant

MS = 1_000_000


class Axis:
    """Places instants on one axis. Within a boot by the running clock, across boots by UTC."""

    __slots__ = ("_boot", "_last_ms", "_last_utc_ns", "_zero_ns")

    def __init__(self) -> None:
        self._boot: str | None = None
        self._zero_ns = 0
        self._last_ms = 0
        self._last_utc_ns = 0

    def ms(self, instant: Instant) -> int:
        """Milliseconds since the first instant that was asked for; instants may come out of order."""
        if instant.boot != self._boot:
            self._enter(instant)
        ms = (instant.running_ns - self._zero_ns) // MS
        if ms > self._last_ms:
            self._last_ms, self._last_utc_ns = ms, instant.utc_ns
        return ms

    def _enter(self, instant: Instant) -> None:
        gone_ms = max(0, instant.utc_ns - self._last_utc_ns) // MS if self._boot is not None else 0
        self._zero_ns = instant.running_ns - (self._last_ms + gone_ms) * MS
        self._boot, self._last_utc_ns = instant.boot, instant.utc_ns
