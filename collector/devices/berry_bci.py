"""BerryMed clips: BCI frames of 5 bytes at about 100 Hz, or BERRY packets (`berry_packet.py`).

| byte of a BCI frame | bits                                                                         |
|---------------------|------------------------------------------------------------------------------|
| 0                   | 7 set; 6 beat, 5 probe unplugged, 4 no signal, 3..0 signal strength, F none  |
| 1                   | 7 clear; pleth 0-100, 0 none                                                 |
| 2                   | 7 clear; 6 is bit 7 of the pulse rate, 5 searching, 4 no finger, 3..0 bar    |
| 3                   | 7 clear; pulse rate, low 7 bits; 255 in all: none                            |
| 4                   | 7 clear; SpO2 in %, 7F none                                                  |

BCI has no checksum: a frame counts when the one right before it said the same; one reading a second is taken.
Some units say 127 per minute until they have found the pulse. Which of the two a clip speaks shows in the
stream: a packet whose sum is right is BERRY. Nothing is ever written: old units ignore commands, and the
service is that of any serial module, so that the name decides. Source: reference protocols, section 9; vectors
bci-001 to bci-012 (vendor document, five public readers).
"""

from itertools import pairwise
from typing import NamedTuple

from collector.clock import SECOND, Instant
from collector.devices import berry_packet, hints
from collector.devices.base import Counts, Decoded, Driver, Notification, Vitals, pieces
from collector.devices.flatline import SECONDS, Flatline
from collector.devices.framing import Framer, Shape
from collector.devices.repetition import Repetition, without_numbers
from collector.reading import Flag, PlethChunk, Reading, possible_pulse_rate, possible_spo2

FAMILY = "berry_bci"
SERVICE = "49535343-fe7d-4ae5-8fa9-9fafd205e455"
NOTIFY = "49535343-1e4d-4bd9-ba61-23c647249616"
WRITE = "49535343-8841-43f4-a8d4-ecbe34729bb3"
ADDRESS = "00005344-0000-1000-8000-00805f9b34fb"
TO_BCI, TO_BERRY = b"\xe0", b"\xe1"

SIZE = 5
UNPLUGGED, NO_SIGNAL = 0x20, 0x10  # of byte 0
SEARCHING, NO_FINGER = 0x20, 0x10  # of byte 2
NO_SPO2, NO_PULSE_RATE = 0x7F, 0xFF
# Shown by some units before they have found a pulse (section 9.2).
NOT_YET_PULSE_RATE, NOT_YET_NS = 127, 5 * SECOND
PLETH_HZ = 100.0
# One reading a second, from notifications some tens of milliseconds apart.
APART_NS = 900 * SECOND // 1000


def _length(buffer: bytes, start: int) -> int:
    sync = buffer[start] & 0x80 and buffer[start + 1 : start + SIZE].isascii()
    return SIZE if sync else 0


# One byte with bit 7 set, four without: that is all there is to check.
SHAPE = Shape(header=b"", head=SIZE, longest=SIZE, length=_length, checksum=lambda _frame: 0)


def _flag_table() -> tuple[frozenset[Flag], ...]:
    """Flags by: 1 no finger or probe, 2 searching, 4 no signal."""
    order = (Flag.FINGER_OFF, Flag.SEARCHING, Flag.POOR_SIGNAL)
    return tuple(
        frozenset(flag for bit, flag in enumerate(order) if key & 1 << bit) for key in range(8)
    )


_FLAGS = _flag_table()


def _same(one: bytes, two: bytes) -> bool:
    """Whether two frames say the same, but for beat, signal strength, pleth and bar."""
    return one[3:] == two[3:] and not ((one[0] ^ two[0]) & 0x30 or (one[2] ^ two[2]) & 0x70)


class Frame(NamedTuple):
    """What one BCI frame says; `signal` is None for none."""

    spo2: int | None
    pulse_rate: int | None
    flags: frozenset[Flag]
    signal: int | None
    bar: int


def read(frame: bytes, *, settled: bool = True) -> Frame:
    """What a BCI frame says; until the unit has `settled`, 127 per minute is no pulse rate."""
    head, bits = frame[0], frame[2]
    off = bool(head & UNPLUGGED or bits & NO_FINGER)
    searching, silent = bool(bits & SEARCHING), bool(head & NO_SIGNAL)
    spo2: int | None = frame[4]
    rate: int | None = frame[3] | (bits & 0x40) << 1
    if off or silent or spo2 == NO_SPO2:
        spo2 = None
    if off or silent or rate == NO_PULSE_RATE:
        rate = None
    if rate == NOT_YET_PULSE_RATE and (searching or not settled):
        rate = None
    signal = None if head & 0xF == 0xF else head & 0xF
    return Frame(spo2, rate, _FLAGS[off | searching << 1 | silent << 2], signal, bits & 0xF)


class Decoder:
    """The host's side, for both languages; which one the clip speaks is settled by its first packet."""

    def __init__(self) -> None:
        self._framer_counts, self._packet_counts = Counts(), Counts()
        self._framer = Framer(SHAPE, self._framer_counts)
        self._packets = Framer(berry_packet.SHAPE, self._packet_counts)
        self._speaks_berry: bool | None = None
        self._repetition = Repetition()
        self._flatline = Flatline(SECONDS * int(PLETH_HZ))
        self._before = b""
        self._begun_ns: int | None = None
        self._taken_ns: int | None = None

    @property
    def counts(self) -> Counts:
        """What it met in the language that the clip speaks."""
        return self._packet_counts if self._speaks_berry else self._framer_counts

    def sent(self, data: bytes) -> None:
        """Nothing to learn: nothing is written."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic != NOTIFY:
            return []
        if self._speaks_berry is not False:
            packets = self._packets.take(data)
            self._speaks_berry = self._speaks_berry or (True if packets else None)
            if self._speaks_berry:
                return self._berry(packets, at)
        return self._bci(data, at)

    def _bci(self, data: bytes, at: Instant) -> list[Decoded]:
        resyncs = self._framer_counts.resyncs
        frames = self._framer.take(data)
        if resyncs != self._framer_counts.resyncs:
            self._before, frames = b"", frames[-1:]  # what stood between them is not known
        if not frames:
            return []
        pleth = self._pleth(bytes([frame[1] for frame in frames]), at)
        before, self._before = self._before, frames[-1]
        if not self._due(at):
            return [pleth]
        for one, two in pairwise([before, *frames] if before else frames):
            if _same(one, two):
                self._speaks_berry = False
                return [self._taken(self._reading(two, at)), pleth]
        return [pleth]

    def _due(self, at: Instant) -> bool:
        """Whether it is time for the next reading."""
        return self._taken_ns is None or at.running_ns - self._taken_ns >= APART_NS

    def _taken(self, reading: Reading) -> Reading:
        """The reading, after which the next is due a second later."""
        self._taken_ns = reading.at.running_ns
        return reading

    def _reading(self, frame: bytes, at: Instant) -> Reading:
        if self._begun_ns is None:
            self._begun_ns = at.running_ns
        settled = at.running_ns - self._begun_ns >= NOT_YET_NS
        said = read(frame, settled=settled)
        return self._judged(
            Reading(
                at=at,
                spo2=possible_spo2(said.spo2),
                pulse_rate=possible_pulse_rate(said.pulse_rate),
                flags=said.flags,
            )
        )

    def _judged(self, reading: Reading, also: object = None) -> Reading:
        judged = self._repetition.judge(reading, also)
        return without_numbers(judged) if self._flatline.flat and judged.valid else judged

    def _berry(self, packets: list[bytes], at: Instant) -> list[Decoded]:
        measured = [packet for packet in packets if not berry_packet.is_version(packet)]
        if not measured:
            return []
        pleth = self._pleth(bytes([packet[12] for packet in measured]), at)
        if not self._due(at):
            return [pleth]
        last = measured[-1]
        said = self._judged(berry_packet.reading(last, at), berry_packet.interval_ms(last))
        return [self._taken(said), pleth]

    def _pleth(self, samples: bytes, at: Instant) -> PlethChunk:
        self._flatline.take(samples)
        self.counts.pleth_samples += len(samples)
        return PlethChunk(at=at, samples=tuple(samples), rate_hz=PLETH_HZ)


class Encoder:
    """The clip's side: BCI, four frames to a notification; BERRY once it is told so."""

    def __init__(self) -> None:
        self._berry = False
        self._number = 0
        self._last: tuple[Vitals, int] | None = None

    def stream(self, vitals: Vitals) -> list[Notification]:
        samples: tuple[int, ...] = vitals.pleth or (0, 0, 0, 0)
        if vitals.repeat and self._last:
            vitals, amplitude = self._last
            samples = (amplitude,) * len(samples)
        self._last = vitals, samples[-1]
        wave = [sample for sample in samples for _ in range(2)]  # 50 Hz made 100
        if self._berry:
            return [(NOTIFY, self._packet(vitals, sample)) for sample in wave]
        stream = b"".join(_frame(vitals, sample) for sample in wave)
        return [(NOTIFY, piece) for piece in pieces(stream)]

    def _packet(self, vitals: Vitals, sample: int) -> bytes:
        self._number += 1
        return berry_packet.packet(vitals, self._number, sample)

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:  # noqa: ARG002 - in the frames
        """Nothing: every frame has its sample."""
        return []

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:  # noqa: ARG002 - no replies
        if characteristic == WRITE and data in (TO_BCI, TO_BERRY):
            self._berry = data == TO_BERRY
        return []


def _frame(vitals: Vitals, sample: int) -> bytes:
    spo2, rate = NO_SPO2, NO_PULSE_RATE
    if vitals.finger:
        spo2 = 0 if vitals.spo2 is None else round(vitals.spo2)
        if vitals.pulse_rate is not None:
            rate = min(NO_PULSE_RATE - 1, round(vitals.pulse_rate))
    bits = (rate >> 1 & 0x40) | (SEARCHING if vitals.searching else 0) | 5
    bits |= 0 if vitals.finger else NO_FINGER
    strength = 0x0F if not vitals.finger else 3 if vitals.motion else 8
    return bytes((0x80 | strength, sample, bits, rate & 0x7F, spo2))


DRIVER = Driver(
    family=FAMILY,
    title="BerryMed BM1000 and relatives",
    model="BerryMed",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    recognises=lambda services: SERVICE in services,
    name_decides=True,
    subscribe=(NOTIFY,),
    decoder=Decoder,
    encoder=Encoder,
)
