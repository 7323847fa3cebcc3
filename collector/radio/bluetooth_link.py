"""BluetoothLink: one connection to one clip through bleak; a new client object for each.

bleak's clients are not used twice, and their calls have no time-outs of their own that could be relied
on (reliability.md 1E), so whoever calls sets deadlines. What a client says after the link has ended is
dropped: an abandoned client goes on calling back (rows 39 and 40).
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog
from bleak import BleakClient
from bleak.args.bluez import BlueZNotifyArgs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError
from bleak_retry_connector import establish_connection

from collector.clock import Clock
from collector.errors import LinkLost
from collector.radio.base import Receive
from collector.supervision import within

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
DISCONNECT_S = 10.0
# What bleak raises for a link or a bus that is gone, beside its own errors: an assertion where the client
# has no bus any more, KeyError and AttributeError where BlueZ's objects went away under it.
GONE = (BleakError, AssertionError, AttributeError, EOFError, KeyError, OSError, TimeoutError)


class BluetoothLink:
    """A Link. `open` connects and finds services; `close` ends it whatever happened before.

    `newest_ns` is the running time of the newest notification, None before the first.
    """

    def __init__(self, address: str, clock: Clock, *, acquire: bool = False) -> None:
        self.address = address
        self.services: frozenset[str] = frozenset()
        self.characteristics: frozenset[str] = frozenset()
        self.subscribed = False
        self.newest_ns: int | None = None
        self._clock = clock
        self._acquire = acquire
        self._client: BleakClient | None = None
        self._found: dict[str, BleakGATTCharacteristic] = {}
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def open(self, device: BLEDevice) -> None:
        """Connect to `device` and find its services; raises `LinkLost`."""
        try:
            client = await establish_connection(
                BleakClient,
                device,
                self.address,
                disconnected_callback=self._hung_up,
                max_attempts=1,  # after a hard failure something else has to be done first: the ladder
                use_services_cache=False,  # a stale one survives firmware updates (row 28)
            )
        except GONE as failure:
            raise LinkLost(_said("The clip does not connect", failure)) from failure
        self._client = client
        if not client.is_connected:
            self._hung_up(client)
        self.check()
        for characteristic in client.services.characteristics.values():
            known = self._found.get(characteristic.uuid)
            if known is None or not _notifies(known):
                self._found[characteristic.uuid] = characteristic
        self.services = frozenset(service.uuid for service in client.services)
        self.characteristics = frozenset(self._found)

    async def subscribe(self, characteristic: str, receive: Receive) -> None:
        found = self._characteristic(characteristic)
        how: BlueZNotifyArgs = {"use_start_notify": not self._acquire}

        def took(_: BleakGATTCharacteristic, data: bytearray) -> None:
            if not self._ended.done():
                at = self._clock.now()
                self.newest_ns = at.running_ns
                receive(characteristic, bytes(data), at)

        await self._call(self._connected.start_notify(found, took, bluez=how))
        self.subscribed = True

    async def read(self, characteristic: str) -> bytes:
        found = self._characteristic(characteristic)
        return bytes(await self._call(self._connected.read_gatt_char(found)))

    async def write(self, characteristic: str, data: bytes, *, response: bool) -> None:
        found = self._characteristic(characteristic)
        able = set(found.properties)
        confirmed = response if {"write", "write-without-response"} <= able else "write" in able
        await self._call(self._connected.write_gatt_char(found, data, response=confirmed))

    async def lost(self) -> str:
        return await asyncio.shield(self._ended)

    async def gone(self) -> None:
        """Raise `LinkLost` once the link is over."""
        raise LinkLost(await self.lost())

    def end(self, why: str) -> None:
        """The link is over, whatever bleak believes; nothing is delivered any more."""
        if not self._ended.done():
            self._ended.set_result(why)

    def check(self) -> None:
        """Raise `LinkLost` when the link is over."""
        if self._ended.done():
            raise LinkLost(f"The link is gone: {self._ended.result()}.")

    async def close(self) -> None:
        """End it and give everything back; gives up after `DISCONNECT_S`."""
        self.end("closed")
        client, self._client = self._client, None
        if client is None:
            return
        try:
            await within(self._clock, DISCONNECT_S, client.disconnect(), name=f"close {self.address}")
        except GONE as failure:
            log.info("disconnect failed", device=self.address, why=str(failure))

    @property
    def _connected(self) -> BleakClient:
        self.check()
        if self._client is None:
            raise LinkLost("The link does not stand yet.")
        return self._client

    def _characteristic(self, uuid: str) -> BleakGATTCharacteristic:
        self.check()
        if uuid not in self._found:
            raise LinkLost(f"The clip has no characteristic {uuid}.")
        return self._found[uuid]

    async def _call(self, call: Coroutine[Any, Any, Result]) -> Result:
        try:
            return await call
        except GONE as failure:
            raise LinkLost(_said("The clip does not answer", failure)) from failure

    def _hung_up(self, _: BleakClient) -> None:
        if self._client is not None:  # before, bleak tries again by itself (row 22)
            self.end("the clip hung up or went out of range")


def _notifies(characteristic: BleakGATTCharacteristic) -> bool:
    return not {"notify", "indicate"}.isdisjoint(characteristic.properties)


def _said(what: str, failure: BaseException) -> str:
    """One sentence; in brackets the system's own words, without the advice put around them."""
    root = failure.__cause__ or failure
    return f"{what} ({str(root) or type(root).__name__})."
