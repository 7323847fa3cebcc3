"""Filling: whole or not at all, marked, repeatable; and the command for it."""

import json
from pathlib import Path

import apsw
import pytest

from collector.__main__ import main
from collector.backfill import BACKFILL, read_backfill
from collector.clock import SECOND
from collector.errors import BadInput, JournalError, JournalLocked, NotSaved
from collector.filling import Stored
from collector.journal.archive import Archive, Columns
from collector.journal.file import NAME, JournalFile
from collector.journal.store import Journal
from tests.collector.evening import (
    ANNA,
    BEGIN_NS,
    BEN,
    GAP,
    LENGTH_S,
    Evening,
    filled_in,
    person,
    recording,
    vld,
    whole,
)

MISSING = len(range(GAP.start, GAP.stop, 4))


def columns(directory: Path, participant: str) -> Columns:
    """The readings of one participant."""
    with Archive(directory) as archive:
        return archive.columns(archive.sessions()[0].session, participant)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    code = main(["fill", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_file_fills_the_gap_of_the_one_clip_that_it_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of two people only the one whose numbers they are gets them, marked as fetched later."""
    evening = whole()
    evening.keep(tmp_path)
    path = recording(tmp_path, vld(evening.ben, ahead_s=75)).path

    code, said, err = run(capsys, "last", "--from", str(path), "--data", str(tmp_path))

    assert (code, err) == (0, "")
    assert f"{MISSING} readings of P2 fetched later (moved by -75 s, 100%" in said
    got = columns(tmp_path, "P2")
    assert sum(got.backfill) == MISSING
    assert len(got.at) == LENGTH_S - len(GAP) + MISSING
    assert not any(columns(tmp_path, "P1").backfill)


def test_a_second_run_adds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says so, and the journal's bytes stay."""
    evening = whole()
    session = evening.keep(tmp_path)
    path = recording(tmp_path, vld(evening.anna)).path
    words = (session, "--from", str(path), "--data", str(tmp_path), "--json")
    run(capsys, *words)
    before = (tmp_path / NAME).read_bytes()

    code, said, _ = run(capsys, *words)

    assert code == 0
    assert json.loads(said) == {
        "session": session,
        "readings": 0,
        "files": [
            {
                "file": path.name,
                "device": ANNA,
                "participants": [],
                "readings": 0,
                "offset_s": 0,
                "agreement": 1.0,
                "refused": None,
            }
        ],
    }
    assert (tmp_path / NAME).read_bytes() == before


def test_a_poor_fit_is_a_sentence_and_changes_no_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The numbers of nobody in the room go nowhere."""
    session = whole().keep(tmp_path)
    path = recording(tmp_path, vld(person("carl"))).path
    before = (tmp_path / NAME).read_bytes()

    code, said, err = run(capsys, "last", "--from", str(path), "--data", str(tmp_path))

    assert (code, said) == (2, "")
    assert err.startswith(
        f"holdspace: {path} does not fit session {session}, because its numbers differ"
    )
    assert err.count("\n") == 1
    assert (tmp_path / NAME).read_bytes() == before


def test_a_clip_that_is_known_must_fit_itself(tmp_path: Path) -> None:
    """The memory of one clip never fills for another, nor for one that nobody wore."""
    evening = whole()
    evening.keep(tmp_path)
    found = recording(tmp_path, vld(evening.anna))

    _, filled = filled_in(
        tmp_path, "last", [Stored(recording=found, device=device) for device in (BEN, "XX", ANNA)]
    )

    assert "another clip" in filled[0].refused
    assert "nobody wore" in filled[1].refused
    assert filled[2].readings == MISSING


def test_two_clips_with_the_same_numbers_are_nobodys(tmp_path: Path) -> None:
    """Where the numbers cannot tell whose they are, nothing is added."""
    evening = Evening()
    evening.ben = evening.anna
    evening.begin().live(range(LENGTH_S)).end().keep(tmp_path)

    _, (one,) = filled_in(tmp_path, "last", [Stored(recording=recording(tmp_path, vld(evening.anna)))])

    assert "more than one clip" in one.refused


def test_the_session_tells_what_came_later(tmp_path: Path) -> None:
    """One entry with file, number and agreement, after the readings; a second run adds neither."""
    evening = whole()
    evening.keep(tmp_path)
    found = Stored(recording=recording(tmp_path, vld(evening.anna)))
    filled_in(tmp_path, "last", [found])
    filled_in(tmp_path, "last", [found])

    with Archive(tmp_path) as archive:
        (entry,) = archive.entries(archive.sessions()[0].session, kinds=(BACKFILL,))
        (last,) = [one for one in archive.entries(entry.session) if one.seq == entry.seq - 1]
    word = read_backfill(entry)
    assert (entry.participant, entry.subject, entry.instant) == ("P1", ANNA, last.instant)
    assert (word.file, word.readings) == (found.recording.path.name, MISSING)
    assert word.agreement > 0.9
    assert word.utc_ns == BEGIN_NS + 3600 * SECOND


@pytest.mark.asyncio
async def test_a_running_station_is_not_disturbed(tmp_path: Path) -> None:
    """One sentence that says what to do."""
    evening = whole()
    evening.keep(tmp_path)
    found = Stored(recording=recording(tmp_path, vld(evening.anna)))
    async with Journal(tmp_path):
        with pytest.raises(JournalLocked, match="stop it or choose another --data"):
            filled_in(tmp_path, "last", [found])


def test_a_full_disk_leaves_everything_and_it_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a filling that failed is there."""
    evening = whole()
    evening.keep(tmp_path)
    found = Stored(recording=recording(tmp_path, vld(evening.anna)))

    def full(*_: object) -> None:
        raise apsw.FullError

    monkeypatch.setattr(JournalFile, "_insert", full)  # the disk fills in the middle of it
    with pytest.raises(NotSaved, match="nothing of it was saved"):
        filled_in(tmp_path, "last", [found])
    monkeypatch.undo()

    assert not any(columns(tmp_path, "P1").backfill)
    assert filled_in(tmp_path, "last", [found])[1][0].readings == MISSING


def test_an_unknown_session_or_directory_is_named(tmp_path: Path) -> None:
    """And nothing is made of it."""
    whole().keep(tmp_path)
    with pytest.raises(BadInput, match="no session 'x'"):
        filled_in(tmp_path, "x", [])
    with pytest.raises(JournalError, match="no journal"):
        filled_in(tmp_path / "other", "last", [])
    assert not (tmp_path / "other").exists()
