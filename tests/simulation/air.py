"""The air between clips and station: the product's simulated radio with faults of its own in between."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from collector.clock import SECOND, Clock, Instant
from collector.device import Advertisement
from collector.radio.base import Link, Receive
from collector.radio.simulated import SimulatedRadio
from tests.simulation.clock import WorldClock
from tests.simulation.nemesis import Fault
from tests.simulation.truth import Clip, Frame, Truth

FOR_EVER = 1 << 62
ECHO_NS = SECOND // 10


class Air:
    """A `Radio` for the station; `now` is the clock of the station that listens at present."""

    def __init__(
        self, radio: SimulatedRadio, world: WorldClock, truth: Truth, later: "Later", now: Clock
    ) -> None:
        self.station_clock = now
        self.hanging: set[str] = set()  # connecting never ends
        self.leaking: set[str] = set()  # a link's callback outlives it
        self.echoing: set[str] = set()  # every notification comes once more, a tick later
        self.late: set[str] = set()  # notifications are held back
        self._radio, self._world, self._truth, self._later = radio, world, truth, later
        self._leaked: dict[str, list[Receive]] = {}
        self._links: dict[str, AirLink] = {}

    def advertisements(self) -> AsyncGenerator[Advertisement, None]:
        return self._radio.advertisements()

    @asynccontextmanager
    async def connect(
        self, address: str, *, begun: Callable[[], None] = lambda: None
    ) -> AsyncIterator[Link]:
        begun()
        if address in self.hanging:
            await self._world.sleep_until(FOR_EVER)
        async with self._radio.connect(address) as inner:
            clip = self._truth.clips[address]
            clip.linked(self._world.now().running_ns)
            link = self._links[address] = AirLink(self, inner, clip)
            try:
                yield link
            finally:
                link.over = True
                if address in self.leaking:
                    self._leaked.setdefault(address, []).extend(link.receivers)

    def trouble(self, fault: Fault, address: str, *, on: bool) -> None:
        """Begin a fault for one clip, or end it for all."""
        if fault is Fault.LATE and not on:
            for late in sorted(self.late):
                self.release(late)
            return
        among = {
            Fault.HANG: self.hanging,
            Fault.LEAK: self.leaking,
            Fault.ECHO: self.echoing,
            Fault.LATE: self.late,
        }[fault]
        if on:
            among.add(address)
        else:
            among.clear()

    def forget(self) -> None:
        """The station is dead: its callbacks are, too."""
        self._leaked.clear()
        for link in self._links.values():
            link.over = True

    def release(self, address: str) -> None:
        """What was held back comes all at once."""
        self.late.discard(address)
        link = self._links.get(address)
        if link is not None:
            held, link.held = link.held, []
            for one in held:
                self.carry(link, *one, echo_ns=0)

    def carry(
        self,
        link: "AirLink",
        receive: Receive,
        characteristic: str,
        data: bytes,
        frame: Frame | None,
        *,
        echo_ns: int = ECHO_NS,
    ) -> None:
        """Bring one notification to the station, and to callbacks that should be dead."""
        clip, now = link.clip, self._world.now().running_ns
        at = self.station_clock.now()
        if frame is not None and not link.over:
            clip.arrive(frame, now)
        for leaked in self._leaked.get(clip.address, ()):
            leaked(characteristic, data, at)
        receive(characteristic, data, at)
        if clip.address in self.echoing:
            again = partial(self._again, link, receive, characteristic, data)
            if echo_ns:
                self._later(now + echo_ns, again)
            else:
                again()

    def _again(self, link: "AirLink", receive: Receive, characteristic: str, data: bytes) -> None:
        if not link.over:
            receive(characteristic, data, self.station_clock.now())


Later = Callable[[int, Callable[[], None]], None]


class AirLink:
    """A link of the simulated radio, with the air in between."""

    def __init__(self, air: Air, inner: Link, clip: Clip) -> None:
        self.clip = clip
        self.over = False
        self.receivers: list[Receive] = []
        self.held: list[tuple[Receive, str, bytes, Frame | None]] = []
        self.services, self.characteristics = inner.services, inner.characteristics
        self._air, self._inner = air, inner

    async def subscribe(self, characteristic: str, receive: Receive) -> None:
        self.receivers.append(receive)

        def arrived(characteristic: str, data: bytes, _at: Instant) -> None:
            frame = self.clip.spoken(data)
            if self.clip.address in self._air.late:
                self.held.append((receive, characteristic, data, frame))
            else:
                self._air.carry(self, receive, characteristic, data, frame)

        await self._inner.subscribe(characteristic, arrived)

    async def read(self, characteristic: str) -> bytes:
        return await self._inner.read(characteristic)

    async def write(self, characteristic: str, data: bytes, *, response: bool) -> None:
        await self._inner.write(characteristic, data, response=response)

    async def lost(self) -> str:
        return await self._inner.lost()
