"""A clip on a scripted radio, with an acquisition at work."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random

from collector.acquisition import acquire
from collector.clock import ManualClock
from collector.device import Device
from collector.devices import plx, viatom_oxy, viatom_oxy_frame
from collector.devices.base import Driver, Vitals
from collector.intake import Surroundings
from tests.collector.radio.scripted import ScriptedRadio
from tests.collector.radio.world import Recorded, elapse, settle

DEVICE = Device(address="AA:BB", name="PM100", family="plx")
RING = replace(DEVICE, name="O2Ring", family="viatom_oxy")
WELL = Vitals(spo2=97, pulse_rate=64, perfusion_index=2.0)


class Stage:
    """A clip of the PLX family on a scripted radio, with an acquisition at work."""

    def __init__(self, clock: ManualClock, driver: Driver = plx.DRIVER) -> None:
        self.clock = clock
        self.recorded = Recorded()
        self.radio = ScriptedRadio(clock, DEVICE, driver)
        self.encoder = driver.encoder()
        self.around = Surroundings(
            radio=self.radio, recording=self.recorded, clock=clock, random=Random(1)
        )

    def say(self, vitals: Vitals) -> None:
        """The clip streams one second's worth over the newest link."""
        for characteristic, data in self.encoder.stream(vitals):
            if characteristic in self.radio.link.receivers:
                self.radio.link.say(characteristic, data)

    async def stream(self, seconds: int, vitals: Callable[[int], Vitals] | None = None) -> None:
        """A second of the clip after the other; without `vitals` of a person who is well."""
        for second in range(seconds):
            if self.radio.links and not self.radio.link.left:
                self.say(vitals(second) if vitals else replace(WELL, pulse_rate=60 + second % 9))
            await elapse(self.clock, 1)


@asynccontextmanager
async def staged(driver: Driver = plx.DRIVER, acquired: Driver | None = None) -> AsyncIterator[Stage]:
    stage = Stage(ManualClock(), driver)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(acquire(DEVICE, stage.around, driver=acquired))
        await settle()
        yield stage
        stage.radio.release.set()
        task.cancel()


@asynccontextmanager
async def polled(answers: list[bytes | None]) -> AsyncIterator[Stage]:
    """A clip of the O2 family that answers the requests of the beginning, then as told."""
    stage = Stage(ManualClock(), viatom_oxy.DRIVER)
    stage.radio.characteristics |= {viatom_oxy.WRITE}
    beginning = viatom_oxy.DRIVER.start(stage.clock.now().utc_ns)
    settled: list[bytes | None] = []
    for write in beginning:
        settled += [None] * (len(viatom_oxy.DRIVER.pieces(write)) - 1)
        settled.append(viatom_oxy_frame.reply(b""))
    stage.radio.answers = [*settled, *answers]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(acquire(RING, stage.around))
        await elapse(stage.clock, 0.2)
        yield stage
        task.cancel()
