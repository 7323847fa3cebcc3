"""The journal of a running station: lock, modes, start, and the thread's timing."""

import stat
import sys
from pathlib import Path

import apsw
import pytest

from collector.clock import SECOND, ManualClock
from collector.errors import JournalError
from collector.journal.file import NAME
from collector.journal.schema import SCHEMA
from collector.journal.store import Journal
from tests.collector.journal.disks import SickDisk
from tests.collector.journal.samples import fact, files, prepare, reading

pytestmark = pytest.mark.asyncio


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
async def test_nobody_else_on_the_machine_can_read_the_journal(tmp_path: Path) -> None:
    """Directory 0700, every file in it 0600."""
    async with Journal(tmp_path / "data") as journal:
        journal.append(prepare(1), urgent=True)
        await journal.committed_to(1)

        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}

    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert set(modes) == {"lock", NAME, f"{NAME}-wal", f"{NAME}-shm"}
    assert set(modes.values()) == {0o600}


async def test_a_newer_journal_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """One sentence says which file, why, and what to do."""
    async with Journal(tmp_path):
        pass
    connection = apsw.Connection(str(tmp_path / NAME))
    connection.pragma("user_version", SCHEMA + 6)
    connection.close()
    before = (tmp_path / NAME).read_bytes()

    with pytest.raises(JournalError, match=r"journal\.db was written by a newer Holdspace.*update"):
        async with Journal(tmp_path):
            pass
    assert (tmp_path / NAME).read_bytes() == before


async def test_a_foreign_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """Somebody else's file is not turned into a journal."""
    connection = apsw.Connection(str(tmp_path / NAME))
    connection.execute("CREATE TABLE letters (x)")
    connection.close()
    before = (tmp_path / NAME).read_bytes()

    with pytest.raises(JournalError, match="is not a Holdspace journal; choose another --data"):
        async with Journal(tmp_path):
            pass
    assert (tmp_path / NAME).read_bytes() == before


async def test_an_unreadable_journal_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """Nothing is deleted or renamed; the sentence says how to go on."""
    (tmp_path / NAME).write_bytes(b"scribble" * 1000)

    with pytest.raises(JournalError, match=r"journal\.db cannot be read .*keep it, move it aside"):
        async with Journal(tmp_path):
            pass
    assert (tmp_path / NAME).read_bytes() == b"scribble" * 1000
    assert files(tmp_path) == [NAME]


async def test_a_refused_journal_leaves_the_directory_free(tmp_path: Path) -> None:
    """The lock is not kept by a start that failed."""
    (tmp_path / NAME).write_bytes(b"scribble" * 1000)
    for _ in range(2):
        with pytest.raises(JournalError, match="cannot be read"):
            async with Journal(tmp_path):
                pass


async def test_a_data_directory_that_is_a_file_is_said(tmp_path: Path) -> None:
    """A wrong --data is a sentence, not a traceback."""
    (tmp_path / "data").write_text("hello")

    with pytest.raises(JournalError, match=r"data directory .*data cannot be made: File exists\."):
        async with Journal(tmp_path / "data"):
            pass


async def test_health_tells_how_long_the_oldest_entry_has_been_waiting(tmp_path: Path) -> None:
    """Measured on the running clock, separately for urgent entries."""
    clock, disk = ManualClock(), SickDisk()
    async with Journal(tmp_path, clock=clock, vfs=disk.name, retry_s=0.01) as journal:
        disk.write_error = apsw.SQLITE_FULL
        journal.append(prepare(1))
        clock.advance_to(clock.now().running_ns + 3 * SECOND)
        journal.append(fact(2), urgent=True)
        clock.advance_to(clock.now().running_ns + 2 * SECOND)
        sick = journal.health
        disk.write_error = 0
        await journal.committed_to(2)

        assert (sick.behind_s, sick.urgent_behind_s) == (5.0, 2.0)
        assert (journal.health.behind_s, journal.health.urgent_behind_s) == (0.0, 0.0)


async def test_a_station_goes_on_in_a_take_over_file_after_a_failed_fsync(tmp_path: Path) -> None:
    """The next start finds everything in one journal."""
    disk = SickDisk()
    async with Journal(tmp_path, vfs=disk.name, retry_s=0.01) as journal:
        journal.append(prepare(1), urgent=True)
        await journal.committed_to(1)
        disk.syncs_until_error = 1
        journal.append(reading(2), urgent=True)
        await journal.committed_to(2)
        journal.append(reading(3), urgent=True)
        await journal.committed_to(3)

        assert journal.health.error == ""
        assert files(tmp_path) == [NAME, "journal-takeover-1.db"]

    async with Journal(tmp_path) as journal:
        assert journal.last_seq == 3
        assert files(tmp_path) == [NAME]


async def test_a_whole_session_takes_at_most_25_megabytes(tmp_path: Path) -> None:
    """12 participants, 4 hours, 172,800 readings; measured here on a twelfth of it."""
    count = 14_400
    async with Journal(tmp_path) as journal:
        journal.append(prepare(1))
        for seq in range(2, count + 2):
            journal.append(
                reading(seq, device=f"C0:FF:EE:00:00:{seq % 12:02X}", participant=f"P{seq % 12}")
            )
            await journal.room()

    assert (tmp_path / NAME).stat().st_size / count * 172_800 <= 25_000_000
