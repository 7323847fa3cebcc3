"""Nonin Connect 3230 and WristOx2 3150: one record a second, big-endian.

| byte of a continuous record | field                                                                |
|-----------------------------|----------------------------------------------------------------------|
| 0                           | length, 0A                                                           |
| 1                           | bit 6 encrypted link, 5 low battery, 4 on the finger, 3 searching,   |
|                             | 2 stable value, 1 weak signal                                        |
| 2                           | battery in 0.1 V                                                     |
| 3..4                        | pulse amplitude index x 100 in %                                     |
| 5..6                        | counter, one more each second                                        |
| 7                           | SpO2 in %, 127 none                                                  |
| 8..9                        | pulse rate, 511 none                                                 |

Device status (3150): length 07, sensor type, error, battery in 0.1 V, battery in %, counter (2). One
notification is one record; there is no checksum (the link layer protects it). Nothing is ever written: the
control point ends measurements and clears memory and bonds. Both models may have to be paired in the
operating system first. Source: reference protocols, section 8; vectors nonin-001 to nonin-008 (constructed;
four public readers agree on the layout).
"""

from dataclasses import dataclass

from collector.clock import Instant
from collector.devices import hints
from collector.devices.base import Counts, Decoded, Driver, Notification, Vitals
from collector.devices.repetition import Repetition
from collector.reading import Flag, Reading, possible_pulse_rate, possible_spo2

FAMILY = "nonin"
SERVICE = "46a970e0-0d5f-11e2-8b5e-0002a5d5c51b"
CONTINUOUS = "0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b"
STATUS = "ec0a9302-4d24-11e7-b114-b2f933d5fe66"
PULSES = "34e27863-76ff-4f8e-96f1-9e3993aa6199"  # intervals; decoded, not subscribed to

RECORD, STATUS_RECORD = 10, 7
LOW_BATTERY, ON_FINGER, SEARCHING, STABLE, WEAK = 0x20, 0x10, 0x08, 0x04, 0x02
NO_SPO2, NO_PULSE_RATE = 127, 511


def _flag_table() -> tuple[frozenset[Flag], ...]:
    """Flags by the status byte."""
    return tuple(
        frozenset(
            flag
            for flag, said in (
                (Flag.LOW_BATTERY, status & LOW_BATTERY),
                (Flag.FINGER_OFF, not status & ON_FINGER),
                (Flag.SEARCHING, status & SEARCHING),
                (Flag.POOR_SIGNAL, status & WEAK),
            )
            if said
        )
        for status in range(256)
    )


_FLAGS = _flag_table()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """One beat: interval in ms, amplitude index in %, whether the unit itself doubts it."""

    interval_ms: float
    amplitude_index: float
    bad: bool


def pulses(data: bytes) -> tuple[Pulse, ...]:
    """The beats of a pulse interval record; nothing for one that is not whole."""
    if len(data) < 4 or data[0] != len(data):
        return ()
    beats = (data[first : first + 4] for first in range(4, len(data) - 3, 4))
    return tuple(
        Pulse(
            interval_ms=int.from_bytes(beat[2:], "big") / 10,
            amplitude_index=((beat[0] & 0x7F) << 8 | beat[1]) / 100,
            bad=beat[0] > 0x7F,
        )
        for beat in beats
    )


class Decoder:
    """The host's side; remembers the battery level of the 3150 for its readings."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._repetition = Repetition()
        self._battery: int | None = None

    def sent(self, data: bytes) -> None:
        """Nothing to learn: nothing is written."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic == STATUS:
            if len(data) == STATUS_RECORD and data[0] == STATUS_RECORD:
                self._battery = data[4] if data[4] <= 100 else None
            return []
        if characteristic != CONTINUOUS:
            return []
        if len(data) != RECORD or data[0] != RECORD:
            self.counts.resyncs += 1
            return []
        self.counts.frames += 1
        return [self._repetition.judge(self._reading(data, at))]

    def _reading(self, data: bytes, at: Instant) -> Reading:
        flags = _FLAGS[data[1]]
        if not data[1] & ON_FINGER:
            return Reading(at=at, battery=self._battery, flags=flags)
        spo2, pulse_rate, index = data[7], data[8] << 8 | data[9], data[3] << 8 | data[4]
        return Reading(
            at=at,
            spo2=possible_spo2(spo2),
            pulse_rate=None if pulse_rate == NO_PULSE_RATE else possible_pulse_rate(pulse_rate),
            perfusion_index=index / 100 if index else None,
            battery=self._battery,
            flags=flags,
        )


class Encoder:
    """The oximeter's side: a record a second, and the battery level of the 3150 when it changes."""

    def __init__(self) -> None:
        self._counter = 0
        self._numbers = b""
        self._told: int | None = None

    def stream(self, vitals: Vitals) -> list[Notification]:
        said: list[Notification] = []
        volts = 20 + vitals.battery // 10
        if vitals.battery != self._told:
            self._told = vitals.battery
            said.append((STATUS, bytes((STATUS_RECORD, 1, 0, volts, vitals.battery, 0, 0))))
        if not (vitals.repeat and self._numbers):
            self._numbers = _numbers(vitals)
        self._counter = (self._counter + 1) & 0xFFFF
        status, index, values = self._numbers[:1], self._numbers[1:3], self._numbers[3:]
        head = bytes((RECORD,)) + status + bytes((volts,))
        said.append((CONTINUOUS, head + index + self._counter.to_bytes(2, "big") + values))
        return said

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:  # noqa: ARG002 - no waveform
        """Nothing: its waveform has a characteristic of its own, which is not used."""
        return []

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:  # noqa: ARG002 - silent
        """Nothing: this family is never written to."""
        return []


def _numbers(vitals: Vitals) -> bytes:
    """Status, index and the two values."""
    status = STABLE if vitals.finger and not vitals.searching else 0
    status |= ON_FINGER if vitals.finger else 0
    status |= SEARCHING if vitals.searching else 0
    status |= LOW_BATTERY if vitals.battery < 10 else 0
    status |= WEAK if vitals.motion else 0
    index = min(0xFFFF, round((vitals.perfusion_index or 0) * 100)) if vitals.finger else 0
    there = vitals.finger
    spo2 = round(vitals.spo2) if there and vitals.spo2 is not None else NO_SPO2
    rate = round(vitals.pulse_rate) if there and vitals.pulse_rate is not None else NO_PULSE_RATE
    return bytes((status,)) + index.to_bytes(2, "big") + bytes((spo2,)) + rate.to_bytes(2, "big")


DRIVER = Driver(
    family=FAMILY,
    title="Nonin Connect 3230 and WristOx2 3150",
    model="Nonin3230",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    recognises=lambda services: SERVICE in services,
    subscribe=(CONTINUOUS, STATUS),
    decoder=Decoder,
    encoder=Encoder,
)
