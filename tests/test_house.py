"""The house keeps its own rules: names, sizes, maps, words, and nothing of one machine."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("collector", "alerts", "dashboards")
NOT_NAMES = ("util", "helper", "manager", "common", "handler", "silence", "mute", "alarm")
LONGEST = 300
LONGEST_TEST = 600  # a test file mirrors its module, however many behaviours that has
# A longer file needs its reason here.
LONG = {
    "alerts/alert.py": "one episode from its raise to its close, which cannot be understood in halves",
    "alerts/seat.py": "all families of one seat on one line of time, and what a restart takes up of it",
    "alerts/service.py": "where engine, clock, feed and recorder meet, and every command of the alerts",
}
# A person could read these as a promise, or take our signal for a certified one.
NOT_SAID = re.compile(r"\bOK\b|\b[Nn]ormal\b|\b[Aa]larms?\b")
INDEX_VARIABLES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
)


def tracked(pattern: str = "*") -> list[Path]:
    """The files that git knows, by pattern."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", pattern], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [file for file in files if file.is_file()]


def sources() -> list[Path]:
    """Python files of the three packages."""
    return [file for file in tracked("*.py") if file.relative_to(ROOT).parts[0] in PACKAGES]


def name(file: Path) -> str:
    """A file's path inside the checkout."""
    return file.relative_to(ROOT).as_posix()


def text_of(file: Path) -> str:
    """A tracked file as text; bytes that are no text vanish."""
    return file.read_text(encoding="utf-8", errors="ignore")


def classes_and_functions(
    file: Path,
) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Everything named by `class` or `def` in a file."""
    for node in ast.walk(ast.parse(text_of(file))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_names_say_a_noun_of_the_field() -> None:
    """No module or class hides behind a word that means nothing here, or a word we do not use."""
    named = [(file.stem, name(file)) for file in sources()]
    named += [
        (node.name, name(file))
        for file in sources()
        for node in classes_and_functions(file)
        if isinstance(node, ast.ClassDef)
    ]

    assert [pair for pair in named if any(word in pair[0].lower() for word in NOT_NAMES)] == []


def test_every_package_has_a_map() -> None:
    """Each package's docstring is prose that tells what lies where."""
    bare = [
        name(file)
        for file in sources()
        if file.name == "__init__.py" and len(ast.get_docstring(ast.parse(text_of(file))) or "") < 80
    ]

    assert bare == []


def test_files_stay_readable() -> None:
    """No source is longer than 300 lines without its reason in the list above, and no reason is idle."""
    lines = {file: len(text_of(file).splitlines()) for file in tracked("*.py")}
    tests = {
        name(file) for file, count in lines.items() if count > LONGEST_TEST and file not in sources()
    }

    assert {name(file) for file in sources() if lines[file] > LONGEST} == set(LONG)
    assert tests == set()


def test_every_test_says_what_it_shows() -> None:
    """Each test function has a docstring."""
    untold = [
        f"{name(file)}:{node.lineno} {node.name}"
        for file in tracked("tests/*.py")
        for node in classes_and_functions(file)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert untold == []


@pytest.mark.parametrize("package", PACKAGES)
def test_package_belongs_to_holdspace_alone(package: str) -> None:
    """No installed distribution brings a top-level package of the same name."""
    owners = importlib.metadata.packages_distributions().get(package, [])
    if not owners:
        pytest.skip("holdspace is not installed here: run python3 start.py test")

    assert owners == ["holdspace"]


def test_nothing_of_this_machine_is_tracked() -> None:
    """No tracked file names this checkout's place, the home folder or this machine's package index."""
    places = {f"{ROOT}/", f"{Path.home()}/"}
    urls = " ".join(os.environ.get(variable, "") for variable in INDEX_VARIABLES).split()
    hosts = {host for url in urls if (host := urlsplit(url).hostname)}
    found = [
        (name(file), word) for file in tracked() for word in places | hosts if word in text_of(file)
    ]

    assert found == []


@pytest.mark.parametrize("lock", ["run.lock", "test.lock", "grafana.lock"])
def test_lock_names_versions_and_hashes_only(lock: str) -> None:
    """A lock pins each package by version and hash, and holds no address and no option."""
    lines = text_of(ROOT / "requirements" / lock).splitlines()
    pins = [line for line in lines if not line.startswith("    --hash=sha256:")]

    assert pins
    assert all(re.match(r"[a-z0-9-]+==[^ ]+ (; [^/]+ )?\\$", pin) for pin in pins)


@pytest.mark.parametrize("lock", ["test.lock", "grafana.lock"])
def test_other_locks_include_run_lock(lock: str) -> None:
    """A lock with more in it holds the runtime packages in the same versions and hashes."""
    run, more = (text_of(ROOT / "requirements" / name) for name in ("run.lock", lock))

    assert set(run.replace(" \\", "").splitlines()) <= set(more.replace(" \\", "").splitlines())


def test_pages_promise_nothing() -> None:
    """No page or report text says that somebody is fine, or calls our signals by the certified word."""
    shown = [
        file for kind in ("*.html", "*.js", "*.j2", "*.svg") for file in tracked(f"dashboards/{kind}")
    ]
    said = [(name(file), NOT_SAID.findall(text_of(file))) for file in shown]

    assert [pair for pair in said if pair[1]] == []


def readme_commands() -> dict[str, set[str]]:
    """The `holdspace` commands that the README shows in blocks and tables, with the options shown."""
    text = text_of(ROOT / "README.md")
    shown = re.findall(r"^(?:python3 start\.py|\.venv/bin/holdspace) ([^#\n]+)", text, re.MULTILINE)
    shown += re.findall(r"`holdspace ([^`]+)`", text)
    commands: dict[str, set[str]] = {}
    for line in shown:
        verb = re.match(r"rules [a-z]+|[a-z]+", line)
        if verb and verb.group() not in {"test", "bench", "install", "secrets"}:
            commands.setdefault(verb.group(), set()).update(re.findall(r"--[a-z-]+", line))
    return commands


@pytest.mark.parametrize("command", sorted(readme_commands()))
def test_readme_command_exists(command: str) -> None:
    """Each command in the README is known, and so is each of its options."""
    told = subprocess.run(
        [sys.executable, "-m", "collector", *command.split(), "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    assert {option for option in readme_commands()[command] if option not in told.stdout} == set()
