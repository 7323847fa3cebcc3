"""Fixtures of the tests of sinks: a database, a broker, a certificate."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.collector.sinks import database
from tests.collector.sinks import mosquitto as broker
from tests.collector.sinks.database import VARIABLE, Database
from tests.collector.sinks.mosquitto import Mosquitto


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


@pytest.fixture
def mosquitto_program() -> str:
    """The path of Mosquitto's server program."""
    found = broker.program()
    if found is None:
        pytest.skip("no mosquitto found: install Debian's package mosquitto")
    return found


@pytest_asyncio.fixture
async def mosquitto(mosquitto_program: str, tmp_path: Path) -> AsyncIterator[Mosquitto]:
    """A broker that a test may kill and freeze."""
    home = tmp_path / "mosquitto"
    home.mkdir()
    made = Mosquitto(mosquitto_program, home)
    await made.start()
    try:
        yield made
    finally:
        made.kill()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that nobody trusts, with its key."""
    file = tmp_path / "server.pem"
    made = subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
        f" -addext subjectAltName=DNS:localhost -keyout {file} -out {file}.crt".split(),
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("no openssl found: install Debian's package openssl")
    return file
