"""The command `run`: a station on this computer's Bluetooth radio."""

import asyncio
import logging

import typer

from collector.clock import SECOND, Clock, LiveClock
from collector.config import data_directory, read_section
from collector.radio.adapter import Trouble
from collector.radio.bluetooth import BluetoothRadio
from collector.radio.settings import RadioSettings
from collector.radio_watch import watch_radio
from collector.station import Plan, open_station, until_over
from collector.station_cli import (
    ConfigOption,
    DataOption,
    ForOption,
    NoBrowserOption,
    PortOption,
    collect,
    plan_of,
)
from collector.supervision import Policy, either

LOOK = SECOND
BACK = "The Bluetooth radio works again."


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(run)


def run(
    *,
    config: ConfigOption = None,
    port: PortOption = None,
    for_s: ForOption = None,
    data: DataOption = None,
    no_browser: NoBrowserOption = False,
) -> None:
    """The station: radio, journal, alerts and bedside page. Without a session, prepare one on the page."""
    plan = plan_of(
        config,
        port,
        data=data_directory(data),
        clock=LiveClock(),
        for_s=for_s,
        browser=not no_browser,
    )
    settings = read_section(config, "radio", RadioSettings) if config else RadioSettings()
    asyncio.run(_run(plan, settings))


async def _run(plan: Plan, settings: RadioSettings) -> None:
    logging.getLogger("bleak").addHandler(logging.NullHandler())  # the radio tells what matters of it
    async with open_station(plan) as station:
        radio = BluetoothRadio(plan.clock, settings)
        tasks, recorder, clock = station.tasks, station.recorder, plan.clock
        tasks.start("bluetooth", radio.run, policy=Policy.RESTART)
        tasks.start("radio watch", lambda: watch_radio(recorder, radio, clock), policy=Policy.RESTART)
        collect(station, radio, seed=clock.now().running_ns)
        await either(_tell(radio, clock), until_over(station), clock=clock, name="run")


async def _tell(radio: BluetoothRadio, clock: Clock) -> None:
    """Say in the terminal what is wrong with the radio, whenever that changes."""
    await radio.looked()
    told: Trouble | None = None
    while True:
        if radio.trouble is not told:
            told = radio.trouble
            typer.echo(f"holdspace: {told.sentence if told else BACK}", err=True)
        await clock.sleep_until(clock.now().running_ns + LOOK)
