"""The committed files are what the code makes of the limits that ship; boards and rules hold together."""

import json
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from alerts.rules import DEFAULTS, load_rules
from collector.errors import BadInput
from dashboards.grafana.build import GENERATED, files, write
from dashboards.grafana.wall import TILE
from tests.dashboards.grafana.boards import BOARDS, asked, board, provisioned


def test_committed_files_are_current() -> None:
    """`generated/` holds exactly what `holdspace grafana build` writes from the default limits."""
    committed = {
        path.relative_to(GENERATED).as_posix(): path.read_text("utf-8")
        for path in GENERATED.rglob("*")
        if path.is_file()
    }

    assert committed == dict(files(load_rules()))


def test_written_elsewhere_with_other_limits(tmp_path: Path) -> None:
    """A clinic's own rules file gives its own files, each limit in board and rule."""
    text = DEFAULTS.read_text("utf-8").replace("below = 94", "below = 93").replace("94", "93")
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")

    write(load_rules(own), tmp_path / "out")

    wall = (tmp_path / "out/dashboards/wall.json").read_text("utf-8")
    rules = (tmp_path / "out/provisioning/alerting/rules.yaml").read_text("utf-8")
    assert '"value": 93.0' in wall
    assert '"value": 94.0' not in wall
    assert "SpO₂ low, below 93" in rules


def test_unwritable_place_is_named(tmp_path: Path) -> None:
    """Where a file cannot be written, the sentence names it."""
    (tmp_path / "dashboards").write_text("a file in the way", encoding="utf-8")

    with pytest.raises(BadInput, match="dashboards"):
        write(load_rules(), tmp_path)


def test_confirmed_limits_are_not_called_unconfirmed() -> None:
    """The wall says whose limits it shows only as far as the rules file does."""
    confirmed = files(replace(load_rules(), approved_by="Dr A"))["dashboards/wall.json"]
    bare = files(load_rules())["dashboards/wall.json"]

    assert "not confirmed by a clinician" in bare
    assert "not confirmed by a clinician" not in confirmed


@pytest.mark.parametrize("name", BOARDS)
def test_panels_do_not_overlap(name: str) -> None:
    """Every panel lies inside the 24 columns and on no other one, and has a number of its own."""
    panels = board(name)["panels"]
    places = [panel["gridPos"] for panel in panels]

    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert not [
        (one, other)
        for one, other in combinations(places, 2)
        if one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    ]
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.parametrize("name", BOARDS)
def test_every_variable_is_known(name: str) -> None:
    """A query names only variables that its board has, or that Grafana brings."""
    made = board(name)
    known = {variable["name"] for variable in made["templating"]["list"]}
    used = set(re.findall(r"\$\{(\w+)(?::regex)?\}", json.dumps(made)))

    assert {word for word in used if not word.startswith("__")} <= known


def test_nothing_looks_as_if_all_were_well() -> None:
    """A tile is dark by itself and dark where a limit is crossed: nothing green, nothing bright."""
    tile = tile_of("wall")
    colors = set(re.findall(r"#[0-9a-f]{6}", json.dumps(tile)))

    assert colors
    assert [color for color in colors if _light(color) > 0.4] == []
    assert [name for name in BOARDS if "green" in json.dumps(board(name))] == []


def test_old_value_leaves_the_tile() -> None:
    """A tile asks for the last 15 s only and says "no signal" when there was nothing."""
    tile = tile_of("wall")

    assert tile["timeFrom"] == "15s"
    assert tile["fieldConfig"]["defaults"]["noValue"] == "no signal"
    assert tile["repeat"] == "participant"
    assert all(re.search(r"\$timeFilter", target["query"]) for target in tile["targets"])


def test_gap_stays_a_gap() -> None:
    """A trend bridges what the bedside page would still show, and nothing longer."""
    trends = [
        panel for name in BOARDS for panel in board(name)["panels"] if panel["type"] == "timeseries"
    ]

    assert {panel["fieldConfig"]["defaults"]["custom"]["spanNulls"] for panel in trends} == {5000}


def test_only_influxql() -> None:
    """Every query is InfluxQL, which all servers from 1.6 to 3 answer."""
    assert {text.text.split()[0] for text in asked()} == {"SELECT", "SHOW"}


def test_secrets_are_named_not_written() -> None:
    """Tokens and addresses come from files that only Grafana's container sees."""
    source = provisioned(GENERATED / "provisioning/datasources/holdspace.yaml")["datasources"][0]

    assert source["secureJsonData"] == {
        "httpHeaderValue1": "Token $__file{/run/holdspace/influxdb_read_token}"
    }
    assert source["editable"] is False


def tile_of(name: str) -> dict[str, Any]:
    """The panel that an alert leads to."""
    found: dict[str, Any] = next(panel for panel in board(name)["panels"] if panel["id"] == TILE)
    assert found["type"] == "stat"
    return found


def _light(color: str) -> float:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.21 * red + 0.72 * green + 0.07 * blue
