"""Innovo iP900BP-B: one notification is one record, without a checksum.

| first byte | rest                                                                                  |
|------------|---------------------------------------------------------------------------------------|
| 3E         | 1 SpO2 in %, 3 pulse rate, 5 respiration, 11 perfusion index x 10 in %; each 0 none    |
| 01         | one pleth sample                                                                      |

A record counts with at least 12 bytes and SpO2 up to 100 (the link layer alone protects it). Nothing is
written. The service is used by countless other gadgets, so that the name decides. Source: reference
protocols, section 14.2; vector innovo-001 (one public reader). How it says "no finger" is not published: a 0
in both numbers is taken for it.
"""

from collector.clock import Instant
from collector.device import full_uuid
from collector.devices import hints
from collector.devices.base import Counts, Decoded, Driver, Notification, Vitals
from collector.devices.repetition import Repetition
from collector.reading import NO_FLAGS, Flag, PlethChunk, Reading, possible_pulse_rate, possible_spo2

FAMILY = "innovo"
SERVICE = full_uuid(0xFFF0)
NOTIFY = full_uuid(0xFFF1)

NUMBERS, PLETH = 0x3E, 0x01
SHORTEST_RECORD = 12
PLETH_HZ = 50.0  # not published
_FINGER_OFF = frozenset((Flag.FINGER_OFF,))


class Decoder:
    """The host's side."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._repetition = Repetition()

    def sent(self, data: bytes) -> None:
        """Nothing to learn: nothing is written."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic != NOTIFY:
            return []
        if len(data) == 2 and data[0] == PLETH:
            self.counts.frames += 1
            self.counts.pleth_samples += 1
            return [PlethChunk(at=at, samples=(data[1],), rate_hz=PLETH_HZ)]
        if len(data) < SHORTEST_RECORD or data[0] != NUMBERS or data[1] > 100:
            self.counts.resyncs += 1
            return []
        self.counts.frames += 1
        return [self._repetition.judge(_reading(data, at))]


def _reading(data: bytes, at: Instant) -> Reading:
    spo2, pulse_rate, perfusion = data[1], data[3], data[11]
    return Reading(
        at=at,
        spo2=possible_spo2(spo2),
        pulse_rate=possible_pulse_rate(pulse_rate),
        perfusion_index=perfusion / 10 if perfusion else None,
        flags=NO_FLAGS if spo2 or pulse_rate else _FINGER_OFF,
    )


class Encoder:
    """The clip's side: a record a second and the pleth sample by sample."""

    def __init__(self) -> None:
        self._sent = b""

    def stream(self, vitals: Vitals) -> list[Notification]:
        if not (vitals.repeat and self._sent):
            self._sent = _encode(vitals)
        return [(NOTIFY, self._sent)]

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:
        return [(NOTIFY, bytes((PLETH, sample))) for sample in samples]

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:  # noqa: ARG002 - silent
        """Nothing: this family is never written to."""
        return []


def _encode(vitals: Vitals) -> bytes:
    record = bytearray(14)
    record[0] = NUMBERS
    if vitals.finger:
        record[1] = round(vitals.spo2 or 0)
        record[3] = min(255, round(vitals.pulse_rate or 0))
        record[11] = min(255, round((vitals.perfusion_index or 0) * 10))
    return bytes(record)


DRIVER = Driver(
    family=FAMILY,
    title="Innovo iP900BP-B",
    model="iP900",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    recognises=lambda services: SERVICE in services,
    name_decides=True,
    subscribe=(NOTIFY,),
    decoder=Decoder,
    encoder=Encoder,
)
