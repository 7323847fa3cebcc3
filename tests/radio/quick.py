"""A clock that runs faster than the wall's, for tests in which a real D-Bus takes real time."""

import asyncio
import time

from collector.clock import SECOND, Instant

# Session seconds per real second. Not more: what a busy machine adds is multiplied as well.
SPEED = 10


class QuickClock:
    """Session time at `SPEED`, from the real monotonic clock; `jump` is what a suspend does."""

    def __init__(self, speed: float = SPEED) -> None:
        self.speed = speed
        self._begun = time.perf_counter()
        self._jumped_ns = 0

    def now(self) -> Instant:
        passed = (time.perf_counter() - self._begun) * self.speed
        running = 1_000 * SECOND + round(passed * SECOND) + self._jumped_ns
        return Instant(boot="quick", running_ns=running, utc_ns=1_790_000_000 * SECOND + running)

    async def sleep_until(self, running_ns: int) -> None:
        while (left := (running_ns - self.now().running_ns) / SECOND / self.speed) > 0:  # noqa: ASYNC110 - time, no event
            await asyncio.sleep(min(left, 0.2))

    def jump(self, seconds: float) -> None:
        """The computer slept for `seconds`."""
        self._jumped_ns += round(seconds * SECOND)
