"""What the recorder and its neighbours need from a journal."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from collector.entry import Entry
from collector.journal.following import Passage
from collector.journal.health import Health


class EntrySink(Protocol):
    """All that the recorder needs: where entries go, and what was there before."""

    @property
    def last_seq(self) -> int:
        """The highest seq appended so far, in this run or before it; 0 at the very beginning."""
        ...

    @property
    def sessions(self) -> frozenset[str]:
        """The ids of the sessions that were there at the start."""
        ...

    @property
    def opening(self) -> Sequence[Entry]:
        """The session, binding and marker entries of the session to go on with."""
        ...

    def append(self, entry: Entry, *, urgent: bool = False) -> None:
        """Take `entry` (seq above `last_seq`); `urgent` commits at once. Never waits, never fails."""
        ...

    async def room(self) -> None:
        """Return when the writer is not far behind; at once when the disk is sick."""
        ...


class JournalPort(EntrySink, Protocol):
    """Takes entries in seq order and makes them durable soon: `Journal`, `MemoryJournal`."""

    @property
    def committed(self) -> int:
        """All entries up to here are on disk, apart from readings that `health.lost` counts."""
        ...

    @property
    def health(self) -> Health:
        """How it fares at this moment."""
        ...

    def save_state(self, name: str, seq: int, body: Mapping[str, object]) -> None:
        """Keep `body` under `name`, in one transaction with the entries up to `seq`."""
        ...

    def state(self, name: str) -> tuple[int, Mapping[str, object]] | None:
        """What was kept under `name` when the journal was opened: seq and body."""
        ...

    async def committed_to(self, seq: int) -> None:
        """Return when `committed` has reached `seq`; raises `JournalError` when it never will."""
        ...

    def read(self, after: int, limit: int) -> Passage:
        """At most `limit` committed entries above `after`, in seq order; raises `JournalError`.

        Reads on the caller's thread: keep `limit` small where something else waits (about 15 us an entry).
        """
        ...
