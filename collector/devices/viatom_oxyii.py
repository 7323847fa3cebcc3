"""OxyII: the newer Viatom / Wellue rings, polled (O2Ring S, S8-AW, SleepHQ O2 ring).

| off in RT_DATA reply | field                                                                    |
|----------------------|--------------------------------------------------------------------------|
| 0..3                 | seconds of recording, little endian                                      |
| 4                    | 0 idle, 1 preparing (about two minutes), 2 measuring, 3 finished         |
| 5                    | sensor: 0 no finger, 1 on, 2 probe out, 3 fault or file open (disputed)  |
| 6                    | SpO2 in %; 0, 127, 255 none                                              |
| 7                    | perfusion index x 10 in %, 0 none                                        |
| 8..9                 | pulse rate, little endian; 0, 255, 511, 65535 none                       |
| 10, 11               | flags (meaning unknown); motion 0-255, scale of its own                  |
| 12, 13               | battery: 0 normal, 1 charging, 2 full, 3 low; in %                       |
| 20..23, 24..25       | place of the waveform, number of samples                                 |
| 26..                 | samples at 125 Hz, see `viatom_wave.py`                                  |

Start: greeting, push off, clock, settings, information, battery; then RT_DATA once a second. The frame
around all this: `viatom_oxyii_frame.py`. Source: reference protocols, section 5; vectors oxy2-001 to
oxy2-020. One author reads byte 7 as motion and byte 8 as the whole pulse rate; perfusion index and motion
are therefore less certain than SpO2 and pulse rate, which both readings agree on.
"""

from datetime import UTC, datetime

from collector.clock import SECOND, Instant
from collector.devices import hints, viatom_oxyii_files
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
from collector.devices.viatom_oxyii_files import GREETING_S, Memory
from collector.devices.viatom_oxyii_frame import (
    ERRORS,
    REPLY,
    SHAPE,
    Opcode,
    allows,
    auth,
    encrypts,
    frame,
    set_time,
)
from collector.devices.viatom_oxyii_information import (
    Battery,
    BatteryState,
    Information,
    battery,
    files,
    information,
)
from collector.devices.viatom_wave import interpolated
from collector.reading import NO_FLAGS, Flag, PlethChunk, Reading, possible_pulse_rate, possible_spo2

FAMILY = "viatom_oxyii"
SERVICE = hints.OXYII_SERVICE
WRITE = viatom_oxyii_files.WRITE
NOTIFY = viatom_oxyii_files.NOTIFY

VITALS_SIZE = 20
WAVE_HEAD = 26
WAVE_HZ = 125.0
ON, FAULT = 1, 3
NO_PULSE_RATE = frozenset((0, 255, 511, 65535))
_FINGER_OFF = frozenset((Flag.FINGER_OFF,))
_FAULT = frozenset((Flag.POOR_SIGNAL,))
_SEARCHING = frozenset((Flag.SEARCHING,))
_LOW_BATTERY = frozenset((Flag.LOW_BATTERY,))


class Decoder:
    """The host's side; what the ring has told about itself stays in the attributes.

    `error` is its last refusal. `encrypted` is a ring that hands out a session key in its reply to the
    greeting: nothing that follows can be read.
    """

    def __init__(self) -> None:
        self.counts = Counts()
        self.information: Information | None = None
        self.battery: Battery | None = None
        self.files: tuple[str, ...] = ()
        self.error: str | None = None
        self.encrypted = False
        self._framer = Framer(SHAPE, self.counts)
        self._repetition = Repetition()

    def sent(self, data: bytes) -> None:
        """An incomplete reply to an earlier command has timed out; a reply names its own."""
        if len(data) >= 3 and data[0] == 0xA5 and data[1] ^ data[2] == 0xFF:
            self._framer.clear()

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if characteristic != NOTIFY or self.encrypted:
            return []
        decoded: list[Decoded] = []
        for whole in self._framer.take(data):
            decoded += self._frame(whole, at)
        return decoded

    def _frame(self, whole: bytes, at: Instant) -> list[Decoded]:
        opcode, payload = whole[1], whole[7:-1]
        if whole[3] != REPLY:
            if whole[3]:
                self.error = ERRORS.get(whole[3], f"error(0x{whole[3]:02X})")
            return []
        match opcode:
            case Opcode.RT_DATA if len(payload) >= VITALS_SIZE:
                return self._vitals(payload, at)
            case Opcode.GET_INFO:
                self.information = information(payload)
            case Opcode.GET_BATTERY:
                self.battery = battery(payload)
            case Opcode.FILE_LIST:
                self.files = files(payload)
            case Opcode.AUTH if encrypts(payload):
                self.encrypted = True
                self.counts.frames = 0  # a link without a readable frame is told as such
            case _:
                pass
        return []

    def _vitals(self, payload: bytes, at: Instant) -> list[Decoded]:
        reading = self._repetition.judge(_reading(payload, at), payload[11])
        count = payload[24] | payload[25] << 8 if len(payload) >= WAVE_HEAD else 0
        samples = payload[WAVE_HEAD : WAVE_HEAD + count]
        if not samples or len(samples) < count:
            return [reading]
        self.counts.pleth_samples += count
        return [reading, PlethChunk(at=at, samples=interpolated(samples), rate_hz=WAVE_HZ)]


def _reading(payload: bytes, at: Instant) -> Reading:
    sensor, level = payload[5], payload[13] if payload[13] <= 100 else None
    spo2, pulse_rate = payload[6], payload[8] | payload[9] << 8
    flags = _LOW_BATTERY if payload[12] == BatteryState.LOW else NO_FLAGS
    if sensor != ON:
        off = _FAULT if sensor == FAULT else _FINGER_OFF
        return Reading(at=at, battery=level, flags=flags | off if flags else off)
    if spo2 == 0 and pulse_rate == 0:
        flags |= _SEARCHING
    return Reading(
        at=at,
        spo2=possible_spo2(spo2),
        pulse_rate=None if pulse_rate in NO_PULSE_RATE else possible_pulse_rate(pulse_rate),
        perfusion_index=payload[7] / 10 if payload[7] else None,
        battery=level,
        flags=flags,
    )


class Encoder:
    """The ring's side: says nothing unless asked; replies come in pieces as at ATT_MTU 23."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._framer = Framer(SHAPE, Counts())
        self._memory = memory or Memory({})
        self._vitals = b""
        self._clock = bytes(7)

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
            for asked in self._framer.take(data)
            for piece in pieces(self._reply(asked, vitals))
        ]

    def _reply(self, asked: bytes, vitals: Vitals) -> bytes:
        payload: bytes
        match asked[1]:
            case Opcode.AUTH:
                return b""
            case Opcode.RT_DATA:
                payload = self._rt_data(vitals)
            case Opcode.SET_TIME:
                self._clock, payload = asked[7:14].ljust(7, b"\0"), b""
            case Opcode.AUTO_RT_SWITCH:
                payload = b""
            case Opcode.GET_CONFIG:
                payload = bytes(range(40))
            case Opcode.GET_INFO:
                payload = self._information()
            case Opcode.GET_BATTERY:
                payload = bytes((BatteryState.NORMAL, vitals.battery)) + (3900).to_bytes(2, "little")
            case Opcode.FILE_LIST | Opcode.FILE_START | Opcode.FILE_DATA | Opcode.FILE_END:
                content = self._memory.answer(asked[1], asked[7:-1])
                if content is None:
                    return frame(asked[1], flag=0xE0, sequence=asked[4])
                payload = content
            case _:
                return frame(asked[1], flag=0xFD, sequence=asked[4])
        return frame(asked[1], payload, flag=REPLY, sequence=asked[4])

    def _rt_data(self, vitals: Vitals) -> bytes:
        if not (vitals.repeat and self._vitals):
            self._vitals = _encode(vitals)
        # 156 and 246 are markers on the wire, out of reach of samples 0-100; each stands 2.5 times.
        wave = (
            b"" if vitals.repeat else bytes(vitals.pleth[place * 2 // 5] for place in _places(vitals))
        )
        return self._vitals + bytes(4) + len(wave).to_bytes(2, "little") + wave

    def _information(self) -> bytes:
        head = b"B" + bytes((0, 5, 0, 1)) + bytes((0, 1, 0, 1)) + b"2D010002"
        serial = b"25B2000001"
        return (
            head.ljust(24, b"\0")
            + self._clock
            + bytes((0, 2))
            + bytes(4)
            + bytes((len(serial),))
            + serial
        ).ljust(60, b"\0")


def _places(vitals: Vitals) -> range:
    return range(len(vitals.pleth) * 5 // 2)


def _encode(vitals: Vitals) -> bytes:
    """The 20 bytes in front of the waveform."""
    spo2 = pulse_rate = perfusion = 0
    if vitals.finger and not vitals.searching:
        spo2 = 0xFF if vitals.spo2 is None else round(vitals.spo2)
        pulse_rate = 0xFFFF if vitals.pulse_rate is None else round(vitals.pulse_rate)
    if vitals.finger:
        perfusion = min(255, round((vitals.perfusion_index or 0) * 10))
    head = bytes((0, 0, 0, 0, 2 if vitals.finger else 3, vitals.finger, spo2, perfusion))
    rate = pulse_rate.to_bytes(2, "little")
    state = BatteryState.LOW if vitals.battery < 10 else BatteryState.NORMAL
    tail = bytes((0, 200 if vitals.motion else 4, state, vitals.battery))
    return head + rate + tail + bytes(6)


def _start(utc_ns: int) -> tuple[Write, ...]:
    # The ring stores local wall-clock time and stamps its own recordings with it.
    local = datetime.fromtimestamp(utc_ns / SECOND, tz=UTC).astimezone()
    commands = (
        frame(Opcode.AUTO_RT_SWITCH, b"\0", sequence=1),
        set_time(local, sequence=2),
        *(
            frame(opcode, sequence=3 + place)
            for place, opcode in enumerate((Opcode.GET_CONFIG, Opcode.GET_INFO, Opcode.GET_BATTERY))
        ),
    )
    greeting = Write(characteristic=WRITE, data=auth(utc_ns // SECOND, sequence=0), reply_s=GREETING_S)
    return (greeting, *(Write(characteristic=WRITE, data=data) for data in commands))


def _rt_data(number: int) -> Write:
    return Write(characteristic=WRITE, data=frame(Opcode.RT_DATA, sequence=number))


DRIVER = Driver(
    family=FAMILY,
    title="Viatom / Wellue OxyII (O2Ring S, S8-AW, SleepHQ O2 ring)",
    model="O2Ring S",
    services=frozenset((SERVICE,)),
    matches=lambda heard: hints.family(heard) == FAMILY,
    recognises=lambda services: SERVICE in services,
    subscribe=(NOTIFY,),
    start=_start,
    poll=Poll(write=_rt_data(0), numbered=_rt_data),
    allows=allows,
    # Every known client writes whole frames: these rings are used with a large ATT_MTU.
    longest_write=244,
    decoder=Decoder,
    encoder=Encoder,
)
