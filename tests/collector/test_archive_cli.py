"""`holdspace import` and `holdspace sessions`: names, formats and exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from collector.__main__ import main

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
    assert listed.endswith("  import  ended            2 readings  P1  May\n")


def test_an_empty_place_has_no_sessions_and_nothing_is_made_there(tmp_path: Path, run: Run) -> None:
    """Looking is not changing."""
    assert run("sessions", "--json") == (0, "[]\n", "")
    assert run("sessions")[1] == f"There is no session in {tmp_path / 'data'} yet.\n"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--start", "yesterday"), "--start 'yesterday' is not a time; write it as 2026-05-01T20:00."),
        (("--participant", "A", "--participant", "B"), "There are 2 participants for 1 files."),
    ],
)
def test_a_wrong_option_is_one_sentence_and_exit_code_2(
    tmp_path: Path, run: Run, words: tuple[str, ...], sentence: str
) -> None:
    """Nothing is imported."""
    assert run("import", str(tmp_path / "night.csv"), *words) == (2, "", f"holdspace: {sentence}\n")
    assert not (tmp_path / "data").exists()
