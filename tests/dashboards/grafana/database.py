"""A real InfluxDB 1.6 on loopback: what Debian's package `influxdb` brings."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

CONFIG = """
reporting-enabled = false
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{home}/meta"
[data]
  dir = "{home}/data"
  wal-dir = "{home}/wal"
  index-version = "tsi1"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
"""
PATIENCE = 200  # of 50 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series of an answer: its tags, its columns, its rows."""

    tags: dict[str, str]
    columns: tuple[str, ...]
    rows: list[list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database of its own on the server."""

    url: str
    name: str

    def write(self, lines: str) -> None:
        """Store lines with times in ns."""
        where = {"db": self.name, "precision": "n"}
        answer = httpx.post(f"{self.url}/write", params=where, content=lines)
        assert answer.status_code == httpx.codes.NO_CONTENT, answer.text

    def ask(self, query: str) -> list[Series]:
        """The series that answer a query; an error of the server is a failure of the test."""
        asked = {"db": self.name, "q": query, "epoch": "ms"}
        result = httpx.post(f"{self.url}/query", data=asked).json()["results"][0]
        assert "error" not in result, f"{result['error']}: {query}"
        return [
            Series(
                tags=series.get("tags", {}),
                columns=tuple(series["columns"]),
                rows=series.get("values", []),
            )
            for series in result.get("series", [])
        ]


@contextmanager
def running(influxd: str, home: Path) -> Iterator[str]:
    """A server with its data below `home`, while the block runs; gives its address."""
    port, rpc = _free(), _free()
    config = home / "influxdb.conf"
    config.write_text(CONFIG.format(home=home, port=port, rpc=rpc), encoding="utf-8")
    with (home / "influxd.log").open("wb") as log:
        process = subprocess.Popen([influxd, "-config", config], stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(20)


def made(url: str, name: str) -> Database:
    """An empty database called `name`."""
    database = Database(url=url, name=name)
    database.ask(f'CREATE DATABASE "{name}"')
    return database


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE):
        try:
            httpx.get(f"{url}/ping", timeout=1)
        except httpx.HTTPError:
            assert process.poll() is None, "influxd ended by itself"
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        else:
            return
    raise AssertionError("influxd does not answer")


def _free() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
