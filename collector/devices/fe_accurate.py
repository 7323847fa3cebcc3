"""FE 0A 55: Wellue FS20F, VTM 20F, Yuwell and other clips, believed to be made by Accurate Bio-Medical.

Every frame: `FE | LEN | type | payload | sum` with LEN counting all and the sum over what follows the FE; some
Yuwell units include the FE. Which of the two a unit does is settled by its first two frames.

| type | LEN | byte | field                                                            |
|------|-----|------|------------------------------------------------------------------|
| 55   | 0A  | 3..4 | pulse rate, big-endian, 1FF none                                 |
|      |     | 5    | SpO2 in %, 7F none                                               |
|      |     | 6..7 | perfusion index x 1000 in %, big-endian, 0 none                  |
|      |     | 8    | sequence, shared by both types                                   |
| 56   | 08  | 3    | pleth 0-127                                                      |
|      |     | 4    | bit 0 beat, 1 finger off, 2 motion, 3 low perfusion              |
|      |     | 5, 6 | bar; sequence                                                    |

Type 55 comes once a second, 56 many times. Nothing needs to be written. The service is that of any serial
module, so that the name decides. Source: reference protocols, section 12; captures fe-001 to fe-013.
"""

from dataclasses import replace

from collector.clock import Instant
from collector.device import full_uuid
from collector.devices import hints
from collector.devices.base import Counts, Decoded, Driver, Notification, Vitals
from collector.devices.flatline import Flatline
from collector.devices.framing import Framer, Shape
from collector.devices.repetition import Repetition, without_numbers
from collector.devices.sums import sum8
from collector.reading import Flag, PlethChunk, Reading, possible_pulse_rate, possible_spo2

FAMILY = "fe_accurate"
SERVICE = full_uuid(0xFFE0)
NOTIFY = full_uuid(0xFFE4)

NUMBERS, WAVE = 0x55, 0x56
SIZES = {NUMBERS: 10, WAVE: 8}
HEAD = 0xFE
FINGER_OFF, MOTION, LOW_PERFUSION = 0x02, 0x04, 0x08
NO_SPO2, NO_PULSE_RATE = 0x7F, 0x1FF
# The rate of the pleth is not published: taken for 50 Hz, and for a flat line for the fastest known, 100 Hz.
PLETH_HZ = 50.0
FLAT_SAMPLES = 300


def _length(buffer: bytes, start: int) -> int:
    size = SIZES.get(buffer[start + 2], 0)
    return size if buffer[start + 1] == size else 0


SHAPE = Shape(
    header=bytes((HEAD,)),
    head=3,
    longest=max(SIZES.values()),
    length=_length,
    checksum=lambda frame: sum8(frame, 1),
)


def _flag_table() -> tuple[frozenset[Flag], ...]:
    """Flags by the flags of a waveform frame."""
    table = ((FINGER_OFF, Flag.FINGER_OFF), (MOTION, Flag.MOTION), (LOW_PERFUSION, Flag.LOW_PERFUSION))
    return tuple(frozenset(flag for bit, flag in table if byte & bit) for byte in range(256))


_FLAGS = _flag_table()


class Decoder:
    """The host's side; remembers the flags of the last waveform frame for its readings."""

    def __init__(self) -> None:
        self.counts = Counts()
        # Bytes that the sum leaves out, by the last frame, and whether two in a row have agreed on it.
        self._skipped: int | None = None
        self._settled = False
        self._framer = Framer(replace(SHAPE, checksum=self._checksum), self.counts)
        self._repetition = Repetition()
        self._flatline = Flatline(FLAT_SAMPLES)
        self._said = 0

    def sent(self, data: bytes) -> None:
        """Nothing to learn: nothing is written."""

    def _checksum(self, frame: bytes) -> int:
        """A damaged first frame may pass by the other sum: it must not decide for the connection."""
        if self._settled and self._skipped is not None:
            return sum8(frame, self._skipped)
        skipped = 1 if not sum8(frame, 1) else 0
        if sum8(frame, skipped):
            return 1
        before, self._skipped = self._skipped, skipped
        if before is None or before == skipped:
            self._settled = before == skipped
            return 0
        self._skipped = None
        return 1

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic != NOTIFY:
            return []
        decoded: list[Decoded] = []
        for frame in self._framer.take(data):
            if frame[2] == NUMBERS:
                decoded.append(self._numbers(frame, at))
            else:
                self._said = frame[4]
                self._flatline.take(frame[3:4])
                self.counts.pleth_samples += 1
                decoded.append(PlethChunk(at=at, samples=(frame[3],), rate_hz=PLETH_HZ))
        return decoded

    def _numbers(self, frame: bytes, at: Instant) -> Reading:
        pulse_rate, spo2 = frame[3] << 8 | frame[4], frame[5]
        off = self._said & FINGER_OFF or (spo2 == NO_SPO2 and pulse_rate == NO_PULSE_RATE)
        flags = _FLAGS[self._said | FINGER_OFF if off else self._said]
        if off:
            return self._repetition.judge(Reading(at=at, flags=flags))
        perfusion = frame[6] << 8 | frame[7]
        reading = Reading(
            at=at,
            spo2=possible_spo2(spo2),
            pulse_rate=None if pulse_rate == NO_PULSE_RATE else possible_pulse_rate(pulse_rate),
            perfusion_index=perfusion / 1000 if perfusion else None,
            flags=flags,
        )
        judged = self._repetition.judge(reading)
        return without_numbers(judged) if self._flatline.flat and judged.valid else judged


def frame(kind: int, payload: bytes) -> bytes:
    """A whole frame with the usual sum."""
    body = bytes((SIZES[kind], kind)) + payload
    return bytes((HEAD, *body, sum(body) & 0xFF))


class Encoder:
    """The clip's side; a waveform frame before the numbers tells how the finger is."""

    def __init__(self) -> None:
        self._sequence = 0
        self._numbers = b""
        self._flags = 0
        self._flat: int | None = None
        self._amplitude = 0

    def stream(self, vitals: Vitals) -> list[Notification]:
        self._flat = self._amplitude if vitals.repeat else None
        if not (vitals.repeat and self._numbers):
            self._numbers = _numbers(vitals)
            self._flags = (0 if vitals.finger else FINGER_OFF) | (MOTION if vitals.motion else 0)
        return [(NOTIFY, self._wave(self._amplitude)), (NOTIFY, self._frame(NUMBERS, self._numbers))]

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:
        shown = samples if self._flat is None else (self._flat,) * len(samples)
        if shown:
            self._amplitude = shown[-1]
        return [(NOTIFY, self._wave(sample)) for sample in shown]

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:  # noqa: ARG002 - silent
        """Nothing: this family is never written to."""
        return []

    def _wave(self, sample: int) -> bytes:
        return self._frame(WAVE, bytes((sample, self._flags, sample >> 4)))

    def _frame(self, kind: int, payload: bytes) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFF
        return frame(kind, payload + bytes((self._sequence,)))


def _numbers(vitals: Vitals) -> bytes:
    spo2, rate, perfusion = NO_SPO2, NO_PULSE_RATE, 0
    if vitals.finger:
        # 7F and 1FF together say "no finger"; one value alone that is missing is a plain zero.
        spo2 = round(vitals.spo2 or 0)
        rate = round(vitals.pulse_rate or 0)
        perfusion = min(0xFFFF, round((vitals.perfusion_index or 0) * 1000))
    return rate.to_bytes(2, "big") + bytes((spo2,)) + perfusion.to_bytes(2, "big")


DRIVER = Driver(
    family=FAMILY,
    title="FE 0A 55 clips (Wellue FS20F, VTM 20F, Yuwell)",
    model="FS20F",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    recognises=lambda services: SERVICE in services,
    name_decides=True,
    subscribe=(NOTIFY,),
    decoder=Decoder,
    encoder=Encoder,
)
