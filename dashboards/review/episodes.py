"""Runs on the 1 Hz grid: gaps, threshold episodes, artefact marks and drops by rule K600."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from dashboards.review.grid import Flags, Floats

Seconds = NDArray[np.int64]

SHORTEST_EPISODE_S = 10
# Rule K600 (reference numbers, definitions K_peak_rule and K600_rule).
LOOK_BACK_S = 120
LEAST_VALID_S = 30
SHORTEST_DROP_S = 10
LONGEST_DROP_S = 600
LONGEST_GAP_INSIDE_S = 10
# Artefact mark: a jump of more than 4 points in a second that the next 3 s do not confirm. Real falls
# reach 3 points per second and real recoveries 11 (induced hypoxia recordings), but those stay.
JUMP_POINTS = 4.0
CONFIRMED_WITHIN_S = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Seconds `first` up to, not including, `last` of a grid."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """Its length in s."""
        return self.last - self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An unbroken run strictly below `limit`; `area` in percent minutes below the limit."""

    limit: float
    run: Run
    lowest: float
    area: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """One K600 event: from onset to end with the baseline frozen at onset."""

    run: Run
    baseline: float
    sustained: bool


def runs(mask: Flags) -> list[Run]:
    """The maximal runs of true seconds, in time order."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [Run(first=int(a), last=int(b)) for a, b in edges.reshape(-1, 2)]


def gaps(spo2: Floats) -> list[Run]:
    """The runs of missing seconds."""
    return runs(np.isnan(spo2))


def longest_below(spo2: Floats, limit: float) -> int:
    """The longest unbroken run strictly below `limit`, in s; a missing second breaks it."""
    return max((run.length for run in runs(spo2 < limit)), default=0)


def threshold_episodes(spo2: Floats, limit: float) -> list[Episode]:
    """The unbroken runs strictly below `limit` of at least 10 s, in time order."""
    return [
        Episode(
            limit=limit,
            run=run,
            lowest=float(spo2[run.first : run.last].min()),
            area=float((limit - spo2[run.first : run.last]).sum()) / 60,
        )
        for run in runs(spo2 < limit)
        if run.length >= SHORTEST_EPISODE_S
    ]


def unconfirmed_jumps(values: Floats) -> Flags:
    """The seconds of a jump of more than 4 points in 1 s that the next 3 s do not confirm.

    A jump from second i-1 to i is confirmed when every valid value among the next 3 s lies nearer to
    the new level than to the old one. Otherwise those of its first 3 s that do lie nearer to the new
    level, up to the first that does not, are marked. Marked seconds are data: no figure without
    `marked` in its name leaves them out.
    """
    marks = np.zeros(values.shape, dtype=np.bool_)
    for i in np.flatnonzero(np.abs(np.diff(values)) > JUMP_POINTS) + 1:
        if marks[i] or marks[i - 1]:
            continue  # the way back from a spike is no jump of its own
        stays = _nearer_to_new(values[i : i + 1 + CONFIRMED_WITHIN_S], before=values[i - 1])
        valid = ~np.isnan(values[i : i + 1 + CONFIRMED_WITHIN_S])
        if valid.sum() > 1 and bool(stays[valid].all()):
            continue
        back = np.flatnonzero(~stays)
        marks[i : i + (int(back[0]) if back.size else CONFIRMED_WITHIN_S)] = True
    return marks


def _nearer_to_new(values: Floats, *, before: float) -> Flags:
    nearer: Flags = np.abs(values - values[0]) < np.abs(values - before)
    return nearer


def drops(spo2: Floats, depth: float) -> list[Drop]:
    """Drops of `depth` points by rule K600, in time order.

    On the 3 s centred median m of the grid: the baseline B is the highest m of the previous 120 s (at
    least 30 of them valid), frozen at the onset, the first second with m <= B - depth. Rejected if a
    valid second of the first 10 is above B - depth. It ends at the first second from 10 on with
    m >= B - 1, or when more than 10 seconds in a row are missing, or at the end of the data, or after
    600 s ("sustained"); kept if it lasts 10 s; the search goes on one second after its end.
    """
    if not spo2.size:
        return []
    median = median_of_three(spo2)
    baseline = _baseline(median)
    onsets = np.flatnonzero(_onsets(median, baseline - depth))
    gap_ends = _gap_ends(median)
    found: list[Drop] = []
    free_from = 0
    while (k := int(np.searchsorted(onsets, free_from))) < onsets.size:
        drop = _follow(median, int(onsets[k]), float(baseline[onsets[k]]), gap_ends)
        free_from = drop.run.last + 1
        if drop.run.length >= SHORTEST_DROP_S:
            found.append(drop)
    return found


def drop_area(spo2: Floats, found: list[Drop]) -> float:
    """The area between each drop's baseline and the grid values below it, in percent minutes."""
    return (
        sum(
            float(np.nansum(np.maximum(0.0, drop.baseline - spo2[drop.run.first : drop.run.last])))
            for drop in found
        )
        / 60
    )


def median_of_three(values: Floats) -> Floats:
    """Median of the valid values among the seconds i-1, i, i+1; a missing second stays missing."""
    padded = np.concatenate(([np.nan], values, [np.nan]))
    ordered = np.sort(sliding_window_view(padded, 3), axis=1)  # NaN sort to the end
    count = 3 - np.isnan(ordered).sum(axis=1)
    rows = np.arange(values.size)
    median = (ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, count // 2]) / 2
    return np.where(np.isnan(values), np.nan, median)


def _baseline(median: Floats) -> Floats:
    """The highest value of the 120 s before each second; NaN where fewer than 30 of them are valid."""
    padded = np.concatenate((np.full(LOOK_BACK_S, -np.inf), np.nan_to_num(median, nan=-np.inf)))
    window = sliding_window_view(padded, LOOK_BACK_S)[: median.size]
    valid = np.concatenate(([0], np.cumsum(~np.isnan(median))))
    i = np.arange(median.size)
    enough = valid[i] - valid[np.maximum(i - LOOK_BACK_S, 0)] >= LEAST_VALID_S
    return np.where(enough, window.max(axis=1), np.nan)


def _onsets(median: Floats, level: Floats) -> Flags:
    """The seconds at or below their level that no valid second of the first 10 contradicts."""
    padded = np.concatenate((np.nan_to_num(median, nan=-np.inf), np.full(SHORTEST_DROP_S - 1, -np.inf)))
    highest = sliding_window_view(padded, SHORTEST_DROP_S)[: median.size].max(axis=1)
    held: Flags = (median <= level) & (highest <= level)
    return held


def _gap_ends(median: Floats) -> Seconds:
    """The seconds at which a run of missing ones first exceeds what a drop may contain."""
    long = [
        run.first + LONGEST_GAP_INSIDE_S for run in gaps(median) if run.length > LONGEST_GAP_INSIDE_S
    ]
    return np.array(long, dtype=np.int64)


def _follow(median: Floats, onset: int, baseline: float, gap_ends: Seconds) -> Drop:
    first, limit = onset + SHORTEST_DROP_S, onset + LONGEST_DROP_S
    back = np.flatnonzero(median[first : limit + 1] >= baseline - 1)
    gap = gap_ends[np.searchsorted(gap_ends, onset) :]
    end = min([median.size, *(first + back[:1]), *gap[:1]])
    return Drop(
        run=Run(first=onset, last=int(min(end, limit))), baseline=baseline, sustained=bool(end > limit)
    )
