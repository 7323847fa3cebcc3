"""The contract of a device family: Driver, Decoder, Encoder."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from collector.clock import Instant
from collector.device import Advertisement
from collector.reading import PlethChunk, Reading

Decoded = Reading | PlethChunk


@dataclass(slots=True)
class Counts:
    """What a decoder met since it was made."""

    frames: int = 0
    checksum_errors: int = 0
    resyncs: int = 0
    pleth_samples: int = 0


class Decoder(Protocol):
    """Turns the bytes of one link into readings; one decoder per connection.

    `feed` never raises and never yields a number from a frame whose checksum fails: it yields
    readings and pleth, or nothing yet, or counts a bad frame. The reading's `at` is the instant given.
    """

    counts: Counts

    def sent(self, data: bytes) -> None:
        """Learn what was written to the device (reply frames may not say what they answer)."""
        ...

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        """Take a notification, indication or read value of `characteristic` (full lower-case UUID)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What the simulated person and clip are doing at one moment; `None` pulse = no pulse found."""

    spo2: float | None
    pulse_rate: float | None
    perfusion_index: float | None = 2.0
    finger: bool = True
    searching: bool = False
    motion: bool = False
    battery: int = 90
    pleth: tuple[int, ...] = ()  # samples 0-100 since the last call, about 50 Hz
    repeat: bool = False  # firmware stuck: keeps sending what it sent last


Notification = tuple[str, bytes]  # characteristic, value


class Encoder(Protocol):
    """The oximeter's side of the protocol: what it notifies and what it answers."""

    def stream(self, vitals: Vitals) -> list[Notification]:
        """Once a second: what the device pushes by itself (empty for polled families)."""
        ...

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:
        """Waveform notifications for `samples` (0-100), for families that stream it; else empty."""
        ...

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:
        """The notifications that reply to one write; without data: the value to give for a read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Bytes to write to a characteristic; only what a driver names is ever written (allow-list)."""

    characteristic: str
    data: bytes
    response: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A request to repeat: one in flight, a reply awaited for `reply_s`, `misses` before a new link."""

    write: Write
    every_s: float = 1.0
    reply_s: float = 0.8
    misses: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One device family.

    `recognises` looks at the services of a connected link, `matches` only hints from an advertisement;
    with `name_decides` the services are shared with other gadgets and the name must match as well.
    `subscribe` and `read` name characteristics in order (absent ones are skipped); `start` gives
    the writes after subscribing, from UTC nanoseconds (clock setting).
    """

    family: str
    title: str
    services: frozenset[str]
    matches: Callable[[Advertisement], bool]
    recognises: Callable[[frozenset[str]], bool]
    subscribe: tuple[str, ...]
    decoder: Callable[[], Decoder]
    encoder: Callable[[], Encoder]
    read: tuple[str, ...] = ()
    start: Callable[[int], tuple[Write, ...]] = field(default=lambda _utc_ns: ())
    poll: Poll | None = None
    name_decides: bool = False
