"""The world's clock: the loop's own virtual time, so that nobody has to pace it."""

import asyncio

from collector.clock import SECOND, Instant

MICRO = 1_000
BEGIN_NS = 1_000 * SECOND


class WorldClock:
    """A `Clock` that runs with the loop, in whole microseconds, and a wall clock that can be stepped."""

    def __init__(self, *, utc_ns: int = 1_790_000_000 * SECOND, boot: str = "boot-1") -> None:
        self._loop = asyncio.get_running_loop()
        self._boot = boot
        self._utc_offset_ns = utc_ns - BEGIN_NS
        self._time = -1.0
        self._now = Instant(boot=boot, running_ns=0, utc_ns=0)

    def now(self) -> Instant:
        time = self._loop.time()
        if time != self._time:
            self._time = time
            running_ns = BEGIN_NS + round(time * 1e6) * MICRO
            self._now = Instant(
                boot=self._boot, running_ns=running_ns, utc_ns=running_ns + self._utc_offset_ns
            )
        return self._now

    async def sleep_until(self, running_ns: int) -> None:
        if running_ns <= self.now().running_ns:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = self._loop.create_future()
        micros = -(-(running_ns - BEGIN_NS) // MICRO)
        timer = self._loop.call_at(micros / 1e6, _wake, woken)
        try:
            await woken
        finally:
            timer.cancel()

    def step_utc(self, ns: int) -> None:
        """Move the wall clock alone, as NTP or a person would."""
        self._utc_offset_ns += ns
        self._time = -1.0


def _wake(woken: "asyncio.Future[None]") -> None:
    if not woken.done():
        woken.set_result(None)
