"""The contract of a device family: Driver, Decoder, Encoder."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from collector.clock import Instant
from collector.device import Advertisement
from collector.reading import PlethChunk, Reading

Decoded = Reading | PlethChunk
# A notification or write at the smallest ATT_MTU of 23, which no device may refuse.
SMALLEST_VALUE = 20


def pieces(data: bytes, longest: int = SMALLEST_VALUE) -> list[bytes]:
    """`data` cut so that each piece has at most `longest` bytes."""
    return [data[first : first + longest] for first in range(0, len(data), longest)]


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

    @property
    def counts(self) -> Counts:
        """What it met since it was made."""
        ...

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
    """One whole command for a characteristic; `Driver.pieces` gives what goes out for it.

    At the start of a connection its reply is awaited for `reply_s`; no reply is no failure.
    """

    characteristic: str
    data: bytes
    response: bool = False
    reply_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A request to repeat: one in flight, a reply awaited for `reply_s`, `misses` before a new link.

    For a keep-alive, which has no reply, any frame of the stream that it keeps alive counts as one.
    `numbered` gives the request with its number (from 0) where the protocol numbers requests.
    """

    write: Write
    every_s: float = 1.0
    reply_s: float = 0.8
    misses: int = 3
    numbered: Callable[[int], Write] | None = None

    def request(self, number: int) -> Write:
        """The request to send as the `number`th (from 0) of a connection."""
        return self.write if self.numbered is None else self.numbered(number)


def nothing(command: bytes) -> bool:  # noqa: ARG001 - whatever it is
    """The allow-list of a family that is never written to."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One device family.

    `recognises` looks at the services of a connected link, `matches` only hints from an advertisement;
    with `name_decides` the services are shared with other gadgets and the name must match as well.
    `model` is a name under which one is sold. `subscribe` and `read` name characteristics in order
    (absent ones are skipped); `start` gives the writes after subscribing, from UTC nanoseconds (clock
    setting), and `then` those that need what the decoder has learnt from the replies. `allows` is the
    allow-list: whether a whole command may ever be written; without it none may. A command leaves
    in pieces of `longest_write` bytes, by default what fits the smallest ATT_MTU of 23.
    """

    family: str
    title: str
    model: str
    services: frozenset[str]
    matches: Callable[[Advertisement], bool]
    recognises: Callable[[frozenset[str]], bool]
    subscribe: tuple[str, ...]
    decoder: Callable[[], Decoder]
    encoder: Callable[[], Encoder]
    read: tuple[str, ...] = ()
    start: Callable[[int], tuple[Write, ...]] = field(default=lambda _utc_ns: ())
    then: Callable[[Decoder], tuple[Write, ...]] = field(default=lambda _decoder: ())
    poll: Poll | None = None
    allows: Callable[[bytes], bool] = nothing
    longest_write: int = SMALLEST_VALUE
    name_decides: bool = False

    def pieces(self, write: Write) -> list[bytes]:
        """What goes out for `write`, piece by piece: nothing is written that does not come from here.

        Raises:
            ValueError: the command is not in the family's allow-list; a defect, nothing goes out.
        """
        if not self.allows(write.data):
            raise ValueError(f"{self.family} must never be sent {write.data.hex()}")
        return pieces(write.data, self.longest_write)
