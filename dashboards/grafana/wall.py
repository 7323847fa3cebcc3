"""The live wall: one dark tile per person, "no signal" after 15 s, and the last quarter of an hour."""

from collections.abc import Sequence

from alerts.condition import Family, Level
from alerts.rules import Rules
from collector.sinks import schema
from dashboards.grafana import queries
from dashboards.grafana.board import board, choice, link
from dashboards.grafana.panels import Json, Limit, Place, alert_list, target, tile, trend, words

UID = "holdspace-wall"
TILE = 3  # the number of the panel that an alert leads to
SPO2, PULSE = "SpO₂", "pulse"
VALUES = {schema.SPO2: SPO2, schema.PULSE_RATE: PULSE}
LOW_AXIS, HIGH_AXIS = 70.0, 100.0  # of SpO2, as on the bedside page
PER_ROW = 4
NOTE = (
    "A second screen, some seconds behind. **If these numbers stand still, look at each person and at "
    "the bedside page.** An aid to the facilitator, not a medical device. "
    "Limits: SpO₂ below {spo2}; pulse {pulse}{confirmed}."
)


def wall(rules: Rules) -> Json:
    """The board; tiles and lines carry the limits of `rules`."""
    spo2, pulse = limits(rules, Family.SPO2_LOW), limits(rules, Family.HR_LOW, Family.HR_HIGH)
    panels = (
        alert_list("Second net: alerts of this server", Place(x=0, y=0, w=14, h=4)),
        words(note(rules), Place(x=14, y=0, w=10, h=4)),
        tile(
            "$participant · $station",  # a demo calls its station NAME-demo
            (target("A", queries.newest(VALUES), alias="$col"),),
            Place(x=0, y=4, w=24 // PER_ROW, h=7),
            limits={SPO2: spo2, PULSE: pulse},
            repeat=schema.PARTICIPANT,
            per_row=PER_ROW,
        ),
        trend(
            f"{SPO2} $participant · $station",
            (target("A", queries.course(schema.SPO2, where=queries.here()), alias=SPO2),),
            Place(x=0, y=11, w=24 // PER_ROW, h=6),
            low=LOW_AXIS,
            high=HIGH_AXIS,
            limits=spo2,
            repeat=schema.PARTICIPANT,
            per_row=PER_ROW,
            legend=False,
        ),
    )
    return board(
        UID,
        "Holdspace wall",
        panels,
        since="now-15m",
        refresh="1s",
        variables=(
            choice(
                schema.STATION,
                queries.choices(schema.STATION, measurement=schema.HEALTH),
                label="Room",
            ),
            choice(
                schema.PARTICIPANT,
                queries.present(schema.PARTICIPANT, where=queries.variable(schema.STATION)),
                label="Participants",
                several=True,
            ),
        ),
        links=(link("Sessions", "holdspace-session"), link("Clips and stations", "holdspace-fleet")),
    )


def note(rules: Rules) -> str:
    """What has to be read beside the numbers: how far to trust them, and against which limits they stand."""
    pulse = limits(rules, Family.HR_LOW), limits(rules, Family.HR_HIGH)
    sides = [
        f"{side} {_values(drawn)}"
        for side, drawn in zip(("below", "above"), pulse, strict=True)
        if drawn
    ]
    return NOTE.format(
        spo2=_values(limits(rules, Family.SPO2_LOW)),
        pulse=" and ".join(sides) or "without limits",
        confirmed="" if rules.approved_by else " (not confirmed by a clinician)",
    )


def limits(rules: Rules, *families: Family) -> Sequence[Limit]:
    """The limits of `families` that ask for attention, for tiles and lines."""
    return [
        Limit(value=level.limit, level=level.level.word, above=rule.above)
        for rule in rules.vitals
        if rule.family in families
        for level in rule.levels
        if level.level is not Level.ADVISORY
    ]


def _values(drawn: Sequence[Limit]) -> str:
    return ", ".join(f"{limit.value:g}" for limit in drawn)
