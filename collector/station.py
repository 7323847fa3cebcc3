"""The running station: composition root together with `__main__` and `station_cli`.

Wires journal, recorder, alerts, page and whatever brings the readings in, in dependency order, as tasks of
one group; ends them in reverse. Straight-line on purpose: what depends on what can be read top to bottom.
"""

import asyncio
import contextlib
import os
import signal
import sys
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import typer

from alerts.accepting import Accepting
from alerts.audience import Audience
from alerts.condition import Family
from alerts.dispatch import Dispatch
from alerts.rules import Rules
from alerts.service import Alerts
from alerts.settings import AlertsSettings
from alerts.store import Past, archived
from collector.clock import SECOND, Clock, LiveClock, ManualClock, pace
from collector.commands import End, Prepare
from collector.entry import READING, Entry
from collector.feed import Feed
from collector.fitting import Fitting, OwnRadio
from collector.journal.store import Journal
from collector.recorder import Recorder
from collector.session import Phase, Session, Source
from collector.settings import SinkSettings
from collector.sinks import station_name
from collector.sinks.service import Sinks, recorded, start_sinks
from collector.supervision import Policy, Supervisor, either
from dashboards.bedside.app import Limits
from dashboards.bedside.tile import TRACE_S
from dashboards.service import follow, listen, serve
from dashboards.settings import PageSettings

# Real seconds in which the last entries are saved; a sick disk must not keep the command from ending.
LAST_SAVE_S = 5.0
# The last notifications are handed over to the companion.
HAND_OVER_S = 1.0
# The last rows go to the sinks, if they take them; what is left goes at the next start.
LAST_DELIVERY_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a station is asked to be."""

    data: Path
    clock: Clock
    rules: Rules
    page: PageSettings
    alerts: AlertsSettings
    name: str = "holdspace"
    sinks: Mapping[str, SinkSettings] = field(default_factory=dict)
    config: Path | None = None
    speed: float = 1.0
    source: Source = Source.LIVE
    browser: bool = False
    for_s: float | None = None

    @property
    def is_real(self) -> bool:
        """Whether people are watched: then what was left open by a crash goes on."""
        return self.source is Source.LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """The parts of a station that is up."""

    plan: Plan
    journal: Journal
    feed: Feed
    recorder: Recorder
    alerts: Alerts
    dispatch: Dispatch | None
    sinks: Sinks
    tasks: Supervisor
    fitting: Fitting | None
    kept: asyncio.Event  # set: an open session stays open, for the next run to go on with

    def begin(self, prepare: Prepare) -> None:
        """Prepare a session; one that a killed station of this kind left open is ended first."""
        self.end_left()
        self.recorder.execute(prepare)

    def end_left(self) -> None:
        """End what a killed station left open."""
        if self.recorder.session is not None and self.recorder.session.phase is not Phase.ENDED:
            self.recorder.execute(End(by="holdspace", reason="left open by a station that stopped"))


@asynccontextmanager
async def open_station(plan: Plan, radio: OwnRadio | None = None) -> AsyncIterator[Station]:
    """A station that is up: journal, alerts, page, and time that passes.

    With a `radio` of its own there is a list of the clips in range, and a page for it.
    It goes on with a session that was left open, and leaves none open unless `kept` is set.
    """
    listen(plan.page.host, plan.page.port).close()  # refuse before a journal is made
    async with (
        Journal(plan.data) as journal,
        Supervisor(plan.clock, random=Random()) as tasks,  # noqa: S311 - jitter of pauses
    ):
        feed = Feed()
        recorder = Recorder(journal, feed, plan.clock)
        former = recorder.session
        fitting = Fitting(radio, recorder, plan.clock) if radio else None
        dispatch = _dispatch(plan, recorder, journal, feed)
        past = archived(plan.data)
        seed = list(_recent(past, recorder.session)) if plan.is_real else []
        entries = follow(feed)  # before the alerts, which record at once what happened meanwhile
        alerts = Alerts(
            plan.rules,
            recorder=recorder,
            journal=journal,
            feed=feed,
            clock=plan.clock,
            past=past,
        )
        tasks.start("alerts", alerts.run, policy=Policy.ESCALATE)
        if dispatch is not None:
            dispatch.start(tasks, alerts)
        audience = Audience(recorder=recorder, clock=plan.clock, real=LiveClock())
        tasks.start("audience", audience.run, policy=Policy.RESTART)
        sinks = start_sinks(
            tasks,
            plan.sinks,
            station=station_name(plan.name, plan.source),
            recorder=recorder,
            journal=journal,
            feed=feed,
            clock=plan.clock,
            past=recorded(plan.data),
        )
        up, stopping = asyncio.Event(), asyncio.Event()
        tasks.start(
            "page",
            lambda: serve(
                recorder=recorder,
                alerts=alerts,
                entries=entries,
                seed=seed,
                clock=plan.clock,
                speed=plan.speed,
                source=plan.source,
                stopping=stopping,
                settings=plan.page,
                limits=_limits(plan.rules),
                ready=lambda url: _announce(url, up, browser=plan.browser),
                arrived=dispatch.delivery.confirm if dispatch else None,
                watched=audience.pages,
                clips=fitting,
                overrides=plan.rules.overrides,
                # Demo and replay begin by themselves: nobody is there to accept anything.
                accepting=Accepting(recorder, plan.clock) if plan.is_real else None,
            ),
            policy=Policy.ESCALATE,
        )
        await up.wait()
        if isinstance(plan.clock, ManualClock):
            manual = plan.clock
            tasks.start("pacer", lambda: pace(manual, speed=plan.speed), policy=Policy.ESCALATE)
        station = Station(
            plan=plan,
            journal=journal,
            feed=feed,
            recorder=recorder,
            alerts=alerts,
            dispatch=dispatch,
            sinks=sinks,
            tasks=tasks,
            fitting=fitting,
            kept=asyncio.Event(),
        )
        if plan.is_real and recorder.session is not None and recorder.session.source is not Source.LIVE:
            station.end_left()  # a demo or replay: people are not watched by going on with it
        try:
            yield station
            # A session that was over before is not told of again.
            if former is None or former.phase is not Phase.ENDED or recorder.session is not former:
                await _end(station)
            if not station.kept.is_set():
                stopping.set()  # not after a failure: then the pages are to say that they hear nothing
        finally:
            tasks.stop()


def _recent(past: Past, session: Session | None) -> Iterator[Entry]:
    """What the page has to know of an open session: all but the readings older than its traces."""
    if session is None or session.phase is Phase.ENDED:
        return
    newest = max((entry.instant.utc_ns for entry in past(session.id, 0)), default=0)
    for entry in past(session.id, 0):
        if entry.kind != READING or newest - entry.instant.utc_ns <= TRACE_S * SECOND:
            yield entry


def _dispatch(plan: Plan, recorder: Recorder, journal: Journal, feed: Feed) -> Dispatch | None:
    """What delivers notifications; None when nobody is to be told."""
    if not plan.alerts.targets or plan.config is None:
        return None
    return Dispatch(
        plan.alerts,
        config=plan.config,
        data=plan.data,
        recorder=recorder,
        journal=journal,
        feed=feed,
        clock=plan.clock,
    )


async def _end(station: Station) -> None:
    """End the session if it is open, have all of it saved, and say how to look at it."""
    session = station.recorder.session
    if session is None:
        return
    over = session.phase is Phase.ENDED
    if not over and not station.kept.is_set():
        station.recorder.execute(End(by="holdspace", reason="the command ended"))
    station.alerts.turn()
    if station.dispatch is not None:
        await station.dispatch.delivery.settle(HAND_OVER_S)
    with contextlib.suppress(TimeoutError):  # leaving the journal then says what was not saved
        async with asyncio.timeout(LAST_SAVE_S):
            await station.journal.committed_to(station.journal.last_seq)
            await station.sinks.settle(LAST_DELIVERY_S)
    if not over and station.kept.is_set():
        typer.echo(f"Session {session.id} stays open: the next holdspace run goes on with it.")
        return
    look = f"holdspace review {session.id} --data {station.plan.data}"
    typer.echo(f"Session {session.id} is over. Look at it: {look}")


async def until_over(station: Station) -> None:
    """Return at the first signal to stop, or when the asked session time is over.

    A person who stops a station ends its session; a system that restarts it (SIGTERM) does not.
    """
    clock, for_s = station.plan.clock, station.plan.for_s
    stopped = asyncio.Event()

    def stop(number: int) -> None:
        if number == signal.SIGTERM and station.plan.is_real:
            station.kept.set()
        stopped.set()

    _on_signals(stop)
    if for_s is None:
        await stopped.wait()
    else:
        end = clock.now().running_ns + int(for_s * SECOND)
        await either(stopped.wait(), clock.sleep_until(end), clock=clock, name="end of session")


def _on_signals(stop: Callable[[int], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows: its loops have no signal handlers
            signal.signal(number, lambda number, _: loop.call_soon_threadsafe(stop, number))


def _announce(url: str, up: asyncio.Event, *, browser: bool) -> None:
    typer.echo(f"Bedside page: {url}   (Ctrl+C ends the session)")
    if browser and _has_a_screen():
        webbrowser.open(url)
    up.set()


def _has_a_screen() -> bool:
    """Whether a browser would open in a window; in a bare terminal it would take the terminal over."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _limits(rules: Rules) -> Limits:
    """The limits as the page prints and draws them."""
    levels = {family.family: [level.limit for level in family.levels] for family in rules.vitals}
    return Limits(
        spo2=tuple(levels.get(Family.SPO2_LOW, ())),
        pulse_low=next(iter(levels.get(Family.HR_LOW, ())), None),
        pulse_high=next(iter(levels.get(Family.HR_HIGH, ())), None),
        confirmed_by=rules.approved_by,
        pressure=bool(rules.pressure_minutes),
    )
