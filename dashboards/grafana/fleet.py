"""Stations, clips, batteries, and what is still on its way to the servers."""

from alerts.rules import Rules
from collector.clock import SECOND
from collector.sinks import schema
from dashboards.grafana import queries
from dashboards.grafana.board import board, choice, link
from dashboards.grafana.panels import (
    CAUTION,
    SIGNAL_S,
    URGENT,
    Json,
    Limit,
    Place,
    alert_list,
    column,
    table,
    target,
    trend,
)

UID = "holdspace-fleet"
CLIP = f"$tag_{schema.STATION} · $tag_{schema.DEVICE}"
ROUTE = f"$tag_{schema.STATION} · $tag_{schema.SINK}"
FULL = 100.0


def fleet(rules: Rules) -> Json:
    """The board; the lines of age and battery stand at the limits of `rules`."""
    unmonitored = Limit(value=_seconds(rules), level="caution", above=True)
    battery = (
        [Limit(value=level.limit, level="caution") for level in rules.battery.levels[-1:]]
        if rules.battery
        else []
    )
    panels = (
        table(
            "Clips, as last heard",
            (target("A", queries.clips(), table=True),),
            Place(x=0, y=0, w=16, h=9),
            changes=({"id": "organize", "options": {"excludeByName": {"Time": True}}},),
            columns=(
                column(schema.AGE_S, displayName="last reading", unit="s", decimals=0),
                column(schema.BATTERY, unit="percent", decimals=0, **_low(battery)),
                column(schema.CONNECTED, displayName="linked", mappings=[_linked()]),
            ),
            sort=schema.SEAT,
        ),
        alert_list("Second net: alerts of this server", Place(x=16, y=0, w=8, h=9)),
        trend(
            "Seconds since the last reading",
            (target("A", queries.health(schema.AGE_S, of="max"), alias=CLIP),),
            Place(x=0, y=9, w=12, h=8),
            unit="s",
            low=0,
            limits=(unmonitored,),
        ),
        trend(
            "Battery of the clips",
            (target("A", queries.health(schema.BATTERY), alias=CLIP),),
            Place(x=12, y=9, w=12, h=8),
            unit="percent",
            low=0,
            high=FULL,
            limits=battery,
        ),
        trend(
            "Reports of each station in a step: 0 is silence",
            (target("A", queries.stations(), alias=f"$tag_{schema.STATION}"),),
            Place(x=0, y=17, w=12, h=8),
            low=0,
        ),
        trend(
            "Entries not yet delivered",
            (target("A", queries.delivery(schema.WAITING), alias=ROUTE),),
            Place(x=12, y=17, w=6, h=8),
            low=0,
        ),
        trend(
            "Rows set aside, which a server refused for good",
            (target("A", queries.delivery(schema.SET_ASIDE), alias=ROUTE),),
            Place(x=18, y=17, w=6, h=8),
            low=0,
        ),
    )
    return board(
        UID,
        "Holdspace clips and stations",
        panels,
        since="now-1h",
        refresh="10s",
        variables=(
            choice(
                schema.STATION,
                queries.choices(schema.STATION, measurement=schema.HEALTH),
                label="Rooms",
                several=True,
            ),
        ),
        links=(link("Wall", "holdspace-wall"), link("Sessions", "holdspace-session")),
    )


def _seconds(rules: Rules) -> float:
    """After how long the engine says that a seat is unmonitored."""
    return next((level.law.delay / SECOND for level in rules.unmonitored.levels), float(SIGNAL_S))


def _low(battery: list[Limit]) -> Json:
    if not battery:
        return {}
    steps = [{"color": URGENT, "value": None}, {"color": "transparent", "value": battery[0].value}]
    return {
        "thresholds": {"mode": "absolute", "steps": steps},
        "custom_cellOptions": {"type": "color-background", "mode": "basic"},
    }


def _linked() -> Json:
    shown = {"0": {"text": "no", "color": CAUTION, "index": 0}, "1": {"text": "yes", "index": 1}}
    return {"type": "value", "options": shown}
