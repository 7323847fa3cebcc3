"""Importing: whole or not at all, nothing mixed up, no alerts."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import apsw
import pytest

from collector.clock import SECOND, ManualClock
from collector.commands import Prepare
from collector.device import DEVICE, read_status
from collector.errors import BadInput, JournalLocked, NotSaved
from collector.feed import Feed
from collector.importing import import_files
from collector.journal.archive import Archive, SessionSummary
from collector.journal.file import JournalFile, States, Waiting
from collector.journal.store import Journal
from collector.recorder import Recorder
from collector.session import Phase, Source
from tests.collector.journal.samples import files

TIDY = "t_s,spo2,pr\n0,97,60\n1,,\n2,96,61\n"
CLOCKED = "timestamp,spo2\n2026-05-01T20:00:10Z,95\n2026-05-01T20:00:12Z,94\n"


def _file(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_790_000_000, 1_790_000_000))
    return path


def _only(directory: Path) -> SessionSummary:
    with Archive(directory) as archive:
        (session,) = archive.sessions()
        return session


def test_a_recording_becomes_an_ended_session_of_the_source_import(tmp_path: Path) -> None:
    """Readings at their distance from the start, also those without a value."""
    data = tmp_path / "data"

    made = import_files([_file(tmp_path, "one.csv", TIDY)], directory=data)

    session = _only(data)
    assert (made.session, made.participants, made.readings) == (session.session, ("P1",), 3)
    assert (session.source, session.phase, session.readings) == (Source.IMPORT, Phase.ENDED, 3)
    assert session.started is not None
    assert session.ended is not None
    assert (
        session.ended.running_ns - session.started.running_ns == 3 * SECOND
    )  # the last row's own step
    with Archive(data) as archive:
        columns = archive.columns(made.session, "P1")
    assert columns.spo2 == [97, None, 96]
    assert columns.pulse_rate == [60, None, 61]
    assert [at.running_ns - columns.at[0].running_ns for at in columns.at] == [0, SECOND, 2 * SECOND]
    assert columns.device == ["import:one.csv"] * 3


def test_an_import_holds_no_alert(tmp_path: Path) -> None:
    """Rehearse shows what there would have been."""
    made = import_files([_file(tmp_path, "low.csv", "t_s,spo2\n0,60\n60,60\n")], directory=tmp_path)

    with Archive(tmp_path) as archive:
        kinds = {entry.kind for entry in archive.entries(made.session)}
    assert kinds == {"session", "binding", "device", "reading"}


def test_without_any_time_the_files_date_counts_and_is_marked(tmp_path: Path) -> None:
    """The title says so, and so does the device entry."""
    made = import_files([_file(tmp_path, "one.csv", TIDY)], directory=tmp_path / "data")

    session = _only(tmp_path / "data")
    assert session.title == "one (time unknown)"
    assert session.started is not None
    assert session.started.utc_ns == 1_790_000_000 * SECOND
    with Archive(tmp_path / "data") as archive:
        (device,) = archive.entries(made.session, kinds=(DEVICE,))
    assert read_status(device).extra == {"step_s": "1.0", "time": "unknown"}


def test_files_with_their_own_times_keep_their_distance(tmp_path: Path) -> None:
    """The session begins with the earliest, and entries come in the order of time."""
    later = CLOCKED.replace("20:00:10Z", "20:00:11Z")
    paths = [_file(tmp_path, "b.csv", later), _file(tmp_path, "a.csv", CLOCKED)]

    made = import_files(paths, directory=tmp_path / "data", participants=["Ana"])

    assert made.participants == ("Ana", "P2")
    with Archive(tmp_path / "data") as archive:
        read = [
            (e.participant, (e.instant.utc_ns // SECOND) % 60)
            for e in archive.entries(made.session, kinds=("reading",))
        ]
    assert read == [("P2", 10), ("Ana", 11), ("Ana", 12), ("P2", 12)]


def test_a_given_start_moves_every_file_to_it(tmp_path: Path) -> None:
    """And the time is known then."""
    start = datetime(2026, 5, 2, 9, tzinfo=UTC)
    paths = [_file(tmp_path, "a.csv", CLOCKED), _file(tmp_path, "b.csv", TIDY)]

    import_files(paths, directory=tmp_path / "data", start=start, title="Morning")

    session = _only(tmp_path / "data")
    assert (session.title, session.session) == ("Morning", "20260502-090000")
    with Archive(tmp_path / "data") as archive:
        firsts = [archive.columns(session.session, p).at[0].utc_ns for p in session.participants]
    assert firsts == [int(start.timestamp()) * SECOND] * 2


def test_default_codes_avoid_those_that_were_given(tmp_path: Path) -> None:
    """Nobody is two persons by accident."""
    paths = [_file(tmp_path, f"{n}.csv", TIDY) for n in range(3)]

    made = import_files(paths, directory=tmp_path / "data", participants=["P2"])

    assert made.participants == ("P2", "P3", "P4")


def test_two_files_of_one_name_are_two_devices(tmp_path: Path) -> None:
    """Two apps export into two folders under the same name."""
    paths = [_file(tmp_path / "a", "night.csv", TIDY), _file(tmp_path / "b", "night.csv", CLOCKED)]

    made = import_files(paths, directory=tmp_path / "data")

    with Archive(tmp_path / "data") as archive:
        assert archive.columns(made.session, "P1").spo2 == [97, None, 96]
        assert archive.columns(made.session, "P2").spo2 == [95, 94]


@pytest.mark.parametrize(
    ("names", "participants", "sentence"),
    [
        (["good.csv", "bad.csv"], [], r"bad\.csv, line 2: 'x' in column 'spo2' cannot be read\."),
        (["good.csv", "none.csv"], [], r"none\.csv cannot be read: No such file or directory\."),
        (["good.csv"], ["A", "B"], r"There are 2 participants for 1 file\."),
        (["good.csv", "good.csv"], ["A", "A"], "code of their own"),
        (["good.csv"], [""], "A participant code has 1 to 40 readable characters"),
        (["good.csv"] * 33, [], "An import takes at most 32 files, not 33"),
    ],
)
def test_bad_input_leaves_nothing_behind(
    tmp_path: Path, names: list[str], participants: list[str], sentence: str
) -> None:
    """Every file and code is checked before the journal is touched."""
    folder = tmp_path / "in"
    _file(folder, "good.csv", TIDY)
    _file(folder, "bad.csv", "t_s,spo2\n0,x\n")

    with pytest.raises(BadInput, match=sentence):
        import_files(
            [folder / name for name in names], directory=tmp_path / "data", participants=participants
        )
    assert not (tmp_path / "data").exists()


def test_a_disk_that_fails_in_the_middle_leaves_no_half_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All entries are one transaction."""
    rows = "".join(f"{n},97\n" for n in range(10_000))
    path = _file(tmp_path, "long.csv", f"t_s,spo2\n{rows}")
    whole, calls = JournalFile.put, count(1)

    def put(file: JournalFile, entries: Sequence[Waiting], states: States) -> None:
        if next(calls) == 2:
            raise apsw.exception_for(apsw.SQLITE_FULL)
        whole(file, entries, states)

    monkeypatch.setattr(JournalFile, "put", put)  # a full disk in the middle, not at the commit
    with pytest.raises(NotSaved, match=r"not saved, nothing of it: the disk is full\."):
        import_files([path], directory=tmp_path / "data")
    monkeypatch.undo()

    with Archive(tmp_path / "data") as archive:
        assert archive.sessions() == []
    assert import_files([path], directory=tmp_path / "data").readings == 10_000


@pytest.mark.asyncio
async def test_a_running_station_is_not_disturbed(tmp_path: Path) -> None:
    """The import needs the lock and says what to do."""
    path = _file(tmp_path, "one.csv", TIDY)
    async with Journal(tmp_path / "data"):
        with pytest.raises(JournalLocked, match="stop it or choose another --data"):
            import_files([path], directory=tmp_path / "data")


@pytest.mark.asyncio
async def test_a_session_that_a_crash_left_open_goes_on_after_an_import(tmp_path: Path) -> None:
    """The import neither ends it nor is refused because of it."""
    async with Journal(tmp_path / "data") as journal:
        recorder = Recorder(journal, Feed(), ManualClock())
        recorder.execute(Prepare(roster={"A": "P1"}, title="Tonight"))

    import_files([_file(tmp_path, "one.csv", TIDY)], directory=tmp_path / "data")

    async with Journal(tmp_path / "data") as journal:
        recorder = Recorder(journal, Feed(), ManualClock())
        assert recorder.session is not None
        assert (recorder.session.title, recorder.session.phase) == ("Tonight", Phase.PREPARING)
    assert files(tmp_path / "data") == ["journal.db"]
