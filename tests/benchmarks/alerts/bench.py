"""`python3 start.py bench alerts`: the figures that are promised, and the page with all of them."""

from collections.abc import Iterable, Iterator

from alerts.condition import Level
from tests.benchmarks.alerts import figures
from tests.benchmarks.alerts.campaign import OURS, Campaign, campaign
from tests.benchmarks.alerts.score import Silence
from tests.benchmarks.table import Row, quantile, spread


def run(short: bool) -> Iterable[Row]:
    """Measure, write the tables to docs/figures.md (not when `short`), and give the promised figures."""
    found = campaign(short)
    rows = list(promised(found))
    print(figures.write(rows, found, short=short))
    return rows


def promised(found: Campaign) -> Iterator[Row]:
    """The figures that are promised."""
    falls = [*found.falling, *([found.recordings] if found.recordings else [])]
    mine = [
        (limit.delay, score)
        for one in falls
        for (who, limit), score in one.scores.items()
        if who == OURS
    ]
    mine += [(crossing.delay, score) for crossing, score in found.own.scores.items()]
    runs, told = sum(score.runs for _, score in mine), sum(score.told for _, score in mine)
    yield Row(
        bench="alerts",
        measured="runs beyond a limit for delay + 1 s that were told by then",
        promised="100 %",
        value=f"{100 * told / runs:.2f} %",
        spread=f"{told} of {runs}",
        met=told == runs,
    )
    over = [shown - delay / 1000 for delay, score in mine for shown in score.shown]
    yield Row(
        bench="alerts",
        measured="given out after first reading beyond the limit, more than the delay, max",
        promised="<= 2 s",
        value=f"{max(over):.2f} s",
        spread=spread(over, "s"),
        met=max(over) <= 2,
    )
    every = [one.burden for one in (*falls, *found.quiet, *found.moving, found.silences)]
    every += [found.own.burden, *(one.burden for one in found.nearby)]
    unfounded, hours = sum(one.unfounded for one in every), sum(one.hours for one in every)
    yield Row(
        bench="alerts",
        measured="courses with an end that no good data preceded",
        promised="0",
        value=str(unfounded),
        spread=f"in {hours:.0f} participant-hours",
        met=unfounded == 0,
    )
    yield from _burden(found)
    yield from _silence(found.silences.silence)
    yield from _cost(found.cost_us)


def _burden(found: Campaign) -> Iterator[Row]:
    hours = sum(one.burden.hours for one in found.quiet)
    urgent = sum(one.burden.hourly(Level.URGENT) * one.burden.hours for one in found.quiet)
    yield Row(
        bench="alerts",
        measured="false urgent announcements per participant-hour, noise and dropouts, true 94 to 98",
        promised="<= 0.1",
        value=f"{urgent / hours:.3f}",
        spread=f"{urgent:.0f} in {hours:.0f} h",
        met=urgent / hours <= 0.1,
    )


def _silence(silence: Silence) -> Iterator[Row]:
    yield Row(
        bench="alerts",
        measured="silences told within 17 s, and as urgent within 122 s after a dose",
        promised="100 %",
        value=f"{100 * silence.told / silence.silences:.2f} %",
        spread=f"{silence.told} of {silence.silences}, urgent {silence.urgent_told} of {silence.urgent}",
        met=(silence.told, silence.urgent_told) == (silence.silences, silence.urgent),
    )


def _cost(cost_us: dict[str, list[float]]) -> Iterator[Row]:
    for kind, took in cost_us.items():
        median = quantile(took, 0.5)
        yield Row(
            bench="alerts",
            measured=f"engine, CPU time per reading, every family on, 12 {kind} seats, median",
            promised="<= 25 us" if kind == "calm" else "",
            value=f"{median:.1f} us",
            spread=spread(took, "us"),
            met=median <= 25 if kind == "calm" else None,
        )
