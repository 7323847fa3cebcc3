"""The air: virtual controllers and clips made with Google's bumble, below the kernel's own Bluetooth.

kernel <-/dev/vhci-> the computer's controller <-LocalLink-> a controller per clip <-> its GATT server

The clips are the product's simulated oximeters (`tests/radio/clip.py`), so that the bytes come from the
encoders. What bumble 0.0.236 does otherwise than a controller of silicon is put right here.
"""

import asyncio
import struct
from contextlib import AsyncExitStack
from typing import Any

from bumble import hci, ll
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData
from bumble.device import Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.link import LocalLink
from bumble.transport import open_transport

from tests.radio.clip import Clip

# bumble issue 841: these two are claimed, and then the plain event is sent that Linux does not wait for.
UNSUPPORTED = hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
# A control packet takes a moment on air. With none, bluetoothd 5.66 may answer Connect before it has set
# Connected, and bleak says "failed to discover services, device disconnected" (measured: 3 of 30).
CONTROL_S = 0.05
ADVERTISED_MS = 100
SECOND_S = 1.0


class AirController(Controller):
    """bumble's controller as Linux needs it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.le_features &= ~UNSUPPORTED

    def on_hci_le_create_connection_cancel_command(self, command: Any) -> Any:
        """End the pending connection too; bumble only says that it did."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is not None:
            over = hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=0,
                peer_address_type=0,
                peer_address=pending.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
            asyncio.get_running_loop().call_soon(self.send_hci_packet, over)
        return super().on_hci_le_create_connection_cancel_command(command)


class AirLink(LocalLink):
    """A link on which control packets take `CONTROL_S`, and data comes from who is connected."""

    def send_acl_data(
        self, sender_controller: Any, destination_address: Any, transport: Any, data: bytes
    ) -> None:
        """Deliver under the address that the connection was made with.

        bumble takes the sender's random address of this moment, and Linux takes a new one for each scan:
        data of a standing connection would come from a stranger as soon as the next clip is looked for.
        """
        ours = sender_controller.le_connections.values()
        source = next((c.self_address for c in ours if c.peer_address == destination_address), None)
        receiver = self.find_le_controller(destination_address)
        if source is not None and receiver is not None:
            loop = asyncio.get_running_loop()
            loop.call_soon(receiver.on_link_acl_data, source, transport, data)

    def send_ll_control_pdu(self, sender_address: Any, receiver_address: Any, packet: Any) -> None:
        """Deliver later, unless the receiver has gone meanwhile."""

        def deliver() -> None:
            if self.find_le_controller(receiver_address):
                LocalLink.send_ll_control_pdu(self, sender_address, receiver_address, packet)

        asyncio.get_running_loop().call_later(CONTROL_S, deliver)


class AirClip:
    """One clip in the air: advertises, serves, notifies once a second."""

    def __init__(self, clip: Clip, link: LocalLink) -> None:
        self.clip = clip
        self._controller = AirController(clip.name, link=link)
        self._device = Device.with_hci(
            clip.name, hci.Address(clip.address), self._controller, self._controller
        )
        self._device.advertising_interval_min = ADVERTISED_MS
        self._device.advertising_interval_max = ADVERTISED_MS
        self._device.advertising_data = _advertised(clip)
        self._served = {name: self._serve(name, can) for name, can in clip.characteristics.items()}
        self._device.add_services(_services(clip, self._served))

    async def run(self) -> None:
        """Live for ever."""
        await self._device.power_on()
        await self.appear()
        while True:
            self.clip.second()
            await self._notify(self.clip.stream())
            await asyncio.sleep(SECOND_S)

    async def appear(self) -> None:
        """Advertise, also after each end of a connection."""
        self.clip.away = False
        await self._device.start_advertising(auto_restart=True)

    async def drop(self) -> None:
        """End the connection (reason 0x13) and stay there."""
        for connection in list(self._device.connections.values()):
            await connection.disconnect()

    async def go(self) -> None:
        """Switched off: the connection ends and nothing is advertised."""
        self.clip.away = True
        if self._device.legacy_advertiser:
            self._device.legacy_advertiser.auto_restart = False
        await self.drop()
        await self._device.stop_advertising()

    def _serve(self, name: str, can: list[str]) -> Characteristic[Any]:
        properties = Characteristic.Properties(0)
        for word in can:
            properties |= _PROPERTIES[word]
        permissions = Characteristic.READABLE | Characteristic.WRITEABLE
        value = CharacteristicValue(
            read=lambda _connection: self.clip.value(name),
            write=lambda _connection, data: self._written(name, bytes(data)),
        )
        return Characteristic(UUID(name), properties, permissions, value)

    def _written(self, name: str, data: bytes) -> None:
        said = self.clip.answer(name, data)
        asyncio.get_running_loop().create_task(self._notify(said))

    async def _notify(self, said: Any) -> None:
        if self._device.connections:
            for name, data in said:
                await self._device.notify_subscribers(self._served[name], data)


class AirAdapter:
    """The computer's adapter, which can be pulled out and plugged in again."""

    def __init__(self, link: LocalLink) -> None:
        self._link = link
        self._plugged = AsyncExitStack()
        self._controller: AirController | None = None

    async def plug(self) -> None:
        """The kernel sees a new adapter."""
        transport = await self._plugged.enter_async_context(await open_transport("vhci"))
        self._controller = AirController(
            "computer", host_source=transport.source, host_sink=transport.sink, link=self._link
        )

    async def pull(self) -> None:
        """The adapter is gone; the clips see their connections end."""
        controller, self._controller = self._controller, None
        if controller is not None:
            for connection in list(controller.le_connections.values()):
                reason = hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
                connection.send_ll_control_pdu(ll.TerminateInd(reason))
            await asyncio.sleep(2 * CONTROL_S)
            self._link.remove_controller(controller)
        await self._plugged.aclose()


def _advertised(clip: Clip) -> bytes:
    fields = [
        (AdvertisingData.FLAGS, b"\x06"),
        (AdvertisingData.COMPLETE_LOCAL_NAME, clip.name.encode()),
    ]
    short = [int(uuid[4:8], 16) for uuid in clip.advertised if uuid.startswith("0000")]
    if short:
        uuids = struct.pack(f"<{len(short)}H", *short)
        fields.append((AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, uuids))
    return bytes(AdvertisingData(fields))


def _services(clip: Clip, served: dict[str, Characteristic[Any]]) -> list[Service]:
    """The clip's own service with everything in it; bumble does not mind, nor does anybody who asks."""
    first, *others = sorted(clip.services)
    return [Service(UUID(first), list(served.values())), *(Service(UUID(o), []) for o in others)]


_PROPERTIES = {
    "notify": Characteristic.Properties.NOTIFY,
    "read": Characteristic.Properties.READ,
    "write": Characteristic.Properties.WRITE,
    "write-without-response": Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
}
