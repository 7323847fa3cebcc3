"""What `Journal` and `MemoryJournal` both promise: one suite, so that the fake cannot drift."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import apsw
import pytest

from collector.entry import READING, Entry
from collector.errors import JournalError, JournalLocked
from collector.journal.archive import Archive
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.journal.store import Journal
from collector.session import phase_body
from tests.collector.journal.disks import SickDisk
from tests.collector.journal.samples import ROOM_ID, fact, instant, prepare, reading

pytestmark = pytest.mark.asyncio


class Place(Protocol):
    """Somewhere to open journals, one after the other."""

    def open(self) -> Journal | MemoryJournal:
        """A journal on what the earlier ones left."""
        ...

    def fill(self) -> None:
        """From now on the disk is full."""
        ...

    def free(self) -> None:
        """There is space again."""
        ...

    def stored(self) -> list[Entry]:
        """All entries of the sample session that a reader finds."""
        ...

    def states(self) -> Mapping[str, tuple[int, Mapping[str, object]]]:
        """The states that the next start finds."""
        ...


@dataclass
class RealPlace:
    directory: Path
    disk: SickDisk

    def open(self) -> Journal:
        return Journal(self.directory, vfs=self.disk.name, retry_s=0.01)

    def fill(self) -> None:
        self.disk.write_error = apsw.SQLITE_FULL

    def free(self) -> None:
        self.disk.write_error = 0

    def stored(self) -> list[Entry]:
        with Archive(self.directory) as archive:
            return list(archive.entries(ROOM_ID))

    def states(self) -> Mapping[str, tuple[int, Mapping[str, object]]]:
        with Archive(self.directory) as archive:
            return archive.states()


@dataclass
class MemoryPlace:
    disk: MemoryDisk

    def open(self) -> MemoryJournal:
        return MemoryJournal(self.disk, retry_s=0.01)

    def fill(self) -> None:
        self.disk.trouble = "the disk is full"

    def free(self) -> None:
        self.disk.trouble = ""

    def stored(self) -> list[Entry]:
        return list(self.disk.entries)

    def states(self) -> Mapping[str, tuple[int, Mapping[str, object]]]:
        return self.disk.found()


@pytest.fixture(params=["real", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Both kinds of journal in turn."""
    return (
        RealPlace(tmp_path / "data", SickDisk())
        if request.param == "real"
        else MemoryPlace(MemoryDisk())
    )


async def test_what_was_committed_is_there_for_the_next_start(place: Place) -> None:
    """Entries come back equal and in order, and the seq goes on where it ended."""
    entries = [prepare(1), reading(2), fact(3), reading(4, spo2=None)]
    async with place.open() as journal:
        for entry in entries:
            journal.append(entry)
        await journal.committed_to(4)

        assert place.stored() == entries
        assert journal.committed == 4

    async with place.open() as journal:
        assert journal.last_seq == journal.committed == 4
        assert journal.sessions == {ROOM_ID}


async def test_leaving_commits_what_waits(place: Place) -> None:
    """A station that ends in good order loses nothing."""
    async with place.open() as journal:
        journal.append(prepare(1))
        journal.append(reading(2))

    assert [entry.seq for entry in place.stored()] == [1, 2]


async def test_nothing_is_committed_before_the_append_returns(place: Place) -> None:
    """Appending never waits for the disk, not even for an urgent entry."""
    async with place.open() as journal:
        journal.append(prepare(1), urgent=True)
        await journal.committed_to(1)
        journal.append(reading(2))

        assert journal.last_seq == 2
        assert journal.committed == 1
        assert journal.health.waiting == 1


async def test_the_opening_holds_what_the_last_session_is_folded_from(place: Place) -> None:
    """Only session, binding and marker entries, only of the last session."""
    later = "20260922-090000"
    async with place.open() as journal:
        for entry in [
            prepare(1),
            reading(2),
            prepare(3, session=later),
            reading(4, session=later),
            fact(5, "marker", session=later),
            fact(6, "alert", session=later),
        ]:
            journal.append(entry)

    async with place.open() as journal:
        assert [entry.seq for entry in journal.opening] == [3, 5]
        assert journal.sessions == {ROOM_ID, later}


async def test_a_session_that_was_left_open_is_the_one_to_go_on_with(place: Place) -> None:
    """Also when a recording was imported after the crash; only without one it is the last."""
    imported, last = "20120101-090000", "20260923-090000"
    end = phase_body("end", by="f")
    async with place.open() as journal:
        for entry in [
            prepare(1),
            prepare(2, session=imported),
            fact(3, "session", end, session=imported),
        ]:
            journal.append(entry)
    async with place.open() as journal:
        assert [entry.seq for entry in journal.opening] == [1]
        for entry in [
            fact(4, "session", end),
            prepare(5, session=last),
            fact(6, "session", end, session=last),
        ]:
            journal.append(entry)

    async with place.open() as journal:
        assert [entry.seq for entry in journal.opening] == [5, 6]


async def test_a_state_is_committed_with_the_entries_it_speaks_of(place: Place) -> None:
    """After a restart the state is never ahead of the entries."""
    async with place.open() as journal:
        journal.append(prepare(1))
        journal.append(reading(2))
        journal.save_state("engine", 2, {"open": ["a"]})
        await journal.committed_to(2)

        assert place.states() == {"engine": (2, {"open": ["a"]})}
        assert journal.state("engine") is None  # what was there at the start

    async with place.open() as journal:
        assert journal.state("engine") == (2, {"open": ["a"]})
        assert journal.state("other") is None


async def test_the_latest_state_of_a_name_counts(place: Place) -> None:
    """A state replaces the one before."""
    async with place.open() as journal:
        journal.append(prepare(1))
        journal.save_state("engine", 1, {"n": 1})
        await journal.committed_to(1)
        journal.append(reading(2))
        journal.save_state("engine", 2, {"n": 2})

    assert place.states() == {"engine": (2, {"n": 2})}


async def test_a_full_disk_is_said_and_everything_is_saved_when_there_is_space_again(
    place: Place,
) -> None:
    """Entries wait in memory, health says why and since when, and they are flushed in order."""
    async with place.open() as journal:
        journal.append(prepare(1), urgent=True)
        await journal.committed_to(1)
        place.fill()
        journal.append(reading(2), urgent=True)
        journal.append(reading(3))
        await _until(lambda: bool(journal.health.error))

        assert journal.health.error == "the disk is full"
        assert journal.health.since_utc_ns == instant(2).utc_ns
        assert journal.health.waiting == 2
        assert journal.health.urgent_behind_s > 0
        assert journal.committed == 1

        place.free()
        await journal.committed_to(3)
        healed = journal.health

        assert healed.error == ""
        assert healed.since_utc_ns is None
        assert [entry.seq for entry in place.stored()] == [1, 2, 3]


async def test_ten_minutes_of_readings_per_device_and_everything_else_survive_a_long_outage(
    place: Place,
) -> None:
    """What is given up is counted, and only readings are ever given up."""
    async with place.open() as journal:
        journal.append(prepare(1), urgent=True)
        await journal.committed_to(1)
        place.fill()
        journal.append(fact(2, "alert"), urgent=True)
        await _until(lambda: bool(journal.health.error))
        for seq in range(3, 9003):
            journal.append(reading(seq))
        await _until(lambda: journal.health.lost > 0)
        place.free()
        await journal.committed_to(9002)

        lost = journal.health.lost
        stored = [entry for entry in place.stored() if entry.kind == READING]
        assert lost + len(stored) == 9000
        assert stored[-1].seq == 9002
        assert stored[-1].seq - stored[0].seq >= 600
        assert [entry.seq for entry in place.stored() if entry.kind == "alert"] == [2]


async def test_leaving_with_a_full_disk_says_what_was_not_saved(place: Place) -> None:
    """The end of a station with a sick disk is a sentence, never silence."""

    async def station() -> None:
        async with place.open() as journal:
            place.fill()
            journal.append(prepare(1))

    with pytest.raises(JournalError, match=r"1 entries were not saved: the disk is full\."):
        await station()


async def test_two_stations_cannot_hold_one_journal(place: Place) -> None:
    """The second one gets a sentence with the way out."""
    async with place.open():
        with pytest.raises(
            JournalLocked, match=r"Another station is using .*; stop it or choose another"
        ):
            async with place.open():
                pass

    async with place.open() as journal:
        assert journal.last_seq == 0


async def test_a_body_that_json_cannot_hold_is_refused_at_once(place: Place) -> None:
    """The mistake shows where it is made, not in the writer."""
    async with place.open() as journal:
        with pytest.raises(TypeError):
            journal.append(fact(1, "marker", {"what": object()}))

        assert journal.last_seq == 0


async def test_there_is_room_while_the_writer_keeps_up(place: Place) -> None:
    """Whoever can wait is held back until a long queue has been saved."""
    async with place.open() as journal:
        journal.append(prepare(1))
        for seq in range(2, 10_003):
            journal.append(reading(seq))
        await journal.room()

        assert journal.committed > 1


async def test_waiting_for_an_entry_ends_when_the_journal_ends(place: Place) -> None:
    """Nobody waits for ever for what will never be saved."""
    async with place.open() as journal:
        pass

    with pytest.raises(JournalError, match="stopped before entry 9 was saved"):
        await journal.committed_to(9)


async def test_a_reader_gets_what_is_committed_and_no_more(place: Place) -> None:
    """In slices, each going on where the last one ended."""
    entries = [prepare(1), *[reading(seq) for seq in range(2, 8)]]
    async with place.open() as journal:
        for entry in entries:
            journal.append(entry)
        await journal.committed_to(7)
        journal.append(reading(8))
        first = journal.read(0, 5)
        second = journal.read(first.upto, 5)

        assert [*first.entries, *second.entries] == entries
        assert (first.upto, second.upto) == (5, 7)
        assert journal.read(7, 5).entries == ()
        assert journal.read(7, 5).upto == 7


async def _until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110 - another thread gets there, without a signal
        await asyncio.sleep(0.001)
