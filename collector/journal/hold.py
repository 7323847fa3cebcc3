"""Taking hold of a data directory: lock, file, take-over files merged; for whoever writes."""

from pathlib import Path

from collector.errors import JournalError
from collector.journal.file import NAME, JournalFile
from collector.journal.lock import DirectoryLock
from collector.journal.merge import merge_take_overs


def hold(directory: Path, *, vfs: str | None = None) -> tuple[DirectoryLock, JournalFile]:
    """The lock and the one writable file of `directory`, which is made (0700) when it is not there.

    Raises `JournalLocked` or `JournalError`, each one plain sentence; then nothing is held.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise JournalError(
            f"The data directory {directory} cannot be made: {error.strerror}."
        ) from error
    lock = DirectoryLock(directory)
    try:
        file = JournalFile(directory / NAME, vfs=vfs)
    except BaseException:
        lock.release()
        raise
    try:
        merge_take_overs(file, directory)
    except BaseException:
        file.abandon()
        lock.release()
        raise
    return lock, file
