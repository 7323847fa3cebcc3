"""How soon a clip is read again: after losses at random, and after each failure of the catalogue.

The first in the simulation and on the real bleak against a fake bluetoothd; both in session seconds from the
moment at which the clip can be connected again to its next reading with a number.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from random import Random

import structlog

from collector.acquisition import acquire
from collector.clock import SECOND, ManualClock
from collector.intake import Surroundings
from collector.radio.scenario import Event, Kind, Scenario
from collector.radio.simulated import SimulatedRadio
from tests.benchmarks.table import Row, quantile, spread
from tests.collector.radio.world import Recorded, elapse
from tests.radio.failures import FAILURES, Failure
from tests.radio.scene import Scene, scene

SEATS = ("plx", "viatom_oxy", "viatom_aa55")
# Reconnect after a clip can be connected again: median, 95 %, all.
MEDIAN_S, MOST_S, ALL_S = 4.0, 15.0, 60.0
AWAY_S = (1.0, 60.0)
APART_S = (20.0, 30.0)


def run(short: bool) -> Iterable[Row]:
    """Losses in the simulation, losses on the fake bluetoothd, failures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)  # what is broken on purpose is no news
    yield _row("in the simulation", asyncio.run(_simulated(20 if short else 200)))
    yield _row("bleak on a fake bluetoothd", asyncio.run(_lost(4 if short else 20)))
    yield from _failures(FAILURES[::4] if short else FAILURES)


def _row(where: str, took: list[float]) -> Row:
    met = quantile(took, 0.5) <= MEDIAN_S and quantile(took, 0.95) <= MOST_S and max(took) <= ALL_S
    return Row(
        bench="radio",
        measured=f"reconnect after a loss, {where}",
        promised=f"p50 {MEDIAN_S:g}, p95 {MOST_S:g}, max {ALL_S:g} s",
        value=f"{quantile(took, 0.5):.1f} s",
        spread=spread(took, "s"),
        met=met,
    )


async def _simulated(losses: int) -> list[float]:
    """Seconds to the first reading after each of so many losses, over a few clips."""
    random, clock, recorded = Random(5), ManualClock(), Recorded()
    events = tuple(
        Event(at=at, for_s=away, seat=seat, kind=Kind.LINK_LOST)
        for seat in "ABC"
        for at, away in _times(random, losses // 3)
    )
    scenario = Scenario(participants=3, families=dict(zip("ABC", SEATS, strict=True)), events=events)
    radio = SimulatedRadio(clock, scenario)
    begun = clock.now().running_ns
    around = Surroundings(radio=radio, recording=recorded, clock=clock, random=random)
    async with asyncio.TaskGroup() as group:
        work = [group.create_task(radio.run())]
        work += [group.create_task(acquire(device, around)) for device in radio.devices]
        await elapse(clock, max(event.until for event in events) + ALL_S)
        for task in work:
            task.cancel()
    return [
        _first(recorded, radio.devices["ABC".index(event.seat)].address, begun, event.until)
        for event in events
    ]


def _times(random: Random, count: int) -> Iterator[tuple[float, float]]:
    at = 0.0
    for _ in range(count):
        at += random.uniform(*APART_S)
        away = random.uniform(*AWAY_S)
        yield at, away
        at += away


def _first(recorded: Recorded, address: str, begun: int, until: float) -> float:
    back = begun + int(until * SECOND)
    readings = recorded.by_device.get(address, [])
    first = next((r.at.running_ns for r in readings if r.valid and r.at.running_ns >= back), None)
    return float("inf") if first is None else (first - back) / SECOND


async def _lost(rounds: int) -> list[float]:
    """The same for three clips that are lost together, on the real bleak."""
    random, took = Random(6), []
    async with scene(families=SEATS) as stage:
        await stage.flowing()
        for _ in range(rounds):
            took += await _round(stage, random)
    return took


async def _round(stage: Scene, random: Random) -> list[float]:
    away = {clip: random.uniform(*AWAY_S) for clip in stage.clips}
    for clip in away:
        clip.away = True
    began, took = stage.now, []
    for clip in sorted(away, key=lambda clip: away[clip]):
        await stage.elapse(max(0.0, began + away[clip] - stage.now))
        clip.away = False
        took.append(await stage.flowing(clip, within=ALL_S * 2))
    await stage.flowing()
    return took


def _failures(failures: Iterable[Failure]) -> Iterator[Row]:
    for failure in failures:
        took = asyncio.run(_struck(failure))
        yield Row(
            bench="radio",
            measured=f"row {failure.row}: {failure.what}",
            promised=f"{failure.within:g} s",
            value=f"{took:.1f} s",
            met=took <= failure.within,
        )


async def _struck(failure: Failure) -> float:
    async with scene(families=failure.families, arrange=failure.arrange) as stage:
        if not failure.from_start:
            await stage.flowing()
        await failure.strike(stage)
        return await stage.flowing(within=ALL_S * 2)
