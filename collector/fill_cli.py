"""The command `fill`: gaps of a session are filled from what a clip has stored itself."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from collector.config import data_directory
from collector.filling import Filled, Stored, fill_session, require
from collector.recordings.foreign import read


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(fill)


def fill(
    session: Annotated[str, typer.Argument(help="Id, its beginning, or `last`.")],
    files: Annotated[
        list[Path],
        typer.Option("--from", metavar="FILE", help="A file out of a clip's memory; may be repeated."),
    ],
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Where the journal lives.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Fill the gaps of SESSION from what the clip stored; marked as fetched later, never alerted on."""
    found = [Stored(recording=read(path)) for path in files]
    name, filled = fill_session(data_directory(data), session, found)
    report(name, filled, as_json=as_json)


def report(session: str, filled: Sequence[Filled], *, as_json: bool) -> None:
    """Say what became of each recording; `BadInput` when not one could be placed."""
    require(filled, session)
    if as_json:
        files = [_facts(one) for one in filled]
        readings = sum(one.readings for one in filled)
        typer.echo(json.dumps({"session": session, "readings": readings, "files": files}))
        return
    for one in filled:
        typer.echo(_line(one, session), err=bool(one.refused))


def _line(one: Filled, session: str) -> str:
    if one.alignment is None:
        return f"holdspace: {one.path.name} does not fit session {session}, because {one.refused}."
    placed = f"moved by {one.alignment.offset_s} s, {one.alignment.agreement:.0%} of its numbers as heard live"
    if not one.readings:
        return f"{one.path.name}: nothing is missing that it knows ({placed})."
    who = ", ".join(one.participants)
    return f"{one.path.name}: {one.readings} readings of {who} fetched later ({placed})."


def _facts(one: Filled) -> dict[str, object]:
    placed = one.alignment
    return {
        "file": one.path.name,
        "device": one.device or None,
        "participants": list(one.participants),
        "readings": one.readings,
        "offset_s": placed.offset_s if placed else None,
        "agreement": round(placed.agreement, 3) if placed else None,
        "refused": one.refused or None,
    }
