"""`holdspace erase`: what it removes, what it says, and when it refuses."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from collector.__main__ import main
from collector.errors import Unavailable
from collector.journal.archive import Archive
from collector.journal.erasure import Erasure
from collector.journal.hold import hold
from collector.session import Source
from collector.settings import SinkSettings
from collector.sinks import SINKS, SinkKind
from collector.sinks.base import Sink

Run = Callable[..., tuple[int, str, str]]
ASKED: list[tuple[str, Sequence[Erasure]]] = []
DOWN: list[str] = []


def open_sink(settings: SinkSettings, station: str) -> AbstractAsyncContextManager[Sink]:
    """This module stands in for that of a sink; nothing here is delivered."""
    raise AssertionError(settings, station)


async def erase(settings: SinkSettings, station: str, erasures: Sequence[Erasure]) -> None:
    """Remember what was asked; refuse while the server is down."""
    assert settings.configured
    if DOWN:
        raise Unavailable(DOWN[0])
    ASKED.append((station, erasures))


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a journal with Ana's night of May 1st and Bob's of May 2nd."""
    monkeypatch.setitem(SINKS, "nowhere", SinkKind(settings=SinkSettings, module=__name__))
    ASKED.clear()
    DOWN.clear()

    def command(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--data", str(tmp_path / "data")])
        out, err = capsys.readouterr()
        return code, out, err

    (tmp_path / "night.csv").write_text("t_s,spo2,pr\n0,97,60\n1,96,61\n", encoding="utf-8")
    for day, who in enumerate(("Ana", "Bob"), 1):
        start = f"2026-05-0{day}T20:00Z"
        command("import", str(tmp_path / "night.csv"), "--participant", who, "--start", start)
    return command


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A holdspace.toml with one server and a retention."""
    file = tmp_path / "holdspace.toml"
    text = '[station]\nname = "room-2"\n[nowhere]\nurl = "http://x"\n[retention]\ndays = 30\n'
    file.write_text(text, encoding="utf-8")
    return str(file)


def sessions(tmp_path: Path) -> list[str]:
    """The ids in the journal."""
    with Archive(tmp_path / "data") as archive:
        return [one.session for one in archive.sessions()]


def test_a_person_is_erased_and_what_stays_is_said(run: Run) -> None:
    """Exit code 0, and the sentence about what no command reaches."""
    code, out, err = run("erase", "--yes", "--participant", "Ana")

    assert (code, err) == (0, "")
    assert "To be erased: participant Ana in every session" in out
    assert "Not reached: copies and backups" in out
    assert "No server was told" in out
    assert "Ana" not in run("sessions", "--json")[1]
    assert "Bob" in run("sessions", "--json")[1]


def test_where_nobody_can_be_asked_nothing_is_erased_without_a_yes(run: Run) -> None:
    """A script that forgot it has lost nothing; and a second yes finds nothing left."""
    code, _, err = run("erase", "--participant", "Ana")
    kept = run("sessions", "--json")[1]
    run("erase", "--yes", "--participant", "Ana")
    again = run("erase", "--yes", "--participant", "Ana")[1]

    assert (code, "give --yes" in err) == (2, True)
    assert "Ana" in kept
    assert "The journal holds nothing of it any more." in again


def test_sessions_before_a_day_are_erased(run: Run, tmp_path: Path) -> None:
    """The one of that day stays."""
    code, _, _ = run("erase", "--yes", "--before", "2026-05-02T00:00Z")

    assert code == 0
    assert sessions(tmp_path) == ["20260502-200000"]


def test_its_reports_go_with_a_session_and_copies_are_named(run: Run, tmp_path: Path) -> None:
    """Files that `review` wrote are removed; a backup is not touched."""
    run("review", "20260501", "-o", str(tmp_path / "report"))
    run("backup", str(tmp_path / "copy.db"))
    assert list((tmp_path / "report").iterdir())

    _, out, _ = run("erase", "--yes", "--session", "20260501-200000")

    assert not list((tmp_path / "report").iterdir())
    assert f"Still there, a copy of the journal: {tmp_path / 'copy.db'}" in out
    assert (tmp_path / "copy.db").exists()


def test_reports_of_a_person_go_with_the_person(run: Run, tmp_path: Path) -> None:
    """The pages of every session that the person was in: they stand on the group's page too."""
    run("review", "20260501", "-o", str(tmp_path / "ana"))
    run("review", "20260502", "-o", str(tmp_path / "bob"))

    run("erase", "--yes", "--participant", "Ana")

    assert not list((tmp_path / "ana").iterdir())
    assert list((tmp_path / "bob").iterdir())


def test_the_servers_of_the_configuration_are_told(run: Run, config: str) -> None:
    """With the station's own name, so that another room's data is not touched."""
    code, out, _ = run("erase", "--yes", "--participant", "Ana", "--config", config)

    assert code == 0
    names = ["room-2", "room-2-demo", "room-2-import", "room-2-replay"]
    assert sorted(ASKED) == [(name, [Erasure(participant="Ana")]) for name in names]
    assert "No server was told" not in out


def test_a_server_that_is_down_is_said_and_the_same_command_does_the_rest(
    run: Run, config: str
) -> None:
    """Exit code 1 first, then 0, though the journal does not know the person any more."""
    DOWN.append("Nowhere does not answer.")
    words = ("erase", "--yes", "--participant", "Ana", "--config", config)

    first, _, err = run(*words)
    DOWN.clear()
    second, _, _ = run(*words)

    assert (first, second) == (1, 0)
    assert "Nowhere does not answer." in err
    assert len(ASKED) == len(Source)


def test_what_is_due_is_listed_and_stays(run: Run, config: str, tmp_path: Path) -> None:
    """The list ends with the command that would erase it."""
    code, out, _ = run("erase", "--due", "--config", config)

    assert code == 0
    assert "20260501-200000" in out
    assert "holdspace erase --before 20" in out
    assert len(sessions(tmp_path)) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Name what to erase"),
        (("--participant", "Ana", "--before", "2026-05-02"), "Name what to erase"),
        (("--participant", "Zoe"), "no participant Zoe"),
        (("--session", "2031"), "no session '2031'"),
        (("--before", "yesterday"), "is not a day"),
        (("--due",), "Nothing is ever due"),
    ],
)
def test_a_wrong_wish_is_refused_in_one_sentence(
    run: Run, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    """Exit code 2, nothing erased."""
    code, _, err = run("erase", *words)

    assert code == 2
    assert sentence in err
    assert len(sessions(tmp_path)) == 2


def test_while_a_station_runs_nothing_is_erased(run: Run, tmp_path: Path) -> None:
    """The sentence says which directory is in use."""
    lock, file = hold(tmp_path / "data")
    try:
        code, _, err = run("erase", "--yes", "--participant", "Ana")
    finally:
        file.close()
        lock.release()

    assert code == 2
    assert "Another station is using" in err
    assert len(sessions(tmp_path)) == 2


def test_at_a_terminal_it_is_asked_once_more(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever says no has lost nothing."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", _no)

    code, _, _ = run("erase", "--participant", "Ana")

    assert code == 1
    assert len(sessions(tmp_path)) == 2


def _no(text: str, *, abort: bool) -> bool:
    import typer  # noqa: PLC0415 - beside the thing it stands in for

    assert "cannot be undone" in text
    assert abort
    raise typer.Abort
