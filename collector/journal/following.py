"""`Follower`: reads on behind the writer, across sessions and take-over files, for what leaves the machine."""

from dataclasses import dataclass
from pathlib import Path

from collector.entry import Entry
from collector.journal.file import NAME, take_overs
from collector.journal.rows import Damaged, decode, verify
from collector.journal.shelf import Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Committed entries in seq order; `upto` is the seq up to which there is nothing else to read.

    `damaged` counts entries that could not be trusted and are left out.
    """

    entries: tuple[Entry, ...] = ()
    upto: int
    damaged: int = 0


class Follower:
    """Reads the journal in `directory` beside its writer, in the writer's process or in another.

    Each `read` is a short transaction of its own. Files are opened when they are first needed; a take-over
    file that the writer makes later is found when the others have nothing more.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._shelves: dict[Path, Shelf] = {}

    def read(self, after: int, *, committed: int, limit: int) -> Passage:
        """At most `limit` entries above `after`, none above `committed`; raises `JournalError`."""
        entries, upto, damaged = self._read(after, committed, limit)
        whole = len(entries) + len(damaged) == limit
        if not whole and upto < committed and self._look_for_files():
            return self.read(after, committed=committed, limit=limit)
        # Whatever else is missing up to there was given up with a sick disk (journal/tail.py).
        return Passage(entries=tuple(entries), upto=upto if whole else committed, damaged=len(damaged))

    def close(self) -> None:
        """Let go of the files."""
        for shelf in self._shelves.values():
            shelf.close()
        self._shelves.clear()

    def _look_for_files(self) -> bool:
        """Open files that were not there before, or were empty; whether there are any."""
        before = len(self._shelves)
        for path in (self._directory / NAME, *take_overs(self._directory)):
            if path not in self._shelves:
                shelf = Shelf(path)
                if shelf.blank:
                    shelf.close()
                else:
                    self._shelves[path] = shelf
        return len(self._shelves) > before

    def _read(self, after: int, committed: int, limit: int) -> tuple[list[Entry], int, list[str]]:
        entries: list[Entry] = []
        damaged: list[str] = []
        for shelf in self._shelves.values():
            left = limit - len(entries) - len(damaged)
            if left <= 0:
                break
            sql, bindings = shelf.question(None)
            asked = sql, {**bindings, "chunk": left, "last": committed}
            for row in shelf.rows(asked, after, damaged):
                after = row[0]
                try:
                    verify(row)
                    entries.append(decode(row, shelf.names))
                except Damaged as error:
                    damaged.append(str(error))
        return entries, after, damaged
