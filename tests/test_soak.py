"""An outage of the database, survived and drained: an hour's worth of what `start.py soak` does for a month."""

import asyncio
from pathlib import Path

import pytest

from tests.soak import HOUR_S, soak


@pytest.mark.process
def test_an_hour_of_eight_devices_arrives_after_the_outage(tmp_path: Path) -> None:
    """Every reading of three lives, and the memory stays where it was."""
    report = asyncio.run(soak(tmp_path / "data", seconds=HOUR_S, devices=8, lives=3))

    assert report.recorded == HOUR_S * 8
    assert report.arrived == report.recorded
    assert report.rows > report.recorded + HOUR_S // 5 * 8  # their health, too
