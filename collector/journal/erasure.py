"""Taking a session or a person out of the journal for good.

Of an erased entry its seq and the digest of its body stay, without the salt, so that a chain over digests
survives and a take-over file or a second run cannot bring the entry back under the same seq. A tombstone,
an entry of the kind `erasure`, says what was erased; it is committed before anything goes (reliability.md
R18). Afterwards the file is written anew without its free pages.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from collector.clock import Instant
from collector.entry import Entry
from collector.errors import JournalError, NotSaved
from collector.journal.archive import Archive
from collector.journal.file import NAME_TABLES, RECOUNT, JournalFile, damage
from collector.journal.health import why
from collector.journal.rows import COLUMNS, blank, body_text, renewed

ERASURE = "erasure"  # the entry kind: {"session", "participant", "rewritten": {seq: former digest}}
GONE = "[erased]"
# Where a code may stand inside text that somebody typed; all other words of a body are our own.
FREE_TEXTS = frozenset({"text", "title"})
DIGEST = -2  # the column of a row (rows.COLUMNS)
ROSTER = "roster"  # seat -> code (session.py)

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What is to go: a session, a person in all sessions, or (both) a person in one session."""

    session: str = ""
    participant: str = ""


def erased_before(archive: Archive) -> set[Erasure]:
    """What the tombstones of a journal name."""
    return {
        Erasure(session=str(entry.facts["session"]), participant=str(entry.facts["participant"]))
        for entry in archive.entries("", kinds=(ERASURE,))
    }


class Eraser:
    """Erases from the one writable file of a data directory; whoever calls holds its lock.

    Each method raises `NotSaved` when the disk fails; calling again then completes the work. `JournalError`
    when the file is too damaged to be asked.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = apsw.Connection(str(path))
        self._connection.pragma("secure_delete", True)  # what is freed is overwritten
        self._connection.pragma("synchronous", "full")
        self._connection.pragma("fullfsync", True)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def count(self, what: Erasure) -> int:
        """How many entries of `what` there are."""
        condition, bindings = self._condition(what)
        return int(self._ask(f"SELECT count(*) FROM entry WHERE {condition}", bindings)[0][0])  # noqa: S608

    def erase(self, what: Erasure, at: Instant) -> int:
        """Erase `what`; how many entries that was. The tombstone carries the instant `at`."""
        touched = dict(self._mentions(what))
        self._tombstone(what, touched, at)
        try:
            with self._connection:
                erased = self._blank(what)
                self._rewrite(touched)
                self._forget_states(what)
                self._forget_names()
        except apsw.Error as error:
            raise NotSaved(f"Nothing was erased from {self._path}: {why(error)}.") from error
        return erased

    def tidy(self) -> None:
        """Write the file anew, so that nothing of what was erased is left in it or in its WAL."""
        try:
            self._connection.execute("VACUUM")
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.Error as error:
            raise NotSaved(f"{self._path} could not be written anew: {why(error)}.") from error

    def _ask(self, sql: str, bindings: Mapping[str, Any]) -> list[Row]:
        try:
            return self._connection.execute(sql, bindings).fetchall()
        except (apsw.Error, UnicodeDecodeError) as error:
            raise JournalError(f"Nothing was erased. {damage(self._path, error)}") from error

    def _condition(self, what: Erasure) -> tuple[str, dict[str, str]]:
        parts, bindings = [], {}
        if what.session:
            parts.append("session = (SELECT id FROM session WHERE name = :session)")
            bindings["session"] = what.session
        if what.participant:
            parts.append("participant = (SELECT id FROM participant WHERE name = :participant)")
            bindings["participant"] = what.participant
        return " AND ".join(parts) or "FALSE", bindings

    def _blank(self, what: Erasure) -> int:
        condition, bindings = self._condition(what)
        sessions = self._ask(f"SELECT DISTINCT session FROM entry WHERE {condition}", bindings)  # noqa: S608
        rows = self._ask(f"SELECT seq, digest FROM entry WHERE {condition}", bindings)  # noqa: S608
        self._replace(blank(seq, digest) for seq, digest in rows)
        self._connection.executemany(RECOUNT, sessions)
        return len(rows)

    def _replace(self, rows: Iterator[Row]) -> None:
        marks = ", ".join("?" * (COLUMNS.count(",") + 1))
        self._connection.executemany(f"REPLACE INTO entry ({COLUMNS}) VALUES ({marks})", rows)  # noqa: S608

    def _mentions(self, what: Erasure) -> Iterator[tuple[int, Row]]:
        """The entries of others that name the person: seq -> the row without the name."""
        if not what.participant:
            return
        rows = self._ask(
            f"SELECT {COLUMNS} FROM entry WHERE kind <> 'reading' AND body LIKE :like"  # noqa: S608
            " AND (:session = '' OR session = (SELECT id FROM session WHERE name = :session))"
            " AND participant <> coalesce((SELECT id FROM participant WHERE name = :participant), -1)",
            {
                "like": f"%{json.dumps(what.participant)[1:-1]}%",
                "session": what.session,
                "participant": what.participant,
            },
        )
        for row in rows:
            if row[5] == ERASURE:
                continue
            try:
                before = json.loads(row[14])
            except ValueError:  # damaged, and the person is named in it: nothing of it stays
                yield row[0], blank(row[0], row[DIGEST])
                continue
            if (after := without(before, what.participant)) != before:
                yield row[0], renewed(row, body_text(after) or "")

    def _rewrite(self, touched: Mapping[int, Row]) -> None:
        self._replace(iter(touched.values()))

    def _tombstone(self, what: Erasure, touched: Mapping[int, Row], at: Instant) -> None:
        body = {
            "session": what.session,
            "participant": what.participant,
            "rewritten": {str(seq): self._digest(seq) for seq in touched},
        }
        file = JournalFile(self._path)
        try:
            entry = Entry(
                seq=file.last_seq + 1, session="", instant=at, kind=ERASURE, subject="", body=body
            )
            file.write([(entry, body_text(body))], {})
        except apsw.Error as error:
            raise NotSaved(f"Nothing was erased from {self._path}: {why(error)}.") from error
        finally:
            file.close()

    def _digest(self, seq: int) -> str:
        found = self._ask("SELECT digest FROM entry WHERE seq = :seq", {"seq": seq})
        return str(bytes(found[0][0]).hex())

    def _forget_states(self, what: Erasure) -> None:
        """What readers of the journal keep (the alert engine) and names what is erased; they begin anew."""
        names = [json.dumps(name) for name in (what.session, what.participant) if name]
        for name, body in self._ask("SELECT name, body FROM state", {}):
            if any(known in body for known in names):
                self._connection.execute("DELETE FROM state WHERE name = ?", (name,))

    def _forget_names(self) -> None:
        for table in NAME_TABLES:
            self._connection.execute(
                f"DELETE FROM {table} WHERE id NOT IN (SELECT {table} FROM entry)"  # noqa: S608
            )


def without(value: Any, code: str) -> Any:
    """`value`, a JSON value, with neither the seat of `code` in a roster nor `code` in a free text."""
    if isinstance(value, list):
        return [without(item, code) for item in value]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for key, item in value.items():
        if key == ROSTER and isinstance(item, dict):
            kept[key] = {seat: who for seat, who in item.items() if who != code}
        elif key in FREE_TEXTS and isinstance(item, str):
            kept[key] = re.sub(rf"(?<!\w){re.escape(code)}(?!\w)", GONE, item)
        else:
            kept[key] = without(item, code)
    return kept
