"""A virtual clip: the product's simulated oximeter, with what a radio stack has to know of it."""

from collections.abc import Mapping, Sequence
from random import Random

from collector.devices import by_family
from collector.devices.base import Notification
from collector.radio.oximeter import BATTERY_LEVEL, Oximeter


class Clip:
    """One clip on one person who is well; the attributes are what a test changes."""

    def __init__(self, number: int, family: str) -> None:
        driver = by_family(family)
        assert driver is not None
        self.oximeter = Oximeter(number, driver, seed=f"clip {number}", dose_at=None, events=())
        self.address, self.name = self.oximeter.device.address, self.oximeter.device.name
        self.services = driver.services
        self.advertised = self.oximeter.advertisement().services
        self.path: str | None = None  # of the device object through which it is connected
        self.away = False  # out of range, battery out, held by a phone
        self.advertises = True
        self.unreachable = False  # heard, and no connection comes about
        self.silent = False  # connected, and nothing is notified
        self.resolves = True  # its services are found
        self.resolve_s = 0.4  # ... after so many session seconds
        self.unreported = False  # it goes away, and bluetoothd does not notice
        self.only_acquired = False  # notifies through AcquireNotify alone
        self.speechless_after: int | None = None  # so many notifications, then none on this link
        self.refusal: tuple[str, str] | None = None  # what every Connect is answered with
        self.aborts = 0  # how many of the next connects break while they are made
        self.removed = 0  # how often it was removed from the adapter
        self.said = 0  # notifications sent
        self.characteristics = self._characteristics()
        self._random = Random(number)
        self._second = 0.0
        self._said_on_link = 0

    @property
    def is_gone(self) -> bool:
        """Whether it went away while it was connected."""
        return self.away and self.path is not None and not self.unreported

    def _characteristics(self) -> Mapping[str, list[str]]:
        driver = self.oximeter.driver
        found = {characteristic: ["notify"] for characteristic in driver.subscribe}
        found |= {c: ["read"] for c in (*driver.read, BATTERY_LEVEL) if c not in found}
        writes = (*driver.start(0), *((driver.poll.write,) if driver.poll else ()))
        return found | {write.characteristic: ["write", "write-without-response"] for write in writes}

    def second(self) -> None:
        """A second passes for the person who wears it."""
        self._second += 1
        self.oximeter.second(self._second)

    def stream(self) -> Sequence[Notification]:
        """What it notifies in this second."""
        return self._heard(self.oximeter.stream())

    def answer(self, characteristic: str, data: bytes) -> Sequence[Notification]:
        """What it notifies in reply to a write."""
        return self._heard(self.oximeter.answer(characteristic, data))

    def value(self, characteristic: str) -> bytes:
        """What a read gives."""
        return self.oximeter.value(characteristic) or b"\x00"

    def rssi(self) -> int:
        """Signal strength; it moves a little, as in the air."""
        return -60 - self._random.randrange(8)

    def hang_up(self) -> None:
        """It is not connected any more."""
        self.path = None
        self._said_on_link = 0

    def _heard(self, said: Sequence[Notification]) -> Sequence[Notification]:
        if self.silent or self.away:
            return ()
        if self.speechless_after is not None and self._said_on_link >= self.speechless_after:
            return ()
        self.said += len(said)
        self._said_on_link += len(said)
        return said
