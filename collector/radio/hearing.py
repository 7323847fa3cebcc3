"""Hearing: what the scan has heard, for whoever listens and for whoever wants to connect."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Generic, TypeVar

from collector.clock import SECOND, Clock
from collector.device import Advertisement

Found = TypeVar("Found")

# Advertisements kept for a listener that does not listen; the oldest go first.
BOUND = 256
# Devices remembered; phones and headphones with ever new addresses pass by, the longest unheard go first.
MOST = 512


class Hearing(Generic[Found]):
    """The newest of each device, and a stream for each listener; `Found` is what a scanner finds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._found: dict[str, tuple[Found, int]] = {}
        self._ears: list[asyncio.Queue[Advertisement]] = []

    def heard(self, found: Found, advertisement: Advertisement) -> None:
        """Take one advertisement and the scanner's object for its sender."""
        self._found.pop(advertisement.address, None)
        self._found[advertisement.address] = (found, self._clock.now().running_ns)
        if len(self._found) > MOST:
            del self._found[next(iter(self._found))]
        for ear in self._ears:
            if ear.full():
                ear.get_nowait()
            ear.put_nowait(advertisement)

    def found(self, address: str) -> Found | None:
        """The scanner's object for the device at `address`, however long ago it was heard."""
        found = self._found.get(address)
        return found[0] if found else None

    def quiet_s(self, address: str) -> float:
        """Seconds since `address` was heard; infinite when it never was."""
        found = self._found.get(address)
        return (self._clock.now().running_ns - found[1]) / SECOND if found else float("inf")

    def forget(self, address: str | None = None) -> None:
        """Forget the device at `address`, or all: it has to be heard anew."""
        if address is None:
            self._found.clear()
        else:
            self._found.pop(address, None)

    async def hear(self, address: str) -> None:
        """Wait until the device at `address` is heard."""
        async with aclosing(self.advertisements()) as heard:
            async for advertisement in heard:
                if advertisement.address == address:
                    return

    async def advertisements(self) -> AsyncGenerator[Advertisement, None]:
        """What is heard from now on."""
        ear: asyncio.Queue[Advertisement] = asyncio.Queue(BOUND)
        self._ears.append(ear)
        try:
            while True:
                yield await ear.get()
        finally:
            self._ears.remove(ear)
