"""Alert rules for Grafana, from the same rules file as the engine: the second, slower net.

The engine gives the alert (10 s are quick for Grafana, and long for a person). These rules see what is in the
database, so they also notice what the engine cannot: that the station itself is gone. Three things make them
safe against silence, which Grafana by itself takes for the end of an alert (servers.md 4.4):

- every query looks back half an hour for its last value (`HELD_S`), so no series goes missing with its sensor;
- after that a missing series is kept for as long as a session may last, and no data keeps the last state;
- what does end an alert is said, not inferred: the session has ended, or the clip was given back. `$R` is the
  station's word that rules run (1 or 0), `$W` that the clip is worn; the value moves out of reach without them.
"""

from dataclasses import dataclass

from alerts.condition import Family, Level
from alerts.limits import FamilyRule, LevelRule
from alerts.rules import Rules
from collector.clock import SECOND
from collector.sinks import schema
from dashboards.grafana.panels import SOURCE, Json
from dashboards.grafana.queries import FILTER, WEARER, tags
from dashboards.grafana.wall import TILE as PANEL
from dashboards.grafana.wall import UID as WALL

FOLDER, GROUP = "Holdspace", "holdspace"
EVERY_S = 10  # Grafana's own scheduler advises against less
HELD_S = 1800
TOLD_S = 24 * 3600  # a session began and clips were bound within this time
LONGEST_S = 4 * 3600  # a session (DESIGN 1); a series that is missing for longer belongs to none
SILENT_STEPS = 3  # of `EVERY_S`: health comes every 5 s, so two full steps without one are silence
FAR = 100_000  # moves a value out of reach of every limit
FIELDS = {
    Family.SPO2_LOW: schema.SPO2,
    Family.HR_LOW: schema.PULSE_RATE,
    Family.HR_HIGH: schema.PULSE_RATE,
}
NAMES = {
    Family.SPO2_LOW: "SpO₂ low",
    Family.HR_LOW: "Pulse low",
    Family.HR_HIGH: "Pulse high",
    Family.UNMONITORED: "No reading",
    Family.BATTERY: "Battery low",
}
EXPRESSION = {"type": "__expr__", "uid": "__expr__"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """One rule of the net: the number `query` gives of each person must not lie beyond `limit`.

    It fires after `wait_s`, stops `keep_s` after the value has passed `clear_at` on its way back.
    """

    uid: str
    title: str
    family: Family
    level: Level
    query: str
    above: bool
    limit: float
    clear_at: float
    wait_s: float = 0.0
    keep_s: float = 0.0


def group(rules: Rules) -> Json:
    """The rule group as file provisioning spells it."""
    return {
        "orgId": 1,
        "name": GROUP,
        "folder": FOLDER,
        "interval": f"{EVERY_S}s",
        "rules": [silent_station(), *(personal(net) for net in nets(rules))],
    }


def nets(rules: Rules) -> list[Net]:
    """What is watched of each person; an advisory asks for nothing and is left to the page."""
    families = (*rules.vitals, rules.unmonitored, *((rules.battery,) if rules.battery else ()))
    return [
        _net(family, level, number)
        for family in families
        for number, level in enumerate(family.levels, start=1)
        if level.level is not Level.ADVISORY
    ]


def personal(net: Net) -> Json:
    """The rule of one net, in file provisioning's spelling."""
    sign, away = ("-", "lt") if net.above else ("+", "gt")
    threshold = {
        "evaluator": {"type": "gt" if net.above else "lt", "params": [net.limit]},
        "unloadEvaluator": {"type": away, "params": [net.clear_at]},
    }
    data = [
        _query("A", net.query, HELD_S),
        _query("P", _running(schema.STATION, schema.SESSION), TOLD_S),
        _query("Q", _worn(), TOLD_S),
        _last("B", "A"),
        _last("R", "P"),
        _last("W", "Q"),
        _expression("V", type="math", expression=f"$B {sign} (1 - $R * $W) * {FAR}"),
        _expression("C", type="threshold", expression="V", conditions=[threshold]),
    ]
    who = "{{ .Labels.participant }}"
    return _rule(
        net.uid,
        f"{net.title} ({net.level.word}, second net)",
        data,
        level=net.level,
        family=net.family.value,
        summary=f"{who}: {net.title}. Look at the person and at the bedside page.",
        wait_s=net.wait_s,
        keep_s=net.keep_s,
    )


def silent_station() -> Json:
    """A session runs, and nothing was heard of its station for half a minute."""
    reports = (
        f'SELECT moving_average(count("{schema.WAITING}"), {SILENT_STEPS}) FROM "{schema.DELIVERY}" '
        f'WHERE {FILTER} GROUP BY time({EVERY_S}s), "{schema.STATION}" fill(0)'
    )
    data = [
        _query("A", reports, HELD_S),
        _query("P", _running(schema.STATION), TOLD_S),
        _last("B", "A"),
        _last("R", "P"),
        _expression("V", type="math", expression="$R * ($B < 0.5)"),
        _expression(
            "C",
            type="threshold",
            expression="V",
            conditions=[{"evaluator": {"type": "gt", "params": [0]}}],
        ),
    ]
    return _rule(
        "holdspace-station-silent",
        "Station silent",
        data,
        level=Level.URGENT,
        family="station_silent",
        summary="{{ .Labels.station }}: nothing heard of the station while a session runs. "
        "Look at each person.",
        broken="Error",  # said once for all rules: the database cannot be asked
    )


def _net(family: FamilyRule, level: LevelRule, number: int) -> Net:
    delay_s, clear_s = level.law.delay / SECOND, level.law.clear / SECOND
    uid = f"holdspace-{family.family.value.replace('_', '-')}-{number}"
    title = NAMES[family.family]
    match family.family:
        case Family.UNMONITORED:
            # The age counts the time itself.
            limit, clear_at, wait_s, above = delay_s, delay_s, 0.0, True
            query, title = _health(schema.AGE_S), f"{title} for {delay_s:g} s"
        case Family.BATTERY:
            # Whole percents: at most 10 is below 10.5. The report is minutes old at worst, so no wait.
            limit, clear_at, wait_s, above = level.limit + 0.5, level.clear_at - 0.5, 0.0, False
            query, title = _health(schema.BATTERY), f"{title}, at most {level.limit:g} %"
        case _:
            limit, clear_at, wait_s, above = level.limit, level.clear_at, delay_s, family.above
            query = _vital(FIELDS[family.family])
            title = f"{title}, {'above' if above else 'below'} {level.limit:g}"
    return Net(
        uid=uid,
        title=title,
        family=family.family,
        level=level.level,
        query=query,
        above=above,
        limit=limit,
        clear_at=clear_at,
        wait_s=wait_s,
        keep_s=clear_s,
    )


def _vital(field: str) -> str:
    """The mean of each step, of which the last one is judged; readings that a clip sent later do not count."""
    return (
        f'SELECT mean("{field}") FROM "{schema.READING}" WHERE "{schema.BACKFILL}" = 0 AND {FILTER} '
        f"GROUP BY time({EVERY_S}s), {tags(*WEARER)} fill(none)"
    )


def _health(field: str) -> str:
    return f'SELECT last("{field}") FROM "{schema.HEALTH}" WHERE {FILTER} GROUP BY {tags(*WEARER)}'


def _running(*by: str) -> str:
    """1 while rules run, 0 from the end of the session on."""
    return (
        f'SELECT last("{schema.VALUE}") FROM "{schema.EVENT}" '
        f"WHERE \"{schema.KIND}\" = 'session' AND {FILTER} GROUP BY {tags(*by)}"
    )


def _worn() -> str:
    """1 while a person wears a clip, 0 once it was given back."""
    return (
        f'SELECT last("{schema.VALUE}") FROM "{schema.EVENT}" '
        f"WHERE \"{schema.KIND}\" = 'binding' AND {FILTER} GROUP BY {tags(*WEARER)}"
    )


def _query(ref: str, query: str, since_s: int) -> Json:
    return {
        "refId": ref,
        "datasourceUid": SOURCE["uid"],
        "relativeTimeRange": {"from": since_s, "to": 0},
        "model": {
            "refId": ref,
            "datasource": SOURCE,
            "rawQuery": True,
            "query": query,
            "resultFormat": "time_series",
            "intervalMs": 1000,
            "maxDataPoints": 43200,
        },
    }


def _last(ref: str, of: str) -> Json:
    return _expression(ref, type="reduce", expression=of, reducer="last", settings={"mode": "dropNN"})


def _expression(ref: str, **model: object) -> Json:
    return {
        "refId": ref,
        "datasourceUid": "__expr__",
        "relativeTimeRange": {"from": 0, "to": 0},
        "model": {"refId": ref, "datasource": EXPRESSION, **model},
    }


def _rule(  # noqa: PLR0913 - the parts of a rule, each by name
    uid: str,
    title: str,
    data: list[Json],
    *,
    level: Level,
    family: str,
    summary: str,
    wait_s: float = 0.0,
    keep_s: float = 0.0,
    broken: str = "KeepLast",
) -> Json:
    return {
        "uid": uid,
        "title": title,
        "condition": "C",
        "data": data,
        "noDataState": "KeepLast",
        "execErrState": broken,
        "for": _steps(wait_s),
        "keepFiringFor": _steps(keep_s),
        "missing_series_evals_to_resolve": LONGEST_S // EVERY_S,
        "dashboardUid": WALL,
        "panelId": PANEL,
        "labels": {"origin": "holdspace", "level": level.word, "family": family},
        "annotations": {"summary": summary},
        "isPaused": False,
    }


def _steps(seconds: float) -> str:
    """A time rounded up to whole evaluations, because Grafana does so anyway."""
    return f"{-(-int(seconds) // EVERY_S) * EVERY_S}s"
