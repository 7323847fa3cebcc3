"""O2 legacy: Viatom / Wellue rings and wrist units that are polled (O2Ring, Checkme O2, SleepU ...).

| off in RT_PARAM reply | field                                                                   |
|-----------------------|-------------------------------------------------------------------------|
| 0                     | SpO2 in %, FF none, 0 while acquiring                                   |
| 1..2                  | pulse rate, little endian, FFFF none, 0 while acquiring                 |
| 3..6                  | steps                                                                   |
| 7, 8                  | battery in %; 0 discharging, 1 charging, 2 full                         |
| 9                     | motion 0-255, scale of its own                                          |
| 10                    | perfusion index x 10 in %, 0 none                                       |
| 11                    | bit 0 finger on; bits 7..4 countdown to the end of the recording        |
| 12                    | (absent on some) four 2-bit warnings: signal, SpO2, pulse rate, motion |

RT_WAVE reply: SpO2, pulse rate (2), battery %, battery state, perfusion index, state, 3 reserved,
number of samples (2), samples; 156 and 246 are markers among the samples.

A reply does not say which command it answers, so one command is in flight at a time and a reply is read
by the last command written, or by its shape where that is unknown. The frame around all this:
`viatom_oxy_frame.py`. Source: reference protocols, section 4; vectors o2-001 to o2-022.
"""

import json
from datetime import UTC, datetime

from collector.clock import SECOND, Instant
from collector.devices import hints, viatom_oxy_files
from collector.devices.base import (
    Counts,
    Decoded,
    Driver,
    Notification,
    Poll,
    Vitals,
    Write,
    pieces,
)
from collector.devices.framing import Framer
from collector.devices.repetition import Repetition
from collector.devices.viatom_oxy_files import Memory
from collector.devices.viatom_oxy_frame import (
    ENVELOPE,
    REPLY,
    REQUEST,
    Command,
    allows,
    reply,
    request,
    set_time,
)
from collector.devices.viatom_oxy_information import Information, information
from collector.devices.viatom_wave import interpolated
from collector.reading import NO_FLAGS, Flag, PlethChunk, Reading, possible_pulse_rate, possible_spo2

FAMILY = "viatom_oxy"
SERVICE = "14839ac4-7d7e-415c-9a42-167340cf2339"
WRITE = viatom_oxy_files.WRITE
NOTIFY = viatom_oxy_files.NOTIFY

WAVE_HEAD = 12
# The replies to these may hold anything, also what looks like vital signs.
_OTHER_CONTENT = frozenset((Command.READ_START, Command.READ_CONTENT, Command.READ_END))
ERRORS = {0x0B: "unknown_command(0x0B)", 0x09: "file_error(0x09)"}


def _flag_table() -> tuple[frozenset[Flag], ...]:
    """Flags by: 1 finger off, 2 acquiring, 4 signal warning, 8 motion warning."""
    order = (Flag.FINGER_OFF, Flag.SEARCHING, Flag.POOR_SIGNAL, Flag.MOTION)
    return tuple(
        frozenset(flag for bit, flag in enumerate(order) if key & 1 << bit) for key in range(16)
    )


_FLAGS = _flag_table()


class Decoder:
    """The host's side; `information` and `error` hold the last INFO reply and refusal."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.information: Information | None = None
        self.error: str | None = None
        self._framer = Framer(REPLY, self.counts)
        self._repetition = Repetition()
        self._asked: int | None = None
        self._wave_hz = 125.0

    def sent(self, data: bytes) -> None:
        """Learn the command in flight; an incomplete reply to an earlier one has timed out.

        Continuation pieces of a long command, as captures have them, change nothing.
        """
        if len(data) < ENVELOPE or data[0] != 0xAA or data[1] ^ data[2] != 0xFF:
            return
        self._asked = data[1]
        if self._asked == Command.RT_WAVE:
            self._wave_hz = 62.5 if data[7] == 1 and len(data) > ENVELOPE else 125.0
        self._framer.clear()

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic != NOTIFY:
            return []
        decoded: list[Decoded] = []
        for frame in self._framer.take(data):
            decoded += self._reply(frame, at)
        return decoded

    def _reply(self, frame: bytes, at: Instant) -> list[Decoded]:
        payload = frame[7:-1]
        if frame[1] != 0:
            code = int.from_bytes(payload[:4], "little")
            self.error = ERRORS.get(code, f"error(0x{code:02X})")
        elif frame[3] or frame[4] or self._asked in _OTHER_CONTENT:
            return []
        elif payload[:1] == b"{":
            self.information = information(payload)
        elif len(payload) in (12, 13) and self._asked != Command.RT_WAVE:
            return [self._parameters(payload, at)]
        elif len(payload) >= WAVE_HEAD and len(payload) - WAVE_HEAD == payload[10] | payload[11] << 8:
            return self._wave(payload, at)
        return []

    def _parameters(self, payload: bytes, at: Instant) -> Reading:
        spo2, pulse_rate = payload[0], payload[1] | payload[2] << 8
        warnings = payload[12] if len(payload) > WAVE_HEAD else 0
        off = not payload[11] & 1
        acquiring = not off and spo2 == 0 and pulse_rate == 0
        key = off | acquiring << 1 | (warnings & 0x03 > 0) << 2 | (warnings & 0xC0 > 0) << 3
        battery = payload[7] if payload[7] <= 100 else None
        if off:
            return self._repetition.judge(Reading(at=at, battery=battery, flags=_FLAGS[key]))
        reading = Reading(
            at=at,
            spo2=possible_spo2(spo2),
            pulse_rate=possible_pulse_rate(pulse_rate),
            perfusion_index=payload[10] / 10 if payload[10] else None,
            battery=battery,
            flags=_FLAGS[key] if key else NO_FLAGS,
        )
        return self._repetition.judge(reading, payload[9])

    def _wave(self, payload: bytes, at: Instant) -> list[Decoded]:
        # The same vital signs without motion and warnings: brought into the order of the other reply.
        vital = payload[:3] + bytes(4) + payload[3:5] + b"\0" + payload[5:7]
        samples = interpolated(payload[WAVE_HEAD:])
        self.counts.pleth_samples += len(samples)
        chunk = PlethChunk(at=at, samples=samples, rate_hz=self._wave_hz)
        return [self._parameters(vital, at), chunk] if samples else [self._parameters(vital, at)]


class Encoder:
    """The ring's side: says nothing unless asked; replies come in pieces as at ATT_MTU 23."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._framer = Framer(REQUEST, Counts())
        self._memory = memory or Memory({})
        self._parameters = b""
        self._clock = ""

    def stream(self, vitals: Vitals) -> list[Notification]:  # noqa: ARG002 - polled family
        """Nothing: the ring is polled."""
        return []

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:  # noqa: ARG002 - polled family
        """Nothing: the ring is polled."""
        return []

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:
        if characteristic != WRITE:
            return []
        return [
            (NOTIFY, piece)
            for frame in self._framer.take(data)
            for piece in pieces(self._reply(frame, vitals))
        ]

    def _reply(self, frame: bytes, vitals: Vitals) -> bytes:
        match frame[1]:
            case Command.RT_PARAM:
                return reply(self._rt_param(vitals))
            case Command.RT_WAVE:
                return reply(_rt_wave(vitals))
            case Command.INFO:
                names = tuple(self._memory.files)
                return reply(_info(vitals, self._clock, names).ljust(512, b"\0"))
            case Command.PARA_SYNC | Command.PING:
                self._clock = _time_in(frame[7:-1]) if frame[1] == Command.PARA_SYNC else self._clock
                return reply(b"")
            case Command.READ_START | Command.READ_CONTENT | Command.READ_END:
                return self._stored(frame)
            case _:
                return reply(bytes((0x0B, 0, 0, 0)), status=1)

    def _stored(self, frame: bytes) -> bytes:
        block = frame[3] | frame[4] << 8
        content = self._memory.answer(frame[1], block, frame[7:-1])
        if content is None:
            return reply(bytes((0x09, 0, 0, 0)), status=1, block=block)
        return reply(content, block=block)

    def _rt_param(self, vitals: Vitals) -> bytes:
        if vitals.repeat and self._parameters:
            return self._parameters
        warnings = 0x40 if vitals.motion else 0
        self._parameters = (
            _numbers(vitals)
            + bytes(4)
            + bytes((vitals.battery, 0, 200 if vitals.motion else 4))
            + bytes((_perfusion(vitals), vitals.finger, warnings))
        )
        return self._parameters


def _rt_wave(vitals: Vitals) -> bytes:
    # 156 and 246 are markers on the wire, out of reach of samples 0-100.
    head = _numbers(vitals) + bytes((vitals.battery, 0, _perfusion(vitals), vitals.finger))
    return head + bytes(3) + len(vitals.pleth).to_bytes(2, "little") + bytes(vitals.pleth)


def _time_in(payload: bytes) -> str:
    """The time that a PARA_SYNC sets; empty when it sets none."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        return ""
    return str(said.get("SetTIME", "")) if isinstance(said, dict) else ""


def _numbers(vitals: Vitals) -> bytes:
    if not vitals.finger:
        return b"\xff\xff\xff"  # capture o2-001
    if vitals.searching:
        return bytes(3)  # vector o2-015
    spo2 = 0xFF if vitals.spo2 is None else round(vitals.spo2)
    pulse_rate = 0xFFFF if vitals.pulse_rate is None else round(vitals.pulse_rate)
    return bytes((spo2, pulse_rate & 0xFF, pulse_rate >> 8))


def _perfusion(vitals: Vitals) -> int:
    return min(255, round((vitals.perfusion_index or 0) * 10)) if vitals.finger else 0


def _info(vitals: Vitals, clock: str, names: tuple[str, ...]) -> bytes:
    said = {
        "Model": "1652",
        "SN": "2100000001",
        "CurTIME": clock,
        "CurBAT": f"{vitals.battery}%",
        "CurBatState": "0",
        "CurState": "2",
        "FileList": "".join(f"{name}," for name in names),
    }
    return json.dumps(said, separators=(",", ":")).encode("ascii")


def _start(utc_ns: int) -> tuple[Write, ...]:
    # The ring stores local wall-clock time and stamps its own recordings with it.
    local = datetime.fromtimestamp(utc_ns / SECOND, tz=UTC).astimezone()
    return tuple(
        Write(characteristic=WRITE, data=data) for data in (set_time(local), request(Command.INFO))
    )


DRIVER = Driver(
    family=FAMILY,
    title="Viatom / Wellue O2 legacy (O2Ring, Checkme O2, SleepU)",
    model="O2Ring",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) in (FAMILY, hints.AMBIGUOUS),
    # Newer rings show this service beside their own, where it never answers: OxyII is asked before.
    recognises=lambda services: SERVICE in services,
    subscribe=(NOTIFY,),
    start=_start,
    poll=Poll(write=Write(characteristic=WRITE, data=request(Command.RT_PARAM))),
    allows=allows,
    decoder=Decoder,
    encoder=Encoder,
)
