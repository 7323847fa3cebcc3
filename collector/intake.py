"""Intake: what comes in over one connection, from bytes to recorded readings; synchronous.

Each connection has an intake of its own, with its own decoder, and closes it at the end: that is the
epoch that keeps a late callback of an old link from speaking (bleak leaves such callbacks behind,
reliability.md rows 39 and 40). It runs inside the notification callback; no task is woken for one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

import structlog

from collector.clock import SECOND, Clock, Instant
from collector.device import DeviceStatus
from collector.devices.base import Decoder
from collector.devices.repetition import without_numbers
from collector.radio.base import Radio
from collector.reading import Flag, PlethChunk, Reading

log = structlog.get_logger(__name__)

# Less than half the shortest period of frames (pleth at 12 a second), and of readings (one a second).
SAME_BYTES_NS = 40 * SECOND // 1000
SAME_READING_NS = 450 * SECOND // 1000
# Frames count as talk for so long.
TALKING_NS = 3 * SECOND
# Statements without a number that show a living clip all the same.
SPEAKING = frozenset({Flag.FINGER_OFF, Flag.SEARCHING})

STALL_S = 8.0  # reliability.md row 35
# Characteristic, value and running ns of a notification; none came before the first.
NOTHING: tuple[str, bytes, int] = ("", b"", 0)

Numbers = tuple[float | None, float | None, float | None]
TakePleth = Callable[[str, PlethChunk], None]


class Recording(Protocol):
    """Where readings and changes of a link go: the recorder."""

    def reading(self, device: str, reading: Reading) -> object: ...

    def status(self, status: DeviceStatus) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every acquisition works with; `random` gives the jitter of its pauses."""

    radio: Radio
    recording: Recording
    clock: Clock
    random: Random
    pleth: TakePleth | None = None


@dataclass(slots=True)
class Memory:
    """What is remembered of a device from one connection to the next.

    `stuck` are the numbers its decoder has withdrawn as frozen: after a reconnect they are no news
    either, although the new decoder cannot know that. `stall_s` is how long a link without a sign of
    life is left standing.
    """

    last: Numbers = (None, None, None)
    stuck: Numbers | None = None
    battery: int | None = None
    stall_s: float = STALL_S
    flags: frozenset[Flag] = field(default_factory=frozenset)

    def judge(self, reading: Reading) -> Reading:
        """The reading, without its numbers when they are those that the device was stuck on."""
        if reading.battery is not None:
            self.battery = reading.battery
        if Flag.FROZEN in reading.flags:
            self.stuck = self.last
        elif reading.valid:
            numbers = (reading.spo2, reading.pulse_rate, reading.perfusion_index)
            if numbers == self.stuck:
                reading = without_numbers(reading)
            else:
                self.last, self.stuck = numbers, None
        self.flags = reading.flags
        return reading


class Intake:
    """Decodes notifications of one connection and hands on what they say.

    `alive_ns` is the running time of the last sign of a living clip (a number, or finger off, or
    searching), None before the first; `good_s` the time between the first and the last.
    """

    def __init__(self, device: str, decoder: Decoder, around: Surroundings, memory: Memory) -> None:
        self.alive_ns: int | None = None
        self.duplicates = 0
        self.failures = 0
        self.answered_ns: int | None = None
        self.decoder = decoder
        self._device = device
        self._recording = around.recording
        self._memory = memory
        self._take_pleth = around.pleth
        self._open = True
        self._heard = False
        self._first_ns = 0
        self._bytes = NOTHING
        self._reading: Reading | None = None
        self._frames = 0
        self._frame_ns = -TALKING_NS
        self._awaited: asyncio.Future[None] | None = None

    @property
    def unreadable(self) -> bool:
        """Whether bytes came, but never one whole frame."""
        return self._heard and self._frames == 0

    @property
    def good_s(self) -> float:
        """Seconds from the first to the last statement of a living clip."""
        return 0.0 if self.alive_ns is None else (self.alive_ns - self._first_ns) / SECOND

    def talks_vainly(self, now_ns: int) -> bool:
        """Whether whole frames came lately, but no sign of life with them."""
        recent = now_ns - self._frame_ns < TALKING_NS
        return recent and (self.alive_ns is None or now_ns - self.alive_ns >= TALKING_NS)

    def close(self) -> None:
        """The connection is over: whatever arrives from now on is dropped."""
        self._open = False

    def sent(self, data: bytes) -> None:
        """Note that a request goes out; `answered_ns` is None until the next whole frame."""
        self.decoder.sent(data)
        self.answered_ns = None
        self._bytes = NOTHING  # two requests may have the same reply

    async def reply(self) -> None:
        """Wait for the first whole frame after `sent`."""
        if self.answered_ns is None:
            self._awaited = asyncio.get_running_loop().create_future()
            await self._awaited

    def receive(self, characteristic: str, data: bytes, at: Instant) -> None:
        """Take one notification; never raises, because it is called by the radio."""
        if not self._open or self._is_duplicate(characteristic, data, at.running_ns):
            return
        self._heard = True
        try:
            for decoded in self.decoder.feed(characteristic, data, at):
                if isinstance(decoded, Reading):
                    self._take(decoded)
                elif self._take_pleth is not None:
                    self._take_pleth(self._device, decoded)
        except (
            Exception
        ):  # a defect of one frame must not end the link; counted, and its first trace logged
            self.failures += 1
            if self.failures == 1:
                log.exception("notification failed", device=self._device, data=data.hex())
        if self.decoder.counts.frames != self._frames:
            self._frames, self._frame_ns = self.decoder.counts.frames, at.running_ns
            if self.answered_ns is None:
                self._answered(at)

    def _is_duplicate(self, characteristic: str, data: bytes, now_ns: int) -> bool:
        """The same bytes again at once: a callback registered twice. Padding may repeat."""
        before, self._bytes = self._bytes, (characteristic, data, now_ns)
        if before[1] != data or before[0] != characteristic or now_ns - before[2] >= SAME_BYTES_NS:
            return False
        if data.count(data[:1]) == len(data):
            return False
        self.duplicates += 1
        self._bytes = NOTHING  # of three equal ones, the third is the duplicate of nothing
        return True

    def _take(self, reading: Reading) -> None:
        if self._said_already(reading):
            self.duplicates += 1
            return
        self._reading = reading
        judged = self._memory.judge(reading)
        self._recording.reading(self._device, judged)
        if not judged.backfill and (judged.valid or not SPEAKING.isdisjoint(judged.flags)):
            if self.alive_ns is None:
                self._first_ns = judged.at.running_ns
            self.alive_ns = judged.at.running_ns

    def _said_already(self, reading: Reading) -> bool:
        last = self._reading
        return (
            last is not None
            and reading.at.running_ns - last.at.running_ns < SAME_READING_NS
            and not reading.backfill
            and reading.spo2 == last.spo2
            and reading.pulse_rate == last.pulse_rate
            and reading.perfusion_index == last.perfusion_index
            and reading.flags == last.flags
            and reading.battery == last.battery
        )

    def _answered(self, at: Instant) -> None:
        self.answered_ns = at.running_ns
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)
