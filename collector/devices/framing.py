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

    `header` are the fixed bytes it begins with; a family that has none but only a mark on the first
    byte gives `b""` and in `find` the place of the next such byte from an offset on, -1 for none.
    `length` gives the whole length of the frame that starts at an offset of a buffer, 0 when its head
    is implausible; at least `head` bytes are there for it to look at. `checksum` over a whole frame is
    0 when it is right. `longest` bounds what a framer keeps between notifications.
    """

    header: bytes
    head: int
    longest: int
    length: Callable[[bytes, int], int]
    checksum: Callable[[bytes], int]
    find: Callable[[bytes, int], int] | None = None

    def __post_init__(self) -> None:
        if self.longest > LARGEST_BUFFER:
            raise ValueError(f"frames over {LARGEST_BUFFER} bytes are not kept")


class Framer:
    """One stream's frames; keeps an incomplete frame, at most `shape.longest` bytes, between calls.

    `counts.frames` counts good frames, `checksum_errors` headers whose frame did not check out,
    `resyncs` the times that bytes had to be skipped before the next good frame.
    """

    __slots__ = ("_counts", "_in_step", "_rest", "_shape")

    def __init__(self, shape: Shape, counts: Counts) -> None:
        self._shape = shape
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
        shape = self._shape
        # Nearly every notification is one whole frame or the next part of one: no search then.
        if buffer.startswith(shape.header) and len(buffer) >= shape.head:
            length = shape.length(buffer, 0)
            if length > len(buffer):
                self._rest = buffer
                return []
            if length == len(buffer) and not shape.checksum(buffer):
                self._rest, self._in_step = b"", True
                self._counts.frames += 1
                return [buffer]
        return self._search(buffer)

    def _search(self, buffer: bytes) -> list[bytes]:
        shape, here = self._shape, 0
        frames: list[bytes] = []
        while (start := self._hunt(buffer, here)) is not None:
            here = start
            if len(buffer) - start < shape.head:
                break
            length = shape.length(buffer, start)
            if length > len(buffer) - start:
                break
            if length and not shape.checksum(frame := buffer[start : start + length]):
                frames.append(frame)
                here = start + length
                self._in_step = True
                continue
            self._counts.checksum_errors += length > 0
            self._skipped()
            here = start + (len(shape.header) or 1)
        else:
            here = len(buffer) - self._started_header(buffer, here)
        self._rest = buffer[here:]
        self._counts.frames += len(frames)
        return frames

    def _hunt(self, buffer: bytes, here: int) -> int | None:
        shape = self._shape
        start = shape.find(buffer, here) if shape.find else buffer.find(shape.header, here)
        if start < 0:
            return None
        if start > here:
            self._skipped()
        return start

    def _started_header(self, buffer: bytes, here: int) -> int:
        """How many last bytes may be the beginning of a header; what lies before them is skipped."""
        header = self._shape.header
        kept = next(
            (n for n in range(len(header) - 1, 0, -1) if buffer.endswith(header[:n], here)),
            0,
        )
        if len(buffer) - here > kept:
            self._skipped()
        return kept

    def _skipped(self) -> None:
        self._counts.resyncs += self._in_step
        self._in_step = False
