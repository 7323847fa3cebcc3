"""The journal's commands: what is in it, what comes into it from elsewhere, and a copy of it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from collector.clock import SECOND, Instant
from collector.config import data_directory
from collector.errors import BadInput
from collector.importing import Imported, import_files
from collector.journal.archive import Archive, SessionSummary
from collector.journal.backup import back_up
from collector.journal.file import NAME
from collector.journal.finding import running
from collector.journal.written import note
from collector.session import Phase
from collector.sinks.report import SetAside, SinkReport, report

Data = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the journal lives.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands to `app`."""
    app.command("sessions")(sessions)
    app.command("sinks")(sinks)
    app.command("import")(bring_in)
    app.command()(backup)


def sessions(data: Data = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a command-line flag
    """List what is in the journal, in the order in which it came there; `last` is the last line."""
    directory = data_directory(data)
    if data is not None or directory.exists():
        _require_directory(directory)
    found: list[SessionSummary] = []
    damage = ""
    if (directory / NAME).exists():
        with Archive(directory) as archive:
            found, damage = archive.sessions(), archive.damage
    if as_json:
        typer.echo(json.dumps([_summary(session) for session in found], indent=2))
    else:
        _list(found, directory)
    if damage:
        typer.echo(f"holdspace: {damage}", err=True)
        raise typer.Exit(1)


def sinks(data: Data = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a command-line flag
    """Say how far each server has been brought, and which rows it refused."""
    reports = report(data_directory(data))
    if as_json:
        typer.echo(json.dumps([_sink(one) for one in reports], indent=2))
        return
    for one in reports:
        typer.echo(f"{one.sink}: entries that wait: {one.waiting}, rows refused: {len(one.set_aside)}")
        for row in one.set_aside:
            typer.echo(f"  {_row(row)}  {row.why}")
    if not reports:
        typer.echo("Nothing has been delivered to a server from this journal.")


def _sink(one: SinkReport) -> dict[str, object]:
    rows = [{"seq": row.seq, "entry": _row(row), "why": row.why} for row in one.set_aside]
    return {"sink": one.sink, "delivered_to": one.cursor, "waiting": one.waiting, "set_aside": rows}


def _row(row: SetAside) -> str:
    if row.entry is None:
        return f"entry {row.seq} (erased)"
    where = f" of session {row.entry.session}" if row.entry.session else ""
    return f"entry {row.seq}, {row.entry.kind}{where}"


def _require_directory(directory: Path) -> None:
    if not directory.exists():
        raise BadInput(f"There is no directory {directory}; choose another --data.")
    if not directory.is_dir():
        raise BadInput(f"{directory} is a file; name a directory with --data.")


def _list(found: Sequence[SessionSummary], directory: Path) -> None:
    """One line for each session, with "interrupted" for one that nobody ended and nobody runs."""
    going_on = running(found, directory)
    for session in found:
        left = session.phase is not Phase.ENDED and session is not going_on
        typer.echo(_line(session, "interrupted" if left else session.phase.value))
    if not found:
        typer.echo(f"There is no session in {directory} yet.")


def bring_in(  # noqa: PLR0913, PLR0917 - the options of the command
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV, .vld, OxyII, .spo2, captures.")
    ],
    participant: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="In the order of the files; P1, P2, ...")
    ] = None,
    title: Annotated[str, typer.Option(metavar="TEXT", help="The session's title.")] = "",
    start: Annotated[
        str, typer.Option(metavar="TIME", help="When it began, as 2026-05-01T20:00.")
    ] = "",
    data: Data = None,
    as_json: AsJson = False,  # noqa: FBT002 - a command-line flag
) -> None:
    """Make a session of recordings, one participant for each FILE; no alerts are raised."""
    imported = import_files(
        files,
        directory=data_directory(data),
        participants=participant or (),
        title=title,
        start=_moment(start) if start else None,
    )
    for remark in imported.remarks:
        typer.echo(f"holdspace: {remark}", err=True)
    if as_json:
        typer.echo(json.dumps(_imported(imported)))
        return
    who = ", ".join(imported.participants)
    typer.echo(f"Imported {imported.readings} readings of {who} as session {imported.session}.")


def backup(
    file: Annotated[Path, typer.Argument(help="The copy; it must not be there yet.")],
    data: Data = None,
) -> None:
    """Copy the journal whole into one FILE, also while a station runs; docs/data.md says how to restore."""
    directory = data_directory(data)
    copied = back_up(directory, file)
    typer.echo(f"Copied {copied.readings} readings of {copied.sessions} session(s) to {file}.")
    if remark := note(directory, "", [file]):
        typer.echo(f"holdspace: {remark}", err=True)


def _moment(text: str) -> datetime:
    """A time without a zone is this machine's."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise BadInput(f"--start {text!r} is not a time; write it as 2026-05-01T20:00.") from error


def _imported(imported: Imported) -> dict[str, object]:
    return {
        "session": imported.session,
        "participants": list(imported.participants),
        "readings": imported.readings,
    }


def _summary(session: SessionSummary) -> dict[str, object]:
    return {
        "session": session.session,
        "title": session.title,
        "source": session.source.value,
        "phase": session.phase.value,
        "started": _utc(session.started),
        "ended": _utc(session.ended),
        "participants": list(session.participants),
        "readings": session.readings,
    }


def _line(session: SessionSummary, phase: str) -> str:
    began = session.started or session.prepared
    when = datetime.fromtimestamp(began.utc_ns / SECOND).astimezone() if began else None
    return "  ".join(
        (
            session.session,
            f"{when:%Y-%m-%d %H:%M}" if when else "time unknown    ",
            f"{session.source.value:<6}",
            f"{phase:<11}",
            f"{session.readings:>7} readings",
            ", ".join(session.participants),
            session.title,
        )
    ).rstrip()


def _utc(instant: Instant | None) -> str | None:
    if instant is None:
        return None
    return f"{datetime.fromtimestamp(instant.utc_ns / SECOND, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
