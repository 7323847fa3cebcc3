"""The commands `run` and `scan`: a station on this computer's Bluetooth, and what is in range of it."""

import asyncio
import json
import logging
from functools import partial
from random import Random
from typing import Annotated

import typer

from collector.acquisition import Acquisitions
from collector.awake import keep_awake
from collector.clock import SECOND, Clock, LiveClock
from collector.config import data_directory, read_section
from collector.device import DeviceStatus
from collector.errors import RadioDown
from collector.fitting import Candidate, Fitting
from collector.identity_watch import watch_identity
from collector.intake import Surroundings
from collector.radio.adapter import Trouble
from collector.radio.bluetooth import BluetoothRadio
from collector.radio.settings import RadioSettings
from collector.radio_watch import watch_radio
from collector.reading import Reading
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
from collector.supervision import Policy, Supervisor, either

LOOK = SECOND
HEAD = f"{'address':<18} {'name':<20} {'family':<14} {'signal':>6} {'SpO2':>6} {'pulse':>6}  used"
NOTHING = "No oximeter is in range; wake it by its button or a finger, and close its maker's app on all phones."
BACK = "The Bluetooth radio works again."


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(run)
    app.command()(scan)


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


def scan(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    for_s: Annotated[float, typer.Option("--for", min=1, max=600, help="Seconds to listen.")] = 15.0,
    config: ConfigOption = None,
) -> None:
    """The oximeters in range, what they say now, and which of them would be used.

    Nothing is recorded. The radio must be free: a running station shows the same list on its page.
    """
    settings = read_section(config, "radio", RadioSettings) if config else RadioSettings()
    found = asyncio.run(_scan(settings, for_s))
    if as_json:
        typer.echo(json.dumps({"oximeters": [_row(one) for one in found]}, ensure_ascii=False))
    elif found:
        typer.echo(HEAD)
        for one in found:
            typer.echo(_line(_row(one)))
    else:
        typer.echo(NOTHING, err=True)


async def _scan(settings: RadioSettings, seconds: float) -> tuple[Candidate, ...]:
    """What is in range after `seconds`; raises `RadioDown`."""
    logging.getLogger("bleak").addHandler(logging.NullHandler())
    clock = LiveClock()
    radio, random = BluetoothRadio(clock, settings), Random(clock.now().running_ns)  # noqa: S311 - jitter
    fitting = Fitting(radio, Unrecorded(), clock)
    async with Supervisor(clock, random=random) as tasks:
        tasks.start("bluetooth", radio.run, policy=Policy.ESCALATE)
        tasks.start("fitting list", fitting.run, policy=Policy.ESCALATE)
        await radio.looked()
        around = Surroundings(radio=radio, recording=fitting, clock=clock, random=random)
        acquisitions, end = Acquisitions(tasks, around), clock.now().running_ns + int(seconds * SECOND)
        while clock.now().running_ns < end and radio.trouble is None:
            fitting.look()
            acquisitions.follow(None, fitting.wanted(None))
            await clock.sleep_until(clock.now().running_ns + LOOK)
        found, trouble = fitting.candidates(None), radio.trouble
        tasks.stop()
    if trouble is not None:
        raise RadioDown(trouble.sentence)
    return found


class Unrecorded:
    """Takes readings and keeps none."""

    def reading(self, device: str, reading: Reading) -> None: ...

    def status(self, status: DeviceStatus) -> None: ...


def _row(one: Candidate) -> dict[str, object]:
    reading = one.reading
    return {
        "address": one.address,
        "name": one.name,
        "family": one.family,
        "rssi": one.rssi,
        "would_use": one.certain,
        "alike": one.alike,
        "spo2": reading.spo2 if reading else None,
        "pulse_rate": reading.pulse_rate if reading else None,
        "battery": reading.battery if reading else None,
        "flags": sorted(reading.flags) if reading else [],
    }


def _line(row: dict[str, object]) -> str:
    numbers = [_number(row[key]) for key in ("rssi", "spo2", "pulse_rate")]
    use = "yes" if row["would_use"] else "if chosen"
    return (
        f"{row['address']:<18} {row['name']:<20.20} {row['family']:<14} "
        + " ".join(f"{number:>6}" for number in numbers)
        + f"  {use}"
    )


def _number(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, int | float) else "-"


async def _run(plan: Plan, settings: RadioSettings) -> None:
    logging.getLogger("bleak").addHandler(logging.NullHandler())  # the radio tells what matters of it
    radio = BluetoothRadio(plan.clock, settings)
    async with open_station(plan, radio) as station:
        tasks, recorder, clock = station.tasks, station.recorder, plan.clock
        tasks.start("bluetooth", radio.run, policy=Policy.RESTART)
        tasks.start("radio watch", lambda: watch_radio(recorder, radio, clock), policy=Policy.RESTART)
        if (fitting := station.fitting) is not None:
            watch = partial(watch_identity, recorder, fitting, clock)
            tasks.start("identity watch", watch, policy=Policy.RESTART)
        tasks.start("awake", lambda: keep_awake(recorder, clock), policy=Policy.RESTART)
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
