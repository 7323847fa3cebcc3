"""One station per data directory."""

import os
import sys
from pathlib import Path
from typing import IO

from collector.errors import JournalError, JournalLocked

NAME = "lock"


class DirectoryLock:
    """Holds `directory`/lock until `release`, or until the process is gone, however it ends."""

    def __init__(self, directory: Path) -> None:
        """Take the lock; raises `JournalLocked` when another process (or journal) holds it."""
        try:
            descriptor = os.open(directory / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise JournalError(
                f"The data directory {directory} cannot be written: {error.strerror}."
            ) from error
        self._file: IO[str] = os.fdopen(descriptor, "r+", encoding="ascii")
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            raise JournalLocked(
                f"Another station is using {directory}; stop it or choose another --data."
            ) from error
        self._file.truncate()
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Let others in; the file itself stays, since removing it would let two in."""
        self._file.close()


def station_holds(directory: Path) -> bool:
    """Whether a station holds `directory` now; where that cannot be found out, it may: True.

    The lock is tried and let go at once, and no file is made.
    """
    try:
        file = (directory / NAME).open("rb")
    except FileNotFoundError:
        return False
    except OSError:
        return True
    with file:
        try:
            _try(file)
        except OSError:
            return True
    return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _try(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _try(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
