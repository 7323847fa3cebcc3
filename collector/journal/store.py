"""`Journal`: the journal of a running station. The shell around `Writer`: one thread and its bell.

The loop's side only appends to a deque and rings; the writer thread does all the work on the file. A
commit follows the first waiting entry after at most 250 ms, an urgent one at once; with a sick disk it
is tried again each second.
"""

import asyncio
import shutil
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic_core import to_json

from collector.clock import SECOND, Clock, LiveClock
from collector.entry import Entry
from collector.errors import NotSaved
from collector.journal.archive import Archive
from collector.journal.file import JournalFile, Waiting
from collector.journal.following import Follower, Passage
from collector.journal.health import Health
from collector.journal.hold import hold
from collector.journal.rows import body_text
from collector.journal.tail import prune
from collector.journal.writer import PRUNE_EVERY, Writer

GROUP_S = 0.25
RETRY_S = 1.0
# Above this many entries on their way `room` waits: 8 s of a thousand oximeters.
ROOM = 8192
# The writer is thought to hang when nothing was saved for so long; only then readings are given up.
HANG_S = 10.0
# At this many the writer does not wait for the group to fill.
HURRY = 2048


class Journal:
    """The journal of one data directory, held by one process; an async context manager.

    Entering takes the lock, opens or makes the file, merges take-over files and reads what a restart
    needs; it raises `JournalLocked` or `JournalError`, each one plain sentence. Leaving commits what
    waits and raises `NotSaved` when that fails. `vfs` names an apsw VFS: tests bring a sick disk.
    """

    def __init__(
        self,
        directory: Path,
        *,
        vfs: str | None = None,
        clock: Clock | None = None,
        retry_s: float = RETRY_S,
    ) -> None:
        self.directory = directory
        self.last_seq = 0
        self.sessions: frozenset[str] = frozenset()
        self.opening: Sequence[Entry] = ()
        self._vfs, self._clock, self._retry_s = vfs, clock or LiveClock(), retry_s
        self._kept: Mapping[str, tuple[int, Mapping[str, object]]] = {}
        self._waiters: list[asyncio.Future[None]] = []
        self._follower = Follower(directory)
        self._over = False
        # Between the loop and the writer thread. Appending to the deque needs no lock; taking out of it
        # needs the bell's.
        self._bell = threading.Condition()
        self._incoming: deque[Waiting] = deque()
        self._states: dict[str, tuple[int, str]] = {}
        self._rung = self._hurry = self._closing = False
        # Since when (running ns) something (False), something urgent (True) has been waiting.
        self._since: dict[bool, int] = {}
        self._tail_since: dict[bool, int] = {}
        self._prune_at = ROOM

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._lock, file = hold(self.directory, vfs=self._vfs)
        try:
            self._look_back(file)
        except BaseException:
            file.abandon()
            self._lock.release()
            raise
        self._writer = Writer(file, vfs=self._vfs, told=self._tell)
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._bell:
            self._closing = True
            self._bell.notify()
        await asyncio.to_thread(self._thread.join)
        self._follower.close()
        self._lock.release()
        if error is None and self._writer.tail:
            raise NotSaved(f"{len(self._writer.tail)} entries were not saved: {self._writer.error}.")

    def _look_back(self, file: JournalFile) -> None:
        """On the loop's thread, before anything else runs: milliseconds, bounded by one session."""
        self.last_seq = file.last_seq
        with Archive(self.directory) as archive:
            self.sessions, self.opening = archive.opening()
            self._kept = archive.states()

    # the loop's side

    @property
    def committed(self) -> int:
        """All entries up to here are on disk, apart from readings that `health.lost` counts."""
        return self._writer.committed

    @property
    def health(self) -> Health:
        """How it fares at this moment."""
        now, writer = self._clock.now().running_ns, self._writer
        waiting = writer.tail[:1] or list(self._incoming)[:1]
        return Health(
            behind_s=self._age_s(now, urgent=False),
            urgent_behind_s=self._age_s(now, urgent=True),
            error="the journal writer stopped" if self._over else writer.error,
            since_utc_ns=waiting[0][0].instant.utc_ns if waiting else None,
            waiting=len(writer.tail) + len(self._incoming),
            lost=writer.lost,
            free=self._free(),
        )

    def _free(self) -> int | None:
        try:
            return shutil.disk_usage(self.directory).free
        except OSError:  # the disk itself is gone, which `error` says
            return None

    def append(self, entry: Entry, *, urgent: bool = False) -> None:
        """Take `entry`; `urgent` commits at once. Never waits, never fails."""
        self._incoming.append((entry, body_text(entry.body)))
        self.last_seq = entry.seq
        many = len(self._incoming) == HURRY
        if urgent or many or not self._rung:
            self._ring(urgent=urgent, hurry=urgent or many)
        if len(self._incoming) >= self._prune_at:
            self._prune_incoming()

    def save_state(self, name: str, seq: int, body: Mapping[str, object]) -> None:
        """Keep `body` under `name`, in one transaction with the entries up to `seq`."""
        text = to_json(body).decode()
        with self._bell:
            self._states[name] = (seq, text)
        if not self._rung:
            self._ring(urgent=False, hurry=False)

    def state(self, name: str) -> tuple[int, Mapping[str, object]] | None:
        """What was kept under `name` when the journal was opened: seq and body."""
        return self._kept.get(name)

    def read(self, after: int, limit: int) -> Passage:
        """At most `limit` committed entries above `after`, in seq order."""
        return self._follower.read(after, committed=self.committed, limit=limit)

    async def committed_to(self, seq: int) -> None:
        """Return when `committed` has reached `seq`; raises `NotSaved` when it never will."""
        while self.committed < seq:
            if self._over:
                raise NotSaved(f"The journal stopped before entry {seq} was saved.")
            await self._progress(lambda: self.committed >= seq or self._over)

    async def room(self) -> None:
        """Return when the writer is not far behind; at once when the disk is sick."""
        while self._crowded():
            await self._progress(lambda: not self._crowded())

    def _crowded(self) -> bool:
        behind = len(self._incoming) + len(self._writer.tail) > ROOM
        return behind and not self._writer.error and not self._over

    async def _progress(self, reached: Callable[[], bool]) -> None:
        waiter = self._loop.create_future()
        self._waiters.append(waiter)
        if not reached():  # asked after joining the list: a commit in between cannot be missed
            await waiter

    def _settle(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _age_s(self, now: int, *, urgent: bool) -> float:
        since = self._tail_since.get(urgent) or self._since.get(urgent)
        return (now - since) / SECOND if since else 0.0

    def _ring(self, *, urgent: bool, hurry: bool) -> None:
        now = self._clock.now().running_ns
        with self._bell:
            self._rung = True
            self._hurry |= hurry
            self._since.setdefault(False, now)
            if urgent:
                self._since.setdefault(True, now)
            self._bell.notify()

    def _prune_incoming(self) -> None:
        """When the writer hangs (an fsync can take minutes), bound what piles up in front of it."""
        self._prune_at = len(self._incoming) + PRUNE_EVERY
        if self._age_s(self._clock.now().running_ns, urgent=False) < HANG_S:
            return
        with self._bell:
            kept, lost = prune(self._incoming)
            self._incoming.clear()
            self._incoming.extend(kept)
            self._writer.lost += lost
            self._prune_at = len(kept) + PRUNE_EVERY

    # the writer thread's side

    def _run(self) -> None:
        try:
            open_still = True
            while open_still:
                open_still = self._wait()
                self._hand_over()
                self._writer.save()
            self._writer.close()
        finally:
            self._over = True
            self._tell()

    def _wait(self) -> bool:
        """Sleep until there is something to save and its time has come; False when closing."""
        with self._bell:
            if not self._writer.busy:
                self._bell.wait_for(lambda: self._rung or self._closing)
            if self._writer.error:
                self._bell.wait_for(lambda: self._closing, timeout=self._retry_s)
            else:
                self._bell.wait_for(lambda: self._hurry or self._closing, timeout=GROUP_S)
            return not self._closing

    def _hand_over(self) -> None:
        with self._bell:
            # One by one: the loop appends without the bell, so clearing would drop what came meanwhile.
            waiting = [self._incoming.popleft() for _ in range(len(self._incoming))]
            self._writer.take(waiting, self._states)
            self._states.clear()
            self._tail_since = {**self._since, **self._tail_since}
            self._since = {}
            self._rung = self._hurry = False
            self._prune_at = ROOM

    def _tell(self) -> None:
        if not self._writer.tail:
            self._tail_since = {}
        if self._waiters:
            self._loop.call_soon_threadsafe(self._settle)
