"""The commands `demo` and `replay`: their options, and what each adds to a station."""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from alerts.rules import load_rules
from alerts.settings import AlertsSettings
from collector.clock import SECOND, Clock, LiveClock, ManualClock
from collector.commands import Bind, Mark, Prepare, Start
from collector.config import Section, data_directory, read_config
from collector.device import Device
from collector.devices import by_family
from collector.errors import BadInput, JournalError, Refused
from collector.importing import import_files
from collector.journal.archive import Archive
from collector.journal.file import NAME
from collector.journal.finding import find_session
from collector.radio.base import Radio
from collector.radio.captured import CapturedRadio
from collector.radio.scenario import Scenario, load_scenario
from collector.radio.settings import RadioSettings
from collector.radio.simulated import SimulatedRadio
from collector.recordings import capture
from collector.recordings.capture import is_capture
from collector.recordings.family import family_of
from collector.replaying import Played, play, played
from collector.service import start_collecting, start_store_watch
from collector.session import SEATS, Source
from collector.settings import RetentionSettings, StationSettings
from collector.sinks import SINKS
from collector.station import Plan, Station, open_station, until_over
from collector.supervision import Policy, either
from dashboards.settings import PageSettings

DEMO_FOLDER = "demo"
LONGEST_S = 7 * 24 * 3600.0
SIMULATOR = "simulator"

SECTIONS: dict[str, type[Section]] = {
    "page": PageSettings,
    "alerts": AlertsSettings,
    "radio": RadioSettings,
    "station": StationSettings,
    "retention": RetentionSettings,  # of `erase`; here so that the section is no unknown one
}

DataOption = Annotated[Path | None, typer.Option("--data", help="Data directory of the journal.")]
PortOption = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port of the page; 0 takes a free one.")
]
SpeedOption = Annotated[float, typer.Option(min=0.1, max=600, help="Session seconds per second.")]
ForOption = Annotated[
    float | None,
    typer.Option("--for", min=1, max=LONGEST_S, help="End after so many seconds of session."),
]
NoBrowserOption = Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="holdspace.toml to read.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(demo)
    app.command()(replay)


def demo(  # noqa: PLR0913 - the options of a command
    *,
    participants: Annotated[int | None, typer.Option(min=1, max=32)] = None,
    scenario: Annotated[str, typer.Option(help="Name of a scenario, or a .toml file.")] = "mixed",
    speed: SpeedOption = 1.0,
    port: PortOption = None,
    for_s: ForOption = None,
    data: DataOption = None,
    config: ConfigOption = None,
    no_browser: NoBrowserOption = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same session.")] = 1,
) -> None:
    """A whole session on simulated oximeters, through the real decoders, journal, alerts and page."""
    plan = plan_of(config, port, speed=speed, for_s=for_s, browser=not no_browser, data=_apart(data))
    plan = replace(plan, source=Source.DEMO)
    asyncio.run(_demo(plan, load_scenario(scenario), participants, seed))


def replay(  # noqa: PLR0913 - the options of a command
    what: Annotated[str, typer.Argument(metavar="FILE_OR_SESSION")],
    *,
    speed: SpeedOption = 1.0,
    port: PortOption = None,
    for_s: ForOption = None,
    data: DataOption = None,
    config: ConfigOption = None,
    no_browser: NoBrowserOption = False,
) -> None:
    """Play a recording, a capture or a recorded session as if live, page and alerts included."""
    plan = plan_of(config, port, speed=speed, for_s=for_s, browser=not no_browser, data=_apart(data))
    plan = replace(plan, source=Source.REPLAY)
    file = Path(what)
    if not file.exists() and (file.suffix or len(file.parts) > 1):
        raise BadInput(f"There is no file {file}.")
    if not file.exists():
        with Archive(_holding(what, data)) as archive:
            asyncio.run(_replay(plan, played(archive, what)))
    elif is_capture(file):
        asyncio.run(_replay_capture(plan, file))
    else:
        with TemporaryDirectory() as folder:
            session = import_files([file], directory=Path(folder)).session
            with Archive(Path(folder)) as archive:
                asyncio.run(_replay(plan, played(archive, session)))


async def _demo(plan: Plan, scenario: Scenario, participants: int | None, seed: int) -> None:
    async with open_station(plan) as station:
        radio = SimulatedRadio(plan.clock, scenario, seed=seed, participants=participants)
        station.tasks.start("simulated clips", radio.run, policy=Policy.ESCALATE)
        collect(station, radio, seed=seed)
        worn = dict(zip(SEATS, radio.devices, strict=False))
        roster = {seat: f"P-{number:02}" for number, seat in enumerate(worn, 1)}
        station.begin(
            Prepare(roster=roster, title=scenario.title, source=Source.DEMO, speed=plan.speed)
        )
        _wear(station, worn)
        if (dose_at := scenario.dose_at) is not None:
            station.tasks.start("dose", lambda: _dose(station, dose_at), policy=Policy.ESCALATE)
        await until_over(station)


async def _dose(station: Station, after_s: float) -> None:
    """Mark the dose that the simulated people react to, unless the session is over by then."""
    clock = station.plan.clock
    await clock.sleep_until(clock.now().running_ns + int(after_s * SECOND))
    with contextlib.suppress(Refused):
        station.recorder.execute(Mark(what="dose", text="sublingual, simulated", by=SIMULATOR))


async def _replay(plan: Plan, recording: Played) -> None:
    async with open_station(plan) as station:
        start_store_watch(
            station.tasks, recorder=station.recorder, journal=station.journal, clock=plan.clock
        )
        station.begin(recording.prepare(plan.speed))
        await either(
            play(recording, station.recorder, plan.clock),
            until_over(station),
            clock=plan.clock,
            name="replay",
        )


async def _replay_capture(plan: Plan, file: Path) -> None:
    taken = capture.read(file)
    driver = by_family(family_of(file, taken))
    if driver is None:
        raise BadInput(
            f"{file} holds no readings of an oximeter; `holdspace decode` shows what it holds."
        )
    device = Device(address=taken.address or file.name, name=taken.name, family=driver.family)
    async with open_station(plan) as station:
        services = taken.services or driver.services
        radio = CapturedRadio(plan.clock, device, taken.moments, services=services)
        station.tasks.start("capture", radio.run, policy=Policy.ESCALATE)
        collect(station, radio, seed=1)
        station.begin(
            Prepare(roster={"A": "P1"}, title=file.name, source=Source.REPLAY, speed=plan.speed)
        )
        _wear(station, {"A": device})
        await either(
            radio.finished.wait(), until_over(station), clock=plan.clock, name="replay of a capture"
        )


def collect(station: Station, radio: Radio, *, seed: int) -> None:
    """Begin to bring in over `radio` what the session binds."""
    start_collecting(
        station.tasks,
        radio=radio,
        recorder=station.recorder,
        journal=station.journal,
        feed=station.feed,
        clock=station.plan.clock,
        random=Random(seed),  # noqa: S311 - jitter of pauses
        fitting=station.fitting,
    )


def _wear(station: Station, worn: Mapping[str, Device]) -> None:
    """Bind each device to the participant on its seat, and start."""
    session = station.recorder.session
    for seat, device in worn.items():
        station.recorder.execute(
            Bind(
                seat=seat,
                participant=session.roster[seat] if session else "",
                device=device.address,
                family=device.family,
                name=device.name,
            )
        )
    station.recorder.execute(Start())


def _holding(session: str, data: Path | None) -> Path:
    """The directory whose journal holds `session`: the one asked for, else real sessions before demos."""
    real = data_directory(data)
    for directory in (real, real / DEMO_FOLDER):
        with contextlib.suppress(BadInput, JournalError), Archive(directory) as archive:
            find_session(archive, session)
            return directory
    if not (real / NAME).exists():
        raise BadInput(f"There is no file {session}, and no session of that name in {real}.")
    return real  # its refusal says more


def _apart(data: Path | None) -> Path:
    """Where demos and replays are kept: never in the real journal."""
    return data if data is not None else data_directory(None) / DEMO_FOLDER


def plan_of(  # noqa: PLR0913 - the options of three commands, each by name
    config: Path | None,
    port: int | None,
    *,
    data: Path,
    clock: Clock | None = None,
    speed: float = 1.0,
    for_s: float | None = None,
    browser: bool = False,
) -> Plan:
    """What the options and the configuration ask for; without `clock` on played time."""
    of_sinks = {name: kind.settings for name, kind in SINKS.items()}
    sections = read_config(config, SECTIONS | of_sinks)
    page, alerts = sections.of(PageSettings), sections.of(AlertsSettings)
    sinks = {name: sections.of(model) for name, model in of_sinks.items()}
    return Plan(
        data=data,
        clock=clock or ManualClock(utc_ns=LiveClock().now().utc_ns, boot=f"played-{uuid.uuid4()}"),
        rules=load_rules(alerts.rules) if alerts.rules else load_rules(),
        alerts=alerts,
        name=sections.of(StationSettings).name,
        sinks={name: settings for name, settings in sinks.items() if settings.configured},
        config=config,
        page=page if port is None else page.model_copy(update={"port": port}),
        speed=speed,
        browser=browser,
        for_s=for_s,
    )
