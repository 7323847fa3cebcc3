"""The suite's own rules: nothing is skipped where everything is required; groups stay together."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
PLAIN = ("-p", "no:cacheprovider", "-p", "no:xdist", "--continue-on-collection-errors")
SPREAD = ("-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder")
GROUP = """
import pytest

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(4))
def test_together(number): ...
"""
SKIPS = {
    "fixture": "def test_skipped(recordings): ...",
    "mark": "import pytest\n@pytest.mark.skip('because')\ndef test_skipped(): ...",
    "module": "import pytest\npytest.skip('because', allow_module_level=True)",
}


@pytest.mark.parametrize(("require", "outcome"), [("all", "3 errors"), ("", "3 skipped")])
def test_skip_fails_when_all_is_required(require: str, outcome: str, tmp_path: Path) -> None:
    """A skip from a fixture, a mark or a whole module fails under HOLDSPACE_REQUIRE=all, else not."""
    shutil.copy(CONFTEST, tmp_path)
    for kind, text in SKIPS.items():
        (tmp_path / f"test_{kind}.py").write_text(text, encoding="utf-8")
    surroundings = {
        "PYTEST_ADDOPTS": "",
        "HOLDSPACE_REQUIRE": require,
        "HOLDSPACE_RECORDINGS": str(tmp_path / "none"),
    }

    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *PLAIN],
        cwd=tmp_path,
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        check=False,
    )

    assert outcome in told.stdout.splitlines()[-1]


def test_a_group_stays_on_one_worker(tmp_path: Path) -> None:
    """What must not run side by side does not: the marks of a group reach whoever hands out the tests."""
    (tmp_path / "test_group.py").write_text(GROUP, encoding="utf-8")

    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *SPREAD],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    workers = [line.split()[0] for line in told.stdout.splitlines() if " PASSED " in line]
    assert len(workers) == 4
    assert len(set(workers)) == 1
