"""The command `capture`: what one device says over this computer's Bluetooth, into a capture file."""

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer

from collector.capturing import Tape, record
from collector.clock import Clock, LiveClock
from collector.config import read_section
from collector.errors import BadInput, Unavailable
from collector.radio.bluetooth import BluetoothRadio
from collector.radio.settings import RadioSettings
from collector.recordings import capture as files
from collector.supervision import either


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(capture)


def capture(
    address: Annotated[str, typer.Argument(help="The device's address.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The capture file to write.")
    ],
    for_s: Annotated[
        float, typer.Option("--for", min=1, max=3600, help="Seconds from the connection on.")
    ] = 180.0,
    config: Annotated[Path | None, typer.Option("--config", help="holdspace.toml to read.")] = None,
) -> None:
    """Record the raw notifications of one device, known or not, for `decode`, `replay` and `import`.

    An unknown device is only listened to. Ctrl+C ends early and keeps what has come.
    """
    if not output.parent.is_dir():
        raise BadInput(f"There is no folder {output.parent}; choose another -o.")
    settings = read_section(config, "radio", RadioSettings) if config else RadioSettings()
    logging.getLogger("bleak").addHandler(logging.NullHandler())  # the radio tells what matters of it
    clock = LiveClock()
    tape = Tape(clock)
    try:
        asyncio.run(_record(BluetoothRadio(clock, settings), clock, address, tape, for_s))
    finally:
        if tape.moments or tape.advertisements:
            keep(tape, output)


async def _record(
    radio: BluetoothRadio, clock: Clock, address: str, tape: Tape, seconds: float
) -> None:
    async def work() -> None:
        await radio.looked()
        if radio.trouble is not None:
            raise Unavailable(radio.trouble.sentence)
        await record(radio, clock, address, tape, seconds=seconds)

    await either(radio.run(), work(), clock=clock, name="capture")


def keep(tape: Tape, output: Path) -> None:
    """Write the tape to `output` and say what it holds."""
    taken = tape.capture()
    files.write(output, taken)
    notified = sum(not moment.sent for moment in taken.moments)
    family = tape.family or "of no known family"
    ends_s = max([moment.t_s for moment in taken.moments] + [heard.t_s for heard in taken.heard])
    typer.echo(
        f"{output}: {notified} notifications and {len(taken.heard)} different advertisements of"
        f" {taken.name or taken.address} ({family}) in {ends_s:.0f} s;"
        f" `holdspace decode {output}` shows what they say."
    )
