"""Take-over files back into the journal, at the start, under the lock."""

from collections.abc import Iterator
from pathlib import Path

from collector.errors import JournalError
from collector.journal.file import JournalFile, Waiting, take_overs
from collector.journal.rows import Damaged, decode, verify
from collector.journal.shelf import Shelf


def merge_take_overs(file: JournalFile, directory: Path) -> None:
    """Move what take-over files hold into `file`; a seq that is there already stays as it is.

    A file is removed only when its entries are on disk in the journal, so that a crash in the middle
    repeats the merge. One that is damaged is kept as *.damaged.
    """
    for path in take_overs(directory):
        if take_in(file, path):
            _remove(path)
        else:
            _put_aside(path)


def take_in(file: JournalFile, path: Path) -> bool:
    """Put what the take-over file at `path` holds into `file`; whether everything could be read."""
    try:
        shelf = Shelf(path)
    except JournalError:
        return False
    damaged: list[str] = []
    if shelf.blank:  # the disk refused even its first page
        shelf.close()
        return True
    try:
        states = {
            name: (seq, body) for name, seq, body in shelf.ask("SELECT name, seq, body FROM state")
        }
        file.keep(_entries(shelf, damaged), states)
    finally:
        shelf.close()
    return not damaged


def _entries(shelf: Shelf, damaged: list[str]) -> Iterator[tuple[Waiting, bytes]]:
    question, after = shelf.question(None), 0
    while rows := shelf.rows(question, after, damaged):
        for row in rows:
            after = row[0]
            try:
                verify(row)
                yield (decode(row, shelf.names), row[14]), row[15]
            except Damaged as error:
                damaged.append(str(error))


def _remove(path: Path) -> None:
    for one in (path, *path.parent.glob(f"{path.name}-*")):
        one.unlink(missing_ok=True)


def _put_aside(path: Path) -> None:
    for one in (path, *path.parent.glob(f"{path.name}-*")):
        one.rename(one.with_name(one.name.replace(".db", ".db.damaged", 1)))
