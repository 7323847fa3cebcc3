"""The commands of this package: `review`."""

import json
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from alerts.rules import Rules, load_rules
from alerts.store import RULES, recorded_rules
from collector.config import data_directory
from collector.journal.archive import Archive
from collector.journal.finding import find_session
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
    """A report per participant of a recorded session (HTML), or its numbers (--json)."""
    with Archive(data_directory(data)) as archive:
        recorded = load(archive, find_session(archive, session))
        rules = recorded_rules(archive.entries(recorded.session.id, kinds=(RULES,))) or load_rules()
        for sentence in archive.damaged:
            typer.echo(f"holdspace: {sentence}", err=True)
    if output is not None or not as_json:
        directory = output or Path(f"review-{recorded.session.id}")
        _report(recorded, rules, directory, quiet=as_json)
    if as_json:
        typer.echo(json.dumps(document(recorded), allow_nan=False, ensure_ascii=False))


def _report(recorded: Recorded, rules: Rules, directory: Path, *, quiet: bool) -> None:
    pages = report(
        recorded,
        rules=rules,
        times=Times(zero_utc_ns=recorded.zero.utc_ns),
        version=_version(),
    )
    for path in publish(pages, directory):
        if not quiet:
            typer.echo(path)


def _version() -> str:
    try:
        return metadata.version("holdspace")
    except metadata.PackageNotFoundError:
        return "from a checkout"
