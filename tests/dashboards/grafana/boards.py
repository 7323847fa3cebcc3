"""The boards and rules as Grafana would read them, and every query in them with its place."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dashboards.grafana.build import GENERATED

BOARDS = ("wall", "session", "fleet")
ALERTING = GENERATED / "provisioning" / "alerting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One query and where it stands."""

    place: str
    text: str


def board(name: str) -> dict[str, Any]:
    """One generated board."""
    read: dict[str, Any] = json.loads((GENERATED / "dashboards" / f"{name}.json").read_text("utf-8"))
    return read


def provisioned(path: Path) -> dict[str, Any]:
    """One generated file of provisioning."""
    read: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return read


def rules() -> list[dict[str, Any]]:
    """The generated alert rules."""
    found: list[dict[str, Any]] = provisioned(ALERTING / "rules.yaml")["groups"][0]["rules"]
    return found


def asked() -> Iterator[Asked]:
    """Every query of every panel, variable, annotation and alert rule."""
    for name in BOARDS:
        made = board(name)
        for panel in made["panels"]:
            for target in panel.get("targets", ()):
                yield Asked(place=f"{name}: {panel['title']}: {target['refId']}", text=target["query"])
        for variable in made["templating"]["list"]:
            yield Asked(place=f"{name}: variable {variable['name']}", text=variable["query"])
        for annotation in made["annotations"]["list"]:
            yield Asked(
                place=f"{name}: annotation {annotation['name']}", text=annotation["target"]["query"]
            )
    for rule in rules():
        for query in rule["data"]:
            if query["datasourceUid"] != "__expr__":
                place = f"rule {rule['uid']}: {query['refId']}"
                yield Asked(place=place, text=query["model"]["query"])


def filled(
    text: str, values: Mapping[str, str], *, since_ns: int, until_ns: int, step: str = "10s"
) -> str:
    """The query as Grafana sends it: time, step and variables filled in."""
    period = f"time >= {since_ns // 1_000_000}ms and time <= {until_ns // 1_000_000}ms"
    text = text.replace("$timeFilter", period).replace("$__interval", step)
    return re.sub(r"\$\{(\w+):regex\}", lambda found: re.escape(values[found[1]]), text)
