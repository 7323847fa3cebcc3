"""How the journal fares, and what is wrong with a disk in plain words."""

from dataclasses import dataclass

import apsw

# The primary result codes after which the same handle may be used again: nothing was lost in between
# (SQLITE_FULL comes before the write counts, BUSY and READONLY before anything is written).
_TRY_AGAIN = {
    apsw.SQLITE_FULL: "the disk is full",
    apsw.SQLITE_READONLY: "the disk is read-only",
    apsw.SQLITE_BUSY: "another program holds the journal file",
    apsw.SQLITE_LOCKED: "another program holds the journal file",
    apsw.SQLITE_NOMEM: "the machine is out of memory",
}
_START_AFRESH = {
    apsw.SQLITE_IOERR: "the disk failed to write",
    apsw.SQLITE_CORRUPT: "the journal file is damaged",
    apsw.SQLITE_NOTADB: "the journal file is damaged",
    apsw.SQLITE_CANTOPEN: "the journal file cannot be opened",
    apsw.SQLITE_PERM: "the journal file may not be written",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A look at the journal. All times in real seconds, whatever clock the session runs on.

    `behind_s` and `urgent_behind_s`: how long the oldest entry (of any kind, of the urgent ones) has
    been waiting to be on disk. `error`: what is wrong, empty when nothing is. `since_utc_ns`: instant
    of the oldest entry not on disk. `waiting`: how many are not. `lost`: readings given up so far.
    `free`: bytes left on the disk, None where there is none.
    """

    behind_s: float = 0.0
    urgent_behind_s: float = 0.0
    error: str = ""
    since_utc_ns: int | None = None
    waiting: int = 0
    lost: int = 0
    free: int | None = None


def why(error: apsw.Error) -> str:
    """What is wrong, as part of a sentence."""
    code = primary_code(error)
    return _TRY_AGAIN.get(code) or _START_AFRESH.get(code) or f"the journal failed ({error})"


def handle_is_spent(error: apsw.Error) -> bool:
    """Whether the handle must never be used again.

    After a failed fsync the kernel calls pages clean that never reached the disk, so that a retry would
    succeed and lie (reliability.md S3).
    """
    return primary_code(error) not in _TRY_AGAIN


def primary_code(error: apsw.Error) -> int:
    """SQLite's primary result code; apsw sets it on each error that came out of SQLite."""
    return int(getattr(error, "result", apsw.SQLITE_ERROR)) & 0xFF
