"""A simulated session told to its end: the radio, and what acquisition recorded of it."""

import asyncio
from dataclasses import dataclass
from random import Random

from collector.acquisition import acquire
from collector.clock import SECOND, ManualClock
from collector.device import LinkState
from collector.intake import Surroundings
from collector.radio.scenario import Scenario
from collector.radio.simulated import SimulatedRadio
from collector.reading import PlethChunk, Reading
from tests.collector.radio.world import Recorded, elapse


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a simulated session has left."""

    radio: SimulatedRadio
    recorded: Recorded
    pleth: int
    began_ns: int
    wakes: int

    def readings(self, number: int = 0) -> list[tuple[float, Reading]]:
        """Second of the session and reading, of one clip."""
        address = self.radio.devices[number].address
        return [
            ((reading.at.running_ns - self.began_ns) / SECOND, reading)
            for reading in self.recorded.by_device.get(address, [])
        ]

    def links(self, number: int = 0) -> list[LinkState]:
        """Link states of one clip, in order."""
        address = self.radio.devices[number].address
        return [status.link for status in self.recorded.statuses if status.device == address]


class CountingClock(ManualClock):
    """Counts the moments at which it wakes somebody."""

    wakes = 0

    def advance_to(self, running_ns: int) -> None:
        due = self.next_due()
        self.wakes += due is not None and due <= running_ns
        super().advance_to(running_ns)


async def tell(
    scenario: Scenario, seconds: float, *, participants: int | None = None, seed: int = 1
) -> Story:
    """Acquire from every clip of `scenario` for `seconds`."""
    clock = CountingClock()
    began = clock.now().running_ns
    radio = SimulatedRadio(clock, scenario, seed=seed, participants=participants)
    recorded = Recorded()
    samples: list[int] = []

    def take(_: str, chunk: PlethChunk) -> None:
        samples.append(len(chunk.samples))

    around = Surroundings(radio=radio, recording=recorded, clock=clock, random=Random(seed), pleth=take)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(radio.run())]
        tasks += [group.create_task(acquire(device, around)) for device in radio.devices]
        await elapse(clock, seconds)
        for task in tasks:
            task.cancel()
    return Story(radio=radio, recorded=recorded, pleth=sum(samples), began_ns=began, wakes=clock.wakes)
