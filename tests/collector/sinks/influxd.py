"""A real InfluxDB 1.6 on loopback, which can be killed and started again: Debian's package `influxdb`."""

import asyncio
import contextlib
import socket
import subprocess
from pathlib import Path

import aiohttp

USER, PASSWORD = "holdspace", "loopback"
DATABASE = "vitals"
# Everything a 204 stands for is fsynced first (servers.md 3.1).
CONFIG = """
reporting-enabled = false
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{home}/meta"
[data]
  dir = "{home}/data"
  wal-dir = "{home}/wal"
  index-version = "tsi1"
  wal-fsync-delay = "0s"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = true
  log-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
"""
PATIENCE = 600  # of 50 ms


class Influxd:
    """The server and its data below `home`; `start`, `kill` and `stop` as often as wanted."""

    def __init__(self, program: str, home: Path) -> None:
        self._program, self._home = program, home
        self._port, rpc = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None
        text = CONFIG.format(home=home, port=self._port, rpc=rpc)
        (home / "influxdb.conf").write_text(text, encoding="utf-8")

    async def start(self) -> None:
        """Return when it answers."""
        with (self._home / "influxd.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - a moment
                [self._program, "-config", self._home / "influxdb.conf"], stdout=log, stderr=log
            )
        async with aiohttp.ClientSession() as http:
            for _ in range(PATIENCE):
                assert self._process.poll() is None, (self._home / "influxd.log").read_text()
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    async with http.get(f"{self.url}/ping"):
                        return
                await asyncio.sleep(0.05)
        raise AssertionError("influxd does not answer")

    async def make(self) -> None:
        """The first user and the database."""
        async with aiohttp.ClientSession() as http:
            for query in (
                f"CREATE USER {USER} WITH PASSWORD '{PASSWORD}' WITH ALL PRIVILEGES",
                f"CREATE DATABASE {DATABASE}",
            ):
                account = {"u": USER, "p": PASSWORD}
                async with http.post(f"{self.url}/query", params=account, data={"q": query}) as answer:
                    assert answer.status == 200, await answer.text()

    async def write(self, lines: str) -> None:
        """Store lines without our sink."""
        where = {"db": DATABASE, "precision": "n", "u": USER, "p": PASSWORD}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.url}/write", params=where, data=lines) as answer,
        ):
            assert answer.status == 204, await answer.text()

    def kill(self) -> None:
        """As kill -9 does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """In good order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None


def free_port() -> int:
    """A port of loopback that nobody has now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
