"""`Shelf`: one journal file opened for reading only."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import apsw

from collector.entry import READING
from collector.errors import JournalError
from collector.journal.file import BUSY_MS, NAME_TABLES, damage
from collector.journal.rows import COLUMNS, ERASED, NOBODY, Row, left_out, name_crc
from collector.journal.schema import check

# Rows fetched per read transaction: a reader that stays long keeps the WAL from being reused (S9).
CHUNK = 4096

_FLAGS = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI

# Bodies are JSON without spaces (rows.py); a quotation mark inside a text would be escaped.
_ENDED = (
    "SELECT DISTINCT session FROM entry INDEXED BY entry_not_reading"
    """ WHERE kind = 'session' AND kind <> 'reading' AND body LIKE '%"event":"end"%'"""
)

# Which column of a row (rows.COLUMNS) holds an id of which table of names.
_NAMED = tuple(zip(NAME_TABLES, (1, 2, 6, 7), strict=True))

Question = tuple[str, dict[str, Any]]


class Shelf:
    """The rows of one file. `names` is id -> text per table; it knows those of the last rows.

    `blank`: the file was made and nothing was written to it; it must not be asked anything.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.names: Mapping[str, Mapping[int, str]] = {table: {} for table in NAME_TABLES}
        try:
            self._connection = _connect(path)
            self.blank = check(self._connection, path) == 0
        except apsw.Error as error:
            raise JournalError(damage(path, error)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def copy_to(self, path: Path) -> None:
        """Copy the whole file, as it is at this instant, to the empty file at `path`."""
        copy = apsw.Connection(str(path))
        try:
            with copy.backup("main", self._connection, "main") as job:
                job.step(-1)
        except apsw.Error as error:
            raise JournalError(damage(self._path, error)) from error
        finally:
            copy.close()

    def fault(self) -> str:
        """What SQLite's own check finds wrong with the file; empty when nothing."""
        try:
            said = str(self._connection.execute("PRAGMA quick_check(1)").get)
        except apsw.Error as error:
            return str(error)
        return "" if said == "ok" else said

    def ask(self, sql: str, bindings: Sequence[object] = ()) -> Iterator[Row]:
        """The answer to a small question, whole."""
        try:
            return iter(self._connection.execute(sql, tuple(bindings)).fetchall())
        except (apsw.Error, UnicodeDecodeError) as error:
            raise JournalError(damage(self._path, error)) from error

    def question(
        self, session: str | None, kinds: Sequence[str] | None = None, participant: str = ""
    ) -> Question:
        """What `rows` is to look for; no `session` means all, no `participant` means everybody."""
        conditions, index = ["session = :session" if session else f"kind <> '{ERASED}'"], ""
        bindings: dict[str, Any] = {"chunk": CHUNK, **self._span(session)}
        if kinds is not None:
            bindings |= {f"kind{n}": kind for n, kind in enumerate(kinds)}
            conditions.append(f"kind IN ({', '.join(f':kind{n}' for n in range(len(kinds)))})")
            if session and READING not in kinds:
                index = "INDEXED BY entry_not_reading"
                conditions.append("kind <> 'reading'")
        if participant:
            conditions.append("participant = :participant")
            bindings["participant"] = self._identity("participant", participant)
        conditions.append("seq <= :last")
        where = " AND ".join(conditions)
        return f"SELECT {COLUMNS} FROM entry {index} WHERE {where}", bindings  # noqa: S608 - our literals

    def _span(self, session: str | None) -> dict[str, int]:
        if not session:
            return {"last": next(self.ask("SELECT coalesce(max(seq), 0) FROM entry"))[0]}
        identity = self._identity("session", session)
        found = self.ask("SELECT last_seq FROM session WHERE id = ?", (identity,))
        return {"session": identity, "last": next(found, (-1,))[0]}

    def _identity(self, table: str, name: str) -> int:
        found = (identity for identity, known in self._names(table).items() if known == name)
        return next(found, -1)

    def sessions(self) -> dict[str, int]:
        """Name -> first seq of all sessions."""
        firsts: dict[int, int | None] = dict(self.ask("SELECT id, first_seq FROM session"))
        return {name: firsts[identity] or 0 for identity, name in self._names("session").items()}

    def ended(self) -> set[str]:
        """The sessions whose end stands in this file."""
        names = self._names("session")
        return {names[identity] for (identity,) in self.ask(_ENDED) if identity in names}

    def rows(self, question: Question, after: int, damaged: list[str]) -> list[Row]:
        """The next chunk of rows above `after`, in seq order; empty at the end."""
        sql, bindings = question
        bounds = {**bindings, "after": after}
        try:
            rows = self._fetch(f"{sql} AND seq > :after ORDER BY seq LIMIT :chunk", bounds)
        except (apsw.CorruptError, UnicodeDecodeError):
            rows = self._salvage(sql, bounds, damaged)
        except apsw.Error as error:
            raise JournalError(damage(self._path, error)) from error
        self._learn_names(rows)
        return rows

    def _learn_names(self, rows: Sequence[Row]) -> None:
        """Names are only ever added: look again when a row has one that is not known yet."""
        for table, column in _NAMED:
            if {row[column] for row in rows} - self.names[table].keys() - {NOBODY}:
                self.names = {table: self._names(table) for table in NAME_TABLES}
                return

    def _fetch(self, sql: str, bindings: Mapping[str, Any]) -> list[Row]:
        return self._connection.execute(sql, bindings).fetchall()

    def _salvage(self, sql: str, bounds: Mapping[str, Any], damaged: list[str]) -> list[Row]:
        """A page of the file is bad: take what can be had one by one."""
        rows: list[Row] = []
        sql = sql.replace("INDEXED BY entry_not_reading", "NOT INDEXED")
        for seq in range(bounds["after"] + 1, bounds["last"] + 1):
            try:
                rows += self._fetch(f"{sql} AND seq = :seq", {**bounds, "seq": seq})
            except (apsw.Error, UnicodeDecodeError):
                damaged += [] if left_out(seq) in damaged else [left_out(seq)]
        return rows

    def _names(self, table: str) -> dict[int, str]:
        """The sound lines of a table of names; as bytes, since damage need not be UTF-8."""
        sql = f"SELECT id, CAST(name AS BLOB), crc FROM {table}"  # noqa: S608 - our own literals
        lines = [
            (identity, name.decode(errors="replace"), crc) for identity, name, crc in self.ask(sql)
        ]
        return {identity: name for identity, name, crc in lines if name_crc(identity, name) == crc}


def _connect(path: Path) -> apsw.Connection:
    uri = f"file:{quote(str(path.absolute()))}"
    try:
        connection = apsw.Connection(f"{uri}?mode=ro", flags=_FLAGS)
        connection.set_busy_timeout(BUSY_MS)
        connection.pragma("wal_autocheckpoint", 0)
        connection.pragma("user_version")
    except apsw.CantOpenError:
        # A directory that may not be written (a copy on a read-only disk): SQLite cannot make -shm.
        connection = apsw.Connection(f"{uri}?immutable=1", flags=_FLAGS)
    return connection
