"""`holdspace import` and `holdspace sessions`: names, formats and exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from collector.__main__ import main
from collector.config import DATA_VARIABLE
from collector.journal.file import NAME, JournalFile
from collector.journal.hold import hold
from collector.session import phase_body
from tests.collector.journal.samples import fact, prepare, reading, waiting

TIDY = "t_s,spo2,pr\n0,97,60\n1,96,61\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on a data directory of this test: exit code, stdout, stderr."""
    (tmp_path / "night.csv").write_text(TIDY, encoding="utf-8")

    def command(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--data", str(tmp_path / "data")])
        out, err = capsys.readouterr()
        return code, out, err

    return command


def test_an_import_tells_session_participants_and_readings(tmp_path: Path, run: Run) -> None:
    """As one JSON document on stdout and nothing else there."""
    code, out, err = run(
        "import",
        str(tmp_path / "night.csv"),
        "--participant",
        "Ana",
        "--start",
        "2026-05-01T20:00Z",
        "--json",
    )

    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "session": "20260501-200000",
        "participants": ["Ana"],
        "readings": 2,
    }


def test_sessions_are_listed_with_the_promised_names(tmp_path: Path, run: Run) -> None:
    """A list of objects, oldest first."""
    for title in ("one", "two"):
        run("import", str(tmp_path / "night.csv"), "--title", title, "--start", "2026-05-01T20:00Z")

    code, out, err = run("sessions", "--json")

    assert (code, err) == (0, "")
    assert json.loads(out) == [
        {
            "session": session,
            "title": title,
            "source": "import",
            "phase": "ended",
            "started": "2026-05-01T20:00:00.000Z",
            "ended": "2026-05-01T20:00:02.000Z",
            "participants": ["P1"],
            "readings": 2,
        }
        for session, title in (("20260501-200000", "one"), ("20260501-200000-2", "two"))
    ]


def test_people_get_words(tmp_path: Path, run: Run) -> None:
    """Without --json one line says what happened, and one line is a session."""
    _, said, _ = run(
        "import", str(tmp_path / "night.csv"), "--start", "2026-05-01T20:00Z", "--title", "May"
    )
    _, listed, _ = run("sessions")

    assert said == "Imported 2 readings of P1 as session 20260501-200000.\n"
    assert listed.startswith("20260501-200000  ")
    assert listed.endswith("  import  ended              2 readings  P1  May\n")


def test_what_was_decided_for_the_person_is_said(tmp_path: Path, run: Run) -> None:
    """One sentence each on stderr: values left out, and the file's date in place of a time."""
    file = tmp_path / "odd.csv"
    file.write_text("t_s,spo2,pr\n0,150,-3\n1,127,0\n2,97,60\n", encoding="utf-8")

    code, out, err = run("import", str(file), "--json")

    first, second = err.splitlines()
    assert (code, list(json.loads(out))) == (0, ["session", "participants", "readings"])
    assert first == f'holdspace: {file}: 2 impossible values became "no value".'
    assert second.startswith(f"holdspace: No time is known: the date of the file {file}, ")


def test_a_date_that_can_be_read_in_two_ways_is_said(tmp_path: Path, run: Run) -> None:
    """How it was read, unless the person said when it was."""
    file = tmp_path / "may.csv"
    file.write_text("Date,Time,SpO2\n01/05/2026,08:00:00 PM,97\n", encoding="utf-8")

    _, _, read = run("import", str(file))
    _, _, told = run("import", str(file), "--start", "2026-05-01T20:00")

    assert read == (
        f"holdspace: {file}: '01/05/2026 08:00:00 PM' was read as 5 January 2026;"
        " use --start if it was another day.\n"
    )
    assert told == ""


def test_an_empty_place_has_no_sessions_and_nothing_is_made_there(tmp_path: Path, run: Run) -> None:
    """Looking is not changing."""
    data = tmp_path / "data"
    data.mkdir()

    assert run("sessions", "--json") == (0, "[]\n", "")
    assert run("sessions") == (0, f"There is no session in {data} yet.\n", "")
    assert list(data.iterdir()) == []


def test_a_journal_of_no_bytes_holds_no_session(tmp_path: Path, run: Run) -> None:
    """So the journal itself takes it; a full disk leaves such a file."""
    data = tmp_path / "data"
    data.mkdir()
    (data / NAME).touch()

    assert run("sessions") == (0, f"There is no session in {data} yet.\n", "")
    assert run("review", "last") == (2, "", "holdspace: The journal holds no session yet.\n")


def test_a_place_that_is_not_there_is_named(tmp_path: Path, run: Run) -> None:
    """A mistyped --data is no empty journal; nothing is made."""
    data = tmp_path / "data"

    assert run("sessions") == (
        2,
        "",
        f"holdspace: There is no directory {data}; choose another --data.\n",
    )
    assert not data.exists()

    data.touch()
    assert run("sessions") == (2, "", f"holdspace: {data} is a file; name a directory with --data.\n")


def test_the_data_directory_of_a_newcomer_need_not_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who names no directory has made no mistake."""
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "first"))

    assert main(["sessions"]) == 0
    assert capsys.readouterr().out == f"There is no session in {tmp_path / 'first'} yet.\n"


def test_a_session_that_nobody_ended_is_called_interrupted(tmp_path: Path, run: Run) -> None:
    """In the table, and only while no station holds the directory; the recorded phase stays in JSON."""
    data = tmp_path / "data"
    lock, file = hold(data)
    start = fact(2, "session", phase_body("start", by="f"))
    file.write(waiting([prepare(1), start, reading(3)]), {})
    file.close()

    while_held = run("sessions")[1]
    lock.release()
    afterwards = run("sessions")[1]
    (listed,) = json.loads(run("sessions", "--json")[1])

    assert "  running  " in while_held
    assert "interrupted" in afterwards
    assert listed["phase"] == "running"


def test_damage_is_one_sentence_with_a_count(tmp_path: Path, run: Run) -> None:
    """What can be read is listed, and the exit code tells that something was found."""
    data = tmp_path / "data"
    file = JournalFile(_made(data) / NAME)
    file.write(waiting([prepare(1), *(fact(seq, "marker", {"what": "x"}) for seq in (2, 3))]), {})
    file.close()
    connection = apsw.Connection(str(data / NAME))
    connection.execute("UPDATE entry SET body = '{}' WHERE kind = 'marker'")
    connection.close()

    code, out, err = run("sessions")

    assert (code, out.count("\n")) == (1, 1)
    assert err == "holdspace: 2 entries of the journal are damaged and were left out.\n"


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--start", "yesterday"), "--start 'yesterday' is not a time; write it as 2026-05-01T20:00."),
        (("--participant", "A", "--participant", "B"), "There are 2 participants for 1 file."),
    ],
)
def test_a_wrong_option_is_one_sentence_and_exit_code_2(
    tmp_path: Path, run: Run, words: tuple[str, ...], sentence: str
) -> None:
    """Nothing is imported."""
    assert run("import", str(tmp_path / "night.csv"), *words) == (2, "", f"holdspace: {sentence}\n")
    assert not (tmp_path / "data").exists()


def test_a_backup_says_what_it_holds(tmp_path: Path, run: Run) -> None:
    """One sentence with the counts; a second one to the same file is refused with exit code 2."""
    run("import", str(tmp_path / "night.csv"))
    copy = tmp_path / "copy.db"

    code, out, err = run("backup", str(copy))
    again, _, refusal = run("backup", str(copy))

    assert (code, err) == (0, "")
    assert out == f"Copied 2 readings of 1 session(s) to {copy}.\n"
    assert again == 2
    assert "exists already" in refusal
