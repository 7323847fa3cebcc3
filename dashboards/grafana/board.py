"""What is around the panels of a board: its name, variables, annotations and time."""

from collections.abc import Sequence

from dashboards.grafana.panels import SOURCE, Json

SCHEMA_VERSION = 42  # classic dashboards of Grafana 12 and 13
TAG = "holdspace"


def board(  # noqa: PLR0913 - the parts of a board, each by name
    uid: str,
    title: str,
    panels: Sequence[Json],
    *,
    since: str,
    refresh: str = "",
    variables: Sequence[Json] = (),
    annotations: Sequence[Json] = (),
    links: Sequence[Json] = (),
) -> Json:
    """A dashboard that nobody edits by hand: it is provisioned, and made anew by `holdspace grafana build`."""
    return {
        "uid": uid,
        "title": title,
        "tags": [TAG],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,  # one cross-hair through all panels
        "timezone": "browser",
        "time": {"from": since, "to": "now"},
        "refresh": refresh,
        "timepicker": {"refresh_intervals": ["1s", "5s", "10s", "30s"]},
        "templating": {"list": list(variables)},
        "annotations": {"list": list(annotations)},
        "links": list(links),
        "panels": [{"id": number, **panel} for number, panel in enumerate(panels, start=1)],
    }


def choice(  # noqa: PLR0913 - the parts of a variable, each by name
    name: str,
    query: str,
    *,
    label: str,
    several: bool = False,
    newest_first: bool = False,
    hidden: bool = False,
) -> Json:
    """A variable whose values are asked from the database each time the board looks.

    Text in descending order puts the newest session first, because their names begin with the date.
    """
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": SOURCE,
        "query": query,
        "refresh": 2,  # whenever the time range changes, which a refresh does too
        "sort": 2 if newest_first else 1,
        "multi": several,
        "includeAll": several,
        "hide": 2 if hidden else 0,
        **({"current": {"text": ["All"], "value": ["$__all"]}} if several else {}),
        "options": [],
        "regex": "",
    }


def annotation(name: str, query: str, *, color: str) -> Json:
    """Events drawn over every trend of a board."""
    return {
        "name": name,
        "datasource": SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": color,
        "target": {
            "refId": "Anno",
            "fromAnnotations": True,
            "textEditor": True,
            "rawQuery": True,
            "query": query,
            "textColumn": "text",
            "tagsColumn": "kind,participant",
            "resultFormat": "table",
        },
    }


def link(title: str, uid: str) -> Json:
    """A link in the head of a board to another one."""
    return {
        "title": title,
        "type": "link",
        "url": f"/d/{uid}",
        "icon": "dashboard",
        "tooltip": "",
        "tags": [],
        "asDropdown": False,
        "targetBlank": False,
        "includeVars": False,
        "keepTime": False,
    }
