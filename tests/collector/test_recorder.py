"""The recorder: seq, participant, order, restart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import SECOND, ManualClock
from collector.commands import Bind, Command, End, Mark, Prepare, Release, Start
from collector.device import DeviceStatus, LinkState, read_status
from collector.entry import Entry
from collector.errors import Refused
from collector.feed import Feed, Loss, Subscription
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.reading import Reading
from collector.recorder import Recorder
from collector.session import Phase
from tests.simulation.loop import run_virtual

ROSTER = {"A": "P1", "B": "P2"}


@dataclass
class Station:
    """A recorder with what stands around it."""

    clock: ManualClock
    journal: MemoryJournal
    recorder: Recorder
    page: Subscription

    def tick(self, seconds: float = 1.0) -> None:
        """Let time pass."""
        self.clock.advance_to(self.clock.now().running_ns + int(seconds * SECOND))

    def reading(self, device: str = "clip", spo2: float = 97.0) -> Entry | None:
        """A reading of `device` now."""
        return self.recorder.reading(device, Reading(at=self.clock.now(), spo2=spo2))

    def late(self, seconds: float, device: str = "clip") -> Entry | None:
        """A reading that was measured `seconds` ago and arrives now."""
        at = self.clock.now().plus(-int(seconds * SECOND))
        return self.recorder.reading(device, Reading(at=at, spo2=97.0, backfill=True))

    def do(self, *commands: Command) -> None:
        """Commands, one a second."""
        for command in commands:
            self.recorder.execute(command)
            self.tick()


@asynccontextmanager
async def station(disk: MemoryDisk, clock: ManualClock | None = None) -> AsyncIterator[Station]:
    """A station on `disk`."""
    clock = clock or ManualClock()
    async with MemoryJournal(disk) as journal:
        feed = Feed()
        page = feed.subscribe("page", bound=10_000, loss=Loss.NOTHING)
        yield Station(clock, journal, Recorder(journal, feed, clock), page)


BIND = Bind(seat="A", participant="P1", device="clip")


def test_every_entry_gets_the_next_seq_and_reaches_feed_and_journal() -> None:
    """One order for everybody."""

    async def main() -> None:
        disk = MemoryDisk()
        async with station(disk) as room:
            room.do(Prepare(roster=ROSTER), BIND, Start())
            room.reading()
            room.do(Mark(what="dose"))
        published = room.page.take()

        assert [e.seq for e in published] == [1, 2, 3, 4, 5]
        assert disk.entries == published

    run_virtual(main)


def test_a_reading_gets_the_participant_who_wears_the_clip() -> None:
    """Never mixed up: no binding, no participant, no entry."""

    async def main() -> None:
        async with station(MemoryDisk()) as room:
            assert room.reading() is None
            room.do(Prepare(roster=ROSTER))
            assert room.reading() is None
            room.do(BIND)
            mine = room.reading()
            assert room.reading("other clip") is None
            room.do(Bind(seat="B", participant="P2", device="clip"))
            yours = room.reading()
            room.do(Release(seat="B"))
            assert room.reading() is None

        assert mine is not None
        assert yours is not None
        assert (mine.participant, yours.participant) == ("P1", "P2")

    run_virtual(main)


def test_nothing_is_recorded_after_the_end() -> None:
    """The session is over for devices, too."""

    async def main() -> None:
        async with station(MemoryDisk()) as room:
            room.do(Prepare(roster=ROSTER), BIND, Start(), End())

            assert room.reading() is None
            assert room.late(3) is None

    run_virtual(main)


def test_a_binding_never_reaches_back_and_a_late_reading_goes_to_its_wearer_of_then() -> None:
    """Late readings belong to whoever wore the clip when they were measured, or to nobody."""

    async def main() -> None:
        async with station(MemoryDisk()) as room:
            room.do(Prepare(roster=ROSTER))
            room.tick(10)
            room.do(BIND)
            room.tick(10)
            room.do(Release(seat="A"))
            room.tick(10)
            room.do(Bind(seat="B", participant="P2", device="clip"))
            room.tick(10)

            asked = {s: room.late(s) for s in (5, 15, 25, 40)}

        found = {s: entry.participant if entry else None for s, entry in asked.items()}
        assert found == {5: "P2", 15: None, 25: "P1", 40: None}

    run_virtual(main)


def test_a_status_is_recorded_for_the_wearer_only() -> None:
    """Other clips in range leave no trace."""

    async def main() -> None:
        async with station(MemoryDisk()) as room:
            room.do(Prepare(roster=ROSTER), BIND)
            lost = DeviceStatus(
                at=room.clock.now(), device="clip", link=LinkState.LOST, why="timeout", battery=40
            )
            entry = room.recorder.status(lost)
            stranger = DeviceStatus(at=room.clock.now(), device="other", link=LinkState.LOST)

            assert room.recorder.status(stranger) is None

        assert entry is not None
        assert (entry.subject, entry.participant) == ("clip", "P1")
        assert read_status(entry) == lost

    run_virtual(main)


def test_a_refused_command_changes_nothing() -> None:
    """No entry, no seq, no other session."""

    async def main() -> None:
        async with station(MemoryDisk()) as room:
            with pytest.raises(Refused):
                room.recorder.execute(Start())
            assert room.recorder.session is None
            assert room.journal.last_seq == 0

    run_virtual(main)


def test_commands_are_committed_at_once_and_readings_within_a_quarter_of_a_second() -> None:
    """The group commit waits for readings only."""

    async def main() -> None:
        async with station(MemoryDisk()) as room:
            room.do(Prepare(roster=ROSTER), BIND)
            await asyncio.sleep(0.001)
            assert room.journal.committed == 2
            room.reading()
            await asyncio.sleep(0.2)
            assert room.journal.committed == 2
            await asyncio.sleep(0.06)
            assert room.journal.committed == 3

    run_virtual(main)


def test_a_restart_goes_on_with_the_same_session_bindings_and_seq() -> None:
    """The fold over the journal is the recorder's memory."""

    async def main() -> None:
        disk, clock = MemoryDisk(), ManualClock()
        async with station(disk, clock) as room:
            room.do(Prepare(roster=ROSTER), BIND, Start(), Mark(what="dose"))
            room.reading()
            before = room.recorder.session
            await asyncio.sleep(1)
            room.journal.kill()
        async with station(disk, clock) as room:
            assert room.recorder.session == before
            entry = room.reading()
            assert entry is not None
            assert (entry.seq, entry.participant) == (6, "P1")

    run_virtual(main)


@pytest.mark.parametrize("wall_clock_s", [60, 0, -1_700_000_000])
def test_after_a_restart_of_the_machine_bindings_still_hold(wall_clock_s: int) -> None:
    """Also on a machine that wakes up in 1970; what was measured before the binding stays nobody's."""

    async def main() -> None:
        disk = MemoryDisk()
        async with station(disk) as room:
            before = room.clock.now()
            room.tick(10)
            room.do(Prepare(roster=ROSTER), BIND)
        utc_ns = room.clock.now().utc_ns + wall_clock_s * SECOND
        async with station(disk, ManualClock(utc_ns=utc_ns, boot="second")) as room:
            now = room.reading()
            held_back = Reading(at=before, spo2=97.0, backfill=True)

            assert room.recorder.reading("clip", held_back) is None

        assert now is not None
        assert now.participant == "P1"

    run_virtual(main)


def test_a_new_session_never_takes_an_id_that_exists() -> None:
    """Also not one from before the restart."""

    async def main() -> None:
        disk, clock = MemoryDisk(), ManualClock()
        async with station(disk, clock) as room:
            for _ in range(2):
                room.recorder.execute(Prepare(roster=ROSTER))
                room.recorder.execute(End())
        async with station(disk, clock) as room:
            assert room.recorder.session is not None
            assert room.recorder.session.phase is Phase.ENDED
            room.recorder.execute(Prepare(roster=ROSTER))
            assert room.recorder.session.id == "20260921-141320-3"

    run_virtual(main)


def test_facts_without_a_session_are_recorded_all_the_same() -> None:
    """A sick disk is worth an entry before anybody has prepared anything."""

    async def main() -> None:
        async with station(MemoryDisk()) as room:
            entry = room.recorder.add(
                kind="store", subject="", participant=None, body={}, instant=room.clock.now()
            )
            assert (entry.session, entry.seq) == ("", 1)

    run_virtual(main)


steps = st.lists(
    st.one_of(
        st.builds(
            Bind,
            seat=st.sampled_from("ABC"),
            participant=st.sampled_from(["P1", "P2", "P3"]),
            device=st.sampled_from(["x", "y"]),
        ),
        st.builds(Release, seat=st.sampled_from("ABC")),
        st.just(Start()),
        st.just(End()),
        st.just(Prepare(roster={"A": "P1", "B": "P2"})),
        st.tuples(st.sampled_from(["x", "y"]), st.integers(0, 8)),
    ),
    max_size=30,
)


@given(steps)
def test_no_reading_is_attributed_without_a_binding_valid_at_its_instant(
    script: list[Command | tuple[str, int]],
) -> None:
    """Invariant I10, checked against the recorded binding entries alone."""

    async def main() -> None:
        async with station(MemoryDisk()) as room:
            for step in script:
                try:
                    if isinstance(step, tuple):
                        room.late(step[1], device=step[0])
                    else:
                        room.recorder.execute(step)
                except Refused:
                    pass
                room.tick()
            entries = room.page.take()
        assert [e.seq for e in entries] == list(range(1, len(entries) + 1))
        for entry in entries:
            if entry.reading:
                assert entry.participant == _wearer_by_the_book(entries, entry)

    run_virtual(main)


def _wearer_by_the_book(entries: list[Entry], reading: Entry) -> str | None:
    """Who wore the device at the reading's instant, by the entries before it in its session."""
    wearer, seat = None, ""
    for entry in entries[: reading.seq - 1]:
        if entry.instant.running_ns > reading.instant.running_ns or entry.session != reading.session:
            continue
        event = entry.facts.get("event")
        if event == "bind" and entry.facts["device"] == reading.subject:
            wearer, seat = entry.participant, entry.subject
        elif event == "end" or (event in ("bind", "release") and entry.subject == seat):
            wearer, seat = None, ""
    return wearer


def test_a_machine_that_starts_anew_in_1970_goes_on_recording() -> None:
    """What another boot recorded lies in the past, even if the wall clock says that it is to come."""

    async def main() -> None:
        disk = MemoryDisk()
        async with station(disk) as room:
            room.do(Prepare(roster=ROSTER), Bind(seat="A", participant="P1", device="clip"), Start())
        async with station(disk, ManualClock(utc_ns=0, boot="second")) as room:
            entry = room.reading()

        assert entry is not None
        assert entry.participant == "P1"

    run_virtual(main)
