"""One session afterwards: courses with limits, and its markers, phases and alerts drawn over them."""

from alerts.condition import Family
from alerts.rules import Rules
from collector.sinks import schema
from dashboards.grafana import queries
from dashboards.grafana.board import annotation, board, choice, link
from dashboards.grafana.panels import Json, Place, column, table, target, trend, words
from dashboards.grafana.wall import HIGH_AXIS, LOW_AXIS, limits

UID = "holdspace-session"
PULSE_AXIS = (30.0, 200.0)
WHO = f"$tag_{schema.PARTICIPANT}"
NOTE = (
    "Pick a row above to open a session in its own time. SpO₂ is the **lowest** of each step, so that no dip "
    "is lost when you look at hours; lines stand at the limits of today's rules file. The report of "
    "`holdspace review` has the numbers. An aid, not a medical device."
)
OPEN = (
    f"/d/{UID}?var-session=${{__value.raw}}"
    "&from=${__data.fields.began.numeric}&to=${__data.fields.ended.numeric}"
)


def session(rules: Rules) -> Json:
    """The board; its lines stand at the limits of `rules`."""
    where = queries.in_session()
    spo2 = target("A", queries.course(schema.SPO2, of="min", where=where), alias=WHO)
    pulse = target("A", queries.course(schema.PULSE_RATE, where=where), alias=WHO)
    perfusion = target("A", queries.course(schema.PERFUSION_INDEX, where=where), alias=WHO)
    off = target("A", queries.course("finger_off", of="max", where=where), alias=WHO)
    panels = (
        trend(
            "SpO₂, lowest of each step",
            (spo2,),
            Place(x=0, y=0, w=24, h=10),
            unit="percent",
            low=LOW_AXIS,
            high=HIGH_AXIS,
            limits=limits(rules, Family.SPO2_LOW),
        ),
        trend(
            "Pulse rate, mean of each step",
            (pulse,),
            Place(x=0, y=10, w=24, h=8),
            low=PULSE_AXIS[0],
            high=PULSE_AXIS[1],
            limits=limits(rules, Family.HR_LOW, Family.HR_HIGH),
        ),
        trend("Perfusion index", (perfusion,), Place(x=0, y=18, w=12, h=6), unit="percent", low=0),
        trend("Clip off the finger (1)", (off,), Place(x=12, y=18, w=12, h=6), low=0, high=1),
        table(
            "What happened",
            (target("A", queries.events(*schema.EVENT_KINDS), table=True),),
            Place(x=0, y=24, w=14, h=10),
            sort="Time",
        ),
        recorded(Place(x=14, y=24, w=10, h=6)),
        words(NOTE, Place(x=14, y=30, w=10, h=4)),
    )
    kinds = (
        ("Markers", "marker", "#dcc28e"),
        ("Phases", "session", "#6d8796"),
        ("Alerts", "alert", "#ffb545"),
    )
    return board(
        UID,
        "Holdspace session",
        panels,
        since="now-6h",
        variables=(
            choice(schema.SESSION, queries.choices(schema.SESSION), label="Session", newest_first=True),
            choice(
                schema.PARTICIPANT,
                queries.choices(schema.PARTICIPANT, where=queries.variable(schema.SESSION)),
                label="Participants",
                several=True,
            ),
        ),
        annotations=tuple(
            annotation(title, queries.events(kind), color=color) for title, kind, color in kinds
        ),
        links=(link("Wall", "holdspace-wall"), link("Clips and stations", "holdspace-fleet")),
    )


def recorded(place: Place) -> Json:
    """All sessions with their beginning and end; a tap on one opens it in its own time."""
    changes = (
        _renamed("A", "began"),
        _renamed("B", "ended"),
        {"id": "joinByField", "options": {"byField": schema.SESSION, "mode": "outer"}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {"first": True, "last": True, f"{schema.STATION} 2": True},
                "indexByName": {schema.SESSION: 0, "began": 1, "ended": 2},
                "renameByName": {f"{schema.STATION} 1": schema.STATION},
            },
        },
    )
    opens = [{"title": "Open this session", "url": OPEN, "targetBlank": False}]
    return table(
        "Recorded sessions",
        (
            target("A", queries.edge("first"), table=True),
            target("B", queries.edge("last"), table=True),
        ),
        place,
        changes=changes,
        columns=(column(schema.SESSION, links=opens),),
        sort=schema.SESSION,
        descending=True,
    )


def _renamed(ref: str, name: str) -> Json:
    return {
        "id": "organize",
        "filter": {"id": "byRefId", "options": ref},
        "options": {"renameByName": {"Time": name}, "indexByName": {}, "excludeByName": {}},
    }
