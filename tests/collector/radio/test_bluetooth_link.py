"""A link's epoch: whatever a client says after its link has ended is dropped."""

import asyncio
from collections.abc import Callable

import pytest
from bleak.backends.characteristic import BleakGATTCharacteristic

from collector.clock import Instant, ManualClock
from collector.errors import LinkLost
from collector.radio.bluetooth_link import BluetoothLink

Callback = Callable[[BleakGATTCharacteristic, bytearray], None]


class Abandoned:
    """A client that goes on calling back after everybody has left it, as bleak's do."""

    def __init__(self) -> None:
        self.callbacks: list[Callback] = []

    async def start_notify(self, _found: object, callback: Callback, **_: object) -> None:
        self.callbacks.append(callback)

    async def disconnect(self) -> None:
        """Nothing happens."""

    def say(self, data: bytes) -> None:
        for callback in self.callbacks:
            callback(None, bytearray(data))  # type: ignore[arg-type]  # nobody looks at it


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["end", "close"])
async def test_nothing_is_delivered_after_the_end(how: str) -> None:
    """Neither after the link was declared over nor after it was closed, whatever the client does."""
    heard: list[bytes] = []

    def hear(_characteristic: str, data: bytes, _at: Instant) -> None:
        heard.append(data)

    link, client = BluetoothLink("A", ManualClock()), Abandoned()
    link._client = client  # type: ignore[assignment]  # as `open` leaves it
    link._found = {"char": None}  # type: ignore[dict-item]  # nobody looks at it
    await link.subscribe("char", hear)
    client.say(b"one")
    if how == "end":
        link.end("the Bluetooth service began anew")
    else:
        await link.close()
    client.say(b"two")

    assert heard == [b"one"]
    with pytest.raises(LinkLost):
        await link.read("char")


@pytest.mark.asyncio
async def test_first_reason_for_the_end_stands() -> None:
    """What ended a link is not what happened afterwards."""
    link = BluetoothLink("A", ManualClock())
    link.end("first")
    link.end("second")

    async with asyncio.timeout(1):
        assert await link.lost() == "first"
