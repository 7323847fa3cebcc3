"""Fetching over the simulated radio, byte by byte: connect, list, download, fill."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.__main__ import main
from collector.clock import SECOND, ManualClock
from collector.devices import (
    viatom_oxy,
    viatom_oxy_files,
    viatom_oxy_frame,
    viatom_oxyii,
    viatom_oxyii_files,
    viatom_oxyii_frame,
)
from collector.devices.base import Driver, Vitals
from collector.devices.stored import Part
from collector.downloading import Shelf
from collector.errors import JournalLocked
from collector.fetching import Fetched, fetch
from collector.filling import Worn, worn_clips
from collector.journal.archive import Archive
from collector.journal.file import NAME
from collector.journal.store import Journal
from collector.parts import Parts
from collector.radio.base import Link
from collector.radio.scenario import Scenario
from collector.radio.simulated import SimulatedRadio
from tests.collector.evening import ANNA, BEGIN_NS, GAP, LENGTH_S, Evening, filled_in, oxyii, vld, whole
from tests.collector.radio.world import elapse, settle

MISSING = len(range(GAP.start, GAP.stop, 4))
Files = dict[str, bytes]


def ring(family: str, files: Files) -> Driver:
    """A driver whose simulated clips have stored `files`."""
    if family == "viatom_oxy":
        oxy = viatom_oxy_files.Memory(files)
        return replace(viatom_oxy.DRIVER, encoder=lambda: viatom_oxy.Encoder(oxy))
    oxy2 = viatom_oxyii_files.Memory(files, piece=100)
    return replace(viatom_oxyii.DRIVER, encoder=lambda: viatom_oxyii.Encoder(oxy2))


class Floor:
    """Nothing is kept."""

    def parts(self, clip: str) -> Sequence[Part]:
        return ()

    def put(self, clip: str, parts: Sequence[Part]) -> None:
        return


class CutRadio(SimulatedRadio):
    """Its links end after `budget` writes, for the first `cuts` connections; `away` then, if wanted."""

    budget = 0
    cuts = 0
    connections = 0
    writes = 0
    away = False

    @asynccontextmanager
    async def connect(
        self, address: str, *, begun: Callable[[], None] = lambda: None
    ) -> AsyncIterator[Link]:
        async with super().connect(address, begun=begun) as link:
            self.connections += 1
            self.left = self.budget if self.connections <= self.cuts else 0 if self.away else -1
            yield link

    def asked(self, link, oximeter, characteristic, data) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        self.left -= 1
        self.writes += 1
        if self.left == 0 or (self.away and self.left < 0):
            link.end("its budget is used up")
        super().asked(link, oximeter, characteristic, data)


def radio(clock: ManualClock, driver: Driver) -> CutRadio:
    """One ring in range."""
    scenario = Scenario(participants=1, families={"A": driver.family})
    return CutRadio(clock, scenario, drivers=(driver,))


async def brought(
    clock: ManualClock,
    air: SimulatedRadio,
    worn: Worn,
    *,
    seconds: float = 900,
    shelf: Shelf | None = None,
) -> Fetched:
    """What fetching brings within so many seconds."""
    got, shelf = Fetched(), shelf or Floor()
    async with asyncio.TaskGroup() as group:
        world = group.create_task(air.run())
        work = group.create_task(fetch(air, clock, worn, got, shelf))
        for _ in range(round(seconds / 10)):
            if work.done():
                break
            await elapse(clock, 10)
        await settle()
        assert work.done()
        world.cancel()
    return got


def evening_of(air: SimulatedRadio, directory: Path, family: str) -> Worn:
    """An evening in which the simulated ring was worn by the first person."""
    evening = whole()
    (device,) = air.devices[:1]
    evening.entries = [
        replace(entry, subject=device.address if entry.subject == ANNA else entry.subject)
        if entry.reading
        else replace(entry, body={**entry.facts, "device": device.address, "family": family})
        if entry.facts.get("device") == ANNA
        else replace(entry, body={**entry.facts, "family": "plx"})
        if "device" in entry.facts
        else entry
        for entry in evening.entries
    ]
    evening.keep(directory)
    return worn_clips(directory, "last")


def after(seconds: float = LENGTH_S + 60) -> ManualClock:
    """A clock of the hour after the session."""
    return ManualClock(utc_ns=BEGIN_NS + round(seconds * 1e9))


@pytest.mark.asyncio
@pytest.mark.parametrize(("family", "make"), [("viatom_oxy", vld), ("viatom_oxyii", oxyii)])
@pytest.mark.parametrize("cuts", [0, 2])
async def test_a_session_is_filled_from_the_clip(
    tmp_path: Path, family: str, make: Callable[..., tuple[str, bytes]], cuts: int
) -> None:
    """The whole way by bytes, also when the link breaks twice in the middle; a second time adds nothing."""
    clock = after()
    air = radio(clock, ring(family, dict([make(Evening().anna, ahead_s=40)])))
    air.cuts, air.budget = cuts, 9
    worn = evening_of(air, tmp_path, family)

    got = await brought(clock, air, worn)
    _, filled = filled_in(tmp_path, "last", got.found)
    again = filled_in(tmp_path, "last", got.found)[1]

    assert air.connections == cuts + 1
    assert got.failures == []
    assert [(one.participants, one.readings) for one in filled] == [(("P1",), MISSING)]
    assert [one.readings for one in again] == [0]


@pytest.mark.asyncio
@pytest.mark.parametrize(("family", "make"), [("viatom_oxy", vld), ("viatom_oxyii", oxyii)])
async def test_the_clips_own_clock_tells_how_far_off_its_times_are(
    tmp_path: Path, family: str, make: Callable[..., tuple[str, bytes]]
) -> None:
    """A ring that is two hours ahead is asked what time it has, so that its file is found all the same."""
    clock = after()
    ahead_s = 7200
    set_time = viatom_oxy_frame.set_time if family == "viatom_oxy" else viatom_oxyii_frame.set_time
    now = datetime.fromtimestamp(clock.now().utc_ns / SECOND + ahead_s, UTC).astimezone()
    driver = ring(family, dict([make(Evening().anna, ahead_s=ahead_s)]))
    encoder = driver.encoder()
    encoder.answer(
        driver.poll.write.characteristic if driver.poll else "",
        set_time(now),
        Vitals(spo2=97, pulse_rate=60),
    )
    air = radio(clock, replace(driver, encoder=lambda: encoder))
    worn = evening_of(air, tmp_path, family)

    got = await brought(clock, air, worn)
    _, filled = filled_in(tmp_path, "last", got.found)

    assert [one.readings for one in filled] == [MISSING]
    assert abs(got.found[0].ahead_s - ahead_s) < 5


@pytest.mark.asyncio
async def test_what_the_clip_answers_wrongly_is_said_and_changes_nothing(tmp_path: Path) -> None:
    """Another recording under the name that was asked for."""
    clock = after()
    name, _ = vld(Evening().anna)
    _, other = vld(Evening().anna, ahead_s=3600)
    air = radio(clock, ring("viatom_oxy", {name: other}))
    worn = evening_of(air, tmp_path, "viatom_oxy")
    before = (tmp_path / NAME).read_bytes()

    got = await brought(clock, air, worn)
    filled_in(tmp_path, "last", got.found)

    assert got.found == []
    assert got.failures == [f"O2Ring: {name} was not taken: the clip answered with another file."]
    assert (tmp_path / NAME).read_bytes() == before


@pytest.mark.asyncio
async def test_a_clip_that_is_away_is_said_and_changes_nothing(tmp_path: Path) -> None:
    """After some attempts, in one sentence that says what to do."""
    clock = after()
    air = radio(clock, ring("viatom_oxy", {}))
    worn = evening_of(air, tmp_path, "viatom_oxy")
    before = (tmp_path / NAME).read_bytes()
    gone = replace(worn, clips=tuple(replace(clip, address="AA") for clip in worn.clips))

    got = await brought(clock, air, gone)

    (said,) = got.failures
    assert said.endswith(
        "could not be read (The clip does not answer); put the clip on a finger or its charger near this"
        " computer, and try again."
    )
    assert (tmp_path / NAME).read_bytes() == before


@pytest.mark.asyncio
async def test_a_silent_clip_is_given_up(tmp_path: Path) -> None:
    """Connected, but it says nothing: requests, then connections end."""
    clock = after()
    air = radio(clock, ring("viatom_oxy", {}))
    worn = evening_of(air, tmp_path, "viatom_oxy")
    air.asked = lambda *_: None  # type: ignore[method-assign]

    got = await brought(clock, air, worn)

    (said,) = got.failures
    assert "no reply to 4 requests" in said


@pytest.mark.asyncio
@pytest.mark.parametrize(("family", "make"), [("viatom_oxy", vld), ("viatom_oxyii", oxyii)])
async def test_the_next_command_goes_on_where_the_last_one_broke_off(
    tmp_path: Path, family: str, make: Callable[..., tuple[str, bytes]]
) -> None:
    """What came is not asked for again, but for its first piece, which shows that it is the same file."""
    files = dict([make(Evening().anna)])
    asked: list[int] = []
    for cuts, away in ((0, False), (1, True), (0, False)):
        clock = after()
        air = radio(clock, ring(family, files))
        air.cuts, air.budget, air.away = cuts, 12, away
        worn = evening_of(air, tmp_path, family) if not asked else worn_clips(tmp_path, "last")
        shelf = Parts(tmp_path, worn.session) if asked else Floor()
        got = await brought(clock, air, worn, shelf=shelf)
        asked.append(air.writes)
    _, filled = filled_in(tmp_path, "last", got.found)

    assert got.failures == []
    assert [one.readings for one in filled] == [MISSING]
    assert asked[2] <= asked[0] - 5


@pytest.mark.asyncio
async def test_files_of_other_evenings_stay_where_they_are(tmp_path: Path) -> None:
    """Only what may hold some of the session is downloaded."""
    clock = after()
    files = dict(vld(Evening().anna, ahead_s=day * 86_400) for day in (-3, 0, 2))
    air = radio(clock, ring("viatom_oxy", files))
    worn = evening_of(air, tmp_path, "viatom_oxy")

    got = await brought(clock, air, worn)

    assert [stored.recording.path.name for stored in got.found] == [vld(Evening().anna)[0]]


def test_a_session_without_such_a_clip_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Families without a memory have nothing to download; the radio is not asked for."""
    evening_of(radio(after(), ring("viatom_oxy", {})), tmp_path, "plx")

    assert main(["fill", "last", "--data", str(tmp_path)]) == 2
    assert "--from takes a file" in capsys.readouterr().err


@pytest.mark.asyncio
async def test_a_running_station_is_not_disturbed(tmp_path: Path) -> None:
    """Before the radio is touched."""
    whole().keep(tmp_path)
    async with Journal(tmp_path):
        with pytest.raises(JournalLocked, match="stop it or choose another --data"):
            worn_clips(tmp_path, "last")
    with Archive(tmp_path) as archive:
        assert len(archive.sessions()) == 1
