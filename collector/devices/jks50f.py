"""JKS50F: one frame of 69 bytes a second, over several notifications.

| byte | field                                                                       |
|------|-----------------------------------------------------------------------------|
| 0..2 | FF 44 01                                                                    |
| 3    | 0 with a finger, else none                                                  |
| 4    | SpO2 in %, 7F none                                                          |
| 5    | pulse rate, 7F none                                                         |
| 6..7 | perfusion index x 100: 7 bits low, 6 bits high; 81.91 none                  |
| 68   | sum of all before, without the FF, & FF                                     |

Nothing is written. The service is that of any serial module, so that the name decides. Source: reference
protocols, section 14.1; vectors jks-001, jks-002 (one public reader).
"""

from collector.clock import Instant
from collector.device import full_uuid
from collector.devices import hints
from collector.devices.base import Counts, Decoded, Driver, Notification, Vitals, pieces
from collector.devices.framing import Framer, Shape
from collector.devices.repetition import Repetition
from collector.devices.sums import sum8
from collector.reading import Flag, Reading, possible_pulse_rate, possible_spo2

FAMILY = "jks50f"
SERVICE = full_uuid(0xFFE0)
NOTIFY = full_uuid(0xFFE1)

HEADER = b"\xff\x44\x01"
SIZE = 69
NO_VALUE = 0x7F
NO_PERFUSION = 0x1FFF
_REST = bytes(range(SIZE - 9))  # of the simulated clip; what a real one sends there is not published
_FINGER_OFF = frozenset((Flag.FINGER_OFF,))

SHAPE = Shape(
    header=HEADER,
    head=3,
    longest=SIZE,
    length=lambda _buffer, _start: SIZE,
    checksum=lambda frame: sum8(frame, 1),
)


class Decoder:
    """The host's side."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._framer = Framer(SHAPE, self.counts)
        self._repetition = Repetition()

    def sent(self, data: bytes) -> None:
        """Nothing to learn: nothing is written."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic != NOTIFY:
            return []
        return [self._repetition.judge(_reading(frame, at)) for frame in self._framer.take(data)]


def _reading(frame: bytes, at: Instant) -> Reading:
    if frame[3]:
        return Reading(at=at, flags=_FINGER_OFF)
    spo2, pulse_rate = frame[4], frame[5]
    perfusion = frame[6] & 0x7F | (frame[7] & 0x3F) << 7
    return Reading(
        at=at,
        spo2=possible_spo2(spo2),
        pulse_rate=None if pulse_rate == NO_VALUE else possible_pulse_rate(pulse_rate),
        perfusion_index=perfusion / 100 if perfusion not in (0, NO_PERFUSION) else None,
    )


class Encoder:
    """The clip's side: a frame a second in notifications of 20 bytes."""

    def __init__(self) -> None:
        self._sent: list[Notification] = []

    def stream(self, vitals: Vitals) -> list[Notification]:
        if not (vitals.repeat and self._sent):
            self._sent = [(NOTIFY, piece) for piece in pieces(_encode(vitals))]
        return self._sent

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:  # noqa: ARG002 - no waveform
        """Nothing: what the rest of the frame holds is not published."""
        return []

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:  # noqa: ARG002 - silent
        """Nothing: this family is never written to."""
        return []


def _encode(vitals: Vitals) -> bytes:
    spo2 = rate = NO_VALUE
    perfusion = NO_PERFUSION
    if vitals.finger:
        spo2 = NO_VALUE if vitals.spo2 is None else round(vitals.spo2)
        if vitals.pulse_rate is not None:
            rate = min(0xFF, round(vitals.pulse_rate))
        if vitals.perfusion_index is not None:
            perfusion = min(NO_PERFUSION - 1, round(vitals.perfusion_index * 100))
    head = HEADER + bytes((not vitals.finger, spo2, rate, perfusion & 0x7F, perfusion >> 7))
    body = head + _REST
    return body + bytes((sum(body[1:]) & 0xFF,))


DRIVER = Driver(
    family=FAMILY,
    title="JKS50F",
    model="JKS50F",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    recognises=lambda services: SERVICE in services,
    name_decides=True,
    subscribe=(NOTIFY,),
    decoder=Decoder,
    encoder=Encoder,
)
