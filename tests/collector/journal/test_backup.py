"""A copy of the journal: consistent while a station writes, restored by putting it in its place."""

import random
import shutil
from pathlib import Path

import apsw
import pytest

from collector.errors import BadInput, JournalError
from collector.journal.archive import Archive
from collector.journal.backup import back_up
from collector.journal.file import NAME, TAKE_OVER, JournalFile
from collector.journal.store import Journal
from tests.collector.journal.samples import ROOM_ID, prepare, reading, waiting


def seqs(directory: Path) -> list[int]:
    """The seq of every entry of the sample session."""
    with Archive(directory) as archive:
        return [entry.seq for entry in archive.entries(ROOM_ID)]


def restore(copy: Path, directory: Path) -> Path:
    """Do what docs/data.md says."""
    directory.mkdir()
    shutil.copy(copy, directory / NAME)
    return directory


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory whose journal holds four entries."""
    directory = tmp_path / "data"
    directory.mkdir()
    file = JournalFile(directory / NAME)
    file.write(waiting([prepare(1), reading(2), reading(3), reading(4)]), {"engine": (4, "{}")})
    file.close()
    return directory


def test_a_restored_copy_gives_back_every_entry_and_state(tmp_path: Path, data: Path) -> None:
    """Renamed to journal.db in a directory of its own, the copy is the journal."""
    copied = back_up(data, tmp_path / "copy.db")

    restored = restore(tmp_path / "copy.db", tmp_path / "new")
    assert (copied.sessions, copied.readings) == (1, 3)
    assert seqs(restored) == seqs(data) == [1, 2, 3, 4]
    with Archive(restored) as archive:
        assert archive.state("engine") == (4, {})


@pytest.mark.asyncio
async def test_a_running_station_is_copied_and_goes_on(tmp_path: Path, data: Path) -> None:
    """What was committed before the copy is in it; the writer is not disturbed."""
    async with Journal(data) as journal:
        journal.append(reading(5), urgent=True)
        await journal.committed_to(5)
        back_up(data, tmp_path / "copy.db")
        journal.append(reading(6), urgent=True)
        await journal.committed_to(6)

    restored = restore(tmp_path / "copy.db", tmp_path / "new")
    assert seqs(restored) == [1, 2, 3, 4, 5]
    assert seqs(data) == [1, 2, 3, 4, 5, 6]


@pytest.mark.asyncio
async def test_a_station_can_go_on_from_a_restored_copy(tmp_path: Path, data: Path) -> None:
    """It opens it, and its next entry follows the last one of the copy."""
    back_up(data, tmp_path / "copy.db")
    restored = restore(tmp_path / "copy.db", tmp_path / "new")

    async with Journal(restored) as journal:
        assert journal.last_seq == 4
        journal.append(reading(5), urgent=True)
        await journal.committed_to(5)

    assert seqs(restored) == [1, 2, 3, 4, 5]


def test_what_a_sick_disk_put_into_a_take_over_file_is_in_the_copy(tmp_path: Path, data: Path) -> None:
    """One file holds everything, and the originals stay as they are."""
    beside = JournalFile(data / TAKE_OVER.format(1))
    beside.write(waiting([reading(5), reading(6)]), {})
    beside.close()

    copied = back_up(data, tmp_path / "copy.db")

    assert copied.readings == 5
    assert seqs(restore(tmp_path / "copy.db", tmp_path / "new")) == [1, 2, 3, 4, 5, 6]
    assert (data / TAKE_OVER.format(1)).exists()


def test_the_copy_is_its_owners_alone_and_leaves_nothing_beside_it(tmp_path: Path, data: Path) -> None:
    """Mode 0600, and no half-written file."""
    target = tmp_path / "out" / "copy.db"
    target.parent.mkdir()

    back_up(data, target)

    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path, data: Path) -> None:
    """One sentence, and the file keeps what it held."""
    target = tmp_path / "copy.db"
    target.write_text("mine", encoding="ascii")

    with pytest.raises(BadInput, match="exists already"):
        back_up(data, target)

    assert target.read_text(encoding="ascii") == "mine"


def test_a_copy_into_a_missing_folder_is_refused(tmp_path: Path, data: Path) -> None:
    """The sentence names the file."""
    with pytest.raises(BadInput, match=r"copy\.db cannot be written"):
        back_up(data, tmp_path / "nowhere" / "copy.db")


def test_without_a_journal_there_is_nothing_to_copy(tmp_path: Path) -> None:
    """One sentence, and no file."""
    with pytest.raises(JournalError, match="no journal"):
        back_up(tmp_path, tmp_path / "copy.db")

    assert list(tmp_path.iterdir()) == []


def test_a_damaged_journal_is_not_passed_off_as_a_copy(tmp_path: Path, data: Path) -> None:
    """A page of noise in the middle: the check refuses, and no file is left."""
    file = JournalFile(data / NAME)
    file.write(waiting([reading(seq) for seq in range(5, 2000)]), {})
    file.close()
    size = apsw.Connection(str(data / NAME)).pragma("page_size")
    with (data / NAME).open("r+b") as pages:
        pages.seek(20 * size)
        pages.write(random.Random(7).randbytes(size))

    with pytest.raises(JournalError, match="damaged"):
        back_up(data, tmp_path / "copy.db")

    assert not list(tmp_path.glob("copy.db*"))
