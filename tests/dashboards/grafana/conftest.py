"""Fixtures of the tests of Grafana: a real InfluxDB."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboards.grafana import database
from tests.dashboards.grafana.database import Database


@pytest.fixture(scope="session")
def influxdb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an InfluxDB 1.6 that runs for these tests."""
    influxd = shutil.which("influxd")
    if influxd is None:
        pytest.skip("no influxd found: install Debian's package influxdb")
    with database.running(influxd, tmp_path_factory.mktemp("influxdb")) as url:
        yield url


@pytest.fixture
def influxdb(influxdb_url: str, tmp_path: Path) -> Database:
    """An empty database."""
    return database.made(influxdb_url, tmp_path.name)
