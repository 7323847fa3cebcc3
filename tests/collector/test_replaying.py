"""A recorded session plays again as if live."""

import asyncio
from pathlib import Path

import pytest

from collector.clock import SECOND, ManualClock, pace
from collector.commands import Bind, End, Mark, Prepare, Start
from collector.device import DeviceStatus, LinkState
from collector.errors import BadInput
from collector.feed import Feed
from collector.journal.archive import Archive
from collector.journal.store import Journal
from collector.reading import Flag, Reading
from collector.recorder import Recorder
from collector.replaying import play, played
from collector.session import Phase, Source

CLIP = "C0:FF:EE:00:00:01"


async def recorded(data: Path) -> None:
    """Ten readings a second apart, the fifth without a value, a marker and a lost link among them."""
    clock = ManualClock(boot="then")
    async with Journal(data) as journal:
        recorder = Recorder(journal, Feed(), clock)
        recorder.execute(Prepare(roster={"A": "P-01"}, title="Evening"))
        recorder.execute(Bind(seat="A", participant="P-01", device=CLIP, family="plx"))
        recorder.execute(Start())
        for second in range(10):
            clock.advance_to(clock.now().running_ns + SECOND)
            lost = Flag.FINGER_OFF
            reading = (
                Reading(at=clock.now(), spo2=90.0 + second / 10, pulse_rate=60)
                if second != 4
                else Reading(at=clock.now(), flags=frozenset({lost}))
            )
            recorder.reading(CLIP, reading)
        recorder.execute(Mark(what="dose", text="oral", by="M"))
        recorder.status(DeviceStatus(at=clock.now(), device=CLIP, link=LinkState.LOST, why="far"))
        clock.advance_to(clock.now().running_ns + 5 * SECOND)
        recorder.execute(End())


async def replayed(source: Path, data: Path, *, speed: float) -> float:
    """Play the last session of `source` into `data`; the seconds of session it took."""
    clock = ManualClock(boot="now", utc_ns=2_000_000_000 * SECOND)
    with Archive(source) as archive:
        recording = played(archive, "last")
        async with Journal(data) as journal:
            recorder = Recorder(journal, Feed(), clock)
            begun = clock.now().running_ns
            recorder.execute(recording.prepare(speed))
            async with asyncio.TaskGroup() as tasks:
                pacer = tasks.create_task(pace(clock, speed=speed))
                await play(recording, recorder, clock)
                pacer.cancel()
            return (clock.now().running_ns - begun) / SECOND


@pytest.mark.asyncio
async def test_a_replay_gives_the_same_facts_at_the_same_distances(tmp_path: Path) -> None:
    """Readings, flags, markers and link changes come back in order and with their own pauses."""
    await recorded(tmp_path / "then")
    took = await replayed(tmp_path / "then", tmp_path / "now", speed=100)

    with Archive(tmp_path / "then") as was, Archive(tmp_path / "now") as now:
        before = list(was.entries(was.sessions()[0].session))
        after = list(now.entries(now.sessions()[0].session))
    assert took == pytest.approx(15)
    assert [e.kind for e in after] == [e.kind for e in before]
    old, new = ([e.reading for e in some if e.reading] for some in (before, after))
    assert [(r.spo2, r.flags) for r in new] == [(r.spo2, r.flags) for r in old]
    distances = [e.instant.running_ns - before[0].instant.running_ns for e in before]
    assert [e.instant.running_ns - after[0].instant.running_ns for e in after] == distances


@pytest.mark.asyncio
async def test_a_replay_says_that_it_is_one(tmp_path: Path) -> None:
    """The new session has the source replay, its speed, the old title and an end."""
    await recorded(tmp_path / "then")
    await replayed(tmp_path / "then", tmp_path / "now", speed=50)

    with Archive(tmp_path / "now") as archive:
        session = archive.session(archive.sessions()[0].session)
    assert session is not None
    assert (session.source, session.speed, session.title) == (Source.REPLAY, 50, "Evening")
    assert session.phase is Phase.ENDED


@pytest.mark.asyncio
async def test_a_session_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """The sentence says how to find the right one."""
    await recorded(tmp_path)

    with (
        Archive(tmp_path) as archive,
        pytest.raises(BadInput, match=r"no session 'nothing'.*holdspace sessions"),
    ):
        played(archive, "nothing")
