"""A clock of real time that runs a hundred times as fast, so that pauses of a minute pass in a test."""

import asyncio

from collector.clock import SECOND, Instant

HASTE = 100


class Hurry:
    """A `Clock`."""

    def now(self) -> Instant:
        ns = int(asyncio.get_running_loop().time() * HASTE * SECOND)
        return Instant(boot="hurry", running_ns=ns, utc_ns=ns)

    async def sleep_until(self, running_ns: int) -> None:
        await asyncio.sleep((running_ns - self.now().running_ns) / HASTE / SECOND)
