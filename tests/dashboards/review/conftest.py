"""Shared recordings as samples, and their reference numbers."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dashboards.review.grid import Samples, samples

Recording = Callable[[str], Samples]


@pytest.fixture(scope="session")
def reference_numbers(reference: Path) -> dict[str, dict[str, object]]:
    """Reference numbers by recording id."""
    text = (reference / "review_reference.json").read_text(encoding="utf-8")
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
