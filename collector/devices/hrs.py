"""Heart Rate Service (180D): pulse rate alone, from a device that has no saturation to tell.

Characteristic 2A37, one notification per record, no checksum:

| field                          | size   | when                                                 |
|--------------------------------|--------|------------------------------------------------------|
| flags                          | 1      | always; bits 2..1 contact: 2 = supported, not there  |
| heart rate per minute          | 1 or 2 | always; two bytes when flags bit 0                   |
| energy expended in kJ          | 2      | flags bit 3                                          |
| beat intervals in 1/1024 s     | 2 each | flags bit 4, to the end                              |

Source: Bluetooth SIG HRS 1.0, section 3.1; reference protocols, section 7.6. Rate 0 means no value.
"""

from typing import NamedTuple

from collector.clock import Instant
from collector.device import full_uuid
from collector.devices import bas, hints
from collector.devices.base import Counts, Decoded, Driver, Notification, Vitals
from collector.devices.repetition import Repetition
from collector.reading import NO_FLAGS, Flag, Reading, possible_pulse_rate

FAMILY = "hrs"
SERVICE = full_uuid(0x180D)
MEASUREMENT = full_uuid(0x2A37)

CONTACT_SUPPORTED, CONTACT = 0x04, 0x02
_FINGER_OFF = frozenset((Flag.FINGER_OFF,))


class Record(NamedTuple):
    """One record; `contact` is None where the sensor cannot tell."""

    pulse_rate: int
    contact: bool | None
    energy_kj: int | None
    intervals_ms: tuple[float, ...]


def measurement(data: bytes) -> Record | None:
    """A 2A37 record; None when the rate is not there. Never reads past the end."""
    wide = len(data) > 0 and data[0] & 1
    if len(data) < 2 + wide:
        return None
    bits, offset = data[0], 2 + wide
    rate = int.from_bytes(data[1:offset], "little")
    energy = None
    if bits & 8:
        field = data[offset : offset + 2]
        energy = int.from_bytes(field, "little") if len(field) == 2 else None
        offset += 2
    contact = bool(bits & CONTACT) if bits & CONTACT_SUPPORTED else None
    return Record(rate, contact, energy, _intervals(data[offset:]) if bits & 16 else ())


def _intervals(tail: bytes) -> tuple[float, ...]:
    return tuple(
        round(int.from_bytes(tail[first : first + 2], "little") * 1000 / 1024, 1)
        for first in range(0, len(tail) - 1, 2)
    )


class Decoder:
    """The host's side; remembers the battery level for its readings."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._repetition = Repetition()
        self._battery: int | None = None

    def sent(self, data: bytes) -> None:
        """Nothing to learn: records need no request."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic == bas.LEVEL:
            self._battery = bas.percent(data)
        if characteristic != MEASUREMENT:
            return []
        record = measurement(data)
        if record is None:
            self.counts.resyncs += 1
            return []
        self.counts.frames += 1
        off = record.contact is False
        reading = Reading(
            at=at,
            pulse_rate=None if off else possible_pulse_rate(record.pulse_rate),
            battery=self._battery,
            flags=_FINGER_OFF if off else NO_FLAGS,
        )
        return [self._repetition.judge(reading, record.intervals_ms)]


class Encoder:
    """The sensor's side: one record a second with contact bits, the battery level when it changes."""

    def __init__(self) -> None:
        self._level = bas.Level()
        self._sent = b""

    def stream(self, vitals: Vitals) -> list[Notification]:
        if not (vitals.repeat and self._sent):
            rate = round(vitals.pulse_rate or 0) if vitals.finger else 0
            contact = CONTACT_SUPPORTED | (CONTACT if vitals.finger else 0)
            wide = rate > 0xFF
            self._sent = bytes((contact | wide,)) + rate.to_bytes(1 + wide, "little")
        return [*self._level.changed(vitals.battery), (MEASUREMENT, self._sent)]

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:  # noqa: ARG002 - no waveform
        """Nothing: the profile has no waveform."""
        return []

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:
        if characteristic != bas.LEVEL or data:
            return []
        return [(bas.LEVEL, bytes((vitals.battery,)))]


DRIVER = Driver(
    family=FAMILY,
    title="Bluetooth SIG heart rate sensor (pulse rate only)",
    model="Strap",
    services=frozenset((SERVICE, bas.SERVICE)),
    matches=lambda heard: SERVICE in heard.services and hints.family(heard) is None,
    # Oximeters that show 180D beside their own service (SHQO2Pro) are asked before: this comes last.
    recognises=lambda services: SERVICE in services,
    subscribe=(MEASUREMENT, bas.LEVEL),
    read=(bas.LEVEL,),
    decoder=Decoder,
    encoder=Encoder,
)
