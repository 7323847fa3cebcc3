"""Fixtures of the tests of Grafana: a real InfluxDB."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.dashboards.grafana import database
from tests.dashboards.grafana.database import Database
from tests.dashboards.grafana.told import STATIONS


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of an InfluxDB 1.6 that runs for these tests."""
    program = shutil.which("influxd")
    if program is None:
        pytest.skip("no influxd found: install Debian's package influxdb")
    with database.running(program, tmp_path_factory.mktemp("influxdb")) as http:
        yield http


@pytest.fixture
def influxdb(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The InfluxDB that the environment names, else an empty database of our own."""
    if "HOLDSPACE_INFLUXDB_URL" in os.environ:
        with database.named(os.environ, STATIONS) as real:
            yield real
    else:
        yield database.made(request.getfixturevalue("influxd"), tmp_path.name)
