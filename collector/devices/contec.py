"""Contec: CMS50D-BT and relatives, EMAY SleepO2; streamed as long as it is kept alive.

| byte of a numeric frame EB 01 | field                                                           |
|-------------------------------|-----------------------------------------------------------------|
| 2                             | bit 1: add 128 to the pulse rate; bits 0 and 2 unexplained      |
| 3                             | pulse rate, low 7 bits; 255 in all: none                        |
| 4                             | SpO2 in %, 7F finger out                                        |
| 5..6                          | perfusion index x 100, 7 bits each, low first; 7F 00 no sensor  |

Waveform frame EB 00: byte 3 amplitude 0-127, byte 4 bar 0-15 with bit 6 for no finger; about 59 a second,
only sent when asked for, which this does not. Start: hello, battery, numbers; then a keep-alive every 2 s,
without which the stream stops while the link stays up. The frame around all this: `contec_frame.py`. Source:
reference protocols, section 10; captures contec-001 to contec-019. Byte 2 must not be required to be 05, as one
published client does: that discards every pulse rate over 127.
"""

from collector.clock import Instant
from collector.device import full_uuid
from collector.devices import contec_frame, hints
from collector.devices.base import Counts, Decoded, Driver, Notification, Poll, Vitals, Write
from collector.devices.framing import Framer
from collector.devices.repetition import Repetition
from collector.reading import NO_FLAGS, Flag, PlethChunk, Reading, possible_pulse_rate, possible_spo2

FAMILY = "contec"
SERVICE = full_uuid(0xFF12)
WRITE = full_uuid(0xFF01)
NOTIFY = full_uuid(0xFF02)

STREAM, WAVE, NUMBERS = 0xEB, 0x00, 0x01
NO_SPO2, NO_PULSE_RATE = 0x7F, 0xFF
NO_PERFUSION = 0x7F
WAVE_HZ = 59.0
KEEP_ALIVE_S = 2.0
# How long a unit goes on without a keep-alive is not published; clients send it at most 5 s apart.
PATIENCE_S = 8
_FINGER_OFF = frozenset((Flag.FINGER_OFF,))


class Decoder:
    """The host's side."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._framer = Framer(contec_frame.SHAPE, self.counts)
        self._repetition = Repetition()

    def sent(self, data: bytes) -> None:
        """Nothing to learn: frames name themselves."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic != NOTIFY:
            return []
        decoded: list[Decoded] = []
        wave = []
        for frame in self._framer.take(data):
            if frame[0] != STREAM:
                continue
            if frame[1] == NUMBERS:
                decoded.append(self._repetition.judge(_reading(frame, at)))
            elif frame[1] == WAVE:
                wave.append(frame[3])
        if wave:
            self.counts.pleth_samples += len(wave)
            decoded.append(PlethChunk(at=at, samples=tuple(wave), rate_hz=WAVE_HZ))
        return decoded


def _reading(frame: bytes, at: Instant) -> Reading:
    spo2, pulse_rate = frame[4], frame[3] | (frame[2] & 2) << 6
    if spo2 == NO_SPO2:
        return Reading(at=at, flags=_FINGER_OFF)
    perfusion = frame[5] | frame[6] << 7
    return Reading(
        at=at,
        spo2=possible_spo2(spo2),
        pulse_rate=None if pulse_rate == NO_PULSE_RATE else possible_pulse_rate(pulse_rate),
        perfusion_index=perfusion / 100 if perfusion not in (0, NO_PERFUSION) else None,
        flags=NO_FLAGS,
    )


class Encoder:
    """The unit's side: streams once started, and stops without a word when it is not kept alive."""

    def __init__(self) -> None:
        self._streaming = False
        self._wave = False
        self._left_s = 0
        self._sent: list[Notification] = []

    def stream(self, vitals: Vitals) -> list[Notification]:
        self._left_s -= 1
        if not self._streaming or self._left_s < 0:
            return []
        if not (vitals.repeat and self._sent):
            self._sent = [(NOTIFY, _encode(vitals))]
        return self._sent

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:
        if not self._streaming or not self._wave or self._left_s < 0:
            return []
        return [(NOTIFY, contec_frame.frame(STREAM, WAVE, 6, sample, 4)) for sample in samples]

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:
        replies: list[Notification] = []
        match data if characteristic == WRITE else b"":
            case contec_frame.KEEP_ALIVE:
                self._left_s = PATIENCE_S
            case contec_frame.START:
                self._streaming, self._left_s = True, PATIENCE_S
            case contec_frame.START_WAVE:
                self._wave = True
            case contec_frame.STOP:
                self._streaming = self._wave = False
                replies.append((NOTIFY, contec_frame.frame(STREAM, 0x7F)))
            case contec_frame.BATTERY:
                replies.append((NOTIFY, contec_frame.frame(0xF6, vitals.battery)))
        return replies


def _encode(vitals: Vitals) -> bytes:
    if not vitals.finger:
        return contec_frame.frame(STREAM, NUMBERS, 6, 0x7F, NO_SPO2, NO_PERFUSION, 0)
    spo2 = 0 if vitals.spo2 is None else round(vitals.spo2)
    # Eight bits on the wire, of which 255 says "none".
    pulse_rate = 0xFF if vitals.pulse_rate is None else min(254, round(vitals.pulse_rate))
    perfusion = min(0x3FFF, round((vitals.perfusion_index or 0) * 100))
    high = 6 if pulse_rate & 0x80 else 4
    return contec_frame.frame(
        STREAM, NUMBERS, high, pulse_rate & 0x7F, spo2, perfusion & 0x7F, perfusion >> 7
    )


def _write(data: bytes, reply_s: float) -> Write:
    return Write(characteristic=WRITE, data=data, reply_s=reply_s)


def _start(_utc_ns: int) -> tuple[Write, ...]:
    # Not every model answers the first two.
    return (
        _write(contec_frame.HELLO, 1.0),
        _write(contec_frame.BATTERY, 1.0),
        _write(contec_frame.START, KEEP_ALIVE_S),
    )


DRIVER = Driver(
    family=FAMILY,
    title="Contec CMS50 and EMAY SleepO2",
    model="SpO208",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) in (FAMILY, hints.AMBIGUOUS),
    recognises=lambda services: SERVICE in services,
    subscribe=(NOTIFY,),
    start=_start,
    poll=Poll(
        write=_write(contec_frame.KEEP_ALIVE, KEEP_ALIVE_S), every_s=KEEP_ALIVE_S, reply_s=KEEP_ALIVE_S
    ),
    allows=contec_frame.allows,
    decoder=Decoder,
    encoder=Encoder,
)
