"""The figures of one participant's report, over the whole time in which readings were due."""

from dataclasses import dataclass

import numpy as np

from dashboards.review.episodes import Episode, Run, gaps, runs, threshold_episodes
from dashboards.review.grid import Flags, Grid, hold
from dashboards.review.load import Record
from dashboards.review.metrics import (
    completeness,
    k600,
    lowest_sustained,
    marks,
    peak_pulse,
    phase_numbers,
    resting_pulse,
    timed_numbers,
)

INCOMPLETE_PCT, TOO_LITTLE_PCT = 70.0, 50.0
# The windows after a dose in which esketamine programmes look (review.md 3 and 7.1), in minutes.
PHASE_MINUTES = (0, 40, 120)
EPISODE_LIMITS = (94, 90, 85)  # those of the shipped rules
NEAR_S, AHEAD_S = 30, 600  # around a marker: median of +-30 s, lowest of the next 10 min

Value = tuple[float, float]  # a value and its second on the session's axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One row of the phases table."""

    name: str
    first: float
    last: float
    row: dict[str, float | int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the clip said around a marker: medians of +-30 s, the lowest SpO2 of the next 10 min."""

    spo2: float | None
    pulse_rate: float | None
    lowest: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figures:
    """Figures of one participant. Seconds are those of the grid; all times on the session's axis.

    `complete_pct` = seconds with an SpO2 value / seconds in which one was due; `unmarked_pct` counts
    only those that nobody doubts. Nothing else leaves doubted seconds out, except `unmarked`.
    """

    grid: Grid
    marks: Flags
    gaps: tuple[Run, ...]
    before_first_s: int
    after_last_s: int
    complete_pct: float | None
    unmarked_pct: float | None
    lowest: Value | None
    held: Value | None
    below: dict[str, float | int | None]
    unmarked: dict[str, float | int | None]
    resting: float | None
    peak: Value | None
    drops: int
    episodes: tuple[Episode, ...]
    phases: tuple[Phase, ...]

    @property
    def missing_s(self) -> int:
        """Seconds without a value among those in which one was due."""
        return sum(gap.length for gap in self.gaps)


def measure(record: Record, *, resting_before: float | None = None) -> Figures:
    """The figures of `record`; the resting pulse is that before dose 1, else `resting_before`."""
    own = hold(record.samples)
    grid = own.covering(record.first, record.last)
    doubted = marks(grid) if record.samples.timed else np.zeros(grid.seconds, dtype=np.bool_)
    unmarked = np.where(doubted, np.nan, grid.spo2)
    settled = record.dose if record.dose is not None else resting_before
    return Figures(
        grid=grid,
        marks=doubted,
        gaps=tuple(gaps(grid.spo2)),
        before_first_s=max(0, round(own.start - record.first)) if own.seconds else grid.seconds,
        after_last_s=max(0, round(record.last - own.start - own.seconds)) if own.seconds else 0,
        complete_pct=completeness(grid.spo2),
        unmarked_pct=completeness(unmarked),
        lowest=_lowest(grid),
        held=_placed(lowest_sustained(grid.spo2), grid) if record.samples.timed else None,
        below=timed_numbers(grid.spo2),
        unmarked=timed_numbers(unmarked),
        resting=None if settled is None else resting_pulse(grid, settled),
        peak=_placed(peak_pulse(grid.pulse_rate), grid),
        drops=sum(int(k600(grid.spo2, 3)[kind] or 0) for kind in ("transient", "sustained")),
        episodes=_deepest_first(grid),
        phases=tuple(_phases(record, grid)),
    )


def around(grid: Grid, t: float) -> Around:
    """What was measured around the marker at `t`."""
    near, ahead = grid.between(t - NEAR_S, t + NEAR_S), grid.between(t, t + AHEAD_S)
    spo2, pulse = near.spo2[~np.isnan(near.spo2)], near.pulse_rate[~np.isnan(near.pulse_rate)]
    low = ahead.spo2[~np.isnan(ahead.spo2)]
    return Around(
        spo2=float(np.median(spo2)) if spo2.size else None,
        pulse_rate=float(np.median(pulse)) if pulse.size else None,
        lowest=float(low.min()) if low.size else None,
    )


def marked_runs(figures: Figures) -> list[Run]:
    """The runs of doubted seconds."""
    return runs(figures.marks)


def _placed(found: tuple[float, int] | None, grid: Grid) -> Value | None:
    return None if found is None else (found[0], grid.start + found[1])


def _lowest(grid: Grid) -> Value | None:
    if np.isnan(grid.spo2).all():
        return None
    second = int(np.nanargmin(grid.spo2))
    return float(grid.spo2[second]), grid.start + second


def _deepest_first(grid: Grid) -> tuple[Episode, ...]:
    every = [episode for limit in EPISODE_LIMITS for episode in threshold_episodes(grid.spo2, limit)]
    return tuple(sorted(every, key=lambda episode: (episode.lowest, -episode.area)))


def _phases(record: Record, grid: Grid) -> list[Phase]:
    """Before the dose, 0-40, 40-120 and over 120 min after it, as far as the recording reaches."""
    if record.dose is None:
        return []
    edges = [record.first, *(record.dose + 60 * minute for minute in PHASE_MINUTES), record.last]
    names = ("before dose", "0 to 40 min", "40 to 120 min", "over 120 min")
    return [
        Phase(name=name, first=first, last=min(last, record.last), row=dict(phase_numbers(part)))
        for name, first, last in zip(names, edges, edges[1:], strict=False)
        if first < record.last and (part := grid.between(first, min(last, record.last))).seconds
    ]
