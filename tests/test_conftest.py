"""The suite's own rule: nothing may be skipped where everything is required."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
SKIPS = {
    "fixture": "def test_skipped(recordings): ...",
    "mark": "import pytest\n@pytest.mark.skip('because')\ndef test_skipped(): ...",
    "module": "import pytest\npytest.skip('because', allow_module_level=True)",
}


@pytest.mark.parametrize("kind", SKIPS)
@pytest.mark.parametrize(("require", "code"), [("all", {1, 2}), ("", {0, 5})])
def test_skip_fails_when_all_is_required(
    kind: str, require: str, code: set[int], tmp_path: Path
) -> None:
    """A skip from a fixture, a mark or a whole module fails under HOLDSPACE_REQUIRE=all, else not."""
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_it.py").write_text(SKIPS[kind], encoding="utf-8")
    surroundings = {"HOLDSPACE_REQUIRE": require, "HOLDSPACE_RECORDINGS": str(tmp_path / "none")}

    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=tmp_path,
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode in code, told.stdout
