"""Each import contract bites: a planted import is reported."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"
PLANTED = {
    "packages": ("collector/feed.py", "import alerts.condition"),
    "root": ("dashboards/review/__init__.py", "import collector.station"),
    "collector": ("collector/reading.py", "import collector.session"),
    "alerts": ("alerts/condition.py", "import alerts.cli"),
    "dashboards": ("dashboards/review/__init__.py", "import dashboards.bedside"),
    "pure": ("collector/commands.py", "import asyncio"),
    "companion": ("alerts/delivery.py", "import apprise"),
    "watchdog": ("alerts/watchdog/wire.py", "import alerts.watchdog.postman"),
    "grafana": ("dashboards/grafana/queries.py", "import dashboards.grafana.rules"),
    "grafana_client": ("dashboards/grafana/build.py", "import grafana_client"),
    "page": ("dashboards/bedside/state.py", "import time"),
    "numbers": ("collector/feed.py", "import numpy"),
}


def lint(folder: Path, contract: str) -> subprocess.CompletedProcess[str]:
    """import-linter's verdict on one contract over the packages in `folder`."""
    command = [sys.executable, "-c", LINT_IMPORTS, "--no-cache", "--contract", contract]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("contract", PLANTED)
def test_contract_bites(contract: str, tmp_path: Path) -> None:
    """An import against the contract is found in an otherwise clean copy of the packages."""
    for package in ("collector", "alerts", "dashboards"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file, line = PLANTED[contract]
    planted = tmp_path / file
    planted.write_text(planted.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")

    told = lint(tmp_path, contract)

    assert told.returncode == 1, told.stdout + told.stderr
    assert line.removeprefix("import ") in told.stdout
