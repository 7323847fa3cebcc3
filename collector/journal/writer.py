"""`Writer`: what the writer thread does, as plain synchronous steps.

Disk trouble (reliability.md S1-S3): entries stay in memory (tail.py) and are tried again. After an
error that leaves the handle in doubt, a failed fsync above all, the handle is dropped for good and a
take-over file beside the journal takes the tail and all that follows; the next start merges it.
"""

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

import apsw

from collector.errors import JournalError
from collector.journal.file import TAKE_OVER, JournalFile, States, Waiting, take_overs
from collector.journal.health import handle_is_spent, why
from collector.journal.tail import prune

# One transaction takes at most this many, so that under load commits stay well under 1 s apart.
BATCH = 4096
# The tail is looked through for old readings each time it has grown this much.
PRUNE_EVERY = 4096


class Writer:
    """Owns the file and the tail of what is not on disk yet. For one thread; others may look."""

    def __init__(self, file: JournalFile, *, vfs: str | None, told: Callable[[], None]) -> None:
        """`told` is called after each commit, in the writer's thread."""
        self.committed = file.last_seq
        self.tail: list[Waiting] = []
        self.error = ""
        self.lost = 0
        self._file: JournalFile | None = file
        self._directory, self._vfs, self._told = file.path.parent, vfs, told
        self._states: dict[str, tuple[int, str]] = {}
        self._prune_at = PRUNE_EVERY

    @property
    def busy(self) -> bool:
        """Whether anything is still to be saved."""
        return bool(self.tail or self._states)

    def take(self, entries: Iterable[Waiting], states: States) -> None:
        """Add to what is to be saved. Every entry up to the seq of a state comes with or before it."""
        self.tail.extend(entries)
        self._states |= states

    def save(self) -> None:
        """Try to bring everything to disk; what fails stays in the tail and `error` says why."""
        for _ in range(2):  # the second turn is the take-over file, at once
            try:
                while self.busy:
                    self._commit(self._usable_file())
            except apsw.Error as error:
                self._fail(error)
            except JournalError:
                self._file = None  # no take-over file either: `error` still holds the first reason
            else:
                return
            if self._file is not None:
                return

    def close(self) -> None:
        """Let go of the file; what could not be saved stays in `tail`."""
        if self._file is not None:
            with contextlib.suppress(apsw.Error):  # the WAL stays and is read at the next start
                self._file.close()

    def _commit(self, file: JournalFile) -> None:
        batch = self.tail[:BATCH]
        whole = len(batch) == len(self.tail)
        states = {n: kept for n, kept in self._states.items() if whole or kept[0] <= batch[-1][0].seq}
        file.write(batch, states)
        self.tail = self.tail[len(batch) :]
        self._states = {n: kept for n, kept in self._states.items() if n not in states}
        if batch:
            self.committed = batch[-1][0].seq
        if whole:
            self.error, self._prune_at = "", PRUNE_EVERY
        self._told()
        file.tidy()

    def _usable_file(self) -> JournalFile:
        if self._file is None:
            self._file = self._take_over()
        return self._file

    def _take_over(self) -> JournalFile:
        path = next_take_over(self._directory)
        try:
            return JournalFile(path, vfs=self._vfs)
        except JournalError:
            # Nothing was acknowledged in it; without this a dead disk would collect one file a second.
            for leftover in (path, *path.parent.glob(f"{path.name}-*")):
                with contextlib.suppress(OSError):
                    leftover.unlink()
            raise

    def _fail(self, error: apsw.Error) -> None:
        self.error = why(error)
        if handle_is_spent(error) and self._file is not None:
            self._file.abandon()
            self._file = None
        if len(self.tail) >= self._prune_at:
            self.tail, lost = prune(self.tail)
            self.lost += lost
            self._prune_at = len(self.tail) + PRUNE_EVERY


def next_take_over(directory: Path) -> Path:
    """A name that no take-over file has."""
    taken = take_overs(directory)
    number = 1 + int(taken[-1].stem.rpartition("-")[2]) if taken else 1
    return directory / TAKE_OVER.format(number)
