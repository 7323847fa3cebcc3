"""Reading on behind the writer, whichever file it writes to."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from collector.entry import Entry
from collector.journal.file import NAME, TAKE_OVER, JournalFile
from collector.journal.following import Follower
from tests.collector.journal.samples import ROOM_ID, prepare, reading, waiting


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    """A follower of an empty folder."""
    made = Follower(tmp_path)
    yield made
    made.close()


def written(path: Path, *entries: Entry) -> None:
    """Append entries to a file of the journal."""
    file = JournalFile(path)
    file.write(waiting(entries), {})
    file.close()


def test_entries_of_all_sessions_come_in_one_order(follower: Follower, tmp_path: Path) -> None:
    """A sink does not ask for sessions; new names are known as soon as they are there."""
    entries = [prepare(1), reading(2), prepare(3, session="later")]
    written(tmp_path / NAME, *entries)
    first = follower.read(0, committed=3, limit=10)
    later = reading(4, session="later", device="AA:BB", participant="P9")
    written(tmp_path / NAME, later)

    assert list(first.entries) == entries
    assert follower.read(3, committed=4, limit=10).entries == (later,)


def test_it_takes_no_more_than_asked_and_nothing_that_is_not_committed(
    follower: Follower, tmp_path: Path
) -> None:
    """`upto` is where the next reading begins."""
    written(tmp_path / NAME, *[reading(seq) for seq in range(1, 11)])
    first = follower.read(0, committed=8, limit=5)
    second = follower.read(first.upto, committed=8, limit=5)

    assert [entry.seq for entry in first.entries] == [1, 2, 3, 4, 5]
    assert [entry.seq for entry in second.entries] == [6, 7, 8]
    assert (first.upto, second.upto) == (5, 8)


def test_a_take_over_file_made_later_is_found_and_nothing_between_is_missed(
    follower: Follower, tmp_path: Path
) -> None:
    """Also when one reading needs both files."""
    written(tmp_path / NAME, *[reading(seq) for seq in range(1, 6)])
    follower.read(0, committed=2, limit=2)
    written(tmp_path / TAKE_OVER.format(1), *[reading(seq) for seq in range(6, 9)])
    found = follower.read(2, committed=8, limit=100)

    assert [entry.seq for entry in found.entries] == [3, 4, 5, 6, 7, 8]
    assert found.upto == 8


def test_what_was_given_up_with_a_sick_disk_is_passed_over(follower: Follower, tmp_path: Path) -> None:
    """A seq that never was written holds nobody up."""
    written(tmp_path / NAME, reading(1), reading(5))

    assert follower.read(1, committed=5, limit=10).upto == 5
    assert follower.read(5, committed=9, limit=10).upto == 9


def test_a_damaged_entry_is_left_out_and_counted(follower: Follower, tmp_path: Path) -> None:
    """The others are delivered."""
    written(tmp_path / NAME, *[reading(seq) for seq in range(1, 5)])
    connection = apsw.Connection(str(tmp_path / NAME))
    connection.execute("UPDATE entry SET spo2 = 40 WHERE seq = 2")
    connection.close()
    found = follower.read(0, committed=4, limit=4)

    assert [entry.seq for entry in found.entries] == [1, 3, 4]
    assert (found.damaged, found.upto) == (1, 4)
    assert found.entries[0].session == ROOM_ID
