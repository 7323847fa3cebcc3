"""CapturedRadio: plays what one link carried, at the times of its recording, as a Radio."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

from collector.clock import SECOND, Clock, Instant
from collector.device import Advertisement, Device
from collector.errors import LinkLost
from collector.radio.base import Link, Receive

BETWEEN_ADVERTISEMENTS = SECOND


class Moment(Protocol):
    """One notification of a recording, or one write (`sent`), `t_s` seconds on its own clock."""

    @property
    def t_s(self) -> float: ...

    @property
    def characteristic(self) -> str: ...

    @property
    def data(self) -> bytes: ...

    @property
    def sent(self) -> bool: ...


class CapturedRadio:
    """A Radio with `device`, whose notifications come as in `moments` from the first subscription on.

    `run` makes time pass. After the last moment the link is lost, `finished` is set, and the device
    is never found again. What is written to it is taken and changes nothing.
    """

    def __init__(
        self, clock: Clock, device: Device, moments: Iterable[Moment], *, services: frozenset[str]
    ) -> None:
        self.devices = (device,)
        self.finished = asyncio.Event()
        self._clock = clock
        self._services = services
        self._moments = sorted(moments, key=lambda moment: moment.t_s)
        self._subscribed = asyncio.Event()
        self._link: CapturedLink | None = None

    async def run(self) -> None:
        """Play the recording once somebody listens; return after its last moment."""
        if self._moments:
            await self._subscribed.wait()
        begun_ns = self._clock.now().running_ns
        first_s = self._moments[0].t_s if self._moments else 0.0
        for moment in self._moments:
            due = begun_ns + round((moment.t_s - first_s) * SECOND)
            if due > self._clock.now().running_ns:
                await self._clock.sleep_until(due)
            if self._link is not None and not moment.sent:
                self._link.deliver(moment.characteristic, moment.data, self._clock.now())
        self.finished.set()
        if self._link is not None:
            self._link.end("the recording is over")

    async def advertisements(self) -> AsyncGenerator[Advertisement, None]:
        """The device, once a second while nobody is connected."""
        while True:
            if self._link is None and not self.finished.is_set():
                device = self.devices[0]
                yield Advertisement(address=device.address, name=device.name, services=self._services)
            await self._clock.sleep_until(self._clock.now().running_ns + BETWEEN_ADVERTISEMENTS)

    @asynccontextmanager
    async def connect(
        self, address: str, *, begun: Callable[[], None] = lambda: None
    ) -> AsyncIterator[Link]:
        """A link to the device; `LinkLost` when it is connected, another one, or the recording over."""
        begun()
        if self.finished.is_set() or address != self.devices[0].address or self._link is not None:
            raise LinkLost("The recorded device is not there.")
        characteristics = frozenset(moment.characteristic for moment in self._moments)
        link = self._link = CapturedLink(self._services, characteristics, self._subscribed)
        try:
            yield link
        finally:
            link.end("closed")
            self._link = None


class CapturedLink:
    """A Link to the recorded device."""

    def __init__(
        self, services: frozenset[str], characteristics: frozenset[str], subscribed: asyncio.Event
    ) -> None:
        self.services = services
        self.characteristics = characteristics
        self._subscribed = subscribed
        self._receivers: dict[str, Receive] = {}
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def subscribe(self, characteristic: str, receive: Receive) -> None:
        self._check()
        self._receivers[characteristic] = receive
        self._subscribed.set()

    async def read(self, characteristic: str) -> bytes:  # noqa: ARG002 - a recording holds no reads
        self._check()
        return b""

    async def write(self, characteristic: str, data: bytes, *, response: bool) -> None:  # noqa: ARG002 - see class
        self._check()

    async def lost(self) -> str:
        return await asyncio.shield(self._ended)

    def deliver(self, characteristic: str, data: bytes, at: Instant) -> None:
        """Hand one notification to whoever subscribed to it, unless the link has ended."""
        receive = self._receivers.get(characteristic)
        if receive is not None and not self._ended.done():
            receive(characteristic, data, at)

    def end(self, why: str) -> None:
        """The link is gone; nothing is delivered any more."""
        if not self._ended.done():
            self._ended.set_result(why)

    def _check(self) -> None:
        if self._ended.done():
            raise LinkLost(f"The link is gone: {self._ended.result()}.")
