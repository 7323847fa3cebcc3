"""ACCARE WS20A: `FE 5A | LEN | command | payload | sum`, LEN counting all, the sum without FE 5A.

| byte of a command 10 frame (20 bytes) | field                                              |
|---------------------------------------|----------------------------------------------------|
| 4..5                                  | pulse rate, big-endian, 0 none                     |
| 6                                     | SpO2 in %, 0 none                                  |
| 7..8                                  | perfusion index, big-endian, of a scale not published |
| 9                                     | battery in %                                       |
| 18                                    | sequence                                           |

Nothing is written. The service is that of any serial module, so that the name decides. Source: reference
protocols, section 14.3; vector ws20a-001 (one public reader). How it says "no finger" is not published: a 0 in
both numbers is taken for it.
"""

from collector.clock import Instant
from collector.device import full_uuid
from collector.devices import hints
from collector.devices.base import Counts, Decoded, Driver, Notification, Vitals
from collector.devices.framing import Framer, Shape
from collector.devices.repetition import Repetition
from collector.devices.sums import sum8
from collector.reading import NO_FLAGS, Flag, Reading, possible_pulse_rate, possible_spo2

FAMILY = "ws20a"
SERVICE = full_uuid(0xFFE0)
NOTIFY = full_uuid(0xFFE4)

HEADER = b"\xfe\x5a"
NUMBERS, SIZE = 0x10, 20
SHORTEST_LEN, LONGEST_LEN = 5, 64
_FINGER_OFF = frozenset((Flag.FINGER_OFF,))


def _length(buffer: bytes, start: int) -> int:
    size = buffer[start + 2]
    return size if SHORTEST_LEN <= size <= LONGEST_LEN else 0


SHAPE = Shape(
    header=HEADER,
    head=3,
    longest=LONGEST_LEN,
    length=_length,
    checksum=lambda frame: sum8(frame, 2),
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
        return [
            self._repetition.judge(_reading(frame, at))
            for frame in self._framer.take(data)
            if frame[3] == NUMBERS and len(frame) == SIZE
        ]


def _reading(frame: bytes, at: Instant) -> Reading:
    pulse_rate, spo2 = frame[4] << 8 | frame[5], frame[6]
    return Reading(
        at=at,
        spo2=possible_spo2(spo2),
        pulse_rate=possible_pulse_rate(pulse_rate),
        battery=frame[9] if frame[9] <= 100 else None,
        flags=NO_FLAGS if spo2 or pulse_rate else _FINGER_OFF,
    )


class Encoder:
    """The unit's side: a frame a second."""

    def __init__(self) -> None:
        self._numbers = b""
        self._sequence = 0

    def stream(self, vitals: Vitals) -> list[Notification]:
        if not (vitals.repeat and self._numbers):
            self._numbers = _numbers(vitals)
        self._sequence = (self._sequence + 1) & 0xFF
        payload = self._numbers + bytes((0, 0, vitals.battery))
        body = bytes((SIZE, NUMBERS)) + payload.ljust(14, b"\0") + bytes((self._sequence,))
        return [(NOTIFY, HEADER + body + bytes((sum(body) & 0xFF,)))]

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:  # noqa: ARG002 - no waveform
        """Nothing: a waveform is not published."""
        return []

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:  # noqa: ARG002 - silent
        """Nothing: this family is never written to."""
        return []


def _numbers(vitals: Vitals) -> bytes:
    rate = round(vitals.pulse_rate or 0) if vitals.finger else 0
    return rate.to_bytes(2, "big") + bytes((round(vitals.spo2 or 0) if vitals.finger else 0,))


DRIVER = Driver(
    family=FAMILY,
    title="ACCARE WS20A",
    model="WS20A",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    recognises=lambda services: SERVICE in services,
    name_decides=True,
    subscribe=(NOTIFY,),
    decoder=Decoder,
    encoder=Encoder,
)
