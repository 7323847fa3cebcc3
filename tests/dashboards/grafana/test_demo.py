"""What a demo really writes: through recorder, journal and sink into a real InfluxDB, and out of the boards."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from collector.clock import SECOND
from collector.sinks import schema
from tests.collector.sinks.influxd import DATABASE, PASSWORD, USER, Influxd
from tests.collector.sinks.shim import TOKEN, Shim
from tests.dashboards.grafana.boards import asked, filled, rules
from tests.dashboards.grafana.database import Database
from tests.dashboards.grafana.net import Evaluation

DEMO = ("--participants", "3", "--for", "240", "--speed", "60", "--no-browser", "--port", "0")
STATION = "room-demo"  # a demo never calls itself by the name of the room alone
WHO = {"P-01", "P-02", "P-03"}  # the second one's SpO2 falls in this scenario

pytestmark = [pytest.mark.process, pytest.mark.influx]


@pytest_asyncio.fixture
async def written(influxd: Influxd, tmp_path: Path) -> AsyncIterator[Database]:
    """A database that a demo of four minutes has filled, as fast as this machine plays it."""
    async with Shim(influxd.url).running() as shim:
        (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
        config = tmp_path / "holdspace.toml"
        section = f'[influxdb]\nurl = "{shim.url}"\ntoken_file = "{tmp_path}/token"\n'
        config.write_text(f'[station]\nname = "room"\n\n{section}', encoding="utf-8")
        words = ("demo", "--config", str(config), "--data", str(tmp_path / "data"), *DEMO)
        playing = await asyncio.create_subprocess_exec(sys.executable, "-m", "collector", *words)
        assert await playing.wait() == 0
    with httpx.Client(base_url=influxd.url, params={"u": USER, "p": PASSWORD}) as http:
        yield Database(http=http, name=DATABASE)


@pytest.mark.asyncio
async def test_a_demo_fills_every_board_and_every_rule(written: Database) -> None:
    """Each query finds rows of its session, and each rule a verdict about each person while it ran."""
    began_ns, ended_ns = (_edge(written, which) for which in ("first", "last"))
    sessions = written.ask(f'SHOW TAG VALUES FROM "{schema.READING}" WITH KEY = "{schema.SESSION}"')
    values = {"station": STATION, "session": sessions[0].rows[0][1], "participant": "P-02"}
    # The boards look at the last readings; the session itself was prepared before the first one.
    since_ns = began_ns - 60 * SECOND
    by_uid = {rule["uid"]: rule for rule in rules()}

    def verdicts(uid: str, at_ns: int) -> dict[str, bool]:
        return Evaluation(rule=by_uid[uid], database=written, station=STATION).at(at_ns)

    bare = {
        query.place
        for query in asked()
        if not written.ask(filled(query.text, values, since_ns=since_ns, until_ns=ended_ns))
    }
    middle_ns = (began_ns + ended_ns) // 2
    judged = {uid: set(verdicts(uid, middle_ns)) for uid in by_uid}

    assert bare == set()
    assert judged.pop("holdspace-station-silent") == {STATION}
    assert judged.pop("holdspace-battery-2") == {"P-01", "P-02"}  # the third kind of clip states none
    assert {uid: who for uid, who in judged.items() if who != WHO} == {}
    fallen_ns = _edge(written, "first", where=f'"{schema.SPO2}" < 85') + 10 * SECOND
    assert verdicts("holdspace-spo2-low-3", fallen_ns) == {"P-01": False, "P-02": True, "P-03": False}
    assert set(verdicts("holdspace-spo2-low-3", ended_ns + 20 * SECOND).values()) == {False}
    assert verdicts("holdspace-station-silent", ended_ns + 60 * SECOND) == {STATION: False}


def _edge(written: Database, which: str, where: str = "time > 0") -> int:
    """The time of the first or last reading, in ns."""
    query = f'SELECT {which}("{schema.SEQ}") FROM "{schema.READING}" WHERE {where}'  # noqa: S608 - ours
    return int(written.ask(query)[0].rows[0][0]) * 1_000_000
