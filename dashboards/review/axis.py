"""From seconds and values to px: axes, round clock times, the points of a trace."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboards.review.episodes import Run
from dashboards.review.grid import Floats
from dashboards.review.words import MINUTE, Times

WIDTH, LEFT = 702.0, 26.0  # A4 without margins in CSS px, and the room for the labels of the y axis
# One point of the line stands for this many seconds: 20 s over 4 h, finer for shorter recordings.
BINS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
MOST_BINS = 750
TICKS_S = tuple(MINUTE * n for n in (1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440))
MOST_TICKS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Seconds of the session to px."""

    first: float
    last: float
    left: float = LEFT
    width: float = WIDTH - LEFT

    def x(self, t: float) -> float:
        """Where the second `t` lies, kept inside the plot."""
        share = (t - self.first) / max(1.0, self.last - self.first)
        return self.left + self.width * min(1.0, max(0.0, share))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Values to px, the highest on top."""

    low: float
    high: float
    height: float

    def y(self, value: float) -> float:
        """Where `value` lies, kept inside the plot."""
        share = (self.high - value) / (self.high - self.low)
        return self.height * min(1.0, max(0.0, share))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bin:
    """Some seconds of a trace drawn as one point."""

    at: float
    median: float
    lowest: float
    highest: float


def bin_seconds(seconds: float, step: float) -> int:
    """The seconds that one point of the line stands for, at least one reading."""
    fine = next((bin_s for bin_s in BINS_S if seconds / bin_s <= MOST_BINS), BINS_S[-1])
    return max(fine, round(step))


def bins(values: Floats, run: Run, width: int) -> list[Bin]:
    """The points of one unbroken run, with one more at each end so that a trace reaches its gaps."""
    points = [
        _bin(values[first : min(first + width, run.last)], first)
        for first in range(run.first, run.last, width)
    ]
    return [replace(points[0], at=run.first), *points, replace(points[-1], at=run.last)]


def _bin(part: Floats, first: int) -> Bin:
    return Bin(
        at=first + part.size / 2,
        median=float(np.median(part)),
        lowest=float(part.min()),
        highest=float(part.max()),
    )


def ticks(axis: Axis, times: Times) -> list[float]:
    """Round local clock times inside the axis, in s of the session."""
    span = axis.last - axis.first
    every = next((tick for tick in TICKS_S if span / tick <= MOST_TICKS), TICKS_S[-1])
    start = times.local(axis.first)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    into_day = (start - midnight).total_seconds()
    first = axis.first + (-into_day) % every
    return [float(tick) for tick in np.arange(first, axis.last, every)]


def apart(exact: Sequence[float], least: float) -> list[float]:
    """Positions near the rising `exact`, `least` px apart where there is room, inside the plot."""
    if not exact:
        return []
    room = (WIDTH - LEFT) / max(1, len(exact))
    least = min(least, room)
    moved: list[float] = []
    for x in exact:
        moved.append(max(x, moved[-1] + least) if moved else x)
    limit = WIDTH - least / 2
    for i in range(len(moved) - 1, -1, -1):
        moved[i] = min(moved[i], limit)
        limit = moved[i] - least
    return moved
