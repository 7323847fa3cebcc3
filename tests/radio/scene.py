"""A scene: a private bus, a fake bluetoothd, clips, and the product's radio and acquisitions on top."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import bleak_retry_connector
import pytest

from collector.acquisition import acquire
from collector.clock import SECOND
from collector.intake import Surroundings
from collector.radio.bluetooth import BluetoothRadio
from collector.radio.settings import RadioSettings
from tests.collector.radio.world import Recorded
from tests.radio.bus import SYSTEM_BUS, PrivateBus, private_bus
from tests.radio.clip import Clip
from tests.radio.fakebluez import FakeBlueZ
from tests.radio.quick import SPEED, QuickClock

LOOK_S = 0.1  # session seconds between looks at what was recorded


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a test works with; times in session seconds."""

    clock: QuickClock
    bus: PrivateBus
    bluez: FakeBlueZ
    clips: tuple[Clip, ...]
    radio: BluetoothRadio
    recorded: Recorded
    group: asyncio.TaskGroup
    stop_radio: Callable[[], object]

    @property
    def clip(self) -> Clip:
        """The first clip."""
        return self.clips[0]

    @property
    def now(self) -> float:
        return self.clock.now().running_ns / SECOND

    async def elapse(self, seconds: float) -> None:
        """Let session time pass."""
        await self.clock.sleep_until(self.clock.now().running_ns + int(seconds * SECOND))

    async def until(self, true: Callable[[], bool], *, within: float, what: str = "") -> float:
        """Wait until `true()`; the session seconds that took. Fails after `within`."""
        began = self.now
        while not true():
            assert self.now - began < within, f"not within {within:g} s: {what or true}"
            await self.elapse(LOOK_S)
        return self.now - began

    async def flowing(self, *clips: Clip, within: float = 60) -> float:
        """Wait until a reading measured from now on is there of each of `clips`; the seconds that took."""
        began = self.clock.now().running_ns
        wanted = [clip.address for clip in clips or self.clips]

        def all_there() -> bool:
            return all(
                any(
                    r.at.running_ns >= began and r.valid
                    for r in self.recorded.by_device.get(a, [])[-3:]
                )
                for a in wanted
            )

        return await self.until(all_there, within=within, what=f"readings of {wanted}")


def hasten(environment: pytest.MonkeyPatch) -> None:
    """The pauses of bleak-retry-connector are real seconds; the session's pass faster."""
    for name, value in vars(bleak_retry_connector).items():
        if name.endswith("BACKOFF_TIME"):
            environment.setattr(bleak_retry_connector, name, value / SPEED)


@asynccontextmanager
async def scene(
    *,
    families: tuple[str, ...] = ("plx",),
    settings: RadioSettings | None = None,
    adapters: tuple[str, ...] = ("hci0",),
    arrange: Callable[[FakeBlueZ], None] = lambda _bluez: None,
) -> AsyncIterator[Scene]:
    """A scene in which every clip is being acquired; `arrange` is called before the radio starts."""
    clock = QuickClock()
    clips = tuple(Clip(number, family) for number, family in enumerate(families))
    async with private_bus() as bus, asyncio.TaskGroup() as group:
        environment = pytest.MonkeyPatch()
        environment.setenv(SYSTEM_BUS, bus.address)
        hasten(environment)
        bluez = FakeBlueZ(bus.address, clock)
        bluez.clips = {clip.address: clip for clip in clips}
        await bluez.start(*adapters)
        arrange(bluez)
        radio, recorded = BluetoothRadio(clock, settings), Recorded()
        around = Surroundings(radio=radio, recording=recorded, clock=clock, random=Random(1))
        work = [group.create_task(bluez.run()), group.create_task(radio.run())]
        work += [group.create_task(acquire(clip.oximeter.device, around)) for clip in clips]
        yield Scene(
            clock=clock,
            bus=bus,
            bluez=bluez,
            clips=clips,
            radio=radio,
            recorded=recorded,
            group=group,
            stop_radio=work[1].cancel,
        )
        for task in work:
            task.cancel()
        await asyncio.wait(work)
        await bluez.die()
        environment.undo()
