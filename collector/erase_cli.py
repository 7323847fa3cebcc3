"""The command `erase`: what is to go in words, asked once more at a terminal, and what stays where."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from collector.clock import SECOND, LiveClock
from collector.config import data_directory, read_section
from collector.erasing import Erased, erase
from collector.errors import BadInput
from collector.journal.archive import Archive, SessionSummary
from collector.journal.erasure import Erasure, erased_before
from collector.journal.finding import find_session
from collector.settings import RetentionSettings, SinkSettings, StationSettings
from collector.sinks import SINKS

NOT_REACHED = (
    "Not reached: copies and backups outside this list, pages that somebody printed or moved,"
    " Grafana's own annotations, backups of InfluxDB (and its disk, until it next tidies up),"
    " messages that other programs took from the broker."
)


def register(app: typer.Typer) -> None:
    """Add this module's command to `app`."""
    app.command("erase")(remove)


def remove(  # noqa: PLR0913, PLR0917 - the options of the command
    participant: Annotated[
        str, typer.Option(metavar="CODE", help="This person, in all sessions or in --session.")
    ] = "",
    session: Annotated[str, typer.Option(metavar="ID", help="This session.")] = "",
    before: Annotated[
        str, typer.Option(metavar="DATE", help="Every session before this day, as 2026-05-01.")
    ] = "",
    due: Annotated[  # noqa: FBT002 - a command-line flag
        bool, typer.Option("--due", help="Only list what [retention] says is due.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask once more.")] = False,  # noqa: FBT002
    config: Annotated[Path | None, typer.Option(help="holdspace.toml: also from its servers.")] = None,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the journal lives.")] = None,
) -> None:
    """Erase a person or sessions for good: journal, reports, InfluxDB, MQTT; says what stays where."""
    directory = data_directory(data)
    if due:
        _list_due(directory, data, config)
        return
    if (before and (participant or session)) or not (before or participant or session):
        raise BadInput("Name what to erase: --participant CODE, --session ID, or --before DATE.")
    erasures = _before(directory, before) if before else _asked(directory, session, participant)
    for what in erasures:
        typer.echo(f"To be erased: {_words(what)}")
    if not erasures:
        typer.echo(f"There is no session before {before}.")
        return
    if not yes:
        _ask()
    _tell(
        erase(
            directory,
            erasures,
            at=LiveClock().now(),
            configured=_configured(config),
            station=read_section(config, "station", StationSettings).name if config else "",
        ),
        told_servers=config is not None,
    )


def _ask() -> None:
    if not sys.stdin.isatty():
        raise BadInput("Nothing was erased: give --yes where nobody can be asked once more.")
    typer.confirm("This cannot be undone. Erase?", abort=True)


def _tell(erased: Erased, *, told_servers: bool) -> None:
    left = f"Erased {erased.entries} entries of the journal."
    typer.echo(left if erased.entries else "The journal holds nothing of it any more.")
    for path in erased.files:
        typer.echo(f"Removed {path}")
    for path in erased.copies:
        typer.echo(f"Still there, a copy of the journal: {path}")
    if not told_servers:
        typer.echo("No server was told: with --config holdspace.toml its InfluxDB and MQTT are.")
    typer.echo(NOT_REACHED)
    for failure in erased.failures:
        typer.echo(f"holdspace: {failure} The same command, given again, does what is left.", err=True)
    if erased.failures:
        raise typer.Exit(1)


def _asked(directory: Path, session: str, participant: str) -> list[Erasure]:
    with Archive(directory) as archive:
        what = Erasure(session=session, participant=participant)
        if what in erased_before(archive):  # a server may not have heard of it
            return [what]
        sessions = archive.sessions()
        wanted = find_session(archive, session).session if session else ""
    known = {code for one in sessions if wanted in {"", one.session} for code in one.participants}
    if participant and participant not in known:
        where = f"session {wanted}" if wanted else str(directory)
        raise BadInput(
            f"There is no participant {participant} in {where}; `holdspace sessions` lists them."
        )
    return [Erasure(session=wanted, participant=participant)]


def _before(directory: Path, day: str) -> list[Erasure]:
    try:
        limit = datetime.fromisoformat(day).astimezone()
    except (ValueError, OverflowError) as error:
        raise BadInput(f"--before {day!r} is not a day; write it as 2026-05-01.") from error
    return [Erasure(session=one.session) for one in _older(directory, limit)]


def _older(directory: Path, limit: datetime) -> list[SessionSummary]:
    """The sessions that were over, or left, before `limit`; one without any time is not among them."""
    with Archive(directory) as archive:
        sessions = archive.sessions()
    return [one for one in sessions if (last := _last(one)) is not None and last < limit]


def _last(session: SessionSummary) -> datetime | None:
    instant = session.ended or session.started or session.prepared
    return datetime.fromtimestamp(instant.utc_ns / SECOND, UTC) if instant else None


def _list_due(directory: Path, data: Path | None, config: Path | None) -> None:
    """What is older than [retention] days, and the command that would erase it; erases nothing."""
    days = read_section(config, "retention", RetentionSettings).days if config else None
    if days is None:
        raise BadInput("Nothing is ever due: set days in [retention] of holdspace.toml, and name it.")
    limit = (datetime.now(UTC) - timedelta(days=days)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    found = _older(directory, limit)
    for one in found:
        typer.echo(f"{one.session}  {one.readings} readings  {', '.join(one.participants)}")
    if found:
        where = f" --data {quote(str(data))}" if data else ""
        typer.echo(
            f"Older than {days} days. To erase: holdspace erase --before {limit:%Y-%m-%dT%H:%MZ}{where}"
            f" --config {quote(str(config))}"
        )
    else:
        typer.echo(f"No session is older than {days} days.")


def _configured(config: Path | None) -> Mapping[str, SinkSettings]:
    if config is None:
        return {}
    found = {key: read_section(config, key, kind.settings) for key, kind in SINKS.items()}
    return {key: settings for key, settings in found.items() if settings.configured}


def _words(what: Erasure) -> str:
    if not what.participant:
        return f"session {what.session}"
    where = f"session {what.session}" if what.session else "every session"
    return f"participant {what.participant} in {where}"
