"""start.py: what it says, when it sets up again, and what it leaves behind."""

import ast
import runpy
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import start

SOURCE = Path(start.__file__)
FAILING_UV = "#!/bin/sh\necho 'no route to the package index' >&2\nexit 2\n"
MAIN = "import sys\ndef main():\n    print(*sys.argv[1:], sep='|')\n    return 7\n"


@pytest.fixture
def environment(tmp_path: Path) -> start.Environment:
    """The environment of a small checkout whose path has a blank; its `.venv` is not made yet."""
    home = tmp_path / "a house"
    for folder in ("requirements", "collector"):
        (home / folder).mkdir(parents=True)
    for lock in ("run", "test"):
        (home / "requirements" / f"{lock}.lock").write_text(f"{lock}==1\n", encoding="utf-8")
    (home / "pyproject.toml").write_text('version = "1.2.3"\n', encoding="utf-8")
    (home / "collector" / "__init__.py").touch()
    (home / "collector" / "__main__.py").write_text(MAIN, encoding="utf-8")
    return start.Environment(home)


@pytest.fixture
def made(environment: start.Environment) -> start.Environment:
    """The same with an empty `.venv`."""
    venv.create(environment.folder, with_pip=False)
    return environment


def test_old_python_is_told_which_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An older Python gets one sentence that names the version it needs, and exit code 2."""
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))  # nothing else makes this Python an old one

    with pytest.raises(SystemExit) as left:
        runpy.run_path(str(SOURCE))

    assert left.value.code == 2
    assert "3.11 or newer" in capsys.readouterr().err


def test_old_python_can_read_the_file() -> None:
    """The file holds no syntax that Python 3.6 cannot parse, so that the sentence is reached."""
    assert ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 6)).body


@pytest.mark.parametrize(("words", "code"), [([], 2), (["--help"], 0)])
def test_usage(words: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a word, or asked for help, it says what it can do and sets up nothing."""
    assert start.main(words) == code
    assert "python3 start.py demo" in capsys.readouterr().out


def test_missing_ensurepip_names_the_remedy(
    environment: start.Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Debian has split venv off, the sentence says which package brings it."""
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # as on a Debian without python3-venv

    with pytest.raises(start.SetUpError, match="apt install python3-venv"):
        start.make(environment, None)


def test_failed_set_up_shows_why_and_begins_again(
    made: start.Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When a package cannot be fetched, the tool's words and one sentence are shown; nothing counts."""
    made.mark("run")
    tools = made.home / "tools"
    tools.mkdir()
    (tools / "uv").write_text(FAILING_UV, encoding="utf-8")
    (tools / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=":")

    with pytest.raises(start.SetUpError, match="check the network"):
        start.set_up(made, "test")

    assert "no route to the package index" in capsys.readouterr().err
    assert made.done() == {}


def test_set_up_again_when_the_lock_changed(made: start.Environment) -> None:
    """A changed lock is installed again, into the same environment."""
    made.mark("run")
    assert made.ready("run")

    made.lock("run").write_text("run==2\n", encoding="utf-8")

    assert not made.ready("run")
    assert made.done()


def test_test_tools_include_the_runtime(made: start.Environment) -> None:
    """The test tools bring what a holdspace command needs; the reverse does not hold."""
    made.mark("run")
    assert not made.ready("test")

    made.mark("test")

    assert made.ready("run")
    assert made.ready("test")


def test_moved_checkout_is_made_anew(made: start.Environment) -> None:
    """Scripts name their place: in a checkout that was moved the environment does not count."""
    made.mark("run")
    moved = made.home.rename(made.home.with_name("another house"))

    assert start.Environment(moved).done() == {}


def test_lost_python_is_made_anew(made: start.Environment) -> None:
    """Without its Python (upgraded away under it) the environment does not count."""
    made.mark("run")
    made.python.unlink()

    assert made.done() == {}


def test_command_passes_words_and_exit_code(made: start.Environment) -> None:
    """The installed command runs the checkout's code from anywhere, also under a path with a blank."""
    start.join(made)

    told = subprocess.run(
        [made.holdspace, "demo", "two words"], capture_output=True, text=True, cwd="/", check=False
    )

    assert (told.returncode, told.stdout) == (7, "demo|two words\n")


def test_joined_checkout_is_a_known_distribution(made: start.Environment) -> None:
    """The version and the owner of the packages can be asked for, as after an ordinary installation."""
    start.join(made)
    ask = (
        "from importlib.metadata import packages_distributions, version;"
        "print(version('holdspace'), packages_distributions()['collector'])"
    )

    told = subprocess.run([made.python, "-c", ask], capture_output=True, text=True, cwd="/", check=True)

    assert told.stdout == "1.2.3 ['holdspace']\n"


@pytest.mark.parametrize("words", [["review", "last", "--json"], ["--version"], ["sessions"]])
def test_other_words_are_holdspace_commands(environment: start.Environment, words: list[str]) -> None:
    """Every word that is not start.py's own goes to holdspace as it stands, with the runtime lock."""
    lock, command = start.command_of(environment, words)

    assert lock == "run"
    assert command == [str(environment.holdspace), *words]


@pytest.mark.parametrize(
    ("words", "folder", "lock"),
    [
        (["grafana", "push", "http://grafana"], ".venv-grafana", "grafana"),
        (["grafana", "build"], ".venv", "run"),
    ],
)
def test_client_of_grafana_lives_apart(
    words: list[str], folder: str, lock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a push gets the environment whose client replaces urllib3; the station's is never touched by it."""
    asked: list[tuple[str, str]] = []

    def set_up(environment: start.Environment, name: str) -> None:
        asked.append((environment.folder.name, name))
        raise start.SetUpError("enough seen")

    monkeypatch.setattr(start, "HERE", tmp_path)
    monkeypatch.setattr(start, "set_up", set_up)  # nothing is to be installed here

    assert start.main(words) == 1
    assert asked == [(folder, lock)]


def test_secrets_need_no_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`secrets` works on a fresh machine: it makes the files and sets up nothing."""
    monkeypatch.setattr(start, "HERE", tmp_path)

    assert start.main(["secrets"]) == 0
    assert (tmp_path / "secrets" / "influxdb_password").is_file()
    assert not (tmp_path / ".venv").exists()
    assert "docker compose --profile demo up" in capsys.readouterr().err


def test_secrets_that_cannot_be_written_are_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the folder cannot be made, the reason is said and the exit code is 1."""
    (tmp_path / "secrets").write_text("a file in the way", encoding="utf-8")
    monkeypatch.setattr(start, "HERE", tmp_path)

    assert start.main(["secrets"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
