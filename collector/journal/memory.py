"""`MemoryJournal`: a journal without threads and disk, for simulations; the same contract as `Journal`.

What a restart finds stands on a `MemoryDisk`, which outlives the journal: `kill` it and open another
one on the same disk. Group commit runs on the loop's own timers, so that on a loop with virtual time
the same seed gives the same order.
"""

import asyncio
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from collector.entry import Entry
from collector.errors import JournalLocked, NotSaved
from collector.journal.archive import FOLDED
from collector.journal.file import Waiting
from collector.journal.following import Passage
from collector.journal.health import Health
from collector.journal.rows import body_text
from collector.journal.store import GROUP_S, RETRY_S, ROOM
from collector.journal.tail import prune
from collector.journal.writer import PRUNE_EVERY


@dataclass(slots=True)
class MemoryDisk:
    """What has been committed. While `trouble` says what is wrong, nothing more can be."""

    entries: list[Entry] = field(default_factory=list)
    states: dict[str, tuple[int, str]] = field(default_factory=dict)
    trouble: str = ""
    held: bool = False

    def found(self) -> dict[str, tuple[int, Mapping[str, object]]]:
        """The states as a start finds them."""
        return {name: (seq, json.loads(text)) for name, (seq, text) in self.states.items()}


class MemoryJournal:
    """A `JournalPort` on a `MemoryDisk`; an async context manager like `Journal`."""

    def __init__(self, disk: MemoryDisk, *, retry_s: float = RETRY_S) -> None:
        self.disk = disk
        self._lost = 0
        self._retry_s = retry_s
        self._waiting: list[Waiting] = []
        self._states: dict[str, tuple[int, str]] = {}
        self._since: dict[bool, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._error = ""
        self._prune_at = PRUNE_EVERY
        self._over = False

    async def __aenter__(self) -> Self:
        if self.disk.held:
            raise JournalLocked("Another station is using this disk; stop it or choose another --data.")
        self.disk.held = True
        self._loop = asyncio.get_running_loop()
        entries = self.disk.entries
        self.last_seq = self.committed = entries[-1].seq if entries else 0
        self._kept = self.disk.found()
        names = list(dict.fromkeys(entry.session for entry in entries if entry.session))
        ended = {entry.session for entry in entries if entry.facts.get("event") == "end"}
        last = ([name for name in names if name not in ended] or names)[-1:]
        self.sessions = frozenset(names)
        self.opening: Sequence[Entry] = [
            entry for entry in entries if entry.session in last and entry.kind in FOLDED
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._commit()
        self.kill()
        if error is None and self._waiting:
            raise NotSaved(f"{len(self._waiting)} entries were not saved: {self._error}.")

    def kill(self) -> None:
        """End without a further commit, as kill -9 does; the disk keeps what was committed."""
        self._over = True
        self.disk.held = False
        if self._timer:
            self._timer.cancel()
        self._settle()

    @property
    def health(self) -> Health:
        """How it fares at this moment."""
        now = self._loop.time()
        return Health(
            behind_s=now - self._since.get(False, now),
            urgent_behind_s=now - self._since.get(True, now),
            error="the journal writer stopped" if self._over else self._error,
            since_utc_ns=self._waiting[0][0].instant.utc_ns if self._waiting else None,
            waiting=len(self._waiting),
            lost=self._lost,
        )

    def append(self, entry: Entry, *, urgent: bool = False) -> None:
        """Take `entry`; `urgent` commits at once."""
        self._waiting.append((entry, body_text(entry.body)))
        self.last_seq = entry.seq
        now = self._loop.time()
        self._since.setdefault(False, now)
        if urgent:
            self._since.setdefault(True, now)
        self._ring(0.0 if urgent else GROUP_S)

    def save_state(self, name: str, seq: int, body: Mapping[str, object]) -> None:
        """Keep `body` under `name`, in one commit with the entries up to `seq`."""
        self._states[name] = (seq, json.dumps(body))
        self._ring(GROUP_S)

    def state(self, name: str) -> tuple[int, Mapping[str, object]] | None:
        """What was kept under `name` when the journal was opened."""
        return self._kept.get(name)

    def read(self, after: int, limit: int) -> Passage:
        """At most `limit` committed entries above `after`, in seq order."""
        first = bisect_right(self.disk.entries, after, key=lambda entry: entry.seq)
        entries = tuple(self.disk.entries[first : first + limit])
        return Passage(
            entries=entries, upto=entries[-1].seq if len(entries) == limit else self.committed
        )

    async def committed_to(self, seq: int) -> None:
        """Return when `committed` has reached `seq`."""
        while self.committed < seq:
            if self._over:
                raise NotSaved(f"The journal stopped before entry {seq} was saved.")
            await self._progress()

    async def room(self) -> None:
        """Return when not far behind; at once when the disk is sick."""
        while len(self._waiting) > ROOM and not self._error and not self._over:
            await self._progress()

    async def _progress(self) -> None:
        waiter = self._loop.create_future()
        self._waiters.append(waiter)
        await waiter

    def _ring(self, after_s: float) -> None:
        if self._timer is not None:
            if after_s or self._error:
                return
            self._timer.cancel()
        self._timer = self._loop.call_later(after_s, self._commit)

    def _commit(self) -> None:
        self._timer = None
        self._error = self.disk.trouble
        if self._error:
            self._shorten()
            self._timer = self._loop.call_later(self._retry_s, self._commit)
            return
        self.disk.entries += [_as_read(entry, text) for entry, text in self._waiting]
        self.disk.states |= self._states
        self.committed = self._waiting[-1][0].seq if self._waiting else self.committed
        self._waiting, self._states, self._since = [], {}, {}
        self._settle()

    def _shorten(self) -> None:
        if len(self._waiting) >= self._prune_at:
            self._waiting, lost = prune(self._waiting)
            self._lost += lost
            self._prune_at = len(self._waiting) + PRUNE_EVERY

    def _settle(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


def _as_read(entry: Entry, text: str | None) -> Entry:
    """The entry as it would come back from a file: what JSON does not keep is gone here, too."""
    return entry if text is None else replace(entry, body=json.loads(text))
