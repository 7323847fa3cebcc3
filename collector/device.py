"""What a radio tells about an oximeter: Advertisement, Device, DeviceStatus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from collector.clock import Instant
from collector.entry import Entry

DEVICE = "device"  # the entry kind
ADAPTER_DOWN = "adapter_down"  # a status's `why` that alerts know by name: no clip can be reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertisement:
    """One advertisement as heard; `services` are full lower-case UUIDs, `company` Bluetooth SIG ids.

    `data` is what the makers of these ids put into it, raw.
    """

    address: str
    name: str = ""
    services: frozenset[str] = frozenset()
    company: frozenset[int] = frozenset()
    data: frozenset[tuple[int, bytes]] = frozenset()
    rssi: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """An oximeter by its identity: `address` is the identity, `name` is only a model and a hint."""

    address: str
    name: str = ""
    family: str = ""


class LinkState(StrEnum):
    """Where the link of a bound device stands."""

    SEARCHING = "searching"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """A change in what is known about a device: link state, why, battery in %."""

    at: Instant
    device: str
    link: LinkState
    why: str = ""
    battery: int | None = None
    extra: dict[str, str] = field(default_factory=dict)


def full_uuid(short: int) -> str:
    """The 128-bit text of a 16-bit Bluetooth SIG number (Core Specification, Vol 3 Part B 2.5.1)."""
    return f"0000{short:04x}-0000-1000-8000-00805f9b34fb"


def status_body(status: DeviceStatus) -> dict[str, object]:
    """Body of a device entry; subject and instant stand in the entry itself."""
    return {
        "link": status.link.value,
        "why": status.why,
        "battery": status.battery,
        "extra": dict(status.extra),
    }


def read_status(entry: Entry) -> DeviceStatus:
    """The status that a device entry holds."""
    facts = entry.facts
    battery, extra = facts.get("battery"), facts.get("extra")
    return DeviceStatus(
        at=entry.instant,
        device=entry.subject,
        link=LinkState(str(facts["link"])),
        why=str(facts.get("why", "")),
        battery=battery if isinstance(battery, int) else None,
        extra={str(k): str(v) for k, v in extra.items()} if isinstance(extra, Mapping) else {},
    )
