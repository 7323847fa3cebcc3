"""The boards against the types of the Grafana release that compose pins: keys, kinds of values, options."""

import fcntl
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dashboards.grafana.boards import BOARDS, board

ROOT = Path(__file__).resolve().parents[3]
SOURCE = Path(__file__).with_name("tsc")
RAW = "./node_modules/@grafana/schema/dist/types/raw"
# Panels whose options the package describes; it has none for `alertlist`.
TYPED = ("stat", "timeseries", "table", "text")
CUSTOM = ("timeseries", "table")
FLAGS = ("--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--target", "es2022")

pytestmark = pytest.mark.xdist_group("npm")  # two workers must not install at once


@pytest.fixture(scope="module")
def workshop() -> Path:
    """A folder with the pinned types and compiler, installed once by npm under `build/`."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no node and npm found: install Debian's packages nodejs and npm")
    wanted = (SOURCE / "package-lock.json").read_bytes()
    folder = ROOT / "build" / f"grafana-types-{hashlib.sha256(wanted).hexdigest()[:12]}"
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may be at it
        if not (folder / "done").exists():
            _install(folder)
    return folder


def _install(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCE, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if told.returncode:
        pytest.skip(f"npm cannot fetch the types: {told.stderr.strip()[-200:]}")
    (folder / "done").touch()


def test_boards_have_the_types_of_their_release(workshop: Path) -> None:
    """No key is unknown and no value of the wrong kind, down to the options of each panel."""
    assert compiled(workshop, {name: board(name) for name in BOARDS}) == ""


def test_mistakes_are_found(workshop: Path) -> None:
    """The check bites: each planted mistake is reported, in options, panel, style and variable."""
    planted: dict[str, tuple[str, dict[str, Any]]] = {
        "option": ("options", {"reduceOption": {}}),
        "word": ("options", {"colorMode": "backgrounds"}),
        "direction": ("panel", {"repeatDirection": "x"}),
        "style": ("custom", {"spanNull": 5000}),
        "variable": ("variable", {"hidden": 2}),
    }

    told = compiled(workshop, {name: _spoilt(*mistake) for name, mistake in planted.items()})

    assert {line.partition(".ts(")[0] for line in told.splitlines() if ".ts(" in line} == set(planted)


def compiled(workshop: Path, boards: dict[str, dict[str, Any]]) -> str:
    """What the compiler says of the boards, each in a file of its name; nothing when all is well."""
    for name, made in boards.items():
        (workshop / f"{name}.ts").write_text("\n".join(program(made)), encoding="utf-8")
    compiler = workshop / "node_modules" / "typescript" / "bin" / "tsc"
    files = [f"{name}.ts" for name in boards]
    command: list[str | Path] = ["node", compiler, *FLAGS, "--moduleResolution", "bundler", *files]
    told = subprocess.run(command, cwd=workshop, capture_output=True, text=True, check=False)
    return told.stdout


def _spoilt(where: str, mistake: dict[str, Any]) -> dict[str, Any]:
    """The wall with a mistake in its tile, in the style of its trend, or in a variable."""
    made = board("wall")
    tile, trend = made["panels"][2:4]
    {
        "options": tile["options"],
        "panel": tile,
        "custom": trend["fieldConfig"]["defaults"]["custom"],
        "variable": made["templating"]["list"][0],
    }[where].update(mistake)
    return made


def program(made: dict[str, Any]) -> Iterator[str]:
    """The board as typed constants; queries of InfluxDB have no type and are left out."""
    yield 'import type { Literal } from "./literal";'
    yield (
        "import type { AnnotationQuery, Dashboard, Panel, VariableModel } "
        f'from "{RAW}/dashboard/x/types.gen";'
    )
    for kind in TYPED:
        yield f"import type {{ Options as Options_{kind} }} from {_module(kind)};"
    for kind in CUSTOM:
        yield f"import type {{ FieldConfig as Custom_{kind} }} from {_module(kind)};"
    yield _constant(
        "board", "Partial<Dashboard>", _without(made, "panels", "annotations", "templating")
    )
    for number, variable in enumerate(made["templating"]["list"]):
        yield _constant(f"variable{number}", "VariableModel", variable)
    for number, annotation in enumerate(made["annotations"]["list"]):
        yield _constant(f"annotation{number}", "AnnotationQuery", _without(annotation, "target"))
    for number, panel in enumerate(made["panels"]):
        yield from _panel(number, panel)


def _module(kind: str) -> str:
    return f'"{RAW}/composable/{kind}/panelcfg/x/types.gen"'


def _panel(number: int, panel: dict[str, Any]) -> Iterator[str]:
    kind = panel["type"]
    yield _constant(f"panel{number}", "Panel", _without(panel, "targets", "options"))
    if kind in TYPED:
        yield _constant(f"options{number}", f"Partial<Options_{kind}>", panel["options"])
    custom = panel.get("fieldConfig", {}).get("defaults", {}).get("custom")
    if kind in CUSTOM and custom:
        yield _constant(f"custom{number}", f"Partial<Custom_{kind}>", custom)


def _constant(name: str, kind: str, value: object) -> str:
    return f"export const {name}: Literal<{kind}> = {json.dumps(value, ensure_ascii=False)};"


def _without(value: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: inner for key, inner in value.items() if key not in keys}
