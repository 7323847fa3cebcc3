"""Native samples and the 1 Hz hold grid that everything timed is computed on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# A next sample that comes a little late is jitter of radio and polling, not a missing sample; beyond
# one and a half steps at least one sample is missing.
LATE = 1.5
# Coarser recordings (minute trends) have plain statistics only: nothing is timed to the second there.
COARSEST_TIMED_STEP_S = 5.0
# Rates above 1 Hz that oximeters use; everything slower is a whole number of seconds.
FAST_STEPS_S = (0.1, 0.2, 0.25, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """What one participant's clips said, in time order.

    `t` in s, `spo2` in %, `pulse_rate` per minute; NaN = the sample says "no value". `suspect` = the
    device itself doubted the sample (motion, low perfusion, poor signal); `backfill` = read from the
    clip's memory later, not seen during the session. Each sample stands for `step` seconds.
    """

    t: Floats
    spo2: Floats
    pulse_rate: Floats
    suspect: Flags
    backfill: Flags
    step: float

    @property
    def duration(self) -> float:
        """Seconds from the first sample to the end of the last one's step; 0 without samples."""
        return float(self.t[-1] - self.t[0] + self.step) if self.t.size else 0.0

    @property
    def timed(self) -> bool:
        """Whether the samples are close enough for figures that count seconds."""
        return self.step <= COARSEST_TIMED_STEP_S


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """One value per second from `start` (s) on; NaN = missing; `backfill` = from the clip's memory."""

    start: float
    spo2: Floats
    pulse_rate: Floats
    suspect: Flags
    backfill: Flags

    @property
    def seconds(self) -> int:
        """The number of seconds the grid spans."""
        return int(self.spo2.size)

    def covering(self, first: float, last: float) -> "Grid":
        """This grid with missing seconds added, so that it reaches from `first` to `last`."""
        before = max(0, round(self.start - first)) if self.seconds else 0
        after = max(0, round(last - first) - before - self.seconds)
        return Grid(
            start=self.start - before if self.seconds else first,
            spo2=np.pad(self.spo2, (before, after), constant_values=np.nan),
            pulse_rate=np.pad(self.pulse_rate, (before, after), constant_values=np.nan),
            suspect=np.pad(self.suspect, (before, after), constant_values=False),
            backfill=np.pad(self.backfill, (before, after), constant_values=False),
        )

    def between(self, first: float, last: float) -> "Grid":
        """The seconds from `first` up to, not including, `last` (s on the same axis as `start`)."""
        low = min(max(0, round(first - self.start)), self.seconds)
        high = min(max(low, round(last - self.start)), self.seconds)
        return Grid(
            start=self.start + low,
            spo2=self.spo2[low:high],
            pulse_rate=self.pulse_rate[low:high],
            suspect=self.suspect[low:high],
            backfill=self.backfill[low:high],
        )


def samples(  # noqa: PLR0913 - one argument per column
    t: Floats,
    spo2: Floats,
    pulse_rate: Floats,
    *,
    suspect: Flags | None = None,
    backfill: Flags | None = None,
    step: float | None = None,
) -> Samples:
    """Samples in time order, the step derived from their spacing when not given.

    A backfilled sample within half a step of one seen live says the same moment again and is left out.
    """
    none = np.zeros(t.shape, dtype=np.bool_)
    suspect = none if suspect is None else suspect
    backfill = none if backfill is None else backfill
    step = native_step(t if backfill.all() else t[~backfill]) if step is None else step
    order = np.argsort(t, kind="stable")
    order = order[~_said_live(t[order], backfill[order], step / 2)]
    return Samples(
        t=t[order],
        spo2=spo2[order],
        pulse_rate=pulse_rate[order],
        suspect=suspect[order],
        backfill=backfill[order],
        step=step,
    )


def native_step(t: Floats) -> float:
    """The seconds one sample stands for: the median spacing, rounded to a rate that oximeters have.

    Whole seconds, or 0.1, 0.2, 0.25, 0.5 s for faster ones; 1 s when there are fewer than two samples.
    """
    spacing = np.diff(np.sort(t))
    spacing = spacing[spacing > 0]
    if not spacing.size:
        return 1.0
    median = float(np.median(spacing))
    if median < 0.75:
        return min(FAST_STEPS_S, key=lambda fast: abs(fast - median))
    return float(max(1, round(median)))


def hold(series: Samples) -> Grid:
    """The 1 Hz hold grid over `series`: second 0 begins at the first sample.

    A sample, also one without a value, stands from its instant until the next one, but at most for its
    own step; only a next sample less than half a step late is waited for, so that jitter makes no gaps.
    A second has the value that stands in its middle, else it is missing. With samples on whole seconds
    each fills its own second and the following step - 1 seconds (the reference definition).
    """
    if not series.t.size:
        empty, none = np.empty(0), np.empty(0, dtype=np.bool_)
        return Grid(start=0.0, spo2=empty, pulse_rate=empty, suspect=none, backfill=none)
    start = float(series.t[0])
    middles = start + np.arange(max(1, round(series.duration))) + 0.5
    holder = np.searchsorted(series.t, middles, side="right") - 1
    covered = middles < _ends(series)[holder]
    return Grid(
        start=start,
        spo2=np.where(covered, series.spo2[holder], np.nan),
        pulse_rate=np.where(covered, series.pulse_rate[holder], np.nan),
        suspect=covered & series.suspect[holder],
        backfill=covered & series.backfill[holder],
    )


def _ends(series: Samples) -> Floats:
    spacing = np.append(np.diff(series.t), np.inf)
    steps = _steps(series)
    return series.t + np.where(spacing < LATE * steps, spacing, steps)


def _steps(series: Samples) -> Floats:
    """What each sample stands for: a clip's memory is coarser than what it says live, 4 s against 1 s."""
    later = series.t[series.backfill]
    own = native_step(later) if later.size > 1 else series.step
    return np.where(series.backfill, own, series.step)


def _said_live(t: Floats, backfill: Flags, reach: float) -> Flags:
    """Which of the sorted samples are backfill beside a live one."""
    live = t[~backfill]
    if not live.size or not backfill.any():
        return np.zeros(t.shape, dtype=np.bool_)
    after = np.searchsorted(live, t)
    ahead = live[np.minimum(after, live.size - 1)]
    behind = live[np.maximum(after - 1, 0)]
    nearest = np.minimum(np.abs(ahead - t), np.abs(t - behind))
    return backfill & (nearest < reach)
