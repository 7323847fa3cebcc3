"""`JournalFile`: one SQLite file and the one handle that writes it."""

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw

from collector.entry import READING, Entry
from collector.errors import JournalError
from collector.journal.rows import COLUMNS, NOBODY, WIDTH, Ids, encode, name_crc, salts
from collector.journal.schema import migrate

NAME = "journal.db"
TAKE_OVER = "journal-takeover-{}.db"
NAME_TABLES = ("session", "boot", "subject", "participant")

# Rows go in by one statement for many: apsw gives the interpreter lock away at each step, and under
# load the writer would wait up to 5 ms for it after each single row (measured: 652 us against 2 us per
# row). The sizes are few so that the prepared statements stay in apsw's cache.
CHUNKS = (64, 16, 4, 1)
CHECKPOINT_PAGES = 1000
WAL_LIMIT_BYTES = 16 * 1024 * 1024
BUSY_MS = 2000

Waiting = tuple[Entry, str | None]  # an entry and the JSON text of its body
States = Mapping[str, tuple[int, str]]  # name -> seq, JSON text
Write = Callable[[], None]

_VALUES = f"({', '.join('?' * WIDTH)})"
_INTO = f"INTO entry ({COLUMNS}) VALUES"
_INSERT = {n: f"INSERT {_INTO} {', '.join([_VALUES] * n)}" for n in CHUNKS}
_KEEP = f"INSERT OR IGNORE {_INTO} {_VALUES}"
_STATE = (
    "INSERT INTO state (name, seq, body) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, body = excluded.body"
    " WHERE excluded.seq >= seq"
)
_COUNT = (
    "UPDATE session SET readings = readings + ?1, first_seq = coalesce(first_seq, ?2),"
    " last_seq = max(coalesce(last_seq, 0), ?3) WHERE id = ?4"
)
RECOUNT = (
    "UPDATE session SET (readings, first_seq, last_seq) ="
    " (SELECT count(*) FILTER (WHERE kind = 'reading'), min(seq), max(seq)"
    " FROM entry WHERE session = session.id) WHERE id = ?"
)


class JournalFile:
    """Writes entries and states, each `write` one transaction that is on the disk when it returns.

    Any `apsw.Error` out of `write` means that nothing of it was written. Not for several threads.
    """

    def __init__(self, path: Path, *, vfs: str | None = None) -> None:
        """Open or make the file (mode 0600); raises `JournalError` for what cannot be used."""
        self.path = path
        self._wal_pages = 0
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives -wal the same mode
            self._connection = apsw.Connection(str(path), vfs=vfs)
        except (OSError, apsw.Error) as error:
            raise JournalError(f"The journal {path} cannot be opened: {error}.") from error
        try:
            self._prepare()
        except apsw.Error as error:
            self.abandon()
            raise JournalError(damage(path, error)) from error
        except JournalError:
            self.abandon()
            raise

    def _prepare(self) -> None:
        self._connection.set_busy_timeout(BUSY_MS)
        migrate(self._connection, self.path)
        self._connection.pragma("journal_mode", "wal")
        self._connection.pragma("synchronous", "full")
        self._connection.pragma("fullfsync", True)  # without it macOS leaves data in the drive's cache
        self._connection.pragma("checkpoint_fullfsync", True)
        self._connection.pragma("journal_size_limit", WAL_LIMIT_BYTES)
        self._connection.set_wal_hook(
            self._grown
        )  # in place of SQLite's own, which hides a failed fsync
        self._ids = {table: self._names(table) for table in NAME_TABLES}

    def _grown(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _names(self, table: str) -> dict[str, int]:
        rows = self._connection.execute(f"SELECT name, id FROM {table}")  # noqa: S608 - our own literals
        return {"": NOBODY, **{str(name): int(identity) for name, identity in rows}}

    @property
    def last_seq(self) -> int:
        """The highest seq in the file, 0 when it is empty; raises `JournalError` when it is damaged."""
        try:
            return int(self._connection.execute("SELECT coalesce(max(seq), 0) FROM entry").get)
        except apsw.Error as error:
            raise JournalError(damage(self.path, error)) from error

    def write(self, entries: Sequence[Waiting], states: States) -> None:
        """Append `entries` and keep `states`, durably and whole."""
        self.transact(lambda: self.put(entries, states))

    def tidy(self, *, pages: int = CHECKPOINT_PAGES) -> None:
        """Move a WAL of `pages` or more into the file, as far as readers let it; nothing is lost."""
        if self._wal_pages >= pages:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            self._wal_pages = 0

    def transact(self, work: Write) -> None:
        """Run `work` (calls of `put`) as one transaction."""
        known = {table: len(ids) for table, ids in self._ids.items()}
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            work()
            self._connection.execute("COMMIT")
        except BaseException:
            self._forget(known)
            with contextlib.suppress(apsw.Error):  # SQLite has rolled back by itself after most errors
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            raise

    def put(self, entries: Sequence[Waiting], states: States) -> None:
        """Write inside a transaction that `transact` began."""
        flat: list[Any] = []
        for (entry, text), salt in zip(entries, salts(len(entries)), strict=True):
            flat += encode(entry, text, self._identify(entry), salt)
        self._insert(flat, len(entries))
        self._count(entries)
        for name, (seq, text) in states.items():
            self._connection.execute(_STATE, (name, seq, text))

    def _insert(self, flat: list[Any], rows: int) -> None:
        done = 0
        for size in CHUNKS:
            while rows - done >= size:
                self._connection.execute(_INSERT[size], flat[done * WIDTH : (done + size) * WIDTH])
                done += size

    def _count(self, entries: Sequence[Waiting]) -> None:
        spans: dict[str, list[int]] = {}  # session -> readings, first seq, last seq
        for entry, _ in entries:
            span = spans.setdefault(entry.session, [0, entry.seq, 0])
            span[0] += entry.kind == READING
            span[2] = entry.seq
        for session, span in spans.items():
            self._connection.execute(_COUNT, (*span, self._ids["session"][session]))

    def _identify(self, entry: Entry) -> Ids:
        sessions, boots, subjects, participants = self._ids.values()
        while True:
            try:
                return (
                    sessions[entry.session],
                    boots[entry.instant.boot],
                    subjects[entry.subject],
                    participants[entry.participant or ""],
                )
            except KeyError:
                self._learn("session", entry.session)
                self._learn("boot", entry.instant.boot)
                self._learn("subject", entry.subject)
                self._learn("participant", entry.participant or "")

    def _learn(self, table: str, name: str) -> None:
        known = self._ids[table]
        if name in known:
            return
        safe = name.encode(errors="backslashreplace").decode()  # half a surrogate pair, out of JSON
        if safe not in known:
            identity = max(known.values()) + 1
            self._connection.execute(
                f"INSERT INTO {table} (id, name, crc) VALUES (?, ?, ?)",  # noqa: S608 - our literals
                (identity, safe, name_crc(identity, safe)),
            )
            known[safe] = identity
        known[name] = known[safe]

    def _forget(self, known: Mapping[str, int]) -> None:
        for table, size in known.items():
            while len(self._ids[table]) > size:
                self._ids[table].popitem()

    def keep(self, entries: Iterable[tuple[Waiting, bytes]], states: States) -> None:
        """Durably take entries of another file with their salts, unless their seq is here already."""
        sessions: set[str] = set()

        def work() -> None:
            for (entry, text), salt in entries:
                self._connection.execute(_KEEP, encode(entry, text, self._identify(entry), salt))
                sessions.add(entry.session)
            for session in sessions - {""}:
                self._connection.execute(RECOUNT, (self._ids["session"][session],))
            self.put((), states)

        self.transact(work)

    def close(self) -> None:
        """Close in good order: the WAL goes into the file."""
        self._connection.close()

    def abandon(self) -> None:
        """Let go of a handle that cannot be trusted, without one more write to the file.

        A checkpoint on close would copy pages that the kernel may have dropped after a failed fsync;
        the next start reads the WAL by its check sums instead.
        """
        with contextlib.suppress(apsw.Error):
            self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        with contextlib.suppress(apsw.Error):
            self._connection.close(True)


def damage(path: Path, error: Exception) -> str:
    """The sentence for a journal file that cannot be read."""
    return (
        f"The journal {path} cannot be read ({error}); keep it, move it aside together with its -wal"
        " file, and start again."
    )


def take_overs(directory: Path) -> list[Path]:
    """The take-over files in `directory`, in the order in which they were made."""
    found = {path: path.stem.rpartition("-")[2] for path in directory.glob(TAKE_OVER.format("*"))}
    return sorted(
        (path for path, n in found.items() if n.isdecimal()), key=lambda path: int(found[path])
    )
