"""The commands `grafana build` and `grafana push`."""

import os
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from alerts.rules import DEFAULTS, load_rules
from collector.errors import ConfigError
from dashboards.grafana.build import GENERATED, write

TOKEN_VARIABLE = "HOLDSPACE_GRAFANA_TOKEN"  # noqa: S105 - the name of a variable
PUSH = "dashboards.grafana.push"

RulesOption = Annotated[
    Path | None, typer.Option("--rules", help="A rules file; else the limits that ship.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    grafana = typer.Typer(no_args_is_help=True, help="Dashboards and alert rules for Grafana.")
    grafana.command()(build)
    grafana.command()(push)
    app.add_typer(grafana, name="grafana")


def build(
    *,
    rules: RulesOption = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Directory of the files.", show_default=False)
    ] = GENERATED,
) -> None:
    """Write dashboards, alert rules and provisioning as files.

    With rules of your own give a directory of your own and name it to compose: HOLDSPACE_GRAFANA=DIR.
    """
    for path in write(load_rules(rules or DEFAULTS), output):
        typer.echo(path)


def push(  # noqa: PLR0913 - the options of a command
    url: Annotated[str, typer.Argument(metavar="URL", help="Address of a Grafana.")],
    *,
    rules: RulesOption = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help=f"File with the token of a service account; else {TOKEN_VARIABLE}."),
    ] = None,
    influxdb: Annotated[str, typer.Option(help="Address of InfluxDB as that Grafana reaches it.")] = "",
    influxdb_token_file: Annotated[
        Path | None, typer.Option(help="File with a token that may read the bucket.")
    ] = None,
    webhook_file: Annotated[
        Path | None, typer.Option(help="File with the address that alerts are posted to.")
    ] = None,
) -> None:
    """Send dashboards and alert rules to a Grafana that exists already.

    Start it as `python3 start.py grafana push URL`: its client needs an environment of its own.
    """
    try:
        pushing = import_module(PUSH)
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"{missing.name} is not in this environment: use `python3 start.py grafana push {url}`, "
            "which makes one of its own."
        ) from missing
    if bool(influxdb) is (influxdb_token_file is None):
        raise ConfigError("Give --influxdb and --influxdb-token-file together.")
    database = (
        pushing.Database(url=influxdb, token=_read(influxdb_token_file))
        if influxdb_token_file
        else None
    )
    webhook = _read(webhook_file) if webhook_file else ""
    token = _read(token_file) if token_file else os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise ConfigError(f"A token is missing: set {TOKEN_VARIABLE} or give --token-file.")
    done = pushing.push(url, token, load_rules(rules or DEFAULTS), database=database, webhook=webhook)
    for line in done:
        typer.echo(line)


def _read(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read.") from error
    if not text:
        raise ConfigError(f"{file} is empty.")
    return text
