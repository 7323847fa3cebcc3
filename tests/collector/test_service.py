"""The collector's share of a running station."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from collector.clock import SECOND, ManualClock, pace
from collector.commands import Bind, End, Prepare, Release, Start
from collector.entry import READING, Entry
from collector.feed import Feed, Loss
from collector.journal.store import Journal
from collector.radio.scenario import load_scenario
from collector.radio.simulated import SimulatedRadio
from collector.recorder import Recorder
from collector.service import start_collecting
from collector.session import SEATS
from collector.supervision import Policy, Supervisor

Script = Callable[[Recorder, SimulatedRadio, ManualClock], None]


async def collected(data: Path, *scripts: tuple[int, Script]) -> list[Entry]:
    """All entries of a station of three calm clips; each script runs after so many seconds."""
    clock = ManualClock()
    async with (
        Journal(data) as journal,
        Supervisor(clock, random=Random(1)) as tasks,
    ):
        feed = Feed()
        entries = feed.subscribe("test", bound=100_000, loss=Loss.NOTHING)
        recorder = Recorder(journal, feed, clock)
        radio = SimulatedRadio(clock, load_scenario("calm"), seed=1, participants=3)
        tasks.start("radio", radio.run, policy=Policy.ESCALATE)
        start_collecting(
            tasks,
            radio=radio,
            recorder=recorder,
            journal=journal,
            feed=feed,
            clock=clock,
            random=Random(1),
        )
        for seconds, script in scripts:
            script(recorder, radio, clock)
            await pace(clock, speed=200, until_ns=clock.now().running_ns + seconds * SECOND)
        tasks.stop()
    return entries.take()


def begin(recorder: Recorder, radio: SimulatedRadio, _clock: ManualClock) -> None:
    roster = {seat: f"P-{n}" for n, (seat, _) in enumerate(zip(SEATS, radio.devices, strict=False))}
    recorder.execute(Prepare(roster=roster))
    for (seat, participant), device in zip(roster.items(), radio.devices, strict=True):
        recorder.execute(Bind(seat=seat, participant=participant, device=device.address))
    recorder.execute(Start())


@pytest.mark.asyncio
async def test_every_bound_clip_is_recorded_for_its_wearer_about_once_a_second(tmp_path: Path) -> None:
    """Three families, one reading a second each, each with the participant who wears the clip."""
    entries = await collected(tmp_path, (60, begin))

    readings = [entry for entry in entries if entry.kind == READING]
    for number in range(3):
        own = [entry for entry in readings if entry.participant == f"P-{number}"]
        assert 50 <= len(own) <= 61
        assert len({entry.subject for entry in own}) == 1


@pytest.mark.asyncio
async def test_a_released_clip_is_recorded_for_nobody_and_its_link_is_given_up(tmp_path: Path) -> None:
    """After a release no reading of that clip is kept, while the others go on."""

    def release(recorder: Recorder, _radio: SimulatedRadio, _clock: ManualClock) -> None:
        recorder.execute(Release(seat="B"))

    entries = await collected(tmp_path, (20, begin), (20, release))

    over = next(e.seq for e in entries if e.facts.get("event") == "release")
    after = [e.participant for e in entries if e.kind == READING and e.seq > over]
    assert "P-1" not in after
    assert {"P-0", "P-2"} <= set(after)


@pytest.mark.asyncio
async def test_nothing_is_recorded_before_prepare_and_after_the_end(tmp_path: Path) -> None:
    """A clip in range is not a reason to keep anything."""

    def nothing(_recorder: Recorder, _radio: SimulatedRadio, _clock: ManualClock) -> None:
        return

    def end(recorder: Recorder, _radio: SimulatedRadio, _clock: ManualClock) -> None:
        recorder.execute(End())

    entries = await collected(tmp_path, (10, nothing), (10, begin), (10, end))

    assert entries[0].facts.get("event") == "prepare"
    assert entries[-1].facts.get("event") == "end"


@pytest.mark.asyncio
async def test_clips_rebound_in_another_order_belong_to_their_new_wearers(tmp_path: Path) -> None:
    """A swap of two clips moves the readings with the binding, from its instant on."""

    def swap(recorder: Recorder, radio: SimulatedRadio, _clock: ManualClock) -> None:
        first, second = radio.devices[:2]
        recorder.execute(Release(seat="B"))
        recorder.execute(Bind(seat="A", participant="P-0", device=second.address))
        recorder.execute(Bind(seat="B", participant="P-1", device=first.address))

    entries = await collected(tmp_path, (20, begin), (20, swap))

    bound = [e for e in entries if e.facts.get("event") == "bind"][-1]
    worn = {(e.participant, e.subject[-2:]) for e in entries if e.kind == READING and e.seq > bound.seq}
    assert {("P-0", "01"), ("P-1", "00")} <= worn
    assert not {("P-0", "00"), ("P-1", "01")} & worn
    await asyncio.sleep(0)
