"""BlueZ: bluetoothd over D-Bus, watched by a connection of our own (Linux).

bleak 3.1 does not notice that bluetoothd was killed and started again: links seem to stand and the scanner
is silent (reliability.md 1E). So the owner of the name `org.bluez` is watched here, and with it the adapters.
Interfaces: org.bluez.Adapter(5), org.bluez.Device(5), D-Bus specification.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from dbus_fast import AuthError, BusType, DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from collector.clock import SECOND, Clock
from collector.device import Advertisement
from collector.radio.adapter import Adapter, Trouble, View
from collector.radio.host import Changed
from collector.radio.rfkill import read_block
from collector.supervision import either, within

log = structlog.get_logger(__name__)

BLUEZ, ADAPTER, DEVICE = "org.bluez", "org.bluez.Adapter1", "org.bluez.Device1"
DBUS = "org.freedesktop.DBus"
OBJECTS, PROPERTIES = f"{DBUS}.ObjectManager", f"{DBUS}.Properties"
RULES = (
    f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{BLUEZ}'",
    f"type='signal',sender='{BLUEZ}',interface='{OBJECTS}'",
    f"type='signal',sender='{BLUEZ}',interface='{PROPERTIES}',arg0='{ADAPTER}'",
)
ANSWER_S = 5.0  # a call that has no answer by then has none (row 12 of reliability.md: for ever)
AGAIN_S = 1.0  # between tries to reach the bus or the service
LOOK_S = 30.0  # everything is looked at so often, whatever the signals say
# bluetoothd refuses by policy, or the bus by its own.
DENIALS = frozenset((f"{DBUS}.Error.AccessDenied", f"{DBUS}.Error.AuthFailed"))

Objects = Mapping[str, Mapping[str, Mapping[str, Variant]]]


class BlueZ:
    """A Host: bluetoothd on the system bus."""

    def __init__(self, clock: Clock) -> None:
        self.view = View(trouble=Trouble.NO_BUS)
        self._clock = clock
        self._bus: MessageBus | None = None
        self._owner = ""
        self._stale = asyncio.Event()

    async def run(self, changed: Changed) -> None:
        while True:
            reached = await self._watch(changed)
            self._owner = ""
            self._see(View(trouble=self.view.trouble or Trouble.NO_BUS), changed, begun_anew=reached)
            await self._clock.sleep_until(self._clock.now().running_ns + int(AGAIN_S * SECOND))

    async def connected(self) -> list[Advertisement]:
        return [
            Advertisement(
                address=str(facts["Address"].value),
                name=str(facts["Name"].value) if "Name" in facts else "",
                services=frozenset(facts["UUIDs"].value) if "UUIDs" in facts else frozenset(),
            )
            for _, facts in await self._devices()
            if facts["Connected"].value
        ]

    async def disconnect(self, address: str) -> bool:
        there = False
        for path, facts in await self._devices():
            if facts["Address"].value == address and facts["Connected"].value:
                there = True
                await self._ask(path, DEVICE, "Disconnect")
        return there

    async def remove(self, address: str) -> None:
        for path, facts in await self._devices():
            if facts["Address"].value == address:
                await self._ask(str(facts["Adapter"].value), ADAPTER, "RemoveDevice", "o", [path])

    async def power(self, address: str, *, on: bool) -> None:
        for path, interfaces in (await self._objects()).items():
            if _is_adapter(interfaces) and interfaces[ADAPTER]["Address"].value == address:
                body = [ADAPTER, "Powered", Variant("b", on)]
                await self._ask(path, PROPERTIES, "Set", "ssv", body)

    # ---- watching -------------------------------------------------------------------------------------

    async def _watch(self, changed: Changed) -> bool:
        """Watch over one connection to the bus until that is lost; False when it cannot be had."""
        bus = MessageBus(bus_type=BusType.SYSTEM)
        try:
            await within(self._clock, ANSWER_S, bus.connect(), name="connect to the system bus")
            self._bus = bus
            bus.add_message_handler(self._signalled)
            for rule in RULES:
                await self._call(DBUS, "/org/freedesktop/DBus", DBUS, "AddMatch", "s", [rule])
            looks = self._look_for_ever(changed)
            gone = bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast leaves it bare
            await either(looks, gone, clock=self._clock, name="watch Bluetooth")
        except (AuthError, PermissionError):
            self.view = replace(self.view, trouble=Trouble.DENIED)
        except (DBusError, EOFError, OSError, TimeoutError) as failure:
            log.debug("no system bus", why=str(failure))
            self.view = replace(self.view, trouble=Trouble.NO_BUS)
        finally:
            reached, self._bus = self._bus is not None, None
            bus.disconnect()
        return reached

    async def _look_for_ever(self, changed: Changed) -> None:
        while True:
            self._stale.clear()
            await self._look(changed)
            with contextlib.suppress(TimeoutError):
                pause_s = AGAIN_S if self.view.trouble else LOOK_S
                await within(self._clock, pause_s, self._stale.wait(), name="news of Bluetooth")

    async def _look(self, changed: Changed) -> None:
        """Look at everything."""
        view, owner = View(block=read_block()), ""
        try:
            reply = await self._call(BLUEZ, "/", OBJECTS, "GetManagedObjects")
            owner = reply.sender or ""
            view = replace(view, adapters=_adapters(reply.body[0]))
        except DBusError as refusal:
            denied = refusal.type in DENIALS
            view = replace(view, trouble=Trouble.DENIED if denied else Trouble.NO_SERVICE)
        except TimeoutError:
            view = replace(view, trouble=Trouble.NO_ANSWER)
        begun_anew, self._owner = owner != self._owner and bool(self._owner), owner
        self._see(view, changed, begun_anew=begun_anew)

    def _see(self, view: View, changed: Changed, *, begun_anew: bool) -> None:
        generation = self.view.generation + 1 if begun_anew else self.view.generation
        self.view = replace(view, generation=generation)
        changed()

    def _signalled(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        match message.member:
            case "NameOwnerChanged":
                self._stale.set()
            case "PropertiesChanged" if set(message.body[1]) - {"Discovering"}:
                self._stale.set()
            case "InterfacesAdded" | "InterfacesRemoved" if ADAPTER in message.body[1]:
                self._stale.set()
            case _:
                pass

    # ---- asking ---------------------------------------------------------------------------------------

    async def _objects(self) -> Objects:
        try:
            reply = await self._call(BLUEZ, "/", OBJECTS, "GetManagedObjects")
        except (DBusError, EOFError, OSError, TimeoutError):
            return {}
        objects: Objects = reply.body[0]
        return objects

    async def _devices(self) -> list[tuple[str, Mapping[str, Variant]]]:
        return [(path, i[DEVICE]) for path, i in (await self._objects()).items() if DEVICE in i]

    async def _ask(
        self, path: str, interface: str, member: str, signature: str = "", body: list[Any] | None = None
    ) -> None:
        """Ask bluetoothd for something; a refusal is logged and is no failure."""
        try:
            await self._call(BLUEZ, path, interface, member, signature, body)
        except (DBusError, EOFError, OSError, TimeoutError) as refusal:
            log.info("bluetoothd refused", asked=member, why=str(refusal))

    async def _call(  # noqa: PLR0913, PLR0917 - the parts of a D-Bus call, in their order
        self,
        to: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: list[Any] | None = None,
    ) -> Message:
        """The reply; raises `DBusError` for a refusal, `TimeoutError` without an answer."""
        if self._bus is None:
            raise EOFError("no connection to the system bus")
        message = Message(
            destination=to,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body or [],
        )
        reply = await within(self._clock, ANSWER_S, self._bus.call(message), name=member)
        if reply is None:
            raise EOFError("the system bus is gone")
        if reply.message_type is MessageType.ERROR:
            raise DBusError(reply.error_name or "", str(reply.body[0]) if reply.body else "")
        return reply


def _adapters(objects: Objects) -> tuple[Adapter, ...]:
    """The adapters in the order of their names."""
    return tuple(
        Adapter(
            address=str(interfaces[ADAPTER]["Address"].value),
            name=path.rpartition("/")[2],
            powered=bool(interfaces[ADAPTER]["Powered"].value),
            low_energy="Roles" not in interfaces[ADAPTER]
            or "central" in interfaces[ADAPTER]["Roles"].value,
        )
        for path, interfaces in sorted(objects.items())
        if _is_adapter(interfaces)
    )


def _is_adapter(interfaces: Mapping[str, Mapping[str, Variant]]) -> bool:
    return ADAPTER in interfaces and "Address" in interfaces[ADAPTER]
