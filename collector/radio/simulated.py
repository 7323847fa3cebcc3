"""SimulatedRadio: oximeters that speak their real protocols byte by byte, on the station's clock.

One tick of 100 ms of session time drives the whole world; each clip has its second in one of ten slots,
so that a dozen of them wake the station ten times a second and not hundreds. Everything follows from
the seed. What the simulation itself costs is counted in `cpu_ns`, apart from what the station does.
"""

import asyncio
import heapq
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random

from collector.clock import SECOND, Clock, Instant
from collector.device import Advertisement, Device
from collector.devices import DRIVERS
from collector.devices.base import Driver, Notification
from collector.errors import LinkLost
from collector.radio.base import Link, Receive
from collector.radio.oximeter import Oximeter
from collector.radio.scenario import Scenario

SLOTS = 10
TICK = SECOND // SLOTS
# How long a clip takes to answer a request (field logs of the O2 family) and a connection to stand.
REPLY_S = (0.030, 0.080)
CONNECT_S = (0.3, 1.5)
# How long connecting to somebody who is not there takes before it is given up.
NO_ANSWER_S = 2.0
HEARD_BOUND = 256  # advertisements kept for a listener that does not listen; the oldest go first


class SimulatedRadio:
    """A Radio with `participants` simulated clips in range; `run` makes time pass for them."""

    def __init__(
        self,
        clock: Clock,
        scenario: Scenario,
        *,
        seed: int = 1,
        participants: int | None = None,
        drivers: Sequence[Driver] = DRIVERS,
    ) -> None:
        self.cpu_ns = 0
        self._clock = clock
        self._random = Random(seed)  # noqa: S311 - a simulation, not a secret
        self._begun_ns = clock.now().running_ns
        self._ears: list[asyncio.Queue[Advertisement]] = []
        self._links: dict[str, SimulatedLink] = {}
        self._replies: list[tuple[int, int, SimulatedLink, Notification]] = []
        self._order = 0
        by_family = {driver.family: driver for driver in drivers}
        count = scenario.participants if participants is None else participants
        self._oximeters = {
            oximeter.device.address: oximeter
            for oximeter in (
                Oximeter(
                    number,
                    by_family[scenario.family(number)],
                    seed=f"{seed}/{number}",
                    dose_at=scenario.dose_at,
                    events=scenario.events_of(number),
                )
                for number in range(count)
            )
        }
        clips = list(self._oximeters.values())
        self._slots = [clips[slot::SLOTS] for slot in range(SLOTS)]

    @property
    def devices(self) -> tuple[Device, ...]:
        """The clips in the order of the seats they are meant for."""
        return tuple(oximeter.device for oximeter in self._oximeters.values())

    def begin(self) -> None:
        """Second 0 of the scenario is now; without this call it was when the radio was made."""
        self._begun_ns = self._clock.now().running_ns

    async def run(self) -> None:
        """Make time pass; runs until cancelled. Without it the clips stand still."""
        due = _next_tick(self._clock.now().running_ns)
        while True:
            await self._clock.sleep_until(due)
            at = self._clock.now()
            if at.running_ns - due >= SECOND:  # the machine slept: nobody was measured meanwhile
                due = at.running_ns // TICK * TICK
            for link, characteristic, data in self._tick(due):
                link.deliver(characteristic, data, at)
            due += TICK

    async def advertisements(self) -> AsyncGenerator[Advertisement, None]:
        """What unconnected clips send, once a second each."""
        ear: asyncio.Queue[Advertisement] = asyncio.Queue(HEARD_BOUND)
        self._ears.append(ear)
        try:
            while True:
                yield await ear.get()
        finally:
            self._ears.remove(ear)

    @asynccontextmanager
    async def connect(
        self, address: str, *, begun: Callable[[], None] = lambda: None
    ) -> AsyncIterator[Link]:
        """A link to the clip at `address`; `LinkLost` when it is away or connected already."""
        begun()
        await self._pass(self._random.uniform(*CONNECT_S))
        oximeter = self._oximeters.get(address)
        if oximeter is None or oximeter.away_since is not None:
            await self._pass(NO_ANSWER_S)
            raise LinkLost("The clip does not answer.")
        if address in self._links:
            raise LinkLost("The clip is connected already.")
        link = self._links[address] = SimulatedLink(self, oximeter)
        try:
            yield link
        finally:
            self._forget(link, "closed")

    async def _pass(self, seconds: float) -> None:
        """Sleep about `seconds`, to a tick, where the world is awake anyway."""
        await self._clock.sleep_until(_next_tick(self._clock.now().running_ns + int(seconds * SECOND)))

    def _tick(self, due: int) -> list[tuple["SimulatedLink", str, bytes]]:
        began = time.thread_time_ns()
        sent: list[tuple[SimulatedLink, str, bytes]] = []
        t = (due - self._begun_ns) / SECOND
        for oximeter in self._slots[due // TICK % SLOTS]:
            oximeter.second(t)
            link = self._links.get(oximeter.device.address)
            if oximeter.away_since is not None:
                if link is not None and t - oximeter.away_since >= oximeter.reported_after_s:
                    self._forget(link, "supervision timeout")
            elif link is None:
                self._advertise(oximeter)
            else:
                sent += [(link, characteristic, data) for characteristic, data in oximeter.stream()]
        while self._replies and self._replies[0][0] <= due:
            _, _, link, (characteristic, data) = heapq.heappop(self._replies)
            sent.append((link, characteristic, data))
        self.cpu_ns += time.thread_time_ns() - began
        return sent

    def _advertise(self, oximeter: Oximeter) -> None:
        for ear in self._ears:
            if ear.full():
                ear.get_nowait()
            ear.put_nowait(oximeter.advertisement())

    def asked(
        self, link: "SimulatedLink", oximeter: Oximeter, characteristic: str, data: bytes
    ) -> None:
        """Take a write to a clip; its replies come some tens of milliseconds later."""
        began = time.thread_time_ns()
        delay = self._random.uniform(*REPLY_S)
        due = self._clock.now().running_ns + int(delay * SECOND)
        for notification in oximeter.answer(characteristic, data):
            self._order += 1
            heapq.heappush(self._replies, (due, self._order, link, notification))
        self.cpu_ns += time.thread_time_ns() - began

    def _forget(self, link: "SimulatedLink", why: str) -> None:
        link.end(why)
        if self._links.get(link.address) is link:
            del self._links[link.address]


class SimulatedLink:
    """A Link to a simulated clip."""

    def __init__(self, radio: SimulatedRadio, oximeter: Oximeter) -> None:
        driver = oximeter.driver
        writes = [
            *driver.start(0),
            *driver.then(driver.decoder()),
            *((driver.poll.write,) if driver.poll else ()),
        ]
        self.address = oximeter.device.address
        self.services = driver.services
        self.characteristics = frozenset(
            (*driver.subscribe, *driver.read, *(write.characteristic for write in writes))
        )
        self._radio = radio
        self._oximeter = oximeter
        self._receivers: dict[str, Receive] = {}
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def subscribe(self, characteristic: str, receive: Receive) -> None:
        self._check(characteristic)
        self._receivers[characteristic] = receive

    async def read(self, characteristic: str) -> bytes:
        self._check(characteristic)
        return self._oximeter.value(characteristic)

    async def write(self, characteristic: str, data: bytes, *, response: bool) -> None:  # noqa: ARG002 - the air is the same
        self._check(characteristic)
        self._radio.asked(self, self._oximeter, characteristic, data)

    async def lost(self) -> str:
        return await asyncio.shield(self._ended)

    def deliver(self, characteristic: str, data: bytes, at: Instant) -> None:
        """Hand one notification to whoever subscribed, unless the link is over or the clip away."""
        receive = self._receivers.get(characteristic)
        if receive is not None and not self._ended.done() and self._oximeter.away_since is None:
            receive(characteristic, data, at)

    def end(self, why: str) -> None:
        """The link is gone; nothing is delivered any more."""
        if not self._ended.done():
            self._ended.set_result(why)

    def _check(self, characteristic: str) -> None:
        if self._ended.done():
            raise LinkLost(f"The link is gone: {self._ended.result()}.")
        if characteristic not in self.characteristics:
            raise LinkLost(f"The clip has no characteristic {characteristic}.")


def _next_tick(running_ns: int) -> int:
    return -(-running_ns // TICK) * TICK
