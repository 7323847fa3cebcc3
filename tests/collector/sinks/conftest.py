"""Fixtures of the tests of sinks: a database."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.collector.sinks import database
from tests.collector.sinks.database import VARIABLE, Database


@pytest.fixture
def influxd() -> str:
    """The path of InfluxDB's server program."""
    found = shutil.which("influxd")
    if found is None:
        pytest.skip("no influxd found: install Debian's package influxdb")
    return found


@pytest_asyncio.fixture
async def own_influxdb(influxd: str, tmp_path: Path) -> AsyncIterator[Database]:
    """An InfluxDB that a test may kill."""
    home = tmp_path / "influxdb"
    home.mkdir()
    async with database.ours(influxd, home) as made:
        yield made


@pytest_asyncio.fixture
async def influxdb(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """The InfluxDB that the environment names, else one of our own."""
    if VARIABLE.format("URL") in os.environ:
        async with database.named() as real:
            yield real
        return
    home = tmp_path / "influxdb"
    home.mkdir()
    async with database.ours(request.getfixturevalue("influxd"), home) as made:
        yield made
