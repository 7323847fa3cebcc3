"""The ports Radio and Link."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from collector.clock import Instant
from collector.device import Advertisement

# Called once per notification, from the loop's thread: characteristic, value, instant of arrival.
Receive = Callable[[str, bytes, Instant], None]


class Link(Protocol):
    """A connection to one device. Every call may hang for ever: the caller sets deadlines.

    Calls raise `LinkLost` once the link is gone. A callback given to `subscribe` is never called
    after the link's context has been left.
    """

    @property
    def services(self) -> frozenset[str]:
        """UUIDs of the services found, full and lower-case."""
        ...

    @property
    def characteristics(self) -> frozenset[str]:
        """UUIDs of all characteristics found."""
        ...

    async def subscribe(self, characteristic: str, receive: Receive) -> None:
        """Have `receive` called for each notification or indication from now on."""
        ...

    async def read(self, characteristic: str) -> bytes:
        """The characteristic's present value."""
        ...

    async def write(self, characteristic: str, data: bytes, *, response: bool) -> None:
        """Write `data`; with `response`, return when the device has confirmed."""
        ...

    async def lost(self) -> str:
        """Wait until the link is reported gone; the reason as a short phrase. May never return."""
        ...


class Radio(Protocol):
    """One or more adapters."""

    def advertisements(self) -> AsyncGenerator[Advertisement, None]:
        """What is heard, as it is heard, until the iterator is closed."""
        ...

    def connect(
        self, address: str, *, begun: Callable[[], None] = lambda: None
    ) -> AbstractAsyncContextManager[Link]:
        """A link to the device at `address`; entering connects and finds services, leaving ends it.

        Entering may wait for its turn first: one connection is made at a time. `begun` is called when
        the turn has come, so that a deadline can be counted from there. Raises `LinkLost` (no such
        device now, aborted), `NeedsHelp` (not without a person) or `RadioDown`.
        """
        ...
