"""Fixtures of the tests of Grafana: a real InfluxDB."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.dashboards.grafana import database
from tests.dashboards.grafana.database import Database


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of an InfluxDB 1.6 that runs for these tests."""
    program = shutil.which("influxd")
    if program is None:
        pytest.skip("no influxd found: install Debian's package influxdb")
    with database.running(program, tmp_path_factory.mktemp("influxdb")) as http:
        yield http


@pytest.fixture
def influxdb(influxd: httpx.Client, tmp_path: Path) -> Database:
    """An empty database."""
    return database.made(influxd, tmp_path.name)
