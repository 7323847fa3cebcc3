"""The sinks of a station: only those that are configured, and none without."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from types import ModuleType

import pytest

from collector.clock import ManualClock
from collector.commands import Bind, End, Prepare
from collector.entry import Entry
from collector.feed import Feed
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.recorder import Recorder
from collector.settings import SinkSettings
from collector.sinks import SINKS, SinkKind, service
from collector.sinks.base import Around, Sink
from collector.sinks.memory import MemorySink
from collector.supervision import Supervisor
from tests.collector.journal.samples import fact

MODULE = "tests_memory_sink"
AROUND: list[Around] = []  # what the sink was given


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> MemorySink:
    """What the section [memory] opens."""
    made, module = MemorySink(), ModuleType(MODULE)
    AROUND.clear()

    @asynccontextmanager
    async def open_sink(_settings: SinkSettings, _station: str, around: Around) -> AsyncIterator[Sink]:
        AROUND.append(around)
        yield made

    vars(module)["open_sink"] = open_sink
    monkeypatch.setitem(sys.modules, MODULE, module)
    kind = SinkKind(settings=SinkSettings, module=MODULE)
    monkeypatch.setattr(service, "SINKS", {**SINKS, "memory": kind})
    return made


@pytest.mark.asyncio
async def test_a_configured_sink_gets_the_session_and_its_end(sink: MemorySink) -> None:
    """Up to the last entry, before the station is gone."""
    clock = ManualClock()
    async with (
        MemoryJournal(MemoryDisk()) as journal,
        Supervisor(clock, random=Random(1)) as tasks,
    ):
        feed = Feed()
        recorder = Recorder(journal, feed, clock)
        sinks = service.start_sinks(
            tasks,
            {"memory": SinkSettings(url="memory:")},
            station="here",
            recorder=recorder,
            journal=journal,
            feed=feed,
            clock=clock,
        )
        recorder.execute(Prepare(roster={"A": "P1"}))
        recorder.execute(Bind(seat="A", participant="P1", device="AA"))
        recorder.execute(End())
        await journal.committed_to(journal.last_seq)
        await sinks.settle(5)
        tasks.stop()

    assert list(sink.taken) == [1, 2, 3]
    assert sinks.lag() == {"memory": {"waiting": 0, "set_aside": 0}}


@pytest.mark.asyncio
async def test_without_a_sink_nothing_runs_and_nothing_more_is_recorded() -> None:
    """No task, no health entries, no import."""
    clock = ManualClock()
    async with (
        MemoryJournal(MemoryDisk()) as journal,
        Supervisor(clock, random=Random(1)) as tasks,
    ):
        feed = Feed()
        recorder = Recorder(journal, feed, clock)
        sinks = service.start_sinks(
            tasks,
            {},
            station="here",
            recorder=recorder,
            journal=journal,
            feed=feed,
            clock=clock,
        )
        await sinks.settle(5)
        await asyncio.sleep(0)

        assert tasks.names == ()


@pytest.mark.asyncio
async def test_a_sink_that_begins_in_the_middle_may_ask_for_what_it_had_before(
    sink: MemorySink,
) -> None:
    """Of the open session, and not what it is about to get."""
    clock, disk = ManualClock(), MemoryDisk()
    async with MemoryJournal(disk) as journal:
        Recorder(journal, Feed(), clock).execute(Prepare(roster={"A": "P1"}))
        journal.save_state("sink/memory", 1, {})
    async with (
        MemoryJournal(disk) as journal,
        Supervisor(clock, random=Random(1)) as tasks,
    ):
        recorder = Recorder(journal, Feed(), clock)
        assert recorder.session is not None
        asked: list[object] = []

        def past(session: str, kinds: Sequence[str]) -> list[Entry]:
            asked.append((session, kinds))
            return [fact(1, "session"), fact(2, "binding")]

        sinks = service.start_sinks(
            tasks,
            {"memory": SinkSettings(url="memory:")},
            station="here",
            recorder=recorder,
            journal=journal,
            feed=Feed(),
            clock=clock,
            past=past,
        )
        recorder.execute(Bind(seat="A", participant="P1", device="C0:FF:EE:00:00:01"))
        while not AROUND:  # noqa: ASYNC110 - opening has no event
            await asyncio.sleep(0)
        before = [entry.seq for entry in AROUND[0].before(("session", "binding"))]
        await journal.committed_to(journal.last_seq)
        await sinks.settle(5)
        tasks.stop()

    assert before == [1]
    assert asked == [(recorder.session.id, ("session", "binding"))]
    assert sink.batches == [[2]]
