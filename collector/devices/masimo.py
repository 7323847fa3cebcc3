"""Masimo MightySat: streams what it was configured to, once it has said what it can.

Every frame: `77 | LEN | opcode | payload | CRC8` with LEN counting opcode to CRC and the CRC
(`crc8.msb_first`) over opcode and payload alone.

| opcode | direction | meaning                                                                         |
|--------|-----------|---------------------------------------------------------------------------------|
| 01     | both      | device information; 3..4 of the reply from its opcode: parameters, 5: waveforms |
| 03     | to        | stream these: parameter mask (2, little endian), waveform mask                  |
| 04     | from      | ordinal, then pairs of pleth (signed) and quality (bit 7 invalid)               |
| 05     | from      | exceptions of the whole (4, little endian), then one field per mask bit         |
| FE, FF | from      | done, refused                                                                   |

Exceptions: bit 21 sensor off, 22 searching, 23 interference, 24 low perfusion. Each field is an exception byte
(01 low confidence, 04 invalid, 10 start-up) and a value, FF or FFFF none: SpO2, pulse rate, PVi, perfusion
index x 100 (2, little endian), respiration. Opcodes 02 (clock, sources disagree) and 07 (erases the memory) do
not exist here, and `allows` refuses them. Source: reference protocols, section 13; captures masimo-001 to
masimo-004.
"""

from collector.clock import Instant
from collector.devices import crc8, hints
from collector.devices.base import (
    Counts,
    Decoded,
    Driver,
    Notification,
    Vitals,
    Write,
    pieces,
)
from collector.devices.framing import Framer, Shape
from collector.devices.repetition import Repetition
from collector.reading import NO_FLAGS, Flag, PlethChunk, Reading, possible_pulse_rate, possible_spo2

FAMILY = "masimo"
SERVICE = "54c21000-a720-4b4f-11e4-9fe20002a5d5"
WRITE = "54c21001-a720-4b4f-11e4-9fe20002a5d5"
NOTIFY = "54c21002-a720-4b4f-11e4-9fe20002a5d5"

HEADER = b"\x77"
SHORTEST_LEN, LONGEST_LEN = 2, 126
INFORMATION, CONFIGURE, WAVE, PARAMETERS, DONE, REFUSED = 0x01, 0x03, 0x04, 0x05, 0xFE, 0xFF
INFORMATION_SIZE = 22
# SpO2, pulse rate, PVi, perfusion index, respiration: sizes of the values by mask bit.
SIZES = (1, 1, 1, 2, 1)
SPO2, PULSE_RATE, PERFUSION = 0, 1, 3
EVERYTHING = 0x1F
# What every MightySat has, for one that does not say what it can: SpO2, pulse rate, perfusion index.
LEAST = bytes((0x0B, 0x00, 0x00))
LOW_CONFIDENCE, INVALID = 0x01, 0x04
SENSOR_OFF, SEARCHING, INTERFERENCE, LOW_PERFUSION = (1 << bit for bit in range(21, 25))
# Seven pairs a frame; how many frames a second is not published.
WAVE_HZ = 62.5


# LEN, lowest and highest, where the opcode bounds it: a damaged one is not waited for.
LENGTHS = {INFORMATION: (2, 20), PARAMETERS: (6, 17), DONE: (3, 3), REFUSED: (4, 4)}


def _length(buffer: bytes, start: int) -> int:
    following = buffer[start + 1]
    shortest, longest = LENGTHS.get(buffer[start + 2], (SHORTEST_LEN, LONGEST_LEN))
    return 2 + following if shortest <= following <= longest else 0


SHAPE = Shape(
    header=HEADER,
    head=3,
    longest=2 + LONGEST_LEN,
    length=_length,
    checksum=lambda whole: crc8.msb_first(whole[2:]),
)


def frame(opcode: int, payload: bytes = b"") -> bytes:
    """A whole frame or command."""
    body = bytes((opcode,)) + payload
    return HEADER + bytes((len(body) + 1,)) + body + bytes((crc8.msb_first(body),))


def allows(data: bytes) -> bool:
    """Whether `data` asks for the device information or configures the stream."""
    if data == frame(INFORMATION):
        return True
    return len(data) == 7 and data == frame(CONFIGURE, data[3:6])


class Decoder:
    """The host's side; `can` are the three bytes with which the unit says what it can stream."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.can: bytes | None = None
        self._mask = EVERYTHING
        self._framer = Framer(SHAPE, self.counts)
        self._repetition = Repetition()

    def sent(self, data: bytes) -> None:
        """Learn what was configured: the fields of the stream follow from it."""
        if len(data) == 7 and data == frame(CONFIGURE, data[3:6]):
            self._mask = data[3] | data[4] << 8

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic != NOTIFY:
            return []
        decoded: list[Decoded] = []
        for whole in self._framer.take(data):
            match whole[2]:
                case 0x05:
                    decoded += self._parameters(whole, at)
                case 0x04 if len(whole) > 5:
                    samples = tuple(byte - ((byte & 0x80) << 1) for byte in whole[4:-1:2])
                    self.counts.pleth_samples += len(samples)
                    decoded.append(PlethChunk(at=at, samples=samples, rate_hz=WAVE_HZ))
                case 0x01 if len(whole) == INFORMATION_SIZE:
                    self.can = whole[5:8]
        return decoded

    def _parameters(self, whole: bytes, at: Instant) -> list[Decoded]:
        # A capture may have been configured by another program; a frame with everything tells itself.
        fields = _fields(whole[7:-1], self._mask) or _fields(whole[7:-1], EVERYTHING)
        if not fields:  # of another configuration: which value is which cannot be told
            return []
        exceptions = int.from_bytes(whole[3:7], "little")
        flags = _flags(exceptions, fields)
        if exceptions & (SENSOR_OFF | SEARCHING):
            return [self._repetition.judge(Reading(at=at, flags=flags))]
        spo2, pulse_rate, perfusion = (
            fields.get(field, (0, None))[1] for field in (SPO2, PULSE_RATE, PERFUSION)
        )
        reading = Reading(
            at=at,
            spo2=possible_spo2(spo2),
            pulse_rate=possible_pulse_rate(pulse_rate),
            perfusion_index=perfusion / 100 if perfusion else None,
            flags=flags,
        )
        return [self._repetition.judge(reading)]


def _fields(data: bytes, mask: int) -> dict[int, tuple[int, int | None]] | None:
    """Exception and value (None for invalid) by mask bit; None when they do not fill `data`."""
    fields: dict[int, tuple[int, int | None]] = {}
    offset = 0
    for bit, size in enumerate(SIZES):
        if not mask >> bit & 1:
            continue
        field = data[offset : offset + 1 + size]
        if len(field) <= size:
            return None
        none = field[0] & INVALID or field[1:] == b"\xff" * size
        fields[bit] = field[0], None if none else int.from_bytes(field[1:], "little")
        offset += 1 + size
    return fields if offset == len(data) else None


def _flags(exceptions: int, fields: dict[int, tuple[int, int | None]]) -> frozenset[Flag]:
    doubt = (fields.get(SPO2, (0,))[0] | fields.get(PULSE_RATE, (0,))[0]) & LOW_CONFIDENCE
    if not exceptions and not doubt:
        return NO_FLAGS
    said = {
        Flag.FINGER_OFF: exceptions & SENSOR_OFF,
        Flag.SEARCHING: exceptions & SEARCHING,
        Flag.POOR_SIGNAL: exceptions & INTERFERENCE or doubt,
        Flag.LOW_PERFUSION: exceptions & LOW_PERFUSION,
    }
    return frozenset(flag for flag, bits in said.items() if bits)


class Encoder:
    """The unit's side: says what it can, and streams from the configuration on."""

    def __init__(self) -> None:
        self._framer = Framer(SHAPE, Counts())
        self._mask = 0
        self._wave = False
        self._sent = b""
        self._ordinal = 0

    def stream(self, vitals: Vitals) -> list[Notification]:
        if not self._mask:
            return []
        if not (vitals.repeat and self._sent):
            self._sent = frame(PARAMETERS, _encode(vitals, self._mask))
        return [(NOTIFY, self._sent)]

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:
        if not self._wave:
            return []
        said: list[Notification] = []
        for first in range(0, len(samples), 7):
            pairs = b"".join(bytes((sample, 100)) for sample in samples[first : first + 7])
            self._ordinal = (self._ordinal + 1) & 0xFF
            said.append((NOTIFY, frame(WAVE, bytes((self._ordinal,)) + pairs)))
        return said

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:  # noqa: ARG002 - not asked for numbers
        if characteristic != WRITE:
            return []
        said = (self._reply(asked) for asked in self._framer.take(data))
        return [(NOTIFY, piece) for reply in said for piece in pieces(reply)]

    def _reply(self, asked: bytes) -> bytes:
        if asked[2] == INFORMATION:
            # As capture masimo-001 has it: everything, both waveforms.
            return frame(INFORMATION, bytes.fromhex("63101f00030100170010e6000000f6000000"))
        if asked[2] == CONFIGURE and len(asked) == 7:
            self._mask, self._wave = asked[3] | asked[4] << 8, bool(asked[5] & 1)
            return frame(DONE, asked[2:3])
        return frame(REFUSED, bytes((asked[2], 1)))


def _encode(vitals: Vitals, mask: int) -> bytes:
    exceptions = 0 if vitals.finger else SENSOR_OFF
    exceptions |= SEARCHING if vitals.searching else 0
    exceptions |= INTERFERENCE if vitals.motion else 0
    gone = not vitals.finger or vitals.searching
    # One byte: the unit cannot say a pulse rate over 254.
    rate = None if vitals.pulse_rate is None else min(254, round(vitals.pulse_rate))
    perfusion = vitals.perfusion_index
    values = (
        None if vitals.spo2 is None else round(vitals.spo2),
        rate,
        20,
        None if perfusion is None else min(0xFFFE, round(perfusion * 100)),
        16,
    )
    fields = (
        b"\x04" + b"\xff" * size if gone or value is None else b"\0" + value.to_bytes(size, "little")
        for bit, (size, value) in enumerate(zip(SIZES, values, strict=True))
        if mask >> bit & 1
    )
    return exceptions.to_bytes(4, "little") + b"".join(fields)


def _configure(decoder: object) -> tuple[Write, ...]:
    """Stream all that the unit said it can; what every unit can where it has not answered."""
    can = decoder.can if isinstance(decoder, Decoder) else None
    return (Write(characteristic=WRITE, data=frame(CONFIGURE, can or LEAST)),)


DRIVER = Driver(
    family=FAMILY,
    title="Masimo MightySat",
    model="MightySat",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    recognises=lambda services: SERVICE in services,
    subscribe=(NOTIFY,),
    start=lambda _utc_ns: (Write(characteristic=WRITE, data=frame(INFORMATION)),),
    then=_configure,
    allows=allows,
    decoder=Decoder,
    encoder=Encoder,
)
