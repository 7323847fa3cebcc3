"""Reading the journal: questions, damage, and a station that writes at the same time."""

import random
from pathlib import Path

import apsw
import pytest

from collector.errors import JournalError
from collector.journal.archive import Archive
from collector.journal.file import NAME, JournalFile
from collector.reading import Flag
from collector.session import Phase, Source, phase_body
from tests.collector.journal.samples import ROOM_ID, fact, instant, prepare, reading, waiting

LATER = "20260922-090000"


@pytest.fixture
def file(tmp_path: Path) -> JournalFile:
    """A journal with two sessions, open for writing."""
    file = JournalFile(tmp_path / NAME)
    flags = frozenset({Flag.MOTION, Flag.LOW_PERFUSION})
    entries = [
        prepare(1, roster={"A": "P1", "B": "P2"}),
        fact(2, "session", phase_body("start", by="f")),
        reading(3, flags=flags),
        reading(4, participant="P2", device="C0:FF:EE:00:00:02"),
        fact(5, "alert"),
        reading(6, spo2=None),
        fact(7, "session", phase_body("end", by="f")),
        prepare(8, session=LATER),
        reading(9, session=LATER),
        fact(10, "store", session="", subject=""),
    ]
    file.write(waiting(entries), {})
    return file


def _damage(directory: Path, sql: str) -> None:
    connection = apsw.Connection(str(directory / NAME))
    connection.execute(sql)
    connection.close()


def test_the_list_of_sessions_tells_each_ones_story(tmp_path: Path, file: JournalFile) -> None:
    """Oldest first, with title, source, phase, times, participants and the number of readings."""
    with Archive(tmp_path) as archive:
        first, second = archive.sessions()

    assert (first.session, first.title, first.source, first.phase) == (
        ROOM_ID,
        "Evening",
        Source.DEMO,
        Phase.ENDED,
    )
    assert (first.prepared, first.started, first.ended) == (instant(1), instant(2), instant(7))
    assert (first.participants, first.readings) == (("P1", "P2"), 3)
    assert (second.session, second.phase, second.readings) == (LATER, Phase.PREPARING, 1)


def test_entries_can_be_asked_for_by_kind_and_from_a_seq_on(tmp_path: Path, file: JournalFile) -> None:
    """In seq order, of one session only."""
    with Archive(tmp_path) as archive:
        assert [e.seq for e in archive.entries(ROOM_ID)] == [1, 2, 3, 4, 5, 6, 7]
        assert [e.seq for e in archive.entries(ROOM_ID, after=5)] == [6, 7]
        assert [e.seq for e in archive.entries(ROOM_ID, kinds=("reading", "alert"))] == [3, 4, 5, 6]
        assert [e.seq for e in archive.entries(ROOM_ID, kinds=("alert", "session"), after=2)] == [5, 7]
        assert list(archive.entries("20990101-000000")) == []


def test_columns_give_one_participants_readings_as_lists(tmp_path: Path, file: JournalFile) -> None:
    """All lists have the same length and order."""
    with Archive(tmp_path) as archive:
        columns = archive.columns(ROOM_ID, "P1")

    assert columns.at == [instant(3), instant(6)]
    assert columns.spo2 == [97.0, None]
    assert columns.pulse_rate == [61.0, 61.0]
    assert columns.perfusion_index == [2.1, 2.1]
    assert columns.flags == [{Flag.MOTION, Flag.LOW_PERFUSION}, set()]
    assert columns.device == ["C0:FF:EE:00:00:01"] * 2
    assert columns.backfill == [False, False]


def test_a_long_session_is_read_in_several_bites(tmp_path: Path, file: JournalFile) -> None:
    """Nothing is lost or given twice where one bite ends and the next begins."""
    file.write(waiting([reading(seq, session=LATER) for seq in range(11, 10_011)]), {})

    with Archive(tmp_path) as archive:
        assert [e.seq for e in archive.entries(LATER)] == [8, 9, *range(11, 10_011)]


def test_a_reader_sees_what_a_running_station_commits(tmp_path: Path, file: JournalFile) -> None:
    """Names that came after the archive was opened are known, too."""
    with Archive(tmp_path) as archive:
        file.write(waiting([reading(11, session=LATER, participant="P7")]), {})

        assert [e.participant for e in archive.entries(LATER, after=10)] == ["P7"]


def test_a_reader_does_not_keep_the_station_from_writing(tmp_path: Path, file: JournalFile) -> None:
    """Half-read answers hold no transaction open."""
    with Archive(tmp_path) as archive:
        half_read = archive.entries(ROOM_ID)
        next(half_read)
        file.write(waiting([reading(11, session=LATER)]), {})
        _truncate_the_wal(tmp_path)

        assert [e.seq for e in half_read] == [2, 3, 4, 5, 6, 7]


def test_a_damaged_entry_is_left_out_and_named(tmp_path: Path, file: JournalFile) -> None:
    """The others stay readable."""
    file.close()
    _damage(tmp_path, "UPDATE entry SET spo2 = 99.0 WHERE seq = 3")

    with Archive(tmp_path) as archive:
        assert [e.seq for e in archive.entries(ROOM_ID)] == [1, 2, 4, 5, 6, 7]
        assert archive.damaged == ["Entry 3 of the journal is damaged and was left out."]
        assert archive.columns(ROOM_ID, "P1").spo2 == [None]


def test_damage_is_counted_once_however_often_it_is_met(tmp_path: Path, file: JournalFile) -> None:
    """One sentence for all of it; nothing to say when nothing is damaged."""
    with Archive(tmp_path) as archive:
        list(archive.entries(ROOM_ID))
        assert (archive.damaged_entries, archive.damage) == (0, "")
    _damage(tmp_path, "UPDATE entry SET spo2 = 99.0 WHERE seq IN (3, 4)")

    with Archive(tmp_path) as archive:
        for _ in range(2):
            list(archive.entries(ROOM_ID))
        assert archive.damaged_entries == 2
        assert archive.damage == "2 entries of the journal are damaged and were left out."


def test_readings_are_never_given_to_somebody_else_by_a_damaged_name(
    tmp_path: Path, file: JournalFile
) -> None:
    """A code that fell over in the table of names attributes nothing."""
    file.close()
    _damage(tmp_path, "UPDATE participant SET name = 'P3' WHERE name = 'P2'")

    with Archive(tmp_path) as archive:
        assert [e.seq for e in archive.entries(ROOM_ID, kinds=("reading",))] == [3, 6]
        assert archive.damaged == ["Entry 4 of the journal is damaged and was left out."]
        assert archive.columns(ROOM_ID, "P3").spo2 == []


def test_no_mutation_of_the_file_crashes_a_reader_or_passes_a_wrong_number(
    tmp_path: Path, file: JournalFile
) -> None:
    """Three hundred flipped bits: each entry read is one that was written, or a sentence."""
    file.write(waiting([reading(seq, session=LATER) for seq in range(11, 411)]), {})
    file.close()
    whole = (tmp_path / NAME).read_bytes()
    with Archive(tmp_path) as archive:
        true = {e.seq: e for session in (ROOM_ID, LATER) for e in archive.entries(session)}
    chance = random.Random(7)

    for _ in range(300):
        at = chance.randrange(len(whole))
        (tmp_path / NAME).write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
        )
        try:
            with Archive(tmp_path) as archive:
                for session in (ROOM_ID, LATER):
                    assert all(true[entry.seq] == entry for entry in archive.entries(session))
        except JournalError as error:
            assert str(error).endswith(".")  # noqa: PT017 - either a right answer or a sentence


def test_where_no_journal_is_nothing_is_made(tmp_path: Path) -> None:
    """A mistyped --data does not leave an empty journal behind."""
    with pytest.raises(JournalError, match=r"There is no journal in .*; choose another --data"):
        Archive(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_is_in_the_middle_would_be_noticed(tmp_path: Path, file: JournalFile) -> None:
    """The test on half-read answers bites: an open transaction does block a checkpoint."""
    reader = apsw.Connection(str(tmp_path / NAME))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entry").fetchall()
    file.write(waiting([reading(11, session=LATER)]), {})

    with pytest.raises(apsw.BusyError):
        _truncate_the_wal(tmp_path)


def _truncate_the_wal(directory: Path) -> None:
    """Only possible while no reader is in a transaction."""
    connection = apsw.Connection(str(directory / NAME))
    connection.execute("SELECT count(*) FROM entry").fetchall()  # SQLite looks for a WAL on first use
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.close()
