"""A real InfluxDB: every row is there exactly once, whoever is killed, whenever."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Self

import aiohttp
import pytest

from collector.entry import Entry
from collector.journal.archive import Archive
from collector.sinks import influxdb as sink_of_influxdb
from collector.sinks.base import Outcome, Sink
from collector.sinks.influxdb import check, open_sink
from collector.sinks.points import lines
from collector.sinks.portion import Portion
from tests.collector.journal.samples import prepare, reading
from tests.collector.sinks.database import KEPT_IN, Database

pytestmark = [pytest.mark.asyncio, pytest.mark.influx]

ROOT = Path(__file__).parents[3]
ROUNDS = 24
ROWS = 300
LONGEST_S = 60.0


class Lives:
    """The lives of one station, one after the other, each a process; `database` is where they deliver to."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.data = folder / "data"
        token = database.settings(folder).token_file
        words = (self.data, database.url, database.org, database.bucket, token, database.station)
        self._words = [str(word) for word in words]
        self._process: asyncio.subprocess.Process | None = None
        self.life = 0  # its process id; 0 between lives

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.collector.sinks.lives",
            *self._words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def begin(self, rows: int) -> None:
        """Another life; returns when the station is up."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{rows}\n".encode())
        self.life = int(await self._line())
        await self.says("up")

    async def says(self, word: str) -> None:
        """Return when the station has said `word`."""
        while await self._line() != word:
            pass

    async def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(LONGEST_S):
            line = await self._process.stdout.readline()
        assert line, "the station ended by itself"
        return line.decode().strip()

    async def kill(self) -> None:
        """As kill -9 does; return when it is gone and so has let go of its files."""
        with contextlib.suppress(ProcessLookupError):
            while self.life:
                os.kill(self.life, signal.SIGKILL)
                await asyncio.sleep(0.01)
        self.life = 0


def recorded(data: Path) -> list[int]:
    """The seqs of all readings in the journal."""
    with Archive(data) as archive:
        names = [summary.session for summary in archive.sessions()]
        return sorted(e.seq for name in names for e in archive.entries(name, kinds=["reading"]))


async def test_every_row_is_there_once_through_kills_of_station_and_server(
    own_influxdb: Database, tmp_path: Path
) -> None:
    """Twenty-four rounds; in each the station, the server or both are killed at a random moment."""
    chance, server = Random(20261125), own_influxdb.own
    assert server is not None
    async with Lives(own_influxdb, tmp_path) as lives:
        for number in range(ROUNDS):
            if not lives.life:
                await lives.begin(10**9)
            await asyncio.sleep(chance.uniform(0, 0.5))
            if number % 3 != 0:
                server.kill()
                await asyncio.sleep(chance.uniform(0, 0.3))
            if number % 3 != 1:
                await lives.kill()
            if number % 3 != 0:
                await server.start()
        await lives.kill()
        await lives.begin(1)
        await lives.says("delivered")

    there = await own_influxdb.seqs()
    assert len(there) > ROUNDS
    assert there == recorded(lives.data)


async def test_a_station_that_is_killed_goes_on_where_it_was(
    influxdb: Database, tmp_path: Path
) -> None:
    """Also with a server that is not ours to kill."""
    chance = Random(5)
    async with Lives(influxdb, tmp_path) as lives:
        for _ in range(3):
            await lives.begin(10**9)
            await asyncio.sleep(chance.uniform(0.1, 1.2))
            await lives.kill()
        await lives.begin(ROWS)
        await lives.says("delivered")

    assert await influxdb.seqs() == recorded(lives.data)


async def test_a_poison_line_in_five_hundred_leaves_the_others(
    influxdb: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server refuses it; halving finds it, 499 are there."""
    spoil(
        monkeypatch,
        lambda entry, text: text.replace("spo2=97.0", "spo2=x") if entry.seq == 77 else text,
    )
    portion = Portion([reading(seq) for seq in range(1, 501)])
    async with open_sink(influxdb.settings(tmp_path), influxdb.station) as sink:
        await settle(sink, portion)

    assert list(portion.set_aside) == [77]
    assert "unable to parse" in portion.set_aside[77]
    assert await influxdb.seqs() == [seq for seq in range(1, 501) if seq != 77]


async def test_a_conflict_of_types_costs_only_the_rows_in_conflict(
    own_influxdb: Database, tmp_path: Path
) -> None:
    """Somebody wrote an integer there before: 422, and the rest of the batch is stored, once."""
    assert own_influxdb.own is not None
    await own_influxdb.own.write(f"reading,other=x spo2=97i {reading(1).instant.utc_ns}")
    portion = Portion([reading(seq, spo2=97.0 if seq in (3, 8) else None) for seq in range(1, 11)])
    async with open_sink(own_influxdb.settings(tmp_path), own_influxdb.station) as sink:
        await settle(sink, portion)

    assert sorted(portion.set_aside) == [3, 8]
    assert "field type conflict" in portion.set_aside[3]
    assert await own_influxdb.seqs() == [1, 2, 4, 5, 6, 7, 9, 10]


async def test_a_wrong_token_then_the_right_one_drains_in_order(
    influxdb: Database, tmp_path: Path
) -> None:
    """Nothing is dropped, and nobody has to restart anything."""
    settings = influxdb.settings(tmp_path)
    (tmp_path / KEPT_IN).write_text("nobody:nothing", encoding="utf-8")
    async with open_sink(settings, influxdb.station) as sink:
        refused = await sink.deliver([reading(1)])
        influxdb.settings(tmp_path)
        answers = [await sink.deliver([reading(seq)]) for seq in (1, 2, 3)]

    assert refused.outcome is Outcome.HOLD
    assert "refuses the token" in refused.why
    assert {answer.outcome for answer in answers} == {Outcome.DELIVERED}
    assert await influxdb.seqs() == [1, 2, 3]


async def test_a_bucket_that_is_not_there_is_said(influxdb: Database, tmp_path: Path) -> None:
    """By the sink and by the check, with its name."""
    settings = influxdb.settings(tmp_path).model_copy(update={"bucket": "nothing-of-the-kind"})
    async with open_sink(settings, influxdb.station) as sink:
        answer = await sink.deliver([reading(1)])

    assert answer.outcome is Outcome.HOLD
    assert "no bucket nothing-of-the-kind" in answer.why
    assert await check(settings, "room") == answer.why
    assert await check(influxdb.settings(tmp_path), "room") == ""


async def test_a_body_that_is_too_large_is_said(own_influxdb: Database, tmp_path: Path) -> None:
    """Half of it goes."""
    assert own_influxdb.shim is not None
    own_influxdb.shim.most_bytes = 20_000
    entries = [reading(seq) for seq in range(1, 101)]
    async with open_sink(own_influxdb.settings(tmp_path), own_influxdb.station) as sink:
        answers = [await sink.deliver(part) for part in (entries, entries[:50], entries[50:])]

    assert [answer.outcome for answer in answers] == [
        Outcome.TOO_LARGE,
        Outcome.DELIVERED,
        Outcome.DELIVERED,
    ]
    assert await own_influxdb.seqs() == list(range(1, 101))


async def test_a_slow_server_stores_each_row_once(
    own_influxdb: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers after we have given up, and gets the same rows again."""
    assert own_influxdb.shim is not None
    monkeypatch.setattr(sink_of_influxdb, "TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    own_influxdb.shim.slow_s = 0.6
    entries = [reading(seq) for seq in range(1, 51)]
    async with open_sink(own_influxdb.settings(tmp_path), own_influxdb.station) as sink:
        late = await sink.deliver(entries)
        own_influxdb.shim.slow_s = 0.0
        again = await sink.deliver(entries)

    assert (late.outcome, again.outcome) == (Outcome.AGAIN, Outcome.DELIVERED)
    assert await own_influxdb.seqs() == list(range(1, 51))


async def test_all_measurements_are_there_with_their_tags(influxdb: Database, tmp_path: Path) -> None:
    """Dashboards find events by kind, by session, by participant."""
    async with open_sink(influxdb.settings(tmp_path), influxdb.station) as sink:
        answer = await sink.deliver([prepare(1), reading(2)])

    rows = await influxdb.ask(
        f"SELECT text FROM event WHERE station = '{influxdb.station}' GROUP BY kind"  # noqa: S608
    )
    assert answer.outcome is Outcome.DELIVERED
    assert [(row["kind"], row["text"]) for row in rows] == [("session", "prepare")]


async def test_a_whole_demo_is_in_the_database_when_the_command_has_ended(
    influxdb: Database, tmp_path: Path
) -> None:
    """Through the command: readings, health whatever the clips do, phases and bindings as events."""
    section, data = influxdb.settings(tmp_path), tmp_path / "data"
    config = tmp_path / "holdspace.toml"
    config.write_text(
        f'[station]\nname = "{influxdb.station}"\n[influxdb]\nurl = "{section.url}"\n'
        f'org = "{section.org}"\nbucket = "{section.bucket}"\ntoken_file = "{section.token_file}"\n',
        encoding="utf-8",
    )
    demo = [
        "demo",
        "--participants",
        "3",
        "--speed",
        "60",
        "--for",
        "120",
        "--no-browser",
        "--port",
        "0",
    ]
    command = [sys.executable, "-m", "collector", *demo, "--config", str(config), "--data", str(data)]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, cwd=ROOT
    )
    async with asyncio.timeout(LONGEST_S):
        assert await process.wait() == 0
    there = replace(influxdb, station=f"{influxdb.station}-demo")

    assert await there.seqs() == recorded(data)
    health = await there.ask(
        f"SELECT age_s FROM health WHERE station = '{there.station}' GROUP BY seat"  # noqa: S608
    )
    assert {row["seat"] for row in health} == {"A", "B", "C"}
    assert len(health) >= 3 * 20
    events = await there.ask(
        f"SELECT text FROM event WHERE station = '{there.station}' GROUP BY kind"  # noqa: S608
    )
    told = {(row["kind"], str(row["text"]).split()[0]) for row in events}
    assert {("session", "start"), ("session", "end"), ("binding", "bind")} <= told
    await influxdb.erase(f'station="{there.station}"')


async def test_erasing_by_predicate_leaves_the_others(influxdb: Database, tmp_path: Path) -> None:
    """One participant goes, rows and all; another stays whole."""
    two = [reading(seq, participant=f"P{seq % 2}") for seq in range(1, 101)]
    async with open_sink(influxdb.settings(tmp_path), influxdb.station) as sink:
        await sink.deliver(two)
    await influxdb.erase(f'participant="P1" AND station="{influxdb.station}"')

    assert await influxdb.seqs() == [entry.seq for entry in two if entry.participant == "P0"]


async def settle(sink: Sink, portion: Portion) -> None:
    """Deliver and halve until all is settled."""
    while (part := portion.part) is not None:
        answer = await sink.deliver(part)
        if answer.outcome is Outcome.DELIVERED:
            portion.delivered(answer.unfit)
        else:
            assert answer.outcome is Outcome.REFUSED
            portion.halve(answer.why)


def spoil(monkeypatch: pytest.MonkeyPatch, change: Callable[[Entry, str], str]) -> None:
    """Let lines go to the wire otherwise than they were built."""
    monkeypatch.setattr(
        sink_of_influxdb, "lines", lambda entry, station: change(entry, lines(entry, station))
    )
