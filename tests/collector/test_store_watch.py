"""The store watch: a sick disk is told to everybody, once."""

import asyncio

from collector.clock import SECOND, ManualClock
from collector.commands import Prepare
from collector.entry import Entry
from collector.feed import Feed
from collector.journal.health import Health
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.recorder import Recorder
from collector.saving import STORE, Saving, read_saving
from collector.store_watch import CALM_LOOKS, LOOK_S, StoreWatch, watch_store
from tests.simulation.loop import run_virtual


def test_a_full_disk_is_told_once_and_its_end_once() -> None:
    """With the reason, since when, and how many readings were given up."""

    async def main() -> list[Entry]:
        disk, clock = MemoryDisk(), ManualClock()
        async with MemoryJournal(disk) as journal:
            recorder = Recorder(journal, Feed(), clock)
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(watch_store(recorder, journal, clock))
                await asyncio.sleep(1)
                disk.trouble = "the disk is full"
                recorder.execute(Prepare(roster={"A": "P1"}))
                await asyncio.sleep(8)
                disk.trouble = ""
                await asyncio.sleep(10)
                watching.cancel()
        return [entry for entry in disk.entries if entry.kind == STORE]

    told, over = run_virtual(main)

    since = ManualClock().now().utc_ns
    assert told.facts == {
        "behind": True,
        "why": "the disk is full",
        "since_utc_ns": since,
        "lost": 0,
        "failing": True,
        "behind_s": told.facts["behind_s"],
        "full_in_s": None,
    }
    assert read_saving(over) == Saving(behind=False, why="", lost=0)


def test_what_goes_on_is_told_again_at_10_and_60_s() -> None:
    """So that whoever listens needs no clock of the disk's."""

    async def main() -> list[Entry]:
        disk, clock = MemoryDisk(), ManualClock()
        async with MemoryJournal(disk) as journal:
            recorder = Recorder(journal, Feed(), clock)
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(watch_store(recorder, journal, clock))
                disk.trouble = "the disk is full"
                recorder.execute(Prepare(roster={"A": "P1"}))
                await asyncio.sleep(80)
                disk.trouble = ""
                await asyncio.sleep(10)
                watching.cancel()
        return [entry for entry in disk.entries if entry.kind == STORE]

    told = [read_saving(entry) for entry in run_virtual(main)]

    assert [one.behind for one in told] == [True, True, True, False]
    assert [round(one.behind_s) for one in told[1:]] == [10, 60, 0]


class Filling:
    """A journal that is well, on a disk that fills."""

    def __init__(self) -> None:
        self.free = 100_000_000
        self.last_seq = 0
        self.sessions: frozenset[str] = frozenset()
        self.opening: list[Entry] = []

    @property
    def health(self) -> Health:
        """Nothing waits."""
        return Health(free=self.free)

    def append(self, entry: Entry, *, urgent: bool = False) -> None:
        """Take it."""
        self.last_seq = entry.seq


class Waiting(Filling):
    """A journal whose oldest entry has been waiting."""

    behind_s = 0.0
    error = ""

    @property
    def health(self) -> Health:
        """As told."""
        return Health(behind_s=self.behind_s, error=self.error)


def after_a_stall(course: list[float], *, before: float = 0.0, error: str = "") -> list[str]:
    """What is said in looks 250 ms apart, each with the age of its oldest entry, after 15 s of none."""
    journal, real = Waiting(), ManualClock()
    recorder = Recorder(journal, Feed(), ManualClock())  # type: ignore[arg-type]  # nobody waits here
    watch = StoreWatch(recorder, journal, ManualClock(), real)  # type: ignore[arg-type]  # as above
    journal.behind_s = before
    watch.look()
    real.advance_to(real.now().running_ns + 15 * SECOND)
    journal.error = error
    said = []
    for behind_s in course:
        journal.behind_s = behind_s
        entry = watch.look()
        said += [str(entry.facts["why"])] if entry else []
        real.advance_to(real.now().running_ns + SECOND // 4)
    return said


def test_a_station_that_stood_still_does_not_blame_the_disk() -> None:
    """What waited meanwhile is saved within two seconds; what waits on is told, an error at once."""
    assert after_a_stall([15.0, 15.2, 0.1] + [0.0] * 20) == []
    assert after_a_stall([15.0 + n / 4 for n in range(12)]) == ["the disk is slow"]
    assert after_a_stall([15.0], error="the disk is full") == ["the disk is full"]


def test_a_stall_ends_no_trouble_of_the_disk() -> None:
    """A disk that was slow before is slow until two seconds without trouble have been judged."""
    assert after_a_stall([0.0] * 15, before=2.0) == []
    assert after_a_stall([0.0] * 16, before=2.0) == [""]


def filling(free: int, rate: int) -> list[float | None]:
    """What is told of a disk with `free` bytes that loses `rate` bytes a second for ten minutes."""
    journal, real = Filling(), ManualClock()
    journal.free = free
    recorder = Recorder(journal, Feed(), ManualClock())  # type: ignore[arg-type]  # nobody waits here
    watch = StoreWatch(recorder, journal, ManualClock(), real)  # type: ignore[arg-type]  # as above
    told = []
    for _ in range(600):
        real.advance_to(real.now().running_ns + SECOND)
        journal.free -= rate
        told += [entry for entry in (watch.look() for _ in range(4)) if entry is not None]
    return [read_saving(entry).full_in_s for entry in told]


def test_with_plenty_of_room_a_burst_of_another_program_is_no_news() -> None:
    """74 GB at 11 MB/s would last two hours, and the burst never lasts; 9 GB at 2 MB/s is told."""
    assert filling(74_000_000_000, 11_000_000) == []
    assert len(filling(9_000_000_000, 2_000_000)) == 1


def test_a_disk_that_is_full_within_two_hours_is_told_and_so_is_its_room() -> None:
    """At the rate of the last minutes; a little more room than that is no news."""
    journal, real = Filling(), ManualClock()
    recorder = Recorder(journal, Feed(), ManualClock())  # type: ignore[arg-type]  # nobody waits here
    watch = StoreWatch(recorder, journal, ManualClock(), real)  # type: ignore[arg-type]  # as above
    told: list[float | None] = []
    for second in range(1200):
        real.advance_to(real.now().running_ns + SECOND)
        journal.free -= 50_000 if second < 400 else 0
        looks = [watch.look() for _ in range(4)]
        told += [read_saving(entry).full_in_s for entry in looks if entry is not None]

    assert len(told) == 2
    assert told[0] is not None
    assert 1500 < told[0] < 2000  # 97 MB at 50 kB a second
    assert told[1] is None


def test_a_slow_disk_is_told_when_an_urgent_entry_waits_half_a_second() -> None:
    """A notification must not wait longer for the disk than that."""

    async def main() -> list[str]:
        disk, clock = MemoryDisk(), ManualClock()
        journal = MemoryJournal(disk)
        said: list[str] = []
        async with journal:
            recorder = Recorder(journal, Feed(), clock)
            watch = StoreWatch(recorder, journal, clock)
            recorder.execute(Prepare(roster={"A": "P1"}))
            for _ in range(4):
                entry = watch.look()
                said.append(str(entry.facts["why"]) if entry else "")
                asyncio.get_running_loop()._virtual.seconds += LOOK_S  # type: ignore[attr-defined]
        return said

    assert run_virtual(main) == ["", "", "", "the disk is slow"]


def test_a_disk_at_its_limit_does_not_flicker() -> None:
    """Trouble counts as over only after two seconds without any."""

    async def main() -> list[bool]:
        disk, clock = MemoryDisk(), ManualClock()
        async with MemoryJournal(disk, retry_s=0.1) as journal:
            recorder = Recorder(journal, Feed(), clock)
            watch = StoreWatch(recorder, journal, clock)
            said: list[bool] = []
            for n in range(40):
                disk.trouble = "the disk is full" if n % 4 == 0 and n < 20 else ""
                recorder.add(
                    kind="note", subject="", participant=None, body={}, instant=clock.now(), urgent=True
                )
                await asyncio.sleep(LOOK_S)
                entry = watch.look()
                said += [bool(entry.facts["behind"])] if entry else []
            return said

    assert run_virtual(main) == [True, False]
    assert CALM_LOOKS * LOOK_S >= 2
