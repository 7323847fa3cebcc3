"""Framer: whole frames with a right checksum out of a stream of notifications.

A notification is not a frame: it may hold part of one, one, or several. The framer hunts the header,
checks length and checksum, and on any doubt drops the header alone and looks again from the next byte,
because the length byte itself may be the corrupt one (reference protocols, section 2.1). Inside a frame
that checks out no header is looked for: payload and checksum may contain its bytes (capture pc60-001).
"""

from collections.abc import Callable
from dataclasses import dataclass

from collector.devices.base import Counts

LARGEST_BUFFER = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How to tell a frame.

    `header` are the fixed bytes that it begins with, `b""` where only a mark on the first byte tells.
    `length` gives the whole length of the frame that starts at an offset of a buffer, 0 when its head
    is implausible; at least `head` bytes are there for it to look at. `checksum` over a whole frame is
    0 when it is right. `longest` bounds what a framer keeps between notifications.
    """

    header: bytes
    head: int
    longest: int
    length: Callable[[bytes, int], int]
    checksum: Callable[[bytes], int]

    def __post_init__(self) -> None:
        if self.longest > LARGEST_BUFFER:
            raise ValueError(f"frames over {LARGEST_BUFFER} bytes are not kept")


class Framer:
    """One stream's frames; keeps an incomplete frame, at most `shape.longest` bytes, between calls.

    `counts.frames` counts good frames, `checksum_errors` headers whose frame did not check out,
    `resyncs` the times that bytes had to be skipped before the next good frame.
    """

    __slots__ = ("_counts", "_in_step", "_rest", "_shape", "_telling")

    def __init__(self, shape: Shape, counts: Counts) -> None:
        self._shape = shape
        self._telling = (shape.header, shape.head, shape.length, shape.checksum)
        self._counts = counts
        self._rest = b""
        self._in_step = True

    @property
    def pending(self) -> int:
        """Bytes of an incomplete frame that are kept."""
        return len(self._rest)

    def clear(self) -> None:
        """Forget an incomplete frame: nobody waits for its end any more."""
        if self._rest:
            self._rest = b""
            self._skipped()

    def take(self, data: bytes) -> list[bytes]:
        """The frames that `data` completes, in order."""
        buffer = self._rest + data if self._rest else data
        header, head, length_of, checksum = self._telling
        size, here = len(buffer), 0
        frames: list[bytes] = []
        while here < size:
            if not buffer.startswith(header, here):
                here = self._hunt(buffer, here)
            if size - here < head:
                break
            end = here + length_of(buffer, here)
            if end > size:
                break
            if end > here and not checksum(frame := buffer[here:end]):
                frames.append(frame)
                here = end
                self._in_step = True
            else:
                self._counts.checksum_errors += end > here
                self._skipped()
                here += len(header) or 1
        self._rest = buffer[here:]
        self._counts.frames += len(frames)
        return frames

    def _hunt(self, buffer: bytes, here: int) -> int:
        """Where the next header stands, or may have begun at the very end; what lies before is skipped."""
        start = buffer.find(self._shape.header, here)
        if start < 0:
            start = len(buffer) - self._begun(buffer, here)
        if start > here:
            self._skipped()
        return start

    def _begun(self, buffer: bytes, here: int) -> int:
        """How many of the last bytes may be the beginning of a header."""
        header = self._shape.header
        beginnings = range(len(header) - 1, 0, -1)
        return next((n for n in beginnings if buffer.endswith(header[:n], here)), 0)

    def _skipped(self) -> None:
        self._counts.resyncs += self._in_step
        self._in_step = False
