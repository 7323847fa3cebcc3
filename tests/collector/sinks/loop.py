"""A recorder, a journal in memory and a delivery on virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from random import Random

from collector.clock import Clock
from collector.commands import Bind, Prepare, Start
from collector.entry import Entry
from collector.feed import Feed, Loss
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.reading import Reading
from collector.recorder import Recorder
from collector.sinks.base import Sink
from collector.sinks.delivery import Delivery
from tests.simulation.clock import WorldClock

KEY = "memory"
CLIP = "C0:FF:EE:00:00:01"


class Room:
    """One run of a station that has a session with one clip, and a sink."""

    def __init__(self, journal: MemoryJournal, sink: Sink, clock: Clock | None = None) -> None:
        self.journal = journal
        self.clock = clock or WorldClock()
        self.feed = Feed()
        self.heard = self.feed.subscribe("test", bound=1 << 20, loss=Loss.NOTHING)
        self.recorder = Recorder(journal, self.feed, self.clock)

        @asynccontextmanager
        async def opened() -> AsyncIterator[Sink]:
            yield sink

        self.delivery = Delivery(
            opened,
            key=KEY,
            recorder=self.recorder,
            journal=journal,
            clock=self.clock,
            real=self.clock,
            random=Random(1),
        )

    def begin(self) -> None:
        """Start a session with the clip on seat A."""
        self.recorder.execute(Prepare(roster={"A": "P1"}))
        self.recorder.execute(Bind(seat="A", participant="P1", device=CLIP))
        self.recorder.execute(Start())

    def read(self, count: int = 1) -> list[int]:
        """Record readings of this instant; their seqs."""
        reading = Reading(at=self.clock.now(), spo2=97.0, pulse_rate=61.0)
        entries = [self.recorder.reading(CLIP, reading) for _ in range(count)]
        return [entry.seq for entry in entries if entry is not None]

    async def committed(self) -> None:
        """Return when everything is on disk."""
        await self.journal.committed_to(self.journal.last_seq)

    async def until(self, reached: Callable[[], bool]) -> None:
        """Return when `reached` says so; virtual time costs nothing."""
        while not reached():  # noqa: ASYNC110 - what is awaited has no event
            await asyncio.sleep(0.01)

    def said(self, kind: str) -> list[Entry]:
        """Entries of `kind` recorded since the last question."""
        return [entry for entry in self.heard.take() if entry.kind == kind]


@asynccontextmanager
async def room(sink: Sink, disk: MemoryDisk | None = None) -> AsyncIterator[Room]:
    """A room whose delivery runs; on leaving the station is killed as by kill -9."""
    journal = await MemoryJournal(disk or MemoryDisk()).__aenter__()
    made = Room(journal, sink)
    running = asyncio.get_running_loop().create_task(made.delivery.run())
    try:
        yield made
    finally:
        journal.kill()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
