"""TaiDoc TD-8201, TD-8255 and Fora: asked once a second; made for spot checks.

The request is `51 49 00 00 00 00 A3 3D`, the reply of 8 bytes `51 49 | SpO2 | x x | pulse rate | A5 | sum`,
the sum over all before & FF; 0 is none. Any other request (50 switches off) does not exist here, and `allows`
refuses it. Thermometers have the same service, so that the name decides. Source: reference protocols,
section 14.4; vector taidoc-002 (one public library).
"""

from collector.clock import Instant
from collector.devices import hints
from collector.devices.base import Counts, Decoded, Driver, Notification, Poll, Vitals, Write
from collector.devices.framing import Framer, Shape
from collector.devices.repetition import Repetition
from collector.devices.sums import sum8
from collector.reading import NO_FLAGS, Flag, Reading, possible_pulse_rate, possible_spo2

FAMILY = "taidoc"
SERVICE = "00001523-1212-efde-1523-785feabcd123"
BOTH_WAYS = "00001524-1212-efde-1523-785feabcd123"

HEADER = b"\x51\x49"
SIZE, REPLY = 8, 0xA5
REQUEST = bytes.fromhex("514900000000a33d")
_FINGER_OFF = frozenset((Flag.FINGER_OFF,))

SHAPE = Shape(header=HEADER, head=2, longest=SIZE, length=lambda _buffer, _start: SIZE, checksum=sum8)


class Decoder:
    """The host's side."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._framer = Framer(SHAPE, self.counts)
        self._repetition = Repetition()

    def sent(self, data: bytes) -> None:  # noqa: ARG002 - which request it was is in the reply
        """An incomplete reply to an earlier request has timed out."""
        self._framer.clear()

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic != BOTH_WAYS:
            return []
        return [
            self._repetition.judge(_reading(frame, at))
            for frame in self._framer.take(data)
            if frame[6] == REPLY
        ]


def _reading(frame: bytes, at: Instant) -> Reading:
    spo2, pulse_rate = frame[2], frame[5]
    return Reading(
        at=at,
        spo2=possible_spo2(spo2),
        pulse_rate=possible_pulse_rate(pulse_rate),
        flags=NO_FLAGS if spo2 or pulse_rate else _FINGER_OFF,
    )


class Encoder:
    """The unit's side: says nothing unless asked."""

    def __init__(self) -> None:
        self._sent = b""

    def stream(self, vitals: Vitals) -> list[Notification]:  # noqa: ARG002 - polled family
        """Nothing: the unit is polled."""
        return []

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:  # noqa: ARG002 - no waveform
        """Nothing: there is no waveform."""
        return []

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:
        if characteristic != BOTH_WAYS or data != REQUEST:
            return []
        if not (vitals.repeat and self._sent):
            self._sent = _encode(vitals)
        return [(BOTH_WAYS, self._sent)]


def _encode(vitals: Vitals) -> bytes:
    spo2 = round(vitals.spo2 or 0) if vitals.finger else 0
    rate = min(255, round(vitals.pulse_rate or 0)) if vitals.finger else 0
    body = HEADER + bytes((spo2, 0, 0, rate, REPLY))
    return body + bytes((sum(body) & 0xFF,))


DRIVER = Driver(
    family=FAMILY,
    title="TaiDoc TD-82 and Fora",
    model="TD-8255",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    recognises=lambda services: SERVICE in services,
    name_decides=True,
    subscribe=(BOTH_WAYS,),
    poll=Poll(write=Write(characteristic=BOTH_WAYS, data=REQUEST)),
    allows=lambda data: data == REQUEST,
    decoder=Decoder,
    encoder=Encoder,
)
