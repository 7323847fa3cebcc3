"""A stand-in for bluetoothd on a private D-Bus: real bleak, no kernel, no radio, every fault on demand.

It answers as BlueZ 5.66 was seen to (the same questions were put to the real one): a link's end is told by
`Connected`, connects to somebody who is away hang until they are given up, only one connect at a time is
possible, devices show up only while somebody scans, links outlive the clients that made them.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from collector.clock import SECOND, Clock
from tests.radio.clip import Clip

DBUS = "org.freedesktop.DBus"
OBJECTS, PROPERTIES = f"{DBUS}.ObjectManager", f"{DBUS}.Properties"
ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
FAILED, IN_PROGRESS = "org.bluez.Error.Failed", "org.bluez.Error.InProgress"
UNKNOWN_OBJECT = f"{DBUS}.Error.UnknownObject"

SIGNATURES: Mapping[type, str] = {bool: "b", str: "s", int: "q", bytes: "ay", list: "as"}
TYPES = {"RSSI": "n", "Adapter": "o", "Device": "o", "Service": "o"}

# Session seconds. A connection takes so long; bluetoothd waits 2 s before it ends a link
# and 20 s for a device that is away (measured with 5.66).
CONNECT_S, DISCONNECT_S, PATIENCE_S = 0.4, 2.0, 20.0
REPLY_S = 0.05
# Stations claim adapters by address on the whole machine, and tests run side by side.
OWN_ADAPTER = "02:{:02X}:{:02X}:{:02X}:00:01".format(*os.getpid().to_bytes(3, "big"))

Properties = dict[str, Any]
Refusal = tuple[str, str]


class Refused(Exception):
    """A method call is answered with an error."""


def variants(properties: Properties) -> dict[str, Variant]:
    """The properties with their D-Bus types."""
    return {
        name: Variant(TYPES.get(name) or SIGNATURES[type(value)], value)
        for name, value in properties.items()
    }


class FakeBlueZ:
    """bluetoothd with adapters and clips.

    `fails[member]` are errors for the next calls of a method, `hangs[member]` how many next calls are never
    answered, `denies` what every call is answered with; `on_call[member]` is called before a method is
    carried out. `calls` counts every call.
    """

    def __init__(self, address: str, clock: Clock) -> None:
        self.clips: dict[str, Clip] = {}
        self.fails: dict[str, list[Refusal]] = {}
        self.hangs: dict[str, int] = {}
        self.denies: Refusal | None = None
        self.on_call: dict[str, Callable[[str], None]] = {}
        self.calls: dict[str, int] = {}
        self.overlaps = 0  # connects that began while another was going on
        self.deaf = False  # the controller hears nothing any more
        self.hollow = False  # ... or only advertisements that say nothing
        self._bus_address, self._clock = address, clock
        self._bus: MessageBus | None = None
        self._objects: dict[str, dict[str, dict[str, Variant]]] = {}
        self._scanning: dict[str, set[str]] = {}  # adapter -> who scans
        self._connecting: dict[str, asyncio.Event] = {}  # device path -> give up
        self._pipes: dict[str, socket.socket] = {}  # characteristic -> where acquired notifications go
        self._work: set[asyncio.Task[None]] = set()

    # ---- what a test does to it ---------------------------------------------------------------------------

    async def start(self, *adapters: str) -> None:
        """Bluetoothd starts, with adapters such as `hci0`."""
        self._bus = await MessageBus(bus_address=self._bus_address, negotiate_unix_fd=True).connect()
        self._bus.add_message_handler(self._handle)
        for name in adapters:
            self.plug_in(name)
        await self._bus.request_name("org.bluez")

    async def die(self) -> None:
        """Bluetoothd is killed: nobody is told anything."""
        bus, self._bus = self._bus, None
        for task in self._work:
            task.cancel()
        if bus is not None:
            bus.disconnect()
            with contextlib.suppress(EOFError, OSError):  # the bus itself may be dead
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # left bare there
        self._objects.clear()
        self._scanning.clear()
        for clip in self.clips.values():
            clip.hang_up()
        for pipe in self._pipes.values():
            pipe.close()
        self._pipes.clear()

    def plug_in(self, name: str, *, address: str = "", powered: bool = True) -> None:
        """An adapter appears; one of this machine's own unless an `address` is given."""
        properties = {
            "Address": address or OWN_ADAPTER,
            "Powered": powered,
            "Discovering": False,
            "Roles": ["central"],
        }
        self._add(f"/org/bluez/{name}", ADAPTER, properties)

    def pull_out(self, name: str) -> None:
        """An adapter disappears, and all that hangs on it; bluetoothd tells lost links first."""
        top = f"/org/bluez/{name}"
        self._drop_all(top)
        self._remove(top)

    def power(self, name: str, *, on: bool) -> None:
        """Somebody switches an adapter."""
        path = f"/org/bluez/{name}"
        if not on:
            self._scanning.pop(path, None)
            self._drop_all(path)
        self.change(path, ADAPTER, {"Powered": on})

    def leave_connected(self, clip: Clip, adapter: str = "hci0") -> None:
        """The clip has a link that some other program made and left behind."""
        self._hear(f"/org/bluez/{adapter}", clip)
        (path,) = self._paths(clip)
        clip.path = path
        self.change(path, DEVICE, {"Connected": True})

    def take_away(self, top: str) -> None:
        """An object and all below it vanish without further word; what hung on it is lost."""
        for clip in self.clips.values():
            if clip.path is not None and clip.path.startswith(top):
                clip.hang_up()
        self._scanning.pop(top, None)
        self._remove(top)

    def forget(self, clip: Clip) -> None:
        """Bluetoothd drops the device object, as it does with unpaired ones."""
        for path in self._paths(clip):
            self._remove(path)

    async def run(self) -> None:
        """Make time pass for the clips, until cancelled."""
        while True:
            await self._pass(1)
            self.tick()

    def tick(self) -> None:
        """A second of session time passed: clips advertise and stream."""
        for clip in self.clips.values():
            clip.second()
            if clip.path is not None:
                for characteristic, data in clip.stream():
                    self._notify(clip, characteristic, data)
                if clip.is_gone:
                    self._drop(clip.path)
            elif not clip.away and clip.advertises:
                for adapter in list(self._scanning):
                    self._hear(adapter, clip)

    def change(self, path: str, interface: str, properties: Properties) -> None:
        """Change properties and tell it."""
        if interface not in self._objects.get(path, {}):
            return
        self._objects[path][interface].update(variants(properties))
        body = [interface, variants(properties), []]
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)

    # ---- the tree of objects ------------------------------------------------------------------------------

    def _add(self, path: str, interface: str, properties: Properties) -> None:
        self._objects.setdefault(path, {})[interface] = variants(properties)
        body = [path, {interface: self._objects[path][interface]}]
        self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", body)

    def _remove(self, top: str) -> None:
        below = [path for path in self._objects if path == top or path.startswith(f"{top}/")]
        for path in sorted(below, reverse=True):
            interfaces = list(self._objects.pop(path))
            self._signal("/", OBJECTS, "InterfacesRemoved", "oas", [path, interfaces])

    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        self._send(Message.new_signal(path, interface, member, signature, body))

    def _send(self, message: Message) -> None:
        if self._bus is not None and self._bus.connected:
            sent = self._bus.send(message)
            sent.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _paths(self, clip: Clip) -> list[str]:
        tail = f"/dev_{clip.address.replace(':', '_')}"
        return [path for path in self._objects if path.endswith(tail)]

    def _clip(self, path: str) -> Clip:
        device = path.partition("/dev_")[2].partition("/")[0].replace("_", ":")
        if device not in self.clips or path not in self._objects:
            raise Refused(UNKNOWN_OBJECT, "no such object")
        return self.clips[device]

    def _hear(self, adapter: str, clip: Clip) -> None:
        if self.deaf:
            return
        path = f"{adapter}/dev_{clip.address.replace(':', '_')}"
        said: Properties = {"RSSI": clip.rssi()}
        if path in self._objects:
            self.change(path, DEVICE, said)
            return
        names: Properties = {} if self.hollow else {"Name": clip.name, "Alias": clip.name}
        flags: Properties = dict.fromkeys(("Paired", "Trusted", "Connected", "ServicesResolved"), False)
        known: Properties = {
            "Address": clip.address,
            "AddressType": "random",
            "Alias": clip.address.replace(":", "-"),
            "UUIDs": [] if self.hollow else sorted(clip.advertised),
            "Adapter": adapter,
        }
        self._add(path, DEVICE, known | names | flags | said)

    def _drop_all(self, adapter: str) -> None:
        for path, interfaces in list(self._objects.items()):
            if DEVICE in interfaces and path.startswith(f"{adapter}/"):
                self._drop(path)

    def _drop(self, path: str) -> None:
        """The link is lost."""
        clip = self._clip(path)
        clip.hang_up()
        for piped in [piped for piped in self._pipes if piped.startswith(f"{path}/")]:
            self._pipes.pop(piped).close()
        if self._objects[path][DEVICE]["Connected"].value:
            self.change(path, DEVICE, {"Connected": False, "ServicesResolved": False})
            for below in [p for p in self._objects if p.startswith(f"{path}/")]:
                self._remove(below)

    def _show_services(self, path: str, clip: Clip) -> None:
        service = f"{path}/service0010"
        for uuid in sorted(clip.services):
            self._add(service, SERVICE, {"UUID": uuid, "Device": path, "Primary": True})
            service = f"{path}/service0020"
        for number, (uuid, flags) in enumerate(clip.characteristics.items()):
            properties = {"UUID": uuid, "Service": f"{path}/service0010", "Flags": flags, "Value": b""}
            more = {"Notifying": False, "NotifyAcquired": False, "MTU": 23}
            self._add(f"{path}/service0010/char{number:04x}", CHARACTERISTIC, properties | more)

    def _notify(self, clip: Clip, characteristic: str, data: bytes) -> None:
        for path, interfaces in list(self._objects.items()):
            facts = interfaces.get(CHARACTERISTIC)
            if facts is None or not path.startswith(f"{clip.path}/"):
                continue
            if facts["UUID"].value != characteristic:
                continue
            if path in self._pipes:
                self._pipes[path].send(data)
            elif facts["Notifying"].value and not clip.only_acquired:
                self.change(path, CHARACTERISTIC, {"Value": data})

    # ---- method calls -------------------------------------------------------------------------------------

    def _handle(self, message: Message) -> bool | None:
        if message.message_type is not MessageType.METHOD_CALL or message.interface == f"{DBUS}.Peer":
            return None
        member = message.member or ""
        self.calls[member] = self.calls.get(member, 0) + 1
        if member in self.on_call:
            self.on_call[member](message.path or "")
        if self.hangs.get(member, 0) > 0:
            self.hangs[member] -= 1
            return True
        if self.denies is not None or self.fails.get(member):
            self._send(Message.new_error(message, *(self.denies or self.fails[member].pop(0))))
            return True
        if member == "GetManagedObjects":
            self._send(Message.new_method_return(message, "a{oa{sa{sv}}}", [self._objects]))
            return True
        action: Callable[[Message], Awaitable[Any]] = getattr(self, f"_on_{member}", self._taken)
        self._begin(self._answer(action, message))
        return True

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _answer(self, action: Callable[[Message], Awaitable[Any]], message: Message) -> None:
        try:
            self._check(message.path or "")
            answer: tuple[Any, ...] = await action(message) or ("", [])
            reply = Message.new_method_return(message, *answer)
        except Refused as refusal:
            reply = Message.new_error(message, *refusal.args)
        self._send(reply)
        if reply.unix_fds:
            await self._pass(1)  # by then they are on their way
        for descriptor in reply.unix_fds:
            os.close(descriptor)

    def _check(self, path: str) -> None:
        if path not in self._objects:
            raise Refused(UNKNOWN_OBJECT, "no such object")

    async def _taken(self, _message: Message) -> None:
        """A method that needs no more than an answer."""

    async def _on_StartDiscovery(self, message: Message) -> None:  # noqa: N802 - D-Bus names it so
        path = message.path or ""
        if not self._objects[path][ADAPTER]["Powered"].value:
            raise Refused("org.bluez.Error.NotReady", "Resource Not Ready")
        self._scanning.setdefault(path, set()).add(message.sender or "")
        self.change(path, ADAPTER, {"Discovering": True})

    async def _on_StopDiscovery(self, message: Message) -> None:  # noqa: N802 - D-Bus names it so
        path = message.path or ""
        who = self._scanning.get(path, set())
        if message.sender not in who:
            raise Refused(FAILED, "No discovery started")
        who.discard(message.sender or "")
        if not who:
            del self._scanning[path]
            self.change(path, ADAPTER, {"Discovering": False})

    async def _on_RemoveDevice(self, message: Message) -> None:  # noqa: N802 - D-Bus names it so
        path = message.body[0]
        clip = self._clip(path)
        self._give_up(path)
        clip.removed += 1
        if clip.path == path:
            self._drop(path)
        self._remove(path)

    async def _on_Connect(self, message: Message) -> None:  # noqa: N802 - D-Bus names it so
        path = message.path or ""
        clip = self._clip(path)
        if self._connecting:
            self.overlaps += 1
            raise Refused(FAILED, "Operation already in progress")
        if clip.refusal is not None:
            raise Refused(*clip.refusal)
        if clip.aborts > 0:
            clip.aborts -= 1
            self._abort(path)
        given_up = self._connecting[path] = asyncio.Event()
        try:
            await self._reach(clip, given_up)
        finally:
            del self._connecting[path]
        if path not in self._objects:
            raise Refused(UNKNOWN_OBJECT, "no such object")
        clip.path = path
        self.change(path, DEVICE, {"Connected": True})
        if clip.resolves:
            self._begin(self._resolve(path, clip))

    def _abort(self, path: str) -> None:
        """A link that breaks while it is made: it shows for a moment."""
        self.change(path, DEVICE, {"Connected": True})
        self.change(path, DEVICE, {"Connected": False})
        raise Refused(FAILED, "le-connection-abort-by-local")

    async def _reach(self, clip: Clip, given_up: asyncio.Event) -> None:
        began = self._clock.now().running_ns
        while not given_up.is_set():
            await self._pass(CONNECT_S)
            if not clip.away and not clip.unreachable:
                return
            if self._clock.now().running_ns - began > PATIENCE_S * SECOND:
                raise Refused(FAILED, "le-connection-abort-by-local")
        raise Refused(FAILED, "le-connection-abort-by-local")

    async def _resolve(self, path: str, clip: Clip) -> None:
        await self._pass(clip.resolve_s)
        if clip.path == path and path in self._objects:
            self._show_services(path, clip)
            self.change(path, DEVICE, {"ServicesResolved": True})

    async def _on_Disconnect(self, message: Message) -> None:  # noqa: N802 - D-Bus names it so
        path = message.path or ""
        self._give_up(path)
        await self._pass(DISCONNECT_S)
        if path in self._objects:
            self._drop(path)

    def _give_up(self, path: str) -> None:
        if path in self._connecting:
            self._connecting[path].set()

    async def _on_Set(self, message: Message) -> None:  # noqa: N802 - D-Bus names it so
        interface, name, value = message.body
        if (interface, name) == (ADAPTER, "Powered"):
            self.power((message.path or "").rpartition("/")[2], on=value.value)

    async def _on_ReadValue(self, message: Message) -> tuple[str, list[Any]]:  # noqa: N802 - D-Bus names it so
        path = message.path or ""
        uuid = self._objects[path][CHARACTERISTIC]["UUID"].value
        return "ay", [self._clip(path).value(uuid)]

    async def _on_WriteValue(self, message: Message) -> None:  # noqa: N802 - D-Bus names it so
        path = message.path or ""
        clip, uuid = self._clip(path), self._objects[path][CHARACTERISTIC]["UUID"].value
        await self._pass(REPLY_S)
        for characteristic, data in clip.answer(uuid, bytes(message.body[0])):
            self._notify(clip, characteristic, data)

    async def _on_StartNotify(self, message: Message) -> None:  # noqa: N802 - D-Bus names it so
        self.change(message.path or "", CHARACTERISTIC, {"Notifying": True})

    async def _on_AcquireNotify(self, message: Message) -> tuple[str, list[Any], list[int]]:  # noqa: N802 - D-Bus names it so
        path = message.path or ""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._pipes[path] = ours
        return "hq", [0, 23], [theirs.detach()]

    async def _pass(self, seconds: float) -> None:
        await self._clock.sleep_until(self._clock.now().running_ns + int(seconds * SECOND))
