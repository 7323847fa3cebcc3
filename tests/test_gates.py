"""The gates as tests, so that one closing line speaks for everything."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"
GATES = {
    "ruff check": ["-m", "ruff", "check", "--quiet", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "mypy": ["-m", "mypy", "--no-error-summary"],
    "import contracts": ["-c", LINT_IMPORTS, "--no-cache"],
}


@pytest.mark.gate
@pytest.mark.parametrize("gate", GATES)
def test_gate(gate: str) -> None:
    """The checkout passes each gate as it stands."""
    told = subprocess.run(
        [sys.executable, *GATES[gate]], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout + told.stderr
