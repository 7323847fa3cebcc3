"""Stored recordings: what a clip keeps in its own memory, and the machine that brings it out.

A `Fetch` is bytes in, next write out; it outlives connections, so that a transfer which was cut goes on
where it stopped. It never raises: a file that cannot be had, or is not the one that was asked for, is
refused by name.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
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


class Part(NamedTuple):
    """What has come of one file: its whole size, the length of its first piece, its bytes up to here."""

    name: str
    size: int
    piece: int
    data: bytes


class Fetch(Protocol):
    """Brings the wanted files of one clip out of its memory, one command in flight.

    `clock` is the clip's own time (local, ISO text) once it told, `listed` the names that it has; `files` and
    `refused` (by name) say what became of the wanted ones. `received` counts bytes and only grows. Made with
    what a former one brought, it asks for the first piece of each again, and goes on if that is still the same.
    """

    clock: str
    listed: tuple[str, ...]
    files: list[StoredFile]
    refused: dict[str, Refusal]
    received: int
    unreadable: str

    @property
    def parts(self) -> list[Part]:
        """What has come, of files that are not refused; whole ones too."""
        ...

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


class Fetches(Protocol):
    """Makes the machine for one clip: which names are `wanted`, and what is `known` of them from before."""

    def __call__(self, wanted: Callable[[str], bool], known: Sequence[Part] = ()) -> Fetch:
        """Ready for its first connection."""
        ...


class Transfer:
    """One file on its way, over as many connections as it takes.

    After a break the first piece is asked for again: only when it is the one that is held is the file the same.
    """

    def __init__(self, name: str, part: Part | None = None) -> None:
        self.name = name
        self.size = part.size if part else 0
        self.held = part.data if part else b""
        self.piece = part.piece if part else 0  # length of the first piece
        self._proven = not self.held

    @property
    def part(self) -> Part:
        """What has come of it."""
        return Part(self.name, self.size, self.piece, self.held)

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


class Download(ABC):
    """What all families have in common: the wanted files in a row, each opened, read piece by piece, closed."""

    def __init__(self, wanted: Callable[[str], bool], known: Sequence[Part] = ()) -> None:
        self.clock = ""
        self.listed: tuple[str, ...] = ()
        self.files: list[StoredFile] = []
        self.refused: dict[str, Refusal] = {}
        self.received = 0
        self.unreadable = ""
        self._wanted = wanted
        self._known = {part.name: part for part in known}
        self._every: list[Transfer] = []
        self._queue: list[Transfer] | None = None

    @property
    def parts(self) -> list[Part]:
        """What has come, of files that are not refused."""
        return [one.part for one in self._every if one.held and one.name not in self.refused]

    @property
    def done(self) -> bool:
        """Whether nothing is left to ask."""
        return bool(self.unreadable) or (self._queue is not None and not self._queue)

    def _line_up(self, names: tuple[str, ...]) -> None:
        """The clip has said which files it has."""
        self.listed = names
        self._every = [Transfer(name, self._known.get(name)) for name in names if self._wanted(name)]
        self._queue = list(self._every)

    def _next(self) -> Write | None:
        """Open the first of the queue."""
        return self._open(self._queue[0]) if self._queue else None

    def _opened(self, transfer: Transfer, payload: bytes) -> Write:
        """The reply to opening: four bytes of size."""
        if len(payload) != 4:
            return self._refuse(transfer, Refusal.NOT_GIVEN)
        refusal = transfer.opened(int.from_bytes(payload, "little"))
        return self._refuse(transfer, refusal) if refusal else self._go_on(transfer)

    def _content(self, transfer: Transfer, payload: bytes) -> Write:
        """The reply to asking for a piece."""
        refusal = transfer.take(payload)
        self.received += len(payload)
        return self._refuse(transfer, refusal) if refusal else self._go_on(transfer)

    def _go_on(self, transfer: Transfer) -> Write:
        return self._close() if transfer.complete else self._piece(transfer)

    def _refuse(self, transfer: Transfer, refusal: Refusal) -> Write:
        self.refused[transfer.name] = refusal
        return self._close()

    def _closed(self) -> None:
        """The first of the queue is closed: it counts if it is whole, and the next one's turn has come."""
        if not self._queue:
            return
        transfer, *self._queue = self._queue
        if transfer.name in self.refused:
            return
        if (refusal := self._check(transfer.name, transfer.held)) is not None:
            self.refused[transfer.name] = refusal
        else:
            self.files.append(StoredFile(transfer.name, transfer.held))

    @abstractmethod
    def _open(self, transfer: Transfer) -> Write:
        """Ask for the file."""

    @abstractmethod
    def _piece(self, transfer: Transfer) -> Write:
        """Ask for the bytes at its offset."""

    @abstractmethod
    def _close(self) -> Write:
        """Ask to close the file, also one that is refused."""

    @abstractmethod
    def _check(self, name: str, data: bytes) -> Refusal | None:
        """Whether `data` is the whole file `name`."""
