"""Every InfluxQL text that Grafana sends. Names come from the schema of the sink, so they cannot drift.

`$timeFilter` and `$__interval` are Grafana's. A variable is written `${name:regex}`: Grafana then escapes the
value for a regular expression itself, whatever the version does with quotes.
"""

from collections.abc import Mapping

from collector.sinks import schema

FILTER = "$timeFilter"
# A wall shows who was measured within this time; longer than any pause, shorter than the next group.
RECENT = "30m"
WEARER = (schema.STATION, schema.SESSION, schema.PARTICIPANT)


def variable(tag: str) -> str:
    """The condition that `tag` is what the variable of the same name says."""
    return f'"{tag}" =~ /^${{{tag}:regex}}$/'


def here() -> str:
    """One person of one station, so that the same code in two rooms never meets on a tile."""
    return f"{variable(schema.STATION)} AND {variable(schema.PARTICIPANT)}"


def in_session() -> str:
    """The chosen people of the chosen session."""
    return f"{variable(schema.SESSION)} AND {variable(schema.PARTICIPANT)}"


def newest(fields: Mapping[str, str]) -> str:
    """The newest value of each of `fields` (field -> what it is called) within the panel's time.

    One question for all of them: a field without a value comes back empty instead of not at all, so that
    its place on a tile says "no signal" beside a neighbour that still has a number.
    """
    values = ", ".join(f'last("{field}") AS "{name}"' for field, name in fields.items())
    return f'SELECT {values} FROM "{schema.READING}" WHERE {here()} AND {FILTER}'


def course(field: str, *, of: str = "mean", where: str) -> str:
    """`field` over time, one value per step, empty where there was none."""
    return (
        f'SELECT {of}("{field}") FROM "{schema.READING}" WHERE {where} AND {FILTER} '
        f'GROUP BY time($__interval), "{schema.PARTICIPANT}" fill(null)'
    )


def health(field: str, *, of: str = "last") -> str:
    """`field` of every clip over time."""
    return (
        f'SELECT {of}("{field}") FROM "{schema.HEALTH}" WHERE {variable(schema.STATION)} AND {FILTER} '
        f"GROUP BY time($__interval), {tags(schema.STATION, schema.DEVICE)} fill(null)"
    )


def clips() -> str:
    """What was last heard of each clip, one row each."""
    fields = (schema.AGE_S, schema.CONNECTED, schema.BATTERY)
    newest = ", ".join(f'last("{name}") AS "{name}"' for name in fields)
    return (
        f'SELECT {newest} FROM "{schema.HEALTH}" '
        f"WHERE {variable(schema.STATION)} AND {FILTER} "
        f"GROUP BY {tags(schema.STATION, schema.SEAT, schema.PARTICIPANT, schema.DEVICE)}"
    )


def stations() -> str:
    """How many reports each station gave per step; none is shown as 0, so that silence can be seen."""
    return (
        f'SELECT count("{schema.WAITING}") FROM "{schema.DELIVERY}" '
        f"WHERE {variable(schema.STATION)} AND {FILTER} "
        f'GROUP BY time($__interval), "{schema.STATION}" fill(0)'
    )


def delivery(field: str) -> str:
    """`field` of the way to each server over time."""
    return (
        f'SELECT max("{field}") FROM "{schema.DELIVERY}" WHERE {variable(schema.STATION)} AND {FILTER} '
        f"GROUP BY time($__interval), {tags(schema.STATION, schema.SINK)} fill(null)"
    )


def events(*kinds: str) -> str:
    """Texts of the events of `kinds` in the chosen session; those of everybody and of the chosen people."""
    which = "|".join(kinds)
    return (
        f'SELECT "{schema.TEXT}", "{schema.KIND}", "{schema.PARTICIPANT}" FROM "{schema.EVENT}" '
        f'WHERE {variable(schema.SESSION)} AND "{schema.KIND}" =~ /^({which})$/ '
        f"AND ({variable(schema.PARTICIPANT)} OR \"{schema.PARTICIPANT}\" = '') AND {FILTER}"
    )


def edge(which: str) -> str:
    """The `first` or `last` reading of every session: when it began, when it ended."""
    return (
        f'SELECT {which}("{schema.SEQ}") AS "{which}" FROM "{schema.READING}" WHERE time > 0 '
        f"GROUP BY {tags(schema.SESSION, schema.STATION)}"
    )


def choices(tag: str, *, measurement: str = schema.READING, where: str = "") -> str:
    """Every value of `tag` that was ever written, for a variable."""
    condition = f" WHERE {where}" if where else ""
    return f'SHOW TAG VALUES FROM "{measurement}" WITH KEY = "{tag}"{condition}'


def present(tag: str, *, where: str) -> str:
    """Values of `tag` that were heard lately, for a variable.

    A select, because the time in SHOW TAG VALUES is honoured by the shard only (days). The tag stands first:
    Grafana takes its values from there.
    """
    return (
        f'SELECT "{tag}", "{schema.AGE_S}" FROM "{schema.HEALTH}" '
        f"WHERE {where} AND time > now() - {RECENT}"
    )


def tags(*names: str) -> str:
    """Tags to group by, quoted."""
    return ", ".join(f'"{name}"' for name in names)
