"""Shared recordings and their reference numbers, or the reason why they are not here."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dashboards.review.grid import Samples, samples

Recording = Callable[[str], Samples]
ROOT = Path(__file__).parents[3]


def _folder() -> Path:
    named = os.environ.get("HOLDSPACE_RECORDINGS")
    folder = Path(named) if named else ROOT.parent / "shared" / "recordings"
    if not (folder / "index.json").exists():
        reason = f"the shared recordings are not in {folder}; set HOLDSPACE_RECORDINGS"
        if os.environ.get("HOLDSPACE_REQUIRE") == "all":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder with the shared recordings."""
    return _folder()


@pytest.fixture(scope="session")
def reference() -> dict[str, dict[str, object]]:
    """Reference numbers by recording id."""
    text = (_folder().parent / "reference" / "review_reference.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["files"])


@pytest.fixture(scope="session")
def recording(recordings: Path) -> Recording:
    """Reads one recording by its id."""

    def read(name: str) -> Samples:
        with (recordings / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        columns = {key: [float(row[key] or "nan") for row in rows] for key in ("t_s", "spo2", "pr")}
        return samples(np.array(columns["t_s"]), np.array(columns["spo2"]), np.array(columns["pr"]))

    return read
