"""The commands of the alerts: rules check, rules rehearse."""

import contextlib
import json
from pathlib import Path
from typing import Annotated

import typer

from alerts.experience import warnings
from alerts.promises import promises
from alerts.rehearsal import Rehearsed, rehearse
from alerts.rules import DEFAULTS, check, load_rules
from collector.config import data_directory
from collector.errors import JournalError
from collector.journal.archive import Archive
from collector.journal.finding import find_session

JSON_HELP = "JSON Lines on stdout and nothing else there."


def register(app: typer.Typer) -> None:
    """Add this package's commands to `app`."""
    rules = typer.Typer(no_args_is_help=True, help="The limits of the alerts.")
    rules.command("check")(check_rules)
    rules.command("rehearse")(rehearse_session)
    app.add_typer(rules, name="rules")


def check_rules(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A rules file; else the defaults.")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The data directory.")] = None,
) -> None:
    """Say what is wrong with a rules file, and what each rule in it promises.

    With fifty sessions in the journal also what those say of it.
    """
    path = file or DEFAULTS
    checked = check(path)
    for finding in checked.refusals:
        typer.echo(f"Refused: {finding.sentence(path.name)}", err=True)
    for finding in checked.warnings:
        typer.echo(f"Warning: {finding.sentence(path.name)}")
    if checked.rules is None:
        raise typer.Exit(2)
    with contextlib.suppress(JournalError), Archive(data_directory(data)) as archive:
        for sentence in warnings(checked.rules, archive):
            typer.echo(f"Warning: {path.name}: {sentence}")
    for sentence in promises(checked.rules):
        typer.echo(sentence)


def rehearse_session(
    session: Annotated[str, typer.Argument(help="A session, as `holdspace sessions` names it.")],
    rules: Annotated[
        Path | None, typer.Option("--rules", help="A rules file; else the defaults.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,  # noqa: FBT002 - a command-line flag
    data: Annotated[Path | None, typer.Option("--data", help="The data directory.")] = None,
) -> None:
    """Show the alerts that these rules would have raised on a recorded session."""
    limits = load_rules(rules or DEFAULTS)
    with Archive(data_directory(data)) as archive:
        session = find_session(archive, session).session
        count = 0
        for told in rehearse(limits, archive.entries(session)):
            typer.echo(_json(told) if as_json else _line(told))
            count += 1
        damage = archive.damage
    if not as_json and count == 0:
        typer.echo("These rules would have raised no alert.")
    if damage:
        typer.echo(f"holdspace: {damage}", err=True)
        raise typer.Exit(1)


def _json(told: Rehearsed) -> str:
    event = told.event
    return json.dumps(
        {
            "t": round(told.t, 3),
            "participant": event.participant,
            "family": event.family.value,
            "level": event.level.word,
            "event": event.happening.value,
            "value": event.value,
            "episode": event.episode,
        }
    )


def _line(told: Rehearsed) -> str:
    event = told.event
    minutes, seconds = divmod(told.t, 60)
    value = "" if event.value is None else f"at {event.value:g}"
    why = event.cause.value if event.cause else event.reason
    words = [
        f"{int(minutes):4d}:{seconds:04.1f}",
        f"{event.participant:12}",
        f"{event.family.value:12}",
        f"{event.level.word:8}",
        f"{event.happening.value:11}",
        value,
        f"({why})" if why else "",
    ]
    return " ".join(word for word in words if word).rstrip()
