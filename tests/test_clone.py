"""The two commands on a fresh machine: a clone in an empty folder, Python and nothing else."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYTHON = getattr(sys, "_base_executable", sys.executable)
# What a developer's shell may carry into the clone and a fresh machine has not.
NOT_FRESH = ("VIRTUAL_ENV", "PYTHONPATH", "PYTEST_ADDOPTS", "HOLDSPACE_DATA")
DEMO = ("--for", "5", "--speed", "10", "--no-browser", "--port", "0")

pytestmark = pytest.mark.clone


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clone of what is committed, in an empty folder."""
    folder = tmp_path_factory.mktemp("empty") / "holdspace"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)  # an environment is large


def start(clone: Path, *words: str, uv: bool = False) -> subprocess.CompletedProcess[str]:
    """`python3 start.py WORDS` in the clone; without `uv` as on a machine that lacks it."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_FRESH}
    path = [
        folder
        for folder in kept["PATH"].split(os.pathsep)
        if uv or shutil.which("uv", path=folder) is None
    ]
    return subprocess.run(
        [PYTHON, "start.py", *words],
        cwd=clone,
        env={**kept, "PATH": os.pathsep.join(path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def test_help_works_before_set_up(clone: Path) -> None:
    """Help needs no environment."""
    told = start(clone, "--help")

    assert told.returncode == 0
    assert "python3 start.py demo" in told.stdout


def test_demo_runs_and_is_kept(clone: Path, tmp_path: Path) -> None:
    """The first command sets up with venv and pip, runs a demo and leaves a session to look at."""
    data = str(tmp_path / "data")
    told = start(clone, "demo", *DEMO, "--data", data)
    assert told.returncode == 0, told.stderr

    listed = subprocess.run(
        [clone / ".venv" / "bin" / "holdspace", "sessions", "--json", "--data", data],
        capture_output=True,
        text=True,
        check=True,
    )

    session = json.loads(listed.stdout)[0]
    assert session["source"] == "demo"
    assert session["readings"] > 0


def test_test_runs(clone: Path) -> None:
    """The second command sets up the test tools and runs tests, with what is there: uv or pip."""
    told = start(clone, "test", "tests/test_start.py", "-k", "usage", uv=True)

    assert told.returncode == 0, told.stdout + told.stderr
    assert "2 passed" in told.stdout.splitlines()[-1]
