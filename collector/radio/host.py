"""The port Host: the Bluetooth service of this computer, apart from its clips."""

from collections.abc import Callable
from typing import Protocol

from collector.device import Advertisement
from collector.radio.adapter import View

Changed = Callable[[], None]


class Host(Protocol):
    """What the radio needs of the system beside scanning and connecting.

    Actions do what they can, end within some seconds, and never raise.
    """

    @property
    def view(self) -> View:
        """What was seen last."""
        ...

    async def run(self, changed: Changed) -> None:
        """Watch until cancelled; `changed` is called after each change of `view`."""
        ...

    async def connected(self) -> list[Advertisement]:
        """The devices that the service believes to be connected, as far as it knows them."""
        ...

    async def disconnect(self, address: str) -> bool:
        """End the link that the service believes to have to `address`; whether there was one."""
        ...

    async def remove(self, address: str) -> None:
        """Have the service forget the device at `address`."""
        ...

    async def power(self, address: str, *, on: bool) -> None:
        """Switch the adapter at `address`."""
        ...


class BareHost:
    """A system that shows nothing of its adapters (macOS, Windows): scanning itself finds out."""

    def __init__(self) -> None:
        self.view = View()

    async def run(self, changed: Changed) -> None:
        changed()

    async def connected(self) -> list[Advertisement]:
        return []

    async def disconnect(self, address: str) -> bool:  # noqa: ARG002 - the system drops links of dead programs
        return False

    async def remove(self, address: str) -> None:
        """Nothing: there is no such call."""

    async def power(self, address: str, *, on: bool) -> None:
        """Nothing: there is no such call."""
