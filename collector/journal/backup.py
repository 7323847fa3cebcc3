"""A consistent copy of a journal in one file, also while a station writes it."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from collector.errors import BadInput, JournalError
from collector.journal.file import NAME, JournalFile, take_overs
from collector.journal.merge import take_in
from collector.journal.shelf import Shelf

HALF = ".half"  # what a copy is called until it is whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy holds."""

    sessions: int
    readings: int


def back_up(directory: Path, target: Path) -> Copied:
    """Copy the journal of `directory`, with what take-over files hold, to the new file `target`.

    The copy is the journal of one instant: everything committed before the call, nothing by halves. It is
    checked, readable by its owner only, and a journal by itself: renamed to `journal.db` in an empty
    directory it is restored. Raises `BadInput` when `target` exists or cannot be made, `JournalError`
    when the journal cannot be read or does not pass SQLite's check; then no file is left.
    """
    if not (directory / NAME).exists():
        raise JournalError(f"There is no journal in {directory}; choose another --data.")
    if target.exists():
        raise BadInput(f"{target} exists already; name a new file for the copy.")
    half = target.with_name(target.name + HALF)
    try:
        _copy(directory / NAME, half)
        _add_take_overs(directory, half)
        copied = _checked(half)
        half.rename(target)
    except OSError as error:
        raise BadInput(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        for left in half.parent.glob(f"{half.name}*"):
            left.unlink()
    return copied


def _copy(source: Path, half: Path) -> None:
    """All pages in one step: one read transaction, which the station's writer does not wait for."""
    os.close(os.open(half, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
    shelf = Shelf(source)
    try:
        shelf.copy_to(half)
    finally:
        shelf.close()


def _add_take_overs(directory: Path, half: Path) -> None:
    file = JournalFile(half)
    try:
        # A take-over that vanishes meanwhile was merged by a station that has just started.
        for path in take_overs(directory):
            if path.exists() and not take_in(file, path):
                raise JournalError(f"{path} is damaged; start the station once, then copy again.")
    finally:
        file.close()


def _checked(half: Path) -> Copied:
    shelf = Shelf(half)
    with contextlib.closing(shelf):
        if said := shelf.fault():
            raise JournalError(f"The journal is damaged ({said}) and was not copied: copy its files.")
        sessions, readings = next(shelf.ask("SELECT count(*), coalesce(sum(readings), 0) FROM session"))
    return Copied(sessions=sessions, readings=readings)
