"""The store watch: a sick disk is told to everybody, once."""

import asyncio

from collector.clock import ManualClock
from collector.commands import Prepare
from collector.entry import Entry
from collector.feed import Feed
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.recorder import Recorder
from collector.store_watch import CALM_LOOKS, LOOK_S, STORE, StoreWatch, watch_store
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
                await asyncio.sleep(10)
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
    }
    assert over.facts == {"behind": False, "why": "", "since_utc_ns": since, "lost": 0}


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
