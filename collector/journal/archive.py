"""`Archive`: reads the journal, also beside a running station.

Read-only and without checkpoints, so that a reader never delays the writer. While a station works in a
take-over file (writer.py) its entries follow those of the journal itself; a seq is never given twice.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from collector.clock import Instant
from collector.entry import READING, Entry
from collector.errors import JournalError
from collector.journal.file import NAME, take_overs
from collector.journal.rows import Damaged, Row, decode, read_flags, verify
from collector.journal.shelf import Shelf
from collector.reading import Flag
from collector.session import BINDING, MARKER, SESSION, Phase, Session, Source, fold

FOLDED = (SESSION, BINDING, MARKER)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """One line of the list of sessions; `started` is when the rules began, None if they never did."""

    session: str
    title: str
    source: Source
    phase: Phase
    prepared: Instant | None
    started: Instant | None
    ended: Instant | None
    participants: tuple[str, ...]
    readings: int


@dataclass(slots=True)
class Columns:
    """The readings of one participant as parallel lists, in seq order; None is "no value"."""

    at: list[Instant] = field(default_factory=list)
    device: list[str] = field(default_factory=list)
    spo2: list[float | None] = field(default_factory=list)
    pulse_rate: list[float | None] = field(default_factory=list)
    perfusion_index: list[float | None] = field(default_factory=list)
    flags: list[frozenset[Flag]] = field(default_factory=list)
    backfill: list[bool] = field(default_factory=list)


class Archive:
    """Read-only questions to the journal in `directory`; a context manager.

    Raises `JournalError` when there is no journal or it cannot be read; a file of no bytes is a journal
    without a session. A damaged entry is left out and named in `damaged`, one sentence each time it is
    met; the others stay readable.
    """

    def __init__(self, directory: Path) -> None:
        paths = [directory / NAME, *take_overs(directory)]
        if not paths[0].exists():
            raise JournalError(f"There is no journal in {directory}; choose another --data.")
        self.damaged: list[str] = []
        self._shelves: list[Shelf] = []
        try:
            for path in paths:
                self._shelves.append(Shelf(path))
        except BaseException:
            self.close()
            raise
        for blank in [shelf for shelf in self._shelves if shelf.blank]:
            blank.close()
            self._shelves.remove(blank)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        for shelf in self._shelves:
            shelf.close()

    @property
    def damaged_entries(self) -> int:
        """How many entries were left out so far, each counted once."""
        return len(set(self.damaged))

    @property
    def damage(self) -> str:
        """What was left out so far, in one sentence; empty when nothing was."""
        count = self.damaged_entries
        if count == 1:
            return self.damaged[0]
        return f"{count} entries of the journal are damaged and were left out." if count else ""

    @property
    def last_seq(self) -> int:
        """The highest seq that is there."""
        asked = "SELECT coalesce(max(seq), 0) FROM entry"
        return max((int(next(shelf.ask(asked))[0]) for shelf in self._shelves), default=0)

    def sessions(self) -> list[SessionSummary]:
        """All sessions, in the order in which they came into the journal."""
        return [self._summary(session) for session in self._names()]

    def entries(
        self, session: str, *, kinds: Sequence[str] | None = None, after: int = 0
    ) -> Iterator[Entry]:
        """The entries of `session` (empty: of all) above `after`, in seq order; no `kinds`: all."""
        return self._decoded(self._rows(session, kinds, after=after))

    def everywhere(self, *kinds: str) -> Iterator[Entry]:
        """The entries of some kinds of all sessions, and of between them, in seq order."""
        return self._decoded(self._rows(None, kinds))

    def columns(self, session: str, participant: str) -> Columns:
        """The readings of one participant, without making an `Entry` of each."""
        columns = Columns()
        for shelf, row in self._rows(session, (READING,), participant=participant):
            boot = shelf.names["boot"].get(row[2], "")
            columns.at.append(Instant(boot=boot, running_ns=row[3], utc_ns=row[4]))
            columns.device.append(shelf.names["subject"].get(row[6], ""))
            columns.spo2.append(row[8])
            columns.pulse_rate.append(row[9])
            columns.perfusion_index.append(row[10])
            columns.flags.append(read_flags(row[12]))
            columns.backfill.append(bool(row[13]))
        return columns

    def state(self, name: str) -> tuple[int, Mapping[str, object]] | None:
        """What `save_state` kept under `name`: seq and body."""
        return self.states().get(name)

    def states(self) -> dict[str, tuple[int, Mapping[str, object]]]:
        """All that `save_state` kept; a damaged one counts as never kept."""
        kept: dict[str, tuple[int, Mapping[str, object]]] = {}
        for shelf in self._shelves:
            for name, seq, text in shelf.ask("SELECT name, seq, CAST(body AS BLOB) FROM state"):
                body = _state(text)
                if body is not None and seq >= kept.get(name, (0, {}))[0]:
                    kept[name] = (seq, body)
        return kept

    def opening(self) -> tuple[frozenset[str], tuple[Entry, ...]]:
        """What a restart needs: the ids of all sessions, and what the fold of one takes.

        That is the session which was left open, even if another one was imported since; else the last.
        """
        names = self._names()
        ended = {name for shelf in self._shelves for name in shelf.ended()}
        wanted = [name for name in names if name not in ended] or names
        last = tuple(self.entries(wanted[-1], kinds=FOLDED)) if wanted else ()
        return frozenset(names), last

    def session(self, session: str) -> Session | None:
        """The final state of `session`, None when there is no such session."""
        folded: Session | None = None
        for entry in self.entries(session, kinds=FOLDED):
            folded = fold(folded, entry)
        return folded

    def _names(self) -> list[str]:
        found: dict[str, int] = {}
        for shelf in self._shelves:
            found = {**shelf.sessions(), **found}
        return sorted(found, key=lambda name: found[name])

    def _summary(self, session: str) -> SessionSummary:
        present: Session | None = None
        participants: dict[str, None] = {}
        for entry in self.entries(session, kinds=FOLDED):
            present = fold(present, entry)
            participants |= dict.fromkeys(present.roster.values()) if present else {}
        present = present or Session(id=session)
        return SessionSummary(
            session=session,
            title=present.title,
            source=present.source,
            phase=present.phase,
            prepared=present.prepared,
            started=present.started,
            ended=present.ended,
            participants=tuple(participants),
            readings=self._readings(session),
        )

    def _readings(self, session: str) -> int:
        if len(self._shelves) > 1:  # the same entry may stand in two files
            return sum(1 for _ in self._rows(session, (READING,)))
        found = self._shelves[0].ask("SELECT readings FROM session WHERE name = ?", (session,))
        return sum(count for (count,) in found)

    def _decoded(self, rows: Iterable[tuple[Shelf, Row]]) -> Iterator[Entry]:
        for shelf, row in rows:
            try:
                yield decode(row, shelf.names)
            except Damaged as error:
                self.damaged.append(str(error))

    def _rows(
        self, session: str | None, kinds: Sequence[str] | None, *, participant: str = "", after: int = 0
    ) -> Iterator[tuple[Shelf, Row]]:
        for shelf in self._shelves:
            question = shelf.question(session, kinds, participant)
            while rows := shelf.rows(question, after, self.damaged):
                for row in rows:
                    after = row[0]
                    try:
                        verify(row)
                    except Damaged as error:
                        self.damaged.append(str(error))
                    else:
                        yield shelf, row


def _state(text: bytes) -> Mapping[str, object] | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
