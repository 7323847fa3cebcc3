"""The writer and a disk that fails."""

from pathlib import Path

import apsw
import pytest

from collector.entry import READING, Entry
from collector.journal.archive import Archive
from collector.journal.file import NAME, JournalFile
from collector.journal.merge import merge_take_overs
from collector.journal.writer import Writer
from tests.collector.journal.disks import SickDisk
from tests.collector.journal.samples import ROOM_ID, fact, files, prepare, reading, waiting

TAKE_OVER = "journal-takeover-1.db"


@pytest.fixture
def disk() -> SickDisk:
    """A disk that is well until a test says otherwise."""
    return SickDisk()


@pytest.fixture
def writer(tmp_path: Path, disk: SickDisk) -> Writer:
    """A writer with entries 1 to 3 on disk."""
    file = JournalFile(tmp_path / NAME, vfs=disk.name)
    writer = Writer(file, vfs=disk.name, told=lambda: None)
    _save(writer, prepare(1), reading(2), reading(3))
    return writer


def _save(writer: Writer, *entries: Entry) -> None:
    writer.take(waiting(entries), {})
    writer.save()


def _found(directory: Path) -> list[int]:
    with Archive(directory) as archive:
        found = list(archive.entries(ROOM_ID))
        assert archive.damaged == []
        assert archive.sessions()[0].readings == sum(entry.kind == READING for entry in found)
        return [entry.seq for entry in found]


def _restarted(directory: Path) -> list[int]:
    file = JournalFile(directory / NAME)
    merge_take_overs(file, directory)
    file.close()
    return _found(directory)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (apsw.SQLITE_FULL, "the disk is full"),
        (apsw.SQLITE_READONLY, "the disk is read-only"),
    ],
)
def test_a_full_disk_is_tried_again_in_the_same_file(
    tmp_path: Path, disk: SickDisk, writer: Writer, code: int, why: str
) -> None:
    """Nothing was lost in between, so the same handle goes on."""
    disk.write_error = code
    _save(writer, reading(4))

    assert (writer.error, writer.committed, len(writer.tail)) == (why, 3, 1)

    disk.write_error = 0
    _save(writer, reading(5))

    assert (writer.error, writer.committed, writer.tail) == ("", 5, [])
    assert files(tmp_path) == [NAME]
    assert _found(tmp_path) == [1, 2, 3, 4, 5]


def test_after_a_failed_fsync_the_same_handle_is_never_used_again(
    tmp_path: Path, disk: SickDisk, writer: Writer
) -> None:
    """The kernel would call the next one a success; a fresh take-over file takes the tail."""
    disk.syncs_until_error = 1
    disk.written.clear()
    _save(writer, reading(4), reading(5))
    before = [Path(name).name for name in disk.written if TAKE_OVER not in name]
    _save(writer, reading(6))
    writer.close()

    assert (writer.error, writer.committed, writer.tail) == ("", 6, [])
    assert files(tmp_path) == [NAME, TAKE_OVER]
    assert set(before) == {f"{NAME}-wal"}  # no checkpoint on letting go: it could copy lost pages
    assert [Path(name).name for name in disk.written if TAKE_OVER not in name] == before
    assert _found(tmp_path) == [1, 2, 3, 4, 5, 6]


def test_nothing_counts_as_saved_when_its_fsync_failed_and_no_other_file_can_be_made(
    disk: SickDisk, writer: Writer, tmp_path: Path
) -> None:
    """The tail stays in memory, and a dead disk does not collect a file per attempt."""
    disk.syncs_until_error, disk.open_error = 1, apsw.SQLITE_CANTOPEN
    for seq in range(4, 8):
        _save(writer, reading(seq))

    assert (writer.error, writer.committed) == ("the disk failed to write", 3)
    assert [entry.seq for entry, _ in writer.tail] == [4, 5, 6, 7]
    assert files(tmp_path) == [NAME]

    disk.open_error = 0
    writer.save()
    writer.close()

    assert (writer.error, writer.committed) == ("", 7)
    assert _restarted(tmp_path) == [1, 2, 3, 4, 5, 6, 7]


def test_the_next_start_merges_take_over_files_and_removes_them(
    tmp_path: Path, disk: SickDisk, writer: Writer
) -> None:
    """Two failed fsyncs make two take-over files; afterwards everything stands in one journal again."""
    disk.syncs_until_error = 1
    _save(writer, reading(4))
    disk.syncs_until_error = 1
    _save(writer, reading(5), fact(6))
    writer.take((), {"engine": (6, '{"n":6}')})
    writer.save()
    writer.close()

    assert files(tmp_path) == [NAME, TAKE_OVER, "journal-takeover-2.db"]
    assert _restarted(tmp_path) == [1, 2, 3, 4, 5, 6]
    assert files(tmp_path) == [NAME]
    with Archive(tmp_path) as archive:
        assert archive.state("engine") == (6, {"n": 6})


def test_a_merge_that_was_cut_short_is_repeated_without_doubles(
    tmp_path: Path, disk: SickDisk, writer: Writer
) -> None:
    """A take-over file that was merged but not yet removed changes nothing."""
    disk.syncs_until_error = 1
    _save(writer, reading(4))
    writer.close()
    copy = {path: path.read_bytes() for path in tmp_path.glob(f"{TAKE_OVER}*")}
    first = _restarted(tmp_path)
    for path, content in copy.items():
        path.write_bytes(content)

    assert _restarted(tmp_path) == first == [1, 2, 3, 4]


def test_a_damaged_take_over_file_is_kept_aside_and_the_rest_of_it_is_taken(
    tmp_path: Path, disk: SickDisk, writer: Writer
) -> None:
    """Nothing of a person's session is ever deleted because one row is bad."""
    disk.syncs_until_error = 1
    _save(writer, reading(4))
    _save(writer, reading(5), reading(6))
    writer.close()
    connection = apsw.Connection(str(tmp_path / TAKE_OVER))
    connection.execute("UPDATE entry SET spo2 = 12 WHERE seq = 5")
    connection.close()

    assert _restarted(tmp_path) == [1, 2, 3, 4, 6]
    assert files(tmp_path) == [NAME, "journal-takeover-1.db.damaged"]


def test_an_unreadable_take_over_file_does_not_keep_the_station_from_starting(
    tmp_path: Path, writer: Writer
) -> None:
    """It is put aside; the journal itself is sound."""
    writer.close()
    (tmp_path / TAKE_OVER).write_bytes(b"not a database at all" * 100)

    assert _restarted(tmp_path) == [1, 2, 3]
    assert files(tmp_path) == [NAME, "journal-takeover-1.db.damaged"]


def test_a_take_over_file_of_no_bytes_is_nothing(tmp_path: Path, writer: Writer) -> None:
    """A full disk leaves one; it neither keeps the station from starting nor stays."""
    writer.close()
    (tmp_path / TAKE_OVER).touch()

    assert _restarted(tmp_path) == [1, 2, 3]
    assert files(tmp_path) == [NAME]


def test_names_that_a_failed_commit_brought_are_learnt_again(
    tmp_path: Path, disk: SickDisk, writer: Writer
) -> None:
    """The small ids of a rolled-back transaction do not linger."""
    disk.write_error = apsw.SQLITE_FULL
    _save(writer, reading(4, device="C0:FF:EE:00:00:02", participant="P2"))
    disk.write_error = 0
    _save(writer, reading(5, device="C0:FF:EE:00:00:03", participant="P3"))
    writer.close()

    with Archive(tmp_path) as archive:
        entries = list(archive.entries(ROOM_ID, after=3))
    assert [(entry.subject[-1], entry.participant) for entry in entries] == [("2", "P2"), ("3", "P3")]


def test_a_name_with_half_a_surrogate_pair_is_saved_readably(tmp_path: Path, writer: Writer) -> None:
    """JSON can carry what UTF-8 cannot; one strange code must not stop the journal."""
    _save(writer, reading(4, participant="P\ud800"))
    writer.close()
    again = Writer(JournalFile(tmp_path / NAME), vfs=None, told=lambda: None)
    _save(again, reading(5, participant="P\ud800"))
    again.close()

    with Archive(tmp_path) as archive:
        assert [entry.participant for entry in archive.entries(ROOM_ID, after=3)] == ["P\\ud800"] * 2


def test_a_checkpoint_that_fails_to_sync_gives_the_file_up_and_keeps_what_was_committed(
    tmp_path: Path, disk: SickDisk, writer: Writer
) -> None:
    """SQLite's own automatic checkpoint would hide the failure."""
    page = {"text": "x" * 4000}
    disk.syncs_until_error = 2  # the commit goes well; a thousand pages make a checkpoint due
    _save(writer, *(fact(seq, body=page) for seq in range(4, 1104)))

    assert (writer.committed, writer.error) == (1103, "the disk failed to write")

    _save(writer, reading(1104))
    writer.close()

    assert (writer.committed, writer.error) == (1104, "")
    assert files(tmp_path) == [NAME, TAKE_OVER]
    assert len(_restarted(tmp_path)) == 1104
