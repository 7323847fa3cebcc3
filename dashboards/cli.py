"""The commands of this package: `review`."""

import json
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from alerts.rules import Rules, load_rules
from alerts.store import RULES, recorded_rules
from collector.config import data_directory
from collector.errors import BadInput
from collector.journal.archive import Archive
from collector.journal.finding import find_session, running
from collector.journal.written import note
from dashboards.review.document import document
from dashboards.review.load import Recorded, load
from dashboards.review.publish import publish
from dashboards.review.report import report
from dashboards.review.words import Times


def register(app: typer.Typer) -> None:
    """Add the commands of this package."""
    app.command()(review)


def review(
    session: Annotated[
        str, typer.Argument(metavar="SESSION", help="Id, the beginning of an id, or `last`.")
    ],
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Directory of the report.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
    data: Annotated[Path | None, typer.Option("--data", help="Data directory of the journal.")] = None,
) -> None:
    """A report per participant of a recorded session (HTML), or its numbers (--json).

    Three figures say how complete a recording is: numbers.completeness_pct counts readings between the
    first and the last; the sheet counts seconds from the first binding to the end of the session;
    numbers.marked_completeness_pct is the sheet's without doubted seconds. docs/review.md has every key.
    """
    journal = data_directory(data)
    recorded, rules, damage = _read(journal, session)
    if not recorded.records and not as_json:
        raise BadInput(f"Nobody is in session {recorded.session.id} any more: everybody was erased.")
    if output is not None or not as_json:
        directory = output or Path(f"review-{recorded.session.id}")
        paths = _report(recorded, rules, directory, quiet=as_json)
        if remark := note(journal, recorded.session.id, paths):
            typer.echo(f"holdspace: {remark}", err=True)
    if as_json:
        typer.echo(json.dumps(document(recorded), allow_nan=False, ensure_ascii=False))
    if damage:
        typer.echo(f"holdspace: {damage}", err=True)
        raise typer.Exit(1)


def _read(directory: Path, name: str) -> tuple[Recorded, Rules, str]:
    """The session, the rules it ran under, and what the journal could not give of it, in a sentence."""
    with Archive(directory) as archive:
        present = running(archive.sessions(), directory)
        summary = find_session(archive, name)
        goes_on = present is not None and present.session == summary.session
        recorded = load(archive, summary, running=goes_on)
        rules = recorded_rules(archive.entries(recorded.session.id, kinds=(RULES,))) or load_rules()
        return replace(recorded, damaged=archive.damaged_entries), rules, archive.damage


def _report(recorded: Recorded, rules: Rules, directory: Path, *, quiet: bool) -> list[Path]:
    pages = report(
        recorded,
        rules=rules,
        times=Times(zero_utc_ns=recorded.zero.utc_ns),
        version=_version(),
    )
    paths = publish(pages, directory)
    for path in () if quiet else paths:
        typer.echo(path)
    return paths


def _version() -> str:
    try:
        return metadata.version("holdspace")
    except metadata.PackageNotFoundError:
        return "from a checkout"
