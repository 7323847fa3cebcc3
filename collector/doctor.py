"""The command `doctor`: is this machine fit for a session? Part of the composition root: it sees all checks."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import alerts.targets_check
import collector.clock_check
import collector.journal.disk_check
import collector.journal.journal_check
import collector.power_check
import collector.radio.adapter_check
import collector.radio.bluetoothd_check
import collector.radio.usb_check
import collector.sinks.servers_check
import collector.sleep_check
from collector.checkup import Check, Finding, Ground, Verdict
from collector.config import data_directory

CHECKS: tuple[Check, ...] = (
    collector.radio.adapter_check.check,
    collector.radio.bluetoothd_check.check,
    collector.radio.usb_check.check,
    collector.clock_check.check,
    collector.journal.disk_check.check,
    collector.journal.journal_check.check,
    collector.power_check.check,
    collector.sleep_check.check,
    collector.sinks.servers_check.check,
    alerts.targets_check.check,
)


def register(app: typer.Typer) -> None:
    """Add this module's command to `app`."""
    app.command()(doctor)


def doctor(
    *,
    config: Annotated[Path | None, typer.Option(help="The station's holdspace.toml.")] = None,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the journal lives.")] = None,
    send_test: Annotated[
        bool, typer.Option("--send-test", help="Really send a test notification to every target.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Look at radio, clock, disk, journal, power, servers and notifications; exit code 1 on a fault."""
    ground = Ground(data=data_directory(data), config=config, send_test=send_test)
    found = asyncio.run(examine(ground))
    if as_json:
        lines = [{"check": one.check, "verdict": one.verdict.value, "says": one.says} for one in found]
        typer.echo(json.dumps({"findings": lines}, indent=2, ensure_ascii=False))
    else:
        for one in found:
            typer.echo(f"{one.verdict.value:<8} {one.check:<14} {one.says}")
    if any(one.verdict is Verdict.FAULT for one in found):
        raise typer.Exit(1)


async def examine(ground: Ground, checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """What all checks found, in their order; one after the other, since some of them measure time."""
    return [finding for check in checks for finding in await check(ground)]
