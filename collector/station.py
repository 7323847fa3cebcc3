"""The running station: `demo`, `run` and `replay`. Composition root together with `__main__`.

Wires journal, recorder, alerts, page and whatever brings the readings in, in dependency order, as tasks of
one group; ends them in reverse. Straight-line on purpose: what depends on what can be read top to bottom.
"""

import asyncio
import signal
import uuid
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from alerts.condition import Family
from alerts.rules import Rules, load_rules
from alerts.service import Alerts
from alerts.settings import AlertsSettings
from alerts.store import archived
from collector.clock import SECOND, Clock, LiveClock, ManualClock, pace
from collector.commands import Bind, End, Prepare, Start
from collector.config import data_directory, read_config
from collector.errors import Unavailable
from collector.feed import Feed
from collector.journal.archive import Archive
from collector.journal.store import Journal
from collector.radio.scenario import Scenario, load_scenario
from collector.radio.simulated import SimulatedRadio
from collector.recorder import Recorder
from collector.replaying import Played, play, played
from collector.service import start_collecting, start_store_watch
from collector.session import SEATS, Phase, Source
from collector.supervision import Policy, Supervisor, either
from dashboards.bedside.app import Limits
from dashboards.service import serve
from dashboards.settings import PageSettings

DEMO_FOLDER = "demo"
# Turns of the loop in which the last entries reach the engine and its events the recorder.
LAST_TURNS = 16

DataOption = Annotated[Path | None, typer.Option("--data", help="Data directory of the journal.")]
PortOption = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port of the page; 0 takes a free one.")
]
SpeedOption = Annotated[float, typer.Option(min=0.1, max=600, help="Session seconds per second.")]
ForOption = Annotated[
    float | None, typer.Option("--for", min=1, help="End after so many seconds of session.")
]
NoBrowserOption = Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="holdspace.toml to read.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a station is asked to be."""

    data: Path
    clock: Clock
    rules: Rules
    page: PageSettings
    speed: float = 1.0
    browser: bool = False
    for_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """The parts of a station that is up."""

    plan: Plan
    journal: Journal
    feed: Feed
    recorder: Recorder
    tasks: Supervisor


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(demo)
    app.command()(run)
    app.command()(replay)


def demo(  # noqa: PLR0913 - the options of a command
    *,
    participants: Annotated[int | None, typer.Option(min=1, max=32)] = None,
    scenario: Annotated[str, typer.Option(help="Name of a scenario, or a .toml file.")] = "mixed",
    speed: SpeedOption = 1.0,
    port: PortOption = None,
    for_s: ForOption = None,
    data: DataOption = None,
    no_browser: NoBrowserOption = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same session.")] = 1,
) -> None:
    """A whole session on simulated oximeters, through the real decoders, journal, alerts and page."""
    plan = _plan(None, port, speed=speed, for_s=for_s, browser=not no_browser, data=_apart(data))
    asyncio.run(_demo(plan, load_scenario(scenario), participants, seed))


def run(*, config: ConfigOption = None, data: DataOption = None) -> None:
    """The station: radio, journal, alerts and bedside page."""
    _plan(config, None, data=data_directory(data))
    raise Unavailable(
        "The Bluetooth radio comes with a later version; `holdspace demo` runs a whole session "
        "on simulated oximeters, `holdspace replay FILE` on a recording."
    )


def replay(
    what: Annotated[str, typer.Argument(metavar="FILE_OR_SESSION")],
    *,
    speed: SpeedOption = 1.0,
    port: PortOption = None,
    data: DataOption = None,
    no_browser: NoBrowserOption = False,
) -> None:
    """Play a recording, a capture or a recorded session as if live, page and alerts included."""
    plan = _plan(None, port, speed=speed, browser=not no_browser, data=_apart(data))
    with Archive(data_directory(data)) as archive:
        asyncio.run(_replay(plan, played(archive, what)))


async def _demo(plan: Plan, scenario: Scenario, participants: int | None, seed: int) -> None:
    async with _station(plan) as station, _ending(station):
        radio = SimulatedRadio(plan.clock, scenario, seed=seed, participants=participants)
        station.tasks.start("simulated clips", radio.run, policy=Policy.ESCALATE)
        start_collecting(
            station.tasks,
            radio=radio,
            recorder=station.recorder,
            journal=station.journal,
            feed=station.feed,
            clock=plan.clock,
            random=Random(seed),  # noqa: S311 - jitter of pauses
        )
        worn = dict(zip(SEATS, radio.devices, strict=False))
        roster = {seat: f"P-{number:02}" for number, seat in enumerate(worn, 1)}
        _begin(
            station, Prepare(roster=roster, title=scenario.title, source=Source.DEMO, speed=plan.speed)
        )
        for seat, device in worn.items():
            station.recorder.execute(
                Bind(
                    seat=seat,
                    participant=roster[seat],
                    device=device.address,
                    family=device.family,
                    name=device.name,
                )
            )
        station.recorder.execute(Start())
        await _until_over(station)


async def _replay(plan: Plan, recording: Played) -> None:
    async with _station(plan) as station, _ending(station):
        start_store_watch(
            station.tasks, recorder=station.recorder, journal=station.journal, clock=plan.clock
        )
        _begin(station, recording.prepare(plan.speed))
        await either(
            play(recording, station.recorder, plan.clock),
            _until_over(station),
            clock=plan.clock,
            name="replay",
        )


@asynccontextmanager
async def _station(plan: Plan) -> AsyncIterator[Station]:
    """A station that is up: journal, alerts, page, and time that passes."""
    async with (
        Journal(plan.data) as journal,
        Supervisor(plan.clock, random=Random()) as tasks,  # noqa: S311 - jitter of pauses
    ):
        feed = Feed()
        recorder = Recorder(journal, feed, plan.clock)
        alerts = Alerts(
            plan.rules,
            recorder=recorder,
            journal=journal,
            feed=feed,
            clock=plan.clock,
            past=archived(plan.data),
        )
        tasks.start("alerts", alerts.run, policy=Policy.ESCALATE)
        up = asyncio.Event()
        tasks.start(
            "page",
            lambda: serve(
                recorder=recorder,
                acknowledge=alerts.acknowledge,
                feed=feed,
                clock=plan.clock,
                speed=plan.speed,
                settings=plan.page,
                limits=_limits(plan.rules),
                ready=lambda url: _announce(url, up, browser=plan.browser),
            ),
            policy=Policy.ESCALATE,
        )
        await up.wait()
        if isinstance(plan.clock, ManualClock):
            manual = plan.clock
            tasks.start("pacer", lambda: pace(manual, speed=plan.speed), policy=Policy.ESCALATE)
        try:
            yield Station(plan=plan, journal=journal, feed=feed, recorder=recorder, tasks=tasks)
        finally:
            tasks.stop()


@asynccontextmanager
async def _ending(station: Station) -> AsyncIterator[None]:
    """Leave no session open behind, and say how to look at it."""
    yield
    session = station.recorder.session
    if session is not None and session.phase is not Phase.ENDED:
        station.recorder.execute(End(by="holdspace", reason="the command ended"))
    for _ in range(LAST_TURNS):
        await asyncio.sleep(0)
    await station.journal.committed_to(station.journal.last_seq)
    if session is not None:
        typer.echo(
            f"Session {session.id} is over. Look at it: "
            f"holdspace review {session.id} --data {station.plan.data}"
        )


def _begin(station: Station, prepare: Prepare) -> None:
    """Prepare a session; one that a killed demo left open is ended first."""
    left = station.recorder.session
    if left is not None and left.phase is not Phase.ENDED:
        station.recorder.execute(End(by="holdspace", reason="left open by a station that stopped"))
    station.recorder.execute(prepare)


async def _until_over(station: Station) -> None:
    """Return at the first signal to stop, or when the asked session time is over."""
    clock, for_s = station.plan.clock, station.plan.for_s
    stopped = asyncio.Event()
    _on_signals(stopped.set)
    if for_s is None:
        await stopped.wait()
    else:
        end = clock.now().running_ns + int(for_s * SECOND)
        await either(stopped.wait(), clock.sleep_until(end), clock=clock, name="end of session")


def _on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows: its loops have no signal handlers
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def _announce(url: str, up: asyncio.Event, *, browser: bool) -> None:
    typer.echo(f"Bedside page: {url}   (Ctrl+C ends the session)")
    if browser:
        webbrowser.open(url)
    up.set()


def _apart(data: Path | None) -> Path:
    """Where demos and replays are kept: never in the real journal."""
    return data if data is not None else data_directory(None) / DEMO_FOLDER


def _plan(  # noqa: PLR0913 - the options of three commands, each by name
    config: Path | None,
    port: int | None,
    *,
    data: Path,
    speed: float = 1.0,
    for_s: float | None = None,
    browser: bool = False,
) -> Plan:
    sections = read_config(config, {"page": PageSettings, "alerts": AlertsSettings})
    page, alerts = sections.of(PageSettings), sections.of(AlertsSettings)
    return Plan(
        data=data,
        clock=ManualClock(utc_ns=LiveClock().now().utc_ns, boot=f"played-{uuid.uuid4()}"),
        rules=load_rules(alerts.rules) if alerts.rules else load_rules(),
        page=page if port is None else page.model_copy(update={"port": port}),
        speed=speed,
        browser=browser,
        for_s=for_s,
    )


def _limits(rules: Rules) -> Limits:
    """The limits as the page prints and draws them."""
    levels = {family.family: [level.limit for level in family.levels] for family in rules.vitals}
    return Limits(
        spo2=tuple(levels.get(Family.SPO2_LOW, ())),
        pulse_low=next(iter(levels.get(Family.HR_LOW, ())), None),
        pulse_high=next(iter(levels.get(Family.HR_HIGH, ())), None),
        confirmed_by=rules.approved_by,
    )
