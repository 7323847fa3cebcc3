"""A radio that does what a test says: hangs, loses, refuses, and delivers what the test gives it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from collector.clock import SECOND, Clock
from collector.device import Advertisement, Device
from collector.devices.base import Driver
from collector.errors import LinkLost
from collector.radio.base import Link, Receive


@dataclass
class ScriptedLink:
    """A link of a scripted radio."""

    radio: "ScriptedRadio"
    characteristics: frozenset[str]
    services: frozenset[str]
    receivers: dict[str, Receive] = field(default_factory=dict)
    written: list[tuple[float, bytes]] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    why: str = ""
    left: bool = False

    async def subscribe(self, characteristic: str, receive: Receive) -> None:
        await self.radio.maybe_hang("subscribe")
        self.receivers[characteristic] = receive

    async def read(self, characteristic: str) -> bytes:
        await self.radio.maybe_hang("read")
        return b"\x50"

    async def write(self, characteristic: str, data: bytes, *, response: bool) -> None:
        await self.radio.maybe_hang("write")
        if self.gone.is_set():
            raise LinkLost(self.why)
        self.written.append((self.radio.clock.now().running_ns / SECOND, data))
        if self.radio.answers and (reply := self.radio.answers.pop(0)) is not None:
            self.say(self.radio.notifies, reply)

    async def lost(self) -> str:
        await self.gone.wait()
        return self.why

    def lose(self, why: str = "gone") -> None:
        """The radio reports that the link is over."""
        self.why = why
        self.gone.set()

    def say(self, characteristic: str, data: bytes) -> None:
        """A notification arrives now."""
        self.receivers[characteristic](characteristic, data, self.radio.clock.now())


class ScriptedRadio:
    """One device; `hang` names the call that never returns, `hangs` how many times it does so."""

    def __init__(self, clock: Clock, device: Device, driver: Driver) -> None:
        self.clock = clock
        self.device = device
        self.services = driver.services
        self.characteristics = frozenset((*driver.subscribe, *driver.read, "write"))
        self.notifies = driver.subscribe[0]
        self.hang = ""
        self.hangs = 0
        self.deaf = False  # whether a hanging call ignores being cancelled
        self.away = False
        self.advertises = True
        self.answers: list[bytes | None] = []  # one for each write; None: the reply is lost
        self.attempts: list[float] = []
        self.links: list[ScriptedLink] = []
        self.release = asyncio.Event()

    @property
    def link(self) -> ScriptedLink:
        """The newest link."""
        return self.links[-1]

    async def maybe_hang(self, call: str) -> None:
        if call != self.hang or self.hangs == 0:
            return
        self.hangs -= 1
        while not self.release.is_set():
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                if not self.deaf:
                    raise

    async def advertisements(self) -> AsyncGenerator[Advertisement, None]:
        while True:
            await self.clock.sleep_until(self.clock.now().running_ns + SECOND)
            if self.advertises:
                yield Advertisement(address="somebody else")
            if self.advertises and not self.away:
                yield Advertisement(address=self.device.address)

    @asynccontextmanager
    async def connect(
        self, address: str, *, begun: Callable[[], None] = lambda: None
    ) -> AsyncIterator[Link]:
        assert address == self.device.address
        await self.maybe_hang("turn")
        begun()
        self.attempts.append(self.clock.now().running_ns / SECOND)
        await self.maybe_hang("connect")
        if self.away:
            raise LinkLost("not there")
        link = ScriptedLink(self, self.characteristics, self.services)
        self.links.append(link)
        try:
            yield link
        finally:
            await self.maybe_hang("disconnect")
            link.left = True
