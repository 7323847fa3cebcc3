"""The command `fill`: gaps of a session are filled from what a clip has stored itself."""

import asyncio
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from collector.clock import LiveClock
from collector.config import data_directory, read_section
from collector.errors import Unavailable
from collector.fetching import Fetched, fetch, with_memory
from collector.filling import Filled, Stored, Worn, fill_session, require, worn_clips
from collector.parts import Parts
from collector.radio.bluetooth import BluetoothRadio
from collector.radio.settings import RadioSettings
from collector.recordings.foreign import read
from collector.supervision import either


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(fill)


def fill(
    session: Annotated[str, typer.Argument(help="Id, its beginning, or `last`.")],
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Out of a clip's memory, instead of asking the clips; repeatable.",
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Where the journal lives.")
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", help="holdspace.toml to read.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Fill the gaps of SESSION from what its clips stored; marked as fetched later, never alerted on.

    Asks each O2 legacy and OxyII ring of the session over Bluetooth, or reads the files given.
    """
    directory = data_directory(data)
    got, parts = Fetched(), None
    if files:
        got.found += [Stored(recording=read(path)) for path in files]
    else:
        settings = read_section(config, "radio", RadioSettings) if config else RadioSettings()
        worn = worn_clips(directory, session)
        with_memory(worn)  # before the radio is troubled
        parts = Parts(directory, worn.session)
        got = asyncio.run(_ask(worn, parts, settings))
    if got.failures and not got.found:
        raise Unavailable(got.failures[0])
    name, filled = fill_session(directory, session, got.found, utc_ns=LiveClock().now().utc_ns)
    if parts is not None and not got.failures:
        parts.forget()
    report(name, filled, as_json=as_json)
    for said in got.failures:
        typer.echo(f"holdspace: {said}", err=True)
    if got.failures:
        raise typer.Exit(1)


async def _ask(worn: Worn, parts: Parts, settings: RadioSettings) -> Fetched:
    """What the clips of the session have stored, over this computer's Bluetooth."""
    logging.getLogger("bleak").addHandler(logging.NullHandler())  # the radio tells what matters of it
    clock = LiveClock()
    radio = BluetoothRadio(clock, settings)
    got = Fetched()

    async def work() -> None:
        await radio.looked()
        if radio.trouble is not None:
            raise Unavailable(radio.trouble.sentence)
        await fetch(radio, clock, worn, got, parts)

    await either(radio.run(), work(), clock=clock, name="fill")
    return got


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
    if not filled:
        typer.echo(f"The clips have stored nothing of session {session}.")


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
