"""Downloading: what one clip has stored, over the radio; connections may break, the transfer goes on."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from collector.clock import SECOND, Clock, Instant
from collector.device import Device
from collector.devices import FETCHES, of_chosen
from collector.devices.base import Driver, Write
from collector.devices.stored import Fetch, Part, Refusal, StoredFile
from collector.errors import LinkLost, NeedsHelp, Unavailable
from collector.radio.base import Link, Radio
from collector.supervision import either, run_until, within

# Connections in a row that bring not one byte more; weak stacks fail half of them (protocols.md 4.10).
FRUITLESS = 4
PAUSE_S = 2.0
# From the turn to connect to the first reply, and from each to the next.
QUIET_S = 30.0
TURN_S = 60.0  # nobody else is on the radio: no station runs on this directory
SUBSCRIBED_S = 0.5  # protocols.md 4.5
PIECES_APART_S = 0.03
MISSES = 3  # requests in a row without a reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """What came out of a clip's memory; `ahead_s` is by how much its clock is ahead of this machine's."""

    files: tuple[StoredFile, ...]
    refused: dict[str, Refusal]
    listed: tuple[str, ...]
    ahead_s: float


class Shelf(Protocol):
    """Where what has come of a clip's files outlives this program."""

    def parts(self, clip: str) -> Sequence[Part]:
        """What was put there for the clip at this address."""
        ...

    def put(self, clip: str, parts: Sequence[Part]) -> None:
        """Keep these in place of what is there; never raises."""
        ...


async def download(
    radio: Radio, clock: Clock, device: Device, wanted: Callable[[str], bool], shelf: Shelf
) -> Downloaded:
    """Every wanted file of `device`, whole and checked, or refused by name.

    Goes on with what `shelf` has of it, and leaves there what came, however it ends. Raises
    `Unavailable` or `NeedsHelp` when it cannot be had now; trying again is right.
    """
    work = _Work(clock, wanted, shelf)
    fruitless, why = 0, ""
    while fruitless < FRUITLESS:
        received = work.received
        try:
            await work.connection(radio, device)
        except NeedsHelp:
            raise
        except (LinkLost, TimeoutError) as failure:
            why = str(failure) or "it does not answer"
        if work.fetch is not None and work.fetch.done:
            return work.result(device)
        fruitless = 0 if work.received > received else fruitless + 1
        await clock.sleep_until(clock.now().running_ns + int(PAUSE_S * SECOND))
    raise Unavailable(
        f"The memory of {device.name or device.address} could not be read ({why.rstrip('.')}); put the clip"
        " on a finger or its charger near this computer, and try again."
    )


class _Work:
    """One download over as many connections as it takes."""

    def __init__(self, clock: Clock, wanted: Callable[[str], bool], shelf: Shelf) -> None:
        self.fetch: Fetch | None = None
        self._clock = clock
        self._wanted, self._shelf = wanted, shelf
        self._ahead_s: float | None = None

    @property
    def received(self) -> int:
        """Bytes of files that came so far."""
        return self.fetch.received if self.fetch else 0

    async def connection(self, radio: Radio, device: Device) -> None:
        """One connection; ends when nothing is left to ask, raises `LinkLost` or `TimeoutError` before."""
        talk = _Talk(self._clock, self)
        try:
            await run_until(
                self._clock,
                lambda: talk.due_ns,
                talk.run(radio, device),
                name=f"download {device.address}",
            )
        finally:
            talk.over = True
            if self.fetch is not None and (parts := self.fetch.parts):
                self._shelf.put(device.address, parts)

    def begin(self, family: str, device: Device) -> Fetch:
        """The machine that brings the files; the same one over all connections."""
        if self.fetch is None:
            if family not in FETCHES:
                raise Unavailable(
                    f"{device.name or device.address} keeps no recordings that can be read here."
                )
            self.fetch = FETCHES[family](self._wanted, self._shelf.parts(device.address))
        return self.fetch

    def told(self, at: Instant) -> None:
        """Something was said: the clip's clock is compared when it first tells it."""
        if self.fetch is not None and self.fetch.clock and self._ahead_s is None:
            self._ahead_s = _ahead_s(self.fetch.clock, at)

    def result(self, device: Device) -> Downloaded:
        """What came of it; raises `Unavailable` for a clip that cannot be read at all."""
        fetch = self.fetch
        if fetch is None or fetch.unreadable:
            said = fetch.unreadable if fetch else "it does not answer"
            raise Unavailable(
                f"The memory of {device.name or device.address} could not be read: {said}."
            )
        return Downloaded(
            files=tuple(fetch.files),
            refused=dict(fetch.refused),
            listed=fetch.listed,
            ahead_s=self._ahead_s or 0.0,
        )


class _Talk:
    """One connection: one request in flight, a deadline that moves with each sign of life."""

    def __init__(self, clock: Clock, work: _Work) -> None:
        self.over = False
        self.due_ns = clock.now().running_ns + int(TURN_S * SECOND)
        self._clock = clock
        self._work = work
        self._fetch: Fetch | None = None
        self._next: asyncio.Future[Write | None] | None = None

    async def run(self, radio: Radio, device: Device) -> None:
        async with radio.connect(device.address, begun=self._alive) as link:
            driver = of_chosen(link.services, name=device.name, characteristics=link.characteristics)
            if driver is None:
                raise LinkLost("it is not an oximeter of a known family")
            fetch = self._fetch = self._work.begin(driver.family, device)
            for characteristic in driver.subscribe:
                await link.subscribe(characteristic, self._receive)
            await self._sleep(SUBSCRIBED_S)
            await either(
                _lost(link), self._ask_all(link, driver, fetch), clock=self._clock, name="download"
            )

    async def _ask_all(self, link: Link, driver: Driver, fetch: Fetch) -> None:
        write: Write | None = fetch.connected()
        misses = 0
        while write is not None:
            reply = self._next = asyncio.get_running_loop().create_future()
            for number, piece in enumerate(driver.pieces(write)):
                if number:
                    await self._sleep(PIECES_APART_S)
                await link.write(write.characteristic, piece, response=write.response)
            try:
                write, misses = await within(self._clock, write.reply_s, _wait(reply), name="reply"), 0
            except TimeoutError:
                misses += 1
                if misses > MISSES:
                    raise LinkLost(f"no reply to {misses} requests") from None
                write = fetch.silent()

    def _receive(self, characteristic: str, data: bytes, at: Instant) -> None:
        """Take one notification; what comes after the connection was given up is dropped."""
        if self.over or self._fetch is None or self._next is None or self._next.done():
            return
        write = self._fetch.feed(characteristic, data)
        self._work.told(at)
        if write is not None or self._fetch.done:
            self._alive()
            self._next.set_result(write)

    def _alive(self) -> None:
        self.due_ns = self._clock.now().running_ns + int(QUIET_S * SECOND)

    async def _sleep(self, seconds: float) -> None:
        await self._clock.sleep_until(self._clock.now().running_ns + int(seconds * SECOND))


async def _wait(reply: "asyncio.Future[Write | None]") -> Write | None:
    return await reply


async def _lost(link: Link) -> None:
    raise LinkLost(await link.lost())


def _ahead_s(told: str, at: Instant) -> float | None:
    """How far the clip's local time is ahead, to the second that it tells; None where it told none."""
    try:
        return float(round(datetime.fromisoformat(told).timestamp() - at.utc_ns / SECOND))
    except (ValueError, OverflowError, OSError):
        return None
