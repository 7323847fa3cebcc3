"""Panels as classic Grafana JSON: tile, trend, table, list of alerts, words.

Colours are those of the bedside page (dark, no blue light, no green: nothing here says that somebody is
fine). What a person has to act on is said in words as well, colour comes last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

SOURCE = {"type": "influxdb", "uid": "holdspace-influxql"}
WIDTH = 24  # columns of Grafana's grid
TILE, INK, CAUTION, URGENT = "#110c08", "#dcc28e", "#8a5a10", "#7e2811"
LINE = {"caution": "#ffb545", "urgent": "#c8502e"}
NO_SIGNAL = "no signal"
SIGNAL_S = 15  # as long as the engine waits before it says that a seat is unmonitored
BRIDGED_MS = 5000  # a gap up to the age at which the bedside page shows dashes; longer ones stay open


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a panel stands, in units of Grafana's grid (24 columns)."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit that is drawn or coloured: below or above `value` asks for attention of `level`."""

    value: float
    level: str
    above: bool = False


def target(ref: str, query: str, *, alias: str = "", table: bool = False) -> Json:
    """One InfluxQL query of a panel."""
    return {
        "refId": ref,
        "datasource": SOURCE,
        "rawQuery": True,
        "query": query,
        "resultFormat": "table" if table else "time_series",
        **({"alias": alias} if alias else {}),
    }


def tile(  # noqa: PLR0913 - what a tile is made of, each by name
    title: str,
    targets: Sequence[Json],
    place: Place,
    *,
    limits: Mapping[str, Sequence[Limit]],
    repeat: str,
    per_row: int,
) -> Json:
    """Big numbers on dark; a value older than `SIGNAL_S` gives way to "no signal".

    `limits` by the name of the value; the panel is repeated for each value of the variable `repeat`.
    """
    return {
        **_panel("stat", title, targets, place),
        "timeFrom": f"{SIGNAL_S}s",
        "hideTimeOverride": True,
        "interval": "1s",
        "repeat": repeat,
        "repeatDirection": "h",
        "maxPerRow": per_row,
        "options": {
            "colorMode": "background_solid",
            "graphMode": "none",
            "justifyMode": "center",
            "orientation": "vertical",
            "textMode": "value_and_name",
            "wideLayout": True,
            "showPercentChange": False,
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        },
        "fieldConfig": {
            "defaults": {
                "decimals": 0,
                "noValue": NO_SIGNAL,
                "color": {"mode": "thresholds"},
                "thresholds": _steps(TILE, ()),
                "mappings": [_nothing()],
            },
            "overrides": [
                _override(name, "thresholds", shades(drawn)) for name, drawn in limits.items()
            ],
        },
    }


def trend(  # noqa: PLR0913 - what a trend is made of, each by name
    title: str,
    targets: Sequence[Json],
    place: Place,
    *,
    unit: str = "none",
    low: float | None = None,
    high: float | None = None,
    limits: Sequence[Limit] = (),
    repeat: str = "",
    per_row: int = 4,
    legend: bool = True,
) -> Json:
    """A course over time with its limits as lines; where nothing was measured the line has a gap."""
    bounds = {key: bound for key, bound in (("min", low), ("max", high)) if bound is not None}
    repeated = {"repeat": repeat, "repeatDirection": "h", "maxPerRow": per_row} if repeat else {}
    return {
        **_panel("timeseries", title, targets, place),
        **repeated,
        "interval": "1s",
        "options": {
            "legend": {
                "showLegend": legend,
                "displayMode": "list",
                "placement": "bottom",
                "calcs": [],
            },
            "tooltip": {"mode": "multi", "sort": "none"},
        },
        "fieldConfig": {
            "defaults": {
                "unit": unit,
                **bounds,
                # Colours tell people or clips apart; they say nothing of how somebody is.
                "color": {"mode": "palette-classic"} if legend else _fixed(INK),
                "custom": {
                    "drawStyle": "line",
                    "lineWidth": 1,
                    "fillOpacity": 0,
                    "showPoints": "never",
                    "spanNulls": BRIDGED_MS,
                    "thresholdsStyle": {"mode": "line" if limits else "off"},
                },
                "thresholds": lines(limits),
            },
            "overrides": [],
        },
    }


def table(  # noqa: PLR0913 - what a table is made of, each by name
    title: str,
    targets: Sequence[Json],
    place: Place,
    *,
    changes: Sequence[Json] = (),
    columns: Sequence[Json] = (),
    sort: str = "",
    descending: bool = False,
) -> Json:
    """Rows; `changes` are Grafana's transformations, `columns` its overrides."""
    order = [{"displayName": sort, "desc": descending}] if sort else []
    return {
        **_panel("table", title, targets, place),
        "transformations": list(changes),
        "options": {"showHeader": True, "frameIndex": 0, "cellHeight": "sm", "sortBy": order},
        "fieldConfig": {"defaults": {"noValue": "–"}, "overrides": list(columns)},
    }


def alert_list(title: str, place: Place) -> Json:
    """The alerts of this Grafana that fire now; none is an empty panel, which promises nothing."""
    return {
        **_panel("alertlist", title, (), place),
        "options": {
            "viewMode": "list",
            "groupMode": "default",
            "groupBy": [],
            "maxItems": 12,
            "sortOrder": 3,
            "dashboardAlerts": False,
            "alertName": "",
            "alertInstanceLabelFilter": '{origin="holdspace"}',
            "stateFilter": {
                "firing": True,
                "pending": False,
                "noData": True,
                "error": True,
                "normal": False,
                "recovering": True,
            },
        },
    }


def words(text: str, place: Place) -> Json:
    """A sentence that has to be read beside the numbers."""
    return {
        **_panel("text", "", (), place),
        "transparent": True,
        "options": {"mode": "markdown", "content": text},
    }


def column(name: str, **properties: object) -> Json:
    """How the column `name` of a table is shown; underscores stand for dots (`custom_width`)."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [
            {"id": key.replace("_", "."), "value": value} for key, value in properties.items()
        ],
    }


def shades(limits: Sequence[Limit]) -> Json:
    """Thresholds that colour the whole tile: dark by itself, a shade where a limit is crossed."""
    shade = {"caution": CAUTION, "urgent": URGENT}
    low = sorted((limit for limit in limits if not limit.above), key=lambda limit: limit.value)
    high = sorted((limit for limit in limits if limit.above), key=lambda limit: limit.value)
    # A step colours from its value on upwards: the colour of a low limit belongs to what lies below it.
    edges = [(limit.value, shade[above.level] if above else TILE) for limit, above in _next(low)]
    edges += [(limit.value, shade[limit.level]) for limit in high]
    return _steps(shade[low[0].level] if low else TILE, edges)


def lines(limits: Sequence[Limit]) -> Json:
    """Thresholds that draw a line at each limit."""
    edges = sorted((limit.value, LINE[limit.level]) for limit in limits)
    return _steps("transparent", edges)


def _next(low: Sequence[Limit]) -> list[tuple[Limit, Limit | None]]:
    return [(limit, low[at + 1] if at + 1 < len(low) else None) for at, limit in enumerate(low)]


def _steps(base: str, edges: Sequence[tuple[float, str]]) -> Json:
    steps: list[Json] = [{"color": base, "value": None}]
    return {
        "mode": "absolute",
        "steps": steps + [{"color": color, "value": value} for value, color in edges],
    }


def _panel(kind: str, title: str, targets: Sequence[Json], place: Place) -> Json:
    panel: Json = {
        "type": kind,
        "title": title,
        "gridPos": {"x": place.x, "y": place.y, "w": place.w, "h": place.h},
    }
    return {**panel, "datasource": SOURCE, "targets": list(targets)} if targets else panel


def _override(name: str, key: str, value: object) -> Json:
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key, "value": value}],
    }


def _nothing() -> Json:
    return {
        "type": "special",
        "options": {"match": "null+nan", "result": {"index": 0, "text": NO_SIGNAL, "color": CAUTION}},
    }


def _fixed(color: str) -> Json:
    return {"mode": "fixed", "fixedColor": color}
