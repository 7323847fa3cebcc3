"""A manual clock that is moved from timer to timer, and a recorder that keeps what it is given."""

import asyncio

from collector.clock import SECOND, ManualClock
from collector.device import DeviceStatus, LinkState
from collector.reading import Reading

# More turns of the loop than any chain of tasks here needs.
TURNS = 30


async def settle() -> None:
    """Let everything run that does not wait for time."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def elapse(clock: ManualClock, seconds: float) -> None:
    """Move `clock` by `seconds`, stopping wherever somebody wants to wake."""
    until = clock.now().running_ns + round(seconds * SECOND)
    await settle()
    while (due := clock.next_due()) is not None and due <= until:
        clock.advance_to(due)
        await settle()
    clock.advance_to(until)
    await settle()


class Recorded:
    """Keeps readings and link states in order."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.by_device: dict[str, list[Reading]] = {}
        self.statuses: list[DeviceStatus] = []
        self.broken = False

    def reading(self, device: str, reading: Reading) -> None:
        if self.broken:
            raise RuntimeError("the recorder is broken")
        self.readings.append(reading)
        self.by_device.setdefault(device, []).append(reading)

    def status(self, status: DeviceStatus) -> None:
        self.statuses.append(status)

    @property
    def links(self) -> list[LinkState]:
        """The link states told so far."""
        return [status.link for status in self.statuses]
