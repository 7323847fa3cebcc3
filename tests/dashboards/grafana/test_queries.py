"""Every query of every panel, variable, annotation and alert rule runs on a real InfluxDB and finds rows."""

import re

import pytest

from collector.clock import SECOND, LiveClock
from tests.dashboards.grafana.boards import Asked, asked, filled
from tests.dashboards.grafana.database import Database
from tests.dashboards.grafana.told import FAR, LONG_S, NEAR, SESSION, STATION, Told, whole

VALUES = {"station": STATION, "session": SESSION, "participant": "P1"}
pytestmark = pytest.mark.influx
ASKED = list(asked())
TILE = "wall: $participant · $station: A"


@pytest.fixture
def filled_database(influxdb: Database) -> Database:
    """A session of two people that runs now; lists of who is present compare with the server's clock."""
    influxdb.write(whole(LiveClock().now().utc_ns).text)
    return influxdb


@pytest.mark.parametrize("query", ASKED, ids=[query.place for query in ASKED])
def test_query_finds_rows(query: Asked, filled_database: Database) -> None:
    """It is understood, and gives rows that hold a value."""
    now_ns = LiveClock().now().utc_ns
    text = filled(query.text, VALUES, since_ns=now_ns - LONG_S * SECOND, until_ns=now_ns)
    series = filled_database.ask(text)

    assert [row for one in series for row in one.rows if row[1] is not None]


def test_tile_of_one_room_never_shows_another(influxdb: Database) -> None:
    """The same code in two rooms: each wall sees its own person only."""
    near, far = Told(station=NEAR), Told(station=FAR)
    influxdb.write(near.read(110, 118, "P1", spo2=97.0).text)
    influxdb.write(far.read(110, 120, "P1", spo2=81.0).text)
    tile = next(query for query in ASKED if query.place == TILE)

    text = filled(
        tile.text,
        {"station": NEAR, "participant": "P1"},
        since_ns=near.now_ns - 15 * SECOND,
        until_ns=near.now_ns,
    )

    assert [series.rows[0][1] for series in influxdb.ask(text)] == [97.0]


def test_code_is_not_a_pattern(influxdb: Database) -> None:
    """A participant called `P1` is not found on the tile of `P.`, nor on that of `P`."""
    told = Told().read(110, 120, "P1")
    influxdb.write(told.text)
    tile = next(query for query in ASKED if query.place == TILE)

    for code in ("P.", "P", "P1|P2"):
        values = {"station": STATION, "participant": code}
        since_ns = told.now_ns - 15 * SECOND
        text = filled(tile.text, values, since_ns=since_ns, until_ns=told.now_ns)
        assert influxdb.ask(text) == []


def test_old_value_is_no_value(influxdb: Database) -> None:
    """15 s after the last reading the tile's query finds nothing, so "no signal" stands there."""
    told = Told().read(90, 105, "P1")
    influxdb.write(told.text)
    tile = next(query for query in ASKED if query.place == TILE)
    values = {"station": STATION, "participant": "P1"}

    def shown(now_ns: int) -> bool:
        return bool(
            influxdb.ask(filled(tile.text, values, since_ns=now_ns - 15 * SECOND, until_ns=now_ns))
        )

    assert shown(told.now_ns - SECOND)
    assert not shown(told.now_ns + SECOND)


def test_lost_value_leaves_its_place(influxdb: Database) -> None:
    """A clip that gives a pulse and no SpO2: both places are there, the one of SpO2 is empty."""
    told = Told().read(110, 120, "P1", spo2=None, pulse=66.0)
    influxdb.write(told.text)
    tile = next(query for query in ASKED if query.place == TILE)
    values = {"station": STATION, "participant": "P1"}

    since_ns = told.now_ns - 15 * SECOND
    (series,) = influxdb.ask(filled(tile.text, values, since_ns=since_ns, until_ns=told.now_ns))

    assert series.columns == ("time", "SpO₂", "pulse")
    assert series.rows[0][1:] == [None, 66.0]


def test_variable_value_stands_first() -> None:
    """Grafana takes the values of a variable from the first column that a query names."""
    selects = [query.text for query in ASKED if "variable" in query.place and "SELECT" in query.text]

    assert selects
    assert all(re.match(r'SELECT "participant", ', text) for text in selects)
