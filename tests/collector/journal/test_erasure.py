"""Erasing from the journal: gone for good, for that person alone, and it does not come back."""

from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.entry import Entry
from collector.errors import NotSaved
from collector.journal.archive import Archive
from collector.journal.erasure import GONE, Eraser, Erasure, erased_before, without
from collector.journal.file import NAME, TAKE_OVER, JournalFile
from collector.journal.following import Follower
from collector.journal.hold import hold
from collector.journal.rows import verify
from tests.collector.journal.samples import ROOM_ID, fact, instant, prepare, reading, waiting

OTHER = "20260922-090000"
SECRET = "Anneliese"  # noqa: S105 - a code that can be searched for in the bytes of a file
TEXT = {"what": "note", "text": f"{SECRET} asked for water, Bob did not", "seat": "", "by": "f"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two sessions; one person is in both, on a seat of her own, beside somebody else."""
    entries = [
        prepare(1, roster={"A": SECRET, "B": "Bob"}),
        reading(2, participant=SECRET, spo2=91.0),
        reading(3, participant="Bob"),
        fact(4, "marker", TEXT),
        reading(5, participant=SECRET, spo2=89.0),
        prepare(6, session=OTHER, roster={"A": SECRET}),
        reading(7, session=OTHER, participant=SECRET),
        reading(8, session=OTHER, participant="Bob"),
    ]
    file = JournalFile(tmp_path / NAME)
    file.write(waiting(entries), {"alerts": (8, f'{{"who":"{SECRET}"}}'), "sink": (8, "{}")})
    file.close()
    return tmp_path


def erase(data: Path, **what: str) -> int:
    """Erase and tidy up; how many entries went."""
    eraser = Eraser(data / NAME)
    try:
        count = eraser.erase(Erasure(**what), instant(99))
        eraser.tidy()
    finally:
        eraser.close()
    return count


def entries(data: Path, session: str = ROOM_ID) -> list[Entry]:
    """What can still be read of a session."""
    with Archive(data) as archive:
        return list(archive.entries(session))


def test_a_person_goes_from_every_session_and_nobody_else_does(data: Path) -> None:
    """Three readings of hers; Bob's stay, and the sessions stay."""
    assert erase(data, participant=SECRET) == 3

    assert [entry.seq for entry in entries(data)] == [1, 3, 4]
    assert [entry.seq for entry in entries(data, OTHER)] == [6, 8]
    with Archive(data) as archive:
        assert [one.readings for one in archive.sessions()] == [1, 1]
        assert archive.sessions()[0].participants == ("Bob",)


def test_her_name_goes_from_rosters_and_notes_of_others(data: Path) -> None:
    """Her seat is nobody's, and a note for everybody stays without the name."""
    erase(data, participant=SECRET)

    prepared, _, note = entries(data)
    assert prepared.facts["roster"] == {"B": "Bob"}
    assert note.facts["text"] == f"{GONE} asked for water, Bob did not"


def test_a_person_can_go_from_one_session_alone(data: Path) -> None:
    """The other session is as it was."""
    assert erase(data, participant=SECRET, session=ROOM_ID) == 2

    assert [entry.seq for entry in entries(data, OTHER)] == [6, 7, 8]
    assert entries(data, OTHER)[0].facts["roster"] == {"A": SECRET}


def test_a_session_goes_whole(data: Path) -> None:
    """It is not in the list any more; the other one is."""
    assert erase(data, session=ROOM_ID) == 5

    with Archive(data) as archive:
        assert [one.session for one in archive.sessions()] == [OTHER]


def test_no_byte_of_her_is_left_in_the_files_but_the_tombstone(data: Path) -> None:
    """The tombstone holds the code once, so that the same erasure is known again."""
    erase(data, participant=SECRET)

    left = b"".join(path.read_bytes() for path in data.iterdir())
    assert left.count(SECRET.encode()) == 1


def test_the_digest_of_an_erased_entry_stays_without_its_salt(data: Path) -> None:
    """A chain over digests goes on, and no number can be guessed from a digest."""
    ask = "SELECT seq, digest FROM entry WHERE seq IN (2, 5, 7) ORDER BY seq"
    before = apsw.Connection(str(data / NAME)).execute(ask).fetchall()
    erase(data, participant=SECRET)

    connection = apsw.Connection(str(data / NAME))
    assert connection.execute(ask).fetchall() == before
    rows = connection.execute("SELECT * FROM entry WHERE kind = 'erased'").fetchall()
    assert len(rows) == 3
    for row in rows:
        verify(row)
        assert row[15] == bytes(8)
        assert row[1:5] == (0, 0, 0, 0)


def test_the_tombstone_keeps_the_former_digest_of_what_was_rewritten(data: Path) -> None:
    """By it the chain can be followed over the two bodies that lost the name."""
    ask = "SELECT hex(digest) FROM entry WHERE seq IN (1, 4, 6) ORDER BY seq"
    before = [one.lower() for (one,) in apsw.Connection(str(data / NAME)).execute(ask)]
    erase(data, participant=SECRET)

    with Archive(data) as archive:
        (tombstone,) = archive.entries("", kinds=("erasure",))
    assert tombstone.facts["rewritten"] == dict(zip(("1", "4", "6"), before, strict=True))


def test_a_take_over_file_does_not_bring_it_back(data: Path) -> None:
    """A file of a sick disk that turns up later holds a seq that is there already."""
    beside = JournalFile(data / TAKE_OVER.format(1))
    beside.write(waiting([reading(2, participant=SECRET), reading(5, participant=SECRET)]), {})
    beside.close()
    erase(data, participant=SECRET)

    lock, file = hold(data)
    file.close()
    lock.release()

    assert [entry.seq for entry in entries(data)] == [1, 3, 4]


def test_sinks_that_read_on_meet_nothing_of_it(data: Path) -> None:
    """What was not delivered yet never will be."""
    erase(data, participant=SECRET)
    follower = Follower(data)

    passage = follower.read(0, committed=9, limit=100)

    follower.close()
    assert passage.damaged == 0
    assert {entry.participant for entry in passage.entries} == {None, "Bob"}


def test_erasing_again_finds_nothing_and_harms_nothing(data: Path) -> None:
    """The second run of a command that a server interrupted."""
    erase(data, participant=SECRET)
    left = entries(data)

    assert erase(data, participant=SECRET) == 0
    assert entries(data) == left
    with Archive(data) as archive:
        assert Erasure(participant=SECRET) in erased_before(archive)


def test_what_readers_keep_of_the_person_goes_and_cursors_stay(data: Path) -> None:
    """The alert engine begins anew, a sink goes on where it was."""
    erase(data, participant=SECRET)

    with Archive(data) as archive:
        assert set(archive.states()) == {"sink"}


def test_a_disk_that_refuses_leaves_everything_as_it_was(data: Path) -> None:
    """Another program holds the file: one sentence, and every entry is there."""
    holder = apsw.Connection(str(data / NAME))
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(NotSaved, match="Nothing was erased"):
        erase(data, participant=SECRET)

    holder.execute("ROLLBACK")
    assert len(entries(data)) == 5


words = st.sampled_from(["A", "B", "start", "Ana", "note", "by", "P-01"])
bodies = st.dictionaries(
    st.sampled_from(["event", "seat", "what", "by"]) | words, words | st.none(), max_size=4
)


@given(body=bodies, code=words)
def test_words_of_our_own_are_never_touched(body: dict[str, object], code: str) -> None:
    """A code may be any word; only rosters and free texts lose it."""
    assert without(body, code) == body
    assert without({"roster": {"A": code, "B": "zz"}, **body}, code) == {"roster": {"B": "zz"}, **body}
    assert without({**body, "text": f"x {code}, y"}, code) == {**body, "text": f"x {GONE}, y"}
