"""Finding a session by what a person types."""

from pathlib import Path

import apsw
import pytest

from collector.errors import BadInput
from collector.journal.archive import Archive
from collector.journal.file import NAME, JournalFile
from collector.journal.finding import find_session, running
from collector.journal.lock import DirectoryLock, station_holds
from tests.collector.journal.samples import ROOM_ID, fact, prepare, waiting

LATER = "20260922-090000"


def _two_sessions(directory: Path) -> None:
    file = JournalFile(directory / NAME)
    file.write(waiting([prepare(1), fact(2, "marker", {"what": "x"}), prepare(3, session=LATER)]), {})
    file.close()


def test_the_beginning_of_an_id_finds_it_and_nothing_at_all_does_not(tmp_path: Path) -> None:
    """An empty name, as an unset shell variable gives, fits no session."""
    file = JournalFile(tmp_path / NAME)
    file.write(waiting([prepare(1)]), {})
    file.close()

    with Archive(tmp_path) as archive:
        assert find_session(archive, ROOM_ID[:8]).session == ROOM_ID
        with pytest.raises(BadInput, match="There is no session ''; `holdspace sessions` lists them"):
            find_session(archive, "")


def test_damage_of_other_sessions_is_forgotten(tmp_path: Path) -> None:
    """Whoever reads the one that was found is told of its own damage only."""
    _two_sessions(tmp_path)
    connection = apsw.Connection(str(tmp_path / NAME))
    connection.execute("UPDATE entry SET body = '[]' WHERE seq = 2")
    connection.close()

    with Archive(tmp_path) as archive:
        list(archive.entries(find_session(archive, LATER).session))
        assert archive.damage == ""
        list(archive.entries(find_session(archive, ROOM_ID).session))
        assert archive.damaged_entries == 1


def test_a_station_runs_the_last_session_without_an_end(tmp_path: Path) -> None:
    """While it holds the directory; asking neither takes the lock nor makes its file."""
    _two_sessions(tmp_path)
    with Archive(tmp_path) as archive:
        sessions = archive.sessions()

    assert running(sessions, tmp_path) is None
    assert not (tmp_path / "lock").exists()
    lock = DirectoryLock(tmp_path)
    assert running(sessions, tmp_path) is sessions[-1]
    assert station_holds(tmp_path)
    lock.release()
    assert running(sessions, tmp_path) is None
    DirectoryLock(tmp_path).release()
