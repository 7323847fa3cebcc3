"""Fixtures of the tests of Grafana: a real InfluxDB."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector.sinks.influxd import Influxd
from tests.dashboards.grafana import database
from tests.dashboards.grafana.database import Database
from tests.dashboards.grafana.told import STATIONS


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """An InfluxDB 1.6 that runs for these tests."""
    program = shutil.which("influxd")
    if program is None:
        pytest.skip("no influxd found: install Debian's package influxdb")
    server = Influxd(program, tmp_path_factory.mktemp("influxdb"))
    try:
        asyncio.run(server.start())
        asyncio.run(server.make())
        yield server
    finally:
        server.stop()


@pytest.fixture
def influxdb(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The InfluxDB that the environment names, else an empty database of our own."""
    if "HOLDSPACE_INFLUXDB_URL" in os.environ:
        with database.named(os.environ, STATIONS) as real:
            yield real
    else:
        with database.made(request.getfixturevalue("influxd"), tmp_path.name) as own:
            yield own
