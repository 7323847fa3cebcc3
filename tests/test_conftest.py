"""The suite's own rule: nothing may be skipped where everything is required."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
PLAIN = ("-p", "no:cacheprovider", "-p", "no:xdist", "--continue-on-collection-errors")
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
