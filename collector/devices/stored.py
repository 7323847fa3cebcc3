"""Stored recordings: what a clip keeps in its own memory, and the machine that brings it out.

A `Fetch` is bytes in, next write out; it outlives connections, so that a transfer which was cut goes on
where it stopped. It never raises: a file that cannot be had, or is not the one that was asked for, is
refused by name.
"""

from enum import StrEnum
from typing import NamedTuple, Protocol

from collector.devices.base import Write

# A night at one sample a second is 180 kB; more than this is no size but a misread one.
LARGEST_FILE = 1 << 20


class Refusal(StrEnum):
    """Why a stored file was not taken, as a clause about "it"."""

    NOT_GIVEN = "the clip does not give it"
    WRONG_SIZE = "its size cannot be right"
    WRONG_FILE = "the clip answered with another file"
    UNFINISHED = "the clip has not finished it yet; try again in some minutes"
    DAMAGED = "its sum is wrong; try again"
    IRREGULAR = "its pieces do not fit together; try again"


class StoredFile(NamedTuple):
    """One whole file that passed every check."""

    name: str
    data: bytes


class Fetch(Protocol):
    """Brings the wanted files of one clip out of its memory, one command in flight.

    `clock` is the clip's own time (local, ISO text) once it told, `listed` the names that it has; `files` and
    `refused` (by name) say what became of the wanted ones. `received` counts bytes and only grows.
    """

    clock: str
    listed: tuple[str, ...]
    files: list[StoredFile]
    refused: dict[str, Refusal]
    received: int
    unreadable: str

    @property
    def done(self) -> bool:
        """Whether nothing is left to ask."""
        ...

    def connected(self) -> Write:
        """Begin, or go on over a new connection: what to write first."""
        ...

    def feed(self, characteristic: str, data: bytes) -> Write | None:
        """Take a notification; the next write once the reply is whole, None until then or when done."""
        ...

    def silent(self) -> Write | None:
        """The reply did not come in time: what to write now."""
        ...


class Transfer:
    """One file on its way, over as many connections as it takes.

    After a break the first piece is asked for again: only when it is the one that is held is the file the same.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.size = 0
        self.held = b""
        self.piece = 0  # length of the first piece
        self._proven = True

    @property
    def offset(self) -> int:
        """Which byte to ask for."""
        return len(self.held) if self._proven else 0

    @property
    def complete(self) -> bool:
        """Whether all bytes are here and of one file."""
        return self._proven and 0 < self.size == len(self.held)

    def broken(self) -> None:
        """The connection ended."""
        self._proven = not self.held

    def opened(self, size: int) -> Refusal | None:
        """The clip says how large it is."""
        if not 0 < size <= LARGEST_FILE:
            return Refusal.WRONG_SIZE
        if size != self.size:
            self.size, self.held, self._proven = size, b"", True
        return None

    def take(self, piece: bytes) -> Refusal | None:
        """The bytes at `offset`."""
        if not piece:
            return Refusal.NOT_GIVEN
        if not self._proven:
            self._proven = True
            if len(piece) == self.piece and self.held.startswith(piece):
                return None
            self.held = b""
        if not self.held:
            self.piece = len(piece)
        self.held += piece
        return Refusal.IRREGULAR if len(self.held) > self.size else None
