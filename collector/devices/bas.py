"""Battery Service (180F): one byte 0-100 in characteristic 2A19, read or notified.

It stands beside other families (`plx`, `hrs`), which keep the level for their readings; alone it is no
oximeter, so it has a decoder (for capture files) and no driver. Source: Bluetooth SIG BAS 1.1, section
3.1.
"""

from collector.clock import Instant
from collector.device import full_uuid
from collector.devices.base import Counts, Decoded, Notification
from collector.reading import Reading

FAMILY = "bas"
SERVICE = full_uuid(0x180F)
LEVEL = full_uuid(0x2A19)


def percent(data: bytes) -> int | None:
    """The battery level in %; None for an empty value or one over 100."""
    return data[0] if data and data[0] <= 100 else None


class Decoder:
    """Each level becomes a reading without numbers."""

    def __init__(self) -> None:
        self.counts = Counts()

    def sent(self, data: bytes) -> None:
        """Nothing to learn: levels need no request."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic != LEVEL:
            return []
        level = percent(data)
        self.counts.frames += level is not None
        self.counts.resyncs += level is None
        return [] if level is None else [Reading(at=at, battery=level)]


class Level:
    """The oximeter's side: notifies when the level has changed."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told: int | None = None

    def changed(self, battery: int) -> list[Notification]:
        """The notification due now, if any."""
        if battery == self._told:
            return []
        self._told = battery
        return [(LEVEL, bytes((battery,)))]
