"""AA55: Viatom / Creative fingertip oximeters that stream by themselves (PC-60FW, OxySmart ...).

Every frame: `AA 55 | token | LEN | type | payload (LEN - 2 bytes) | CRC8` with LEN counting type to CRC
and the CRC (`crc8.lsb_first`) over all before it. Nothing needs to be written: data flows once
notifications are on.

| token/type | LEN | rate    | payload                                                          |
|------------|-----|---------|------------------------------------------------------------------|
| 0F/01      | 8   | 1 Hz    | vitals, below                                                    |
| 0F/02      | 7   | 10 Hz   | five pleth samples at 50 Hz: bit 7 beat, bits 6..0 amplitude     |
| 0F/21      | 6   | 1 Hz    | mode (1 spot, 2 continuous, 3 menu), step (3 result), two values |
| F0/03      | 3   | ~1 Hz   | battery level 0-3                                                |

| byte of a vitals frame | field                                                     |
|------------------------|-----------------------------------------------------------|
| 5                      | SpO2 in %, 0 none                                         |
| 6..7                   | pulse rate, little endian, 0 none                         |
| 8                      | perfusion index x 10 in %, 0 none                         |
| 9                      | bit 1 finger off (the numbers are then stale), bit 2 searching |
| 10                     | bits 7..6 battery level 0-3                               |

Source: reference protocols, section 6; captures pc60-001 to pc60-012. Two of its firmware's habits
matter: a finger-off frame still carries the last numbers (pc60-007), and with the signal lost the
numbers repeat while the pleth is flat (pc60-005).
"""

from typing import NamedTuple

from collector.clock import Instant
from collector.device import full_uuid
from collector.devices import crc8, hints
from collector.devices.base import Counts, Decoded, Driver, Notification, Vitals
from collector.devices.flatline import SECONDS, Flatline
from collector.devices.framing import Framer, Shape
from collector.devices.repetition import Repetition, without_numbers
from collector.reading import Flag, PlethChunk, Reading, possible_pulse_rate, possible_spo2

FAMILY = "viatom_aa55"
UART_SERVICE = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
UART_NOTIFY = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
FFF0_SERVICE = full_uuid(0xFFF0)  # PC-66B and PC-60NW
FFF0_NOTIFY = full_uuid(0xFFF1)
NOTIFYING = (UART_NOTIFY, FFF0_NOTIFY)

HEADER = b"\xaa\x55"
OXIMETRY, DEVICE = 0x0F, 0xF0
VITALS, PLETH, STEP, BATTERY = 0x01, 0x02, 0x21, 0x03
SHORTEST_LEN, LONGEST_LEN = 2, 64
FINGER_OFF, SEARCHING = 0x02, 0x04

PLETH_HZ = 50.0
SAMPLES_PER_FRAME = 5
_AMPLITUDE = bytes(byte & 0x7F for byte in range(256))


def _length(buffer: bytes, start: int) -> int:
    following = buffer[start + 3]
    return 4 + following if SHORTEST_LEN <= following <= LONGEST_LEN else 0


SHAPE = Shape(
    header=HEADER,
    head=4,
    longest=4 + LONGEST_LEN,
    length=_length,
    checksum=crc8.lsb_first,
)


def _flag_table() -> tuple[frozenset[Flag], ...]:
    """Flags by status bits 2..1, with 4 added for an empty battery."""
    order = (Flag.FINGER_OFF, Flag.SEARCHING, Flag.LOW_BATTERY)
    return tuple(
        frozenset(flag for bit, flag in enumerate(order) if key & 1 << bit) for key in range(8)
    )


_FLAGS = _flag_table()


class Step(NamedTuple):
    """Where the unit stands: mode 1 spot, 2 continuous, 3 menu; step 3 = result in the two values."""

    mode: int
    step: int
    spo2: int
    pulse_rate: int


def battery_level(frame: bytes) -> int | None:
    """The battery level 0-3 that a battery or vitals frame states; None for other frames."""
    match (frame[2], frame[4], len(frame)):
        case (0xF0, 0x03, 7):
            return frame[5] if frame[5] <= 3 else None
        case (0x0F, 0x01, 12):
            return frame[10] >> 6
        case _:
            return None


def step(frame: bytes) -> Step | None:
    """What a step frame says; None for other frames."""
    if frame[2] != OXIMETRY or frame[4] != STEP or len(frame) != 10:
        return None
    return Step(*frame[5:9])


class Decoder:
    """The host's side."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._framer = Framer(SHAPE, self.counts)
        self._repetition = Repetition()
        self._flatline = Flatline(SECONDS * int(PLETH_HZ))

    def sent(self, data: bytes) -> None:
        """Nothing to learn: frames name themselves."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic not in NOTIFYING:
            return []
        decoded: list[Decoded] = []
        wave = b""
        for frame in self._framer.take(data):
            if frame[2] != OXIMETRY:
                continue
            if frame[4] == PLETH and len(frame) == 11:
                wave += frame[5:10]
            elif frame[4] == VITALS and len(frame) == 12:
                if wave:  # it came before these numbers and says whether they are old
                    decoded.append(self._pleth(wave, at))
                    wave = b""
                decoded.append(self._vitals(frame, at))
        if wave:
            decoded.append(self._pleth(wave, at))
        return decoded

    def _pleth(self, wave: bytes, at: Instant) -> PlethChunk:
        """All samples of one notification: its frames arrive at one instant."""
        samples = wave.translate(_AMPLITUDE)
        self._flatline.take(samples)
        self.counts.pleth_samples += len(samples)
        return PlethChunk(at, tuple(samples), PLETH_HZ)

    def _vitals(self, frame: bytes, at: Instant) -> Reading:
        status, empty = frame[9], frame[10] < 0x40
        flags = _FLAGS[(status >> 1 & 3) | empty << 2]
        if status & FINGER_OFF:
            return self._repetition.judge(Reading(at=at, flags=flags))
        reading = Reading(
            at=at,
            spo2=possible_spo2(frame[5]),
            pulse_rate=possible_pulse_rate(frame[6] | frame[7] << 8),
            perfusion_index=frame[8] / 10 if frame[8] else None,
            flags=flags,
        )
        judged = self._repetition.judge(reading)
        return without_numbers(judged) if self._flatline.flat and judged.valid else judged


def frame(token: int, kind: int, payload: bytes = b"") -> bytes:
    """A whole frame; also the form of the optional requests (none is needed)."""
    body = HEADER + bytes((token, len(payload) + 2, kind)) + payload
    return body + bytes((crc8.lsb_first(body),))


def _level(battery: int) -> int:
    return sum(battery >= bound for bound in (10, 40, 70))


class Encoder:
    """The oximeter's side and its habits: old numbers without a finger, flat pleth when stuck."""

    def __init__(self) -> None:
        self._numbers = bytes(4)
        self._sent: list[Notification] = []
        self._flat: int | None = None  # amplitude of a line without a signal
        self._amplitude = 0
        self._waiting: tuple[int, ...] = ()

    def stream(self, vitals: Vitals) -> list[Notification]:
        self._flat = self._amplitude if vitals.repeat else None if vitals.finger else 0
        if vitals.repeat and self._sent:
            return self._sent
        if vitals.finger:
            self._numbers = self._encode_numbers(vitals)
        status = (0 if vitals.finger else FINGER_OFF) | (SEARCHING if vitals.searching else 0)
        level = _level(vitals.battery)
        value = frame(OXIMETRY, VITALS, self._numbers + bytes((status, level << 6)))
        # Vitals and battery travel in one notification of 19 bytes, as in capture pc60-009.
        self._sent = [(UART_NOTIFY, value + frame(DEVICE, BATTERY, bytes((level,))))]
        return self._sent

    def _encode_numbers(self, vitals: Vitals) -> bytes:
        spo2 = round(vitals.spo2 or 0)
        pulse_rate = round(vitals.pulse_rate or 0)
        perfusion = min(255, round((vitals.perfusion_index or 0) * 10))
        return bytes((spo2, pulse_rate & 0xFF, pulse_rate >> 8, perfusion))

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:
        waiting = self._waiting + samples
        whole = len(waiting) // SAMPLES_PER_FRAME * SAMPLES_PER_FRAME
        self._waiting = waiting[whole:]
        return [
            (
                UART_NOTIFY,
                frame(OXIMETRY, PLETH, self._five(waiting[first : first + SAMPLES_PER_FRAME])),
            )
            for first in range(0, whole, SAMPLES_PER_FRAME)
        ]

    def _five(self, samples: tuple[int, ...]) -> bytes:
        if self._flat is not None:
            return bytes((self._flat,)) * SAMPLES_PER_FRAME
        self._amplitude = samples[-1]
        return bytes(samples)

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:  # noqa: ARG002 - silent
        """Nothing: this family is never written to."""
        return []


DRIVER = Driver(
    family=FAMILY,
    title="Viatom / Creative AA55 (PC-60FW, OxySmart, POD, PF-20)",
    model="PC-60FW",
    services=frozenset((UART_SERVICE, FFF0_SERVICE)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    # Both services are used by unrelated gadgets too: the name must say AA55 as well.
    recognises=lambda services: UART_SERVICE in services or FFF0_SERVICE in services,
    name_decides=True,
    subscribe=NOTIFYING,
    decoder=Decoder,
    encoder=Encoder,
)
