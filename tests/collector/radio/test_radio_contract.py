"""The contract of the Radio port, for every implementation."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import pytest

from collector.clock import SECOND, Instant, ManualClock
from collector.device import Device
from collector.devices import by_family
from collector.devices.base import Driver, Vitals, Write
from collector.errors import LinkLost
from collector.radio.base import Link, Radio
from collector.radio.bluetooth import BluetoothRadio
from collector.radio.captured import CapturedRadio
from collector.radio.scenario import FAMILIES, Scenario
from collector.radio.simulated import SimulatedRadio
from tests.collector.radio.world import elapse, settle
from tests.radio.bus import SYSTEM_BUS, private_bus
from tests.radio.clip import Clip
from tests.radio.fakebluez import FakeBlueZ
from tests.radio.quick import QuickClock

Result = TypeVar("Result")
MOMENT_S = 2.0  # session seconds in which a real message bus answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One notification of a recording."""

    t_s: float
    characteristic: str
    data: bytes
    sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A radio under test and the one device in its range."""

    clock: ManualClock | QuickClock
    radio: Radio
    device: Device
    driver: Driver
    group: asyncio.TaskGroup
    heard: list[tuple[str, bytes, Instant]] = field(default_factory=list)

    async def within(self, seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of `work`, which must be there when `seconds` of session time are over."""
        task = self.group.create_task(work)
        if isinstance(self.clock, QuickClock):
            await asyncio.wait({task}, timeout=max(seconds, MOMENT_S) / self.clock.speed)
        else:
            await elapse(self.clock, seconds)
        assert task.done()
        return task.result()

    async def elapse(self, seconds: float) -> None:
        """Let session time pass."""
        if isinstance(self.clock, QuickClock):
            await self.clock.sleep_until(self.clock.now().running_ns + round(seconds * SECOND))
        else:
            await elapse(self.clock, seconds)

    async def linked(self) -> tuple[AbstractAsyncContextManager[Link], Link]:
        """A link that stands, with the context that holds it."""
        context = self.radio.connect(self.device.address)
        return context, await self.within(25, context.__aenter__())

    async def listen(self, link: Link) -> None:
        """Subscribe to all that the driver names and write its start; what comes is in `heard`."""
        for characteristic in self.driver.subscribe:
            if characteristic in link.characteristics:
                await self.within(1, link.subscribe(characteristic, self._hear))
        for write in (*self.driver.start(0), *self.driver.then(self.driver.decoder())):
            await self.within(0, send(link, write))

    def _hear(self, characteristic: str, data: bytes, at: Instant) -> None:
        self.heard.append((characteristic, data, at))

    async def stream(self, link: Link, seconds: int) -> None:
        """Let `seconds` pass in which a polled device is asked once a second."""
        for _ in range(seconds):
            if self.driver.poll is not None:
                await self.within(0, send(link, self.driver.poll.write))
            await self.elapse(1)


async def send(link: Link, what: Write) -> None:
    await link.write(what.characteristic, what.data, response=what.response)


def driver_of(family: str) -> Driver:
    driver = by_family(family)
    assert driver is not None
    return driver


@asynccontextmanager
async def bluetooth(family: str) -> AsyncIterator[Subject]:
    """Real bleak on a private message bus, with bluetoothd and the clip played by us."""
    clock, clip = QuickClock(), Clip(0, family)
    async with private_bus() as bus, asyncio.TaskGroup() as group:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv(SYSTEM_BUS, bus.address)
            bluez = FakeBlueZ(bus.address, clock)
            bluez.clips = {clip.address: clip}
            await bluez.start("hci0")
            radio = BluetoothRadio(clock)
            work = [group.create_task(bluez.run()), group.create_task(radio.run())]
            await radio.looked()
            await heard(radio, clip)
            yield Subject(
                clock=clock,
                radio=radio,
                device=clip.oximeter.device,
                driver=driver_of(family),
                group=group,
            )
            for task in work:
                task.cancel()
            await asyncio.wait(work)
            await bluez.die()


async def heard(radio: Radio, clip: Clip) -> None:
    async with aclosing(radio.advertisements()) as advertisements:
        async for advertisement in advertisements:
            if advertisement.address == clip.address:
                return


@asynccontextmanager
async def passing(
    clock: ManualClock, radio: SimulatedRadio | CapturedRadio, family: str
) -> AsyncIterator[Subject]:
    """`radio` with its time running."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(radio.run())
        yield Subject(
            clock=clock, radio=radio, device=radio.devices[0], driver=driver_of(family), group=group
        )
        task.cancel()


def simulated(family: str) -> AbstractAsyncContextManager[Subject]:
    clock = ManualClock()
    scenario = Scenario(participants=1, families={"A": family})
    return passing(clock, SimulatedRadio(clock, scenario), family)


def captured() -> AbstractAsyncContextManager[Subject]:
    clock, driver = ManualClock(), driver_of("plx")
    encoder = driver.encoder()
    moments = [
        Moment(t_s=100.0 + n, characteristic=characteristic, data=data)
        for n in range(600)
        for characteristic, data in encoder.stream(Vitals(spo2=97, pulse_rate=60 + n % 7))
    ]
    device = Device(address="AA:BB", name="PM100", family="plx")
    return passing(clock, CapturedRadio(clock, device, moments, services=driver.services), "plx")


Make = Callable[[], AbstractAsyncContextManager[Subject]]
RADIOS: dict[str, Make] = {
    **{f"simulated {family}": partial(simulated, family) for family in FAMILIES},
    "captured": captured,
    **{f"bluetooth {family}": partial(bluetooth, family) for family in FAMILIES},
}


@pytest.fixture(params=RADIOS)
def make(request: pytest.FixtureRequest) -> Make:
    return RADIOS[request.param]


@pytest.mark.asyncio
async def test_device_in_range_advertises(make: Make) -> None:
    """A device nobody is connected to is heard within some seconds, under its address."""
    async with make() as subject:

        async def first() -> str:
            async with aclosing(subject.radio.advertisements()) as heard:
                async for advertisement in heard:
                    return advertisement.address
            return ""

        assert await subject.within(5, first()) == subject.device.address


@pytest.mark.asyncio
async def test_link_shows_the_services_of_its_family(make: Make) -> None:
    """The services of a link choose the driver, and what the driver subscribes to is there."""
    async with make() as subject:
        context, link = await subject.linked()

        assert subject.driver.recognises(link.services)
        assert link.characteristics.intersection(subject.driver.subscribe)
        await subject.within(10, context.__aexit__(None, None, None))


@pytest.mark.asyncio
async def test_notifications_come_with_the_instant_of_arrival(make: Make) -> None:
    """Each notification carries a subscribed characteristic and the present instant, in order."""
    async with make() as subject:
        context, link = await subject.linked()
        began = subject.clock.now().running_ns
        await subject.listen(link)
        await subject.stream(link, 10)
        times = [at.running_ns for _, _, at in subject.heard]

        assert len({time // SECOND for time in times}) >= 9
        assert times == sorted(times)
        assert all(began <= time <= subject.clock.now().running_ns for time in times)
        assert {characteristic for characteristic, _, _ in subject.heard} <= set(
            subject.driver.subscribe
        )
        await subject.within(10, context.__aexit__(None, None, None))


@pytest.mark.asyncio
async def test_notifications_decode_into_readings(make: Make) -> None:
    """What arrives in ten seconds is at least eight readings with numbers and no bad frame."""
    async with make() as subject:
        context, link = await subject.linked()
        await subject.listen(link)
        await subject.stream(link, 10)
        decoder = subject.driver.decoder()
        for write in subject.driver.then(decoder):
            decoder.sent(write.data)
        decoded = [item for heard in subject.heard for item in decoder.feed(*heard)]

        assert sum(getattr(item, "valid", False) for item in decoded) >= 8
        assert (decoder.counts.checksum_errors, decoder.counts.resyncs) == (0, 0)
        await subject.within(10, context.__aexit__(None, None, None))


@pytest.mark.asyncio
async def test_nothing_is_delivered_after_leaving(make: Make) -> None:
    """Once the context is left no callback is called any more."""
    async with make() as subject:
        context, link = await subject.linked()
        await subject.listen(link)
        await subject.stream(link, 3)
        await subject.within(10, context.__aexit__(None, None, None))
        before = len(subject.heard)
        await subject.elapse(5)

        assert before > 0
        assert len(subject.heard) == before


@pytest.mark.asyncio
async def test_calls_on_a_left_link_raise_link_lost(make: Make) -> None:
    """Subscribing, reading and writing on a link that is gone is refused with LinkLost."""
    async with make() as subject:
        context, link = await subject.linked()
        await subject.within(10, context.__aexit__(None, None, None))
        name = next(iter(link.characteristics))

        for call in (link.read(name), link.write(name, b"", response=False)):
            with pytest.raises(LinkLost):
                await call
        with pytest.raises(LinkLost):
            await link.subscribe(name, subject._hear)


@pytest.mark.asyncio
async def test_device_takes_one_link_at_a_time(make: Make) -> None:
    """A second connection is refused while the first stands, and possible after it was left."""
    async with make() as subject:
        context, _ = await subject.linked()
        assert await subject.within(25, refused(subject.radio, subject.device.address))
        await subject.within(10, context.__aexit__(None, None, None))
        again, _ = await subject.linked()
        await subject.within(10, again.__aexit__(None, None, None))


async def refused(radio: Radio, address: str) -> bool:
    """Whether connecting raises LinkLost."""
    try:
        async with radio.connect(address):
            return False
    except LinkLost:
        return True


@pytest.mark.asyncio
async def test_unknown_address_is_refused(make: Make) -> None:
    """Connecting to a device that is not there raises LinkLost within 25 s."""
    async with make() as subject:
        assert await subject.within(25, refused(subject.radio, "00:00:00:00:00:00"))


@pytest.mark.asyncio
async def test_lost_waits_while_the_link_stands(make: Make) -> None:
    """`lost` does not return while nothing is lost."""
    async with make() as subject:
        context, link = await subject.linked()
        waiting = subject.group.create_task(link.lost())
        await subject.elapse(10)

        assert not waiting.done()
        waiting.cancel()
        await settle()
        await subject.within(10, context.__aexit__(None, None, None))
