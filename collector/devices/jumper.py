"""Jumper JPD-500 and rebadges ("My Oximeter"): a record a second, pleth in between, no checksum.

| first byte | rest                                                                                   |
|------------|----------------------------------------------------------------------------------------|
| 81         | 1 pulse rate, FF none; 2 SpO2 in %, 7F none; 3 perfusion index x 10 in %, 0 none       |
| 80         | pleth samples, as many as there are                                                    |
| 2D, others | filler before measuring; nothing                                                       |

One notification is one record; records of 4 and of 11 bytes exist. There is no checksum (the link layer
protects it), so that a record counts only with SpO2 up to 100 or 7F. Nothing is written. Source: reference
protocols, section 11; vectors jumper-002 to jumper-005 (four public readers, one captured frame).
"""

from collector.clock import Instant
from collector.devices import hints
from collector.devices.base import Counts, Decoded, Driver, Notification, Vitals
from collector.devices.repetition import Repetition
from collector.reading import NO_FLAGS, Flag, Reading, possible_pulse_rate, possible_spo2

FAMILY = "jumper"
SERVICE = "cdeacb80-5235-4c07-8846-93a37ee6b86d"
NOTIFY = "cdeacb81-5235-4c07-8846-93a37ee6b86d"

NUMBERS, PLETH = 0x81, 0x80
SHORTEST_RECORD = 4
NO_SPO2, NO_PULSE_RATE = 0x7F, 0xFF
_FINGER_OFF = frozenset((Flag.FINGER_OFF,))


class Decoder:
    """The host's side. The rate of the pleth is not published: it is counted and not handed on."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._repetition = Repetition()

    def sent(self, data: bytes) -> None:
        """Nothing to learn: nothing is written."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic != NOTIFY or not data:
            return []
        if data[0] != NUMBERS:
            self.counts.frames += data[0] == PLETH
            return []
        if len(data) < SHORTEST_RECORD or 100 < data[2] != NO_SPO2:
            self.counts.resyncs += 1
            return []
        self.counts.frames += 1
        return [self._repetition.judge(_reading(data, at))]


def _reading(data: bytes, at: Instant) -> Reading:
    pulse_rate, spo2, perfusion = data[1:4]
    if spo2 == NO_SPO2 and pulse_rate == NO_PULSE_RATE:
        return Reading(at=at, flags=_FINGER_OFF)
    return Reading(
        at=at,
        spo2=possible_spo2(spo2),
        pulse_rate=None if pulse_rate == NO_PULSE_RATE else possible_pulse_rate(pulse_rate),
        perfusion_index=perfusion / 10 if perfusion else None,
        flags=NO_FLAGS,
    )


class Encoder:
    """The clip's side: a record a second and the pleth."""

    def __init__(self) -> None:
        self._sent = b""

    def stream(self, vitals: Vitals) -> list[Notification]:
        if not (vitals.repeat and self._sent):
            self._sent = _encode(vitals)
        return [(NOTIFY, self._sent)]

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:
        # Ten samples in a notification, as in vector jumper-004.
        return [
            (NOTIFY, bytes((PLETH, *samples[first : first + 10])))
            for first in range(0, len(samples), 10)
        ]

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:  # noqa: ARG002 - silent
        """Nothing: this family is never written to."""
        return []


def _encode(vitals: Vitals) -> bytes:
    if not vitals.finger:
        return bytes((NUMBERS, NO_PULSE_RATE, NO_SPO2, 0))
    # One byte each: the clip cannot say a pulse rate over 254. No number alone is a plain zero.
    spo2 = round(vitals.spo2 or 0)
    pulse_rate = min(NO_PULSE_RATE - 1, round(vitals.pulse_rate or 0))
    return bytes((NUMBERS, pulse_rate, spo2, min(255, round((vitals.perfusion_index or 0) * 10))))


DRIVER = Driver(
    family=FAMILY,
    title="Jumper JPD-500 and rebadges (My Oximeter)",
    model="My Oximeter",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    recognises=lambda services: SERVICE in services,
    subscribe=(NOTIFY,),
    decoder=Decoder,
    encoder=Encoder,
)
