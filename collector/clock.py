"""The Clock port: the only place that reads the system's clocks.

Two times stand side by side in every `Instant`. `running_ns` counts since boot *through suspend* and is
used for every timer; `utc_ns` is recorded, shown and never used for timers (reliability: a wall clock
steps, and `time.monotonic` stops during suspend on Linux, so that a reading from before a two-hour nap
would look one second old). `CLOCK_BOOTTIME`: Linux clock_gettime(2).
"""

import asyncio
import heapq
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SECOND = 1_000_000_000
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# A sleeping loop timer does not notice suspend; looking again each half second bounds the lateness.
LOOK_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """One moment: boot id, nanoseconds running since that boot, nanoseconds UTC since 1970."""

    boot: str
    running_ns: int
    utc_ns: int

    def plus(self, ns: int) -> "Instant":
        """The moment `ns` nanoseconds later on both clocks."""
        return Instant(boot=self.boot, running_ns=self.running_ns + ns, utc_ns=self.utc_ns + ns)


class Clock(Protocol):
    """Tells the time and wakes sleepers; session time, not necessarily real time."""

    def now(self) -> Instant:
        """The present instant; `running_ns` never decreases within a boot."""
        ...

    async def sleep_until(self, running_ns: int) -> None:
        """Return when `running_ns` has come; at once when it is past."""
        ...


def read_boot_id() -> str:
    """The kernel's boot id; elsewhere a fresh one, so that nothing is taken for the same boot."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid.uuid4())


def _running_ns() -> Callable[[], int]:
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    if boottime is None:  # macOS and Windows: monotonic runs on through suspend there
        return time.monotonic_ns
    return lambda: time.clock_gettime_ns(boottime)


class LiveClock:
    """UTC and a running clock of this machine."""

    def __init__(self) -> None:
        self._boot = read_boot_id()
        self._running_ns = _running_ns()

    def now(self) -> Instant:
        return Instant(boot=self._boot, running_ns=self._running_ns(), utc_ns=time.time_ns())

    async def sleep_until(self, running_ns: int) -> None:
        while (left := (running_ns - self._running_ns()) / SECOND) > 0:  # noqa: ASYNC110 - time, no event
            await asyncio.sleep(min(left, LOOK_AGAIN_S))


class ManualClock:
    """A clock that stands still until somebody advances it: tests, simulation, demo, replay."""

    def __init__(self, *, utc_ns: int = 1_790_000_000 * SECOND, boot: str = "manual") -> None:
        self._now = Instant(boot=boot, running_ns=1_000 * SECOND, utc_ns=utc_ns)
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = 0

    def now(self) -> Instant:
        return self._now

    async def sleep_until(self, running_ns: int) -> None:
        if running_ns <= self._now.running_ns:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order += 1
        heapq.heappush(self._sleepers, (running_ns, self._order, woken))
        await woken

    def next_due(self) -> int | None:
        """When the first sleeper wants to wake, in running ns; None with nobody asleep."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def advance_to(self, running_ns: int) -> None:
        """Move both clocks to `running_ns` (never back) and wake whoever is due."""
        self._now = self._now.plus(max(0, running_ns - self._now.running_ns))
        while self._sleepers and self._sleepers[0][0] <= self._now.running_ns:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)

    def step_utc(self, ns: int) -> None:
        """Move the wall clock alone, as NTP or a person would."""
        self._now = Instant(
            boot=self._now.boot, running_ns=self._now.running_ns, utc_ns=self._now.utc_ns + ns
        )


# Session time moves at most this far per turn of the loop, so that a slow machine slows the demo down
# instead of making anybody falsely unmonitored (DESIGN 4, point 8).
LONGEST_STEP = SECOND
# Turns given to tasks after each step, so that a chain radio -> recorder -> engine -> page settles.
SETTLING_TURNS = 4


async def pace(clock: ManualClock, *, speed: float, until_ns: int | None = None) -> None:
    """Advance `clock` at `speed` session seconds per real second until `until_ns`, or for ever."""
    loop = asyncio.get_running_loop()
    real, session = loop.time(), clock.now().running_ns
    while until_ns is None or clock.now().running_ns < until_ns:
        now = clock.now().running_ns
        due = min(clock.next_due() or now + LONGEST_STEP, now + LONGEST_STEP, until_ns or 1 << 62)
        wait = real + (due - session) / SECOND / speed - loop.time()
        if wait < -1.0:  # the machine is behind: forget the debt, do not chase it
            real, session, wait = loop.time(), due, 0.0
        await asyncio.sleep(max(0.0, wait))
        clock.advance_to(due)
        for _ in range(SETTLING_TURNS):
            await asyncio.sleep(0)
