"""What every test may ask for: the checkout, the shared recordings and references, a Chromium.

A test that lacks one of these skips and says why. With `HOLDSPACE_REQUIRE=all` (so in CI) nothing may
be skipped: each skip, wherever it comes from, is a failure that repeats the reason.
"""

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# What loads the machine (clones, gates) goes first; last the browser, which measures time, and the radio
# stack, whose kernel may still be in the making.
RANKS = {"clone": 0, "gate": 0, "browser": 2, "stack": 2}

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def rank(item: pytest.Item) -> int:
    """A test's place in the run by its markers; most stand in the middle."""
    return min((rank for name, rank in RANKS.items() if item.get_closest_marker(name)), default=1)


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what would fight over the machine on one worker, and bring it into a good order."""
    for item in items:
        if rank(item) != 1:
            item.add_marker(pytest.mark.xdist_group("heavy" if rank(item) == 0 else "browser"))
    items.sort(key=rank)


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure where nothing may be skipped."""
    if (
        os.environ.get("HOLDSPACE_REQUIRE") != "all"
        or not report.skipped
        or hasattr(report, "wasxfail")
    ):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"HOLDSPACE_REQUIRE=all forbids this: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look at each test's outcome before anybody counts it."""
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself as a whole."""
    report = yield
    refuse_skip(report)
    return report


def folder(variable: str, default: Path) -> Path:
    """The folder that environment variable `variable` names, else `default`; skips without one."""
    found = Path(os.environ.get(variable, default))
    if not found.is_dir():
        pytest.skip(f"no folder {found}: set {variable}")
    return found


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The shared recordings of real people, which are never committed."""
    return folder("HOLDSPACE_RECORDINGS", SHARED / "recordings")


@pytest.fixture(scope="session")
def reference() -> Path:
    """The shared reference facts: vectors, review numbers."""
    beside = os.environ.get("HOLDSPACE_RECORDINGS")
    return folder("HOLDSPACE_REFERENCE", (Path(beside).parent if beside else SHARED) / "reference")


def find_chromium() -> str | None:
    """The path of a Chromium on this machine, if there is one."""
    return os.environ.get("HOLDSPACE_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium on this machine."""
    found = find_chromium()
    if found is None:
        pytest.skip("no Chromium found: install one or set HOLDSPACE_CHROMIUM")
    return found


@pytest.fixture(autouse=True)
def fresh_log() -> Generator[None]:
    """A command configures the log for its process; the next test finds it as it was."""
    yield
    structlog.reset_defaults()
