"""The collector's own commands: decode."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from collector.devices import DECODERS
from collector.devices.base import Counts
from collector.errors import BadInput
from collector.reading import Flag, Reading
from collector.recordings import capture
from collector.recordings.capture import Capture
from collector.recordings.family import family_of

Timed = tuple[float, Reading]
COLUMNS = f"{'t':>10}  {'SpO2':>5}  {'pulse':>5}  {'PI':>5}  {'battery':>7}  flags"


def register(app: typer.Typer) -> None:
    """Add this package's commands to `app`."""
    app.command()(decode)


def decode(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Capture files.")],
    family: Annotated[
        str | None, typer.Option(help=f"Read them as this family: {', '.join(sorted(DECODERS))}.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines on stdout.")] = False,  # noqa: FBT002 - a command-line flag
) -> None:
    """Turn capture files into readings."""
    if family is not None and family not in DECODERS:
        raise BadInput(f"There is no family {family}: use one of {', '.join(sorted(DECODERS))}.")
    readable, faults = _read(files, family)
    for file, taken, chosen in readable:
        for line in (_json if as_json else _table)(file, taken, chosen):
            typer.echo(line)
    for fault in faults:
        typer.echo(f"holdspace: {fault}", err=True)
    if faults:
        raise typer.Exit(2)


def _read(files: list[Path], family: str | None) -> tuple[list[tuple[Path, Capture, str]], list[str]]:
    """Every file checked whole before anything is printed; those that cannot be read as sentences."""
    readable, faults = [], []
    for file in files:
        try:
            taken = capture.read(file)
            readable.append((file, taken, family or family_of(file, taken)))
        except BadInput as error:
            faults.append(str(error))
    return readable, faults


def _decoded(taken: Capture, family: str) -> tuple[list[Timed], Counts]:
    """The readings with their times, and what the decoder met."""
    decoder = DECODERS[family]()
    readings: list[Timed] = []
    for moment in taken.moments:
        if moment.sent:
            decoder.sent(moment.data)
            continue
        decoded = decoder.feed(moment.characteristic, moment.data, moment.at)
        readings += [(moment.t_s, item) for item in decoded if isinstance(item, Reading)]
    return readings, decoder.counts


def _flags(reading: Reading) -> list[str]:
    return [flag.value for flag in Flag if flag in reading.flags]


def _json(file: Path, taken: Capture, family: str) -> Iterator[str]:
    readings, counts = _decoded(taken, family)
    for t_s, reading in readings:
        yield json.dumps(
            {
                "t": t_s,
                "family": family,
                "spo2": reading.spo2,
                "pulse_rate": reading.pulse_rate,
                "perfusion_index": reading.perfusion_index,
                "battery": reading.battery,
                "flags": _flags(reading),
            }
        )
    summary = {"file": str(file), "family": family, "readings": len(readings), **asdict(counts)}
    yield json.dumps({"summary": summary})


def _table(file: Path, taken: Capture, family: str) -> Iterator[str]:
    readings, counts = _decoded(taken, family)
    yield f"{file} ({family})"
    yield COLUMNS
    for t_s, reading in readings:
        cells = (reading.spo2, reading.pulse_rate, reading.perfusion_index, reading.battery)
        spo2, pulse_rate, perfusion, battery = ("--" if cell is None else f"{cell:g}" for cell in cells)
        row = f"{t_s:10.3f}  {spo2:>5}  {pulse_rate:>5}  {perfusion:>5}  {battery:>7}  "
        yield (row + " ".join(_flags(reading))).rstrip()
    yield (
        f"{len(readings)} readings, {counts.frames} frames, {counts.checksum_errors} checksum errors, "
        f"{counts.resyncs} resynchronisations, {counts.pleth_samples} pleth samples"
    )
