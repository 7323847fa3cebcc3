"""The adapter of this computer: what is known of it, what is wrong with it, and what a person can do.

Pure. Adapters are known by their address: after being unplugged hci0 may come back as hci1
(reliability.md row 3).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum


class Trouble(Enum):
    """Why no clip can be reached; each with the one sentence that people see."""

    NO_BUS = (
        "The system's message bus cannot be reached, so there is no Bluetooth; in a container, "
        "mount /run/dbus/system_bus_socket."
    )
    NO_SERVICE = "The Bluetooth service is not running; start it with: sudo systemctl start bluetooth"
    NO_ANSWER = (
        "The Bluetooth service does not answer; restart it with: sudo systemctl restart bluetooth"
    )
    DENIED = (
        "This user may not use Bluetooth; run: sudo usermod -aG bluetooth $USER, then log in again "
        "(macOS: allow it in Privacy settings)."
    )
    NO_ADAPTER = "No Bluetooth adapter is there; plug one in, and it is taken into use by itself."
    NOT_THERE = (
        "The Bluetooth adapter named in holdspace.toml is not there; plug it in, "
        "or take its address out of the file."
    )
    NO_LOW_ENERGY = (
        "This Bluetooth adapter is too old for oximeters; plug in one with Bluetooth Low Energy."
    )
    BLOCKED = "Bluetooth is blocked by software (flight mode); run: rfkill unblock bluetooth"
    SWITCHED_OFF = (
        "Bluetooth is blocked by a switch or key of this computer (flight mode); switch it on there."
    )
    OFF = "The Bluetooth adapter is switched off; switch Bluetooth on, or run: bluetoothctl power on"
    TAKEN = "Another Holdspace uses this Bluetooth adapter; stop it, or plug in a second adapter."
    NO_SCAN = (
        "The Bluetooth adapter does not listen; unplug it and plug it in again, or restart Bluetooth."
    )

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return str(self.value)


class Block(Enum):
    """What rfkill says of Bluetooth."""

    NONE = "none"
    SOFT = "soft"
    HARD = "hard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One adapter; `name` is what the system calls it today."""

    address: str
    name: str
    powered: bool = True
    low_energy: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is seen of the Bluetooth service at one moment.

    `trouble` is what keeps it from being seen at all; `adapters` is None where the system does not show
    them, so that only scanning finds out. `generation` grows whenever the service has begun
    anew: whatever was connected or known before is void.
    """

    trouble: Trouble | None = None
    adapters: tuple[Adapter, ...] | None = None
    block: Block = Block.NONE
    generation: int = 0


def choose(
    view: View, *, wanted: str, is_free: Callable[[str], bool]
) -> tuple[Adapter | None, Trouble | None]:
    """The adapter to use, or what is wrong: the one `wanted` by address, else the first that can work.

    `is_free` tells of an address whether no other station uses that adapter. An adapter that is only
    switched off comes with its trouble, so that it can be switched on.
    """
    if view.trouble is not None or view.adapters is None:
        return None, view.trouble
    named = [a for a in view.adapters if not wanted or a.address.upper() == wanted.upper()]
    if not named:
        return None, Trouble.NOT_THERE if wanted and view.adapters else _absent(view.block)
    able = [adapter for adapter in named if adapter.low_energy]
    if not able:
        return None, Trouble.NO_LOW_ENERGY
    return _usable(able, view.block, is_free)


def _usable(
    able: Sequence[Adapter], block: Block, is_free: Callable[[str], bool]
) -> tuple[Adapter | None, Trouble | None]:
    on = [adapter for adapter in able if adapter.powered]
    free = next((adapter for adapter in on if is_free(adapter.address)), None)
    if free is not None:
        return free, None
    if on:
        return None, Trouble.TAKEN
    return able[0], _blocked(block) or Trouble.OFF


def _absent(block: Block) -> Trouble:
    """A blocked adapter may be gone altogether."""
    return _blocked(block) or Trouble.NO_ADAPTER


def _blocked(block: Block) -> Trouble | None:
    return {Block.SOFT: Trouble.BLOCKED, Block.HARD: Trouble.SWITCHED_OFF}.get(block)
