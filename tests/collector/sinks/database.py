"""The database that the tests with a server write to: our 1.6 behind the shim, or one that is named.

`HOLDSPACE_INFLUXDB_URL`, `_TOKEN`, `_ORG` and `_BUCKET` name a real InfluxDB 2.x, which the tests fill under
station names of their own and clear afterwards; its token needs the rights to read and to write.
"""

import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

from collector.settings import InfluxdbSettings
from tests.collector.sinks.influxd import DATABASE, Influxd
from tests.collector.sinks.shim import TOKEN, Shim

KEPT_IN = "influxdb-token"
VARIABLE = "HOLDSPACE_INFLUXDB_{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where to write and what to ask. `own` and `shim` are there when the server is ours to torment."""

    url: str
    token: str
    org: str
    bucket: str
    own: Influxd | None = None
    shim: Shim | None = None
    station: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex[:12]}")

    def settings(self, folder: Path) -> InfluxdbSettings:
        """The section [influxdb] for it, with its token in a file in `folder`."""
        file = folder / KEPT_IN
        file.write_text(self.token, encoding="utf-8")
        return InfluxdbSettings(url=self.url, org=self.org, bucket=self.bucket, token_file=file)

    async def ask(self, query: str) -> list[dict[str, Any]]:
        """The rows that answer a query of InfluxQL, each with the tags of its series."""
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Token {self.token}"}) as http,
            http.post(
                f"{self.url}/query", data={"db": self.bucket, "q": query, "epoch": "ns"}
            ) as answer,
        ):
            result = json.loads(await answer.text())["results"][0]
        assert "error" not in result, f"{result['error']}: {query}"
        return [
            {**series.get("tags", {}), **dict(zip(series["columns"], row, strict=True))}
            for series in result.get("series", [])
            for row in series["values"]
        ]

    async def seqs(self) -> list[int]:
        """The seq of every reading of this station, sorted; one that is there twice stands twice."""
        rows = await self.ask(f"SELECT seq FROM reading WHERE station = '{self.station}'")  # noqa: S608
        return sorted(int(row["seq"]) for row in rows)

    async def erase(self, predicate: str) -> None:
        """Delete by predicate, as `holdspace erase` does."""
        async with InfluxDBClientAsync(self.url, token=self.token, org=self.org) as client:
            begin, end = "1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z"
            await client.delete_api().delete(begin, end, predicate, self.bucket, self.org)


@asynccontextmanager
async def named() -> AsyncIterator[Database]:
    """The real one that the environment names."""
    url, token, org, bucket = (
        os.environ[VARIABLE.format(name)] for name in ("URL", "TOKEN", "ORG", "BUCKET")
    )
    database = Database(url=url, token=token, org=org, bucket=bucket)
    yield database
    await database.erase(f'station="{database.station}"')


@asynccontextmanager
async def ours(program: str, home: Path) -> AsyncIterator[Database]:
    """A 1.6 of our own behind the shim."""
    server = Influxd(program, home)
    try:
        await server.start()
        await server.make()
        async with Shim(server.url).running() as shim:
            yield Database(
                url=shim.url, token=TOKEN, org="holdspace", bucket=DATABASE, own=server, shim=shim
            )
    finally:
        server.kill()
