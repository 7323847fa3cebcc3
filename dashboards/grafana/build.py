"""All of it as files: dashboards as JSON, provisioning as YAML.

`generated/` holds those of the limits that ship.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from alerts.rules import Rules
from collector.errors import BadInput
from dashboards.grafana import contacts, provisioning
from dashboards.grafana.fleet import fleet
from dashboards.grafana.panels import Json
from dashboards.grafana.rules import group
from dashboards.grafana.session import session
from dashboards.grafana.wall import wall

GENERATED = Path(__file__).with_name("generated")
BOARDS = {"wall": wall, "session": session, "fleet": fleet}
HEAD = (
    "# Made by `holdspace grafana build` from the rules file; change code or limits, not this file.\n"
)


def files(rules: Rules) -> Mapping[str, str]:
    """Every file by its path inside `generated/`."""
    made = {f"dashboards/{name}.json": _json(board(rules)) for name, board in BOARDS.items()}
    for path, content in provisioned(rules).items():
        made[f"provisioning/{path}"] = HEAD + _yaml({"apiVersion": 1, **content})
    return made


def provisioned(rules: Rules) -> Mapping[str, Json]:
    """What Grafana reads at its start, by path; `prune` takes away what is no longer named."""
    return {
        "datasources/holdspace.yaml": {
            "prune": True,
            "datasources": [provisioning.data_source()],
        },
        "dashboards/holdspace.yaml": {"providers": [provisioning.provider()]},
        "alerting/rules.yaml": {"groups": [group(rules)]},
        "alerting/contacts.yaml": {
            "contactPoints": contacts.contact_points(),
            "templates": contacts.templates(),
            "policies": contacts.policies(),
        },
    }


def write(rules: Rules, directory: Path = GENERATED) -> list[Path]:
    """Write every file below `directory`; returns the paths. Raises `BadInput` where it cannot."""
    written = []
    for name, text in files(rules).items():
        path = directory / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise BadInput(f"{path} cannot be written: {error.strerror}.") from error
        written.append(path)
    return written


def _json(board: Json) -> str:
    return json.dumps(board, indent=1, ensure_ascii=False) + "\n"


def _yaml(content: Json) -> str:
    text: str = yaml.dump(content, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
    return text


class _Plain(yaml.SafeDumper):
    """YAML for readers: no anchors, and texts of several lines as they stand."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature of its base
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = "|" if "\n" in text else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Plain.add_representer(str, _Plain.represent_text)
