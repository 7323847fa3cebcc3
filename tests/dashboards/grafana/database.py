"""A real InfluxDB on loopback, 1.6 as Debian has it, or the 2.x that the environment names.

Both understand `/write` and `/query`; a 2.x takes its bucket for the database.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.collector.sinks.influxd import PASSWORD, USER, Influxd


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series of an answer: its tags, its columns, its rows."""

    tags: dict[str, str]
    columns: tuple[str, ...]
    rows: list[list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database of its own on the server."""

    http: httpx.Client  # one for all: making a client costs more than any question
    name: str

    def write(self, lines: str) -> None:
        """Store lines with times in ns."""
        where = {"db": self.name, "precision": "n"}
        answer = self.http.post("/write", params=where, content=lines)
        assert answer.status_code == httpx.codes.NO_CONTENT, answer.text

    def ask(self, query: str) -> list[Series]:
        """The series that answer a query; an error of the server is a failure of the test."""
        asked = {"db": self.name, "q": query, "epoch": "ms"}
        result = self.http.post("/query", data=asked).json()["results"][0]
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
def named(environment: Mapping[str, str], stations: Sequence[str]) -> Iterator[Database]:
    """The InfluxDB 2.x of `HOLDSPACE_INFLUXDB_URL` and its like; leaves nothing of `stations` there."""
    url, token, org, bucket = (
        environment[f"HOLDSPACE_INFLUXDB_{name}"] for name in ("URL", "TOKEN", "ORG", "BUCKET")
    )
    with httpx.Client(base_url=url, headers={"Authorization": f"Token {token}"}) as http:
        yield Database(http=http, name=bucket)
        for station in stations:
            order = {
                "start": "1970-01-01T00:00:00Z",
                "stop": "2200-01-01T00:00:00Z",
                "predicate": f'station="{station}"',
            }
            answer = http.post("/api/v2/delete", params={"org": org, "bucket": bucket}, json=order)
            assert answer.status_code == httpx.codes.NO_CONTENT, answer.text


@contextmanager
def made(server: Influxd, name: str) -> Iterator[Database]:
    """An empty database called `name` on a 1.6 of our own."""
    account = {"u": USER, "p": PASSWORD}
    with httpx.Client(base_url=server.url, params=account) as http:
        database = Database(http=http, name=name)
        database.ask(f'CREATE DATABASE "{name}"')
        yield database
