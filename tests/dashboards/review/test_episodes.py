"""Gaps, episodes, artefact marks and drops by rule K600, against second formulations."""

from dataclasses import dataclass
from itertools import groupby
from math import isnan

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboards.review.episodes import (
    drops,
    gaps,
    longest_below,
    median_of_three,
    threshold_episodes,
    unconfirmed_jumps,
)
from dashboards.review.grid import Floats

NAN = float("nan")


@st.composite
def pieces(draw: st.DrawFn) -> Floats:
    """A saturation trace of levels, ramps, noise and gaps, up to some 40 minutes."""
    seed = draw(st.integers(0, 2**32 - 1))
    lengths = draw(st.lists(st.integers(1, 400), min_size=1, max_size=8))
    kinds = draw(st.lists(st.sampled_from(["level", "noise", "gap"]), min_size=10, max_size=10))
    levels = draw(st.lists(st.integers(70, 100), min_size=10, max_size=10))
    random = np.random.default_rng(seed)
    parts = [
        np.full(length, NAN if kind == "gap" else float(level))
        + (random.integers(-4, 2, length) if kind == "noise" else 0)
        for length, kind, level in zip(lengths, kinds, levels, strict=False)
    ]
    return np.concatenate(parts)


@dataclass(frozen=True)
class Scanned:
    start: int
    end: int
    baseline: float
    kind: str


def scan_k600(  # noqa: C901 - one loop in the order of the definition
    spo2: list[float], depth: float
) -> list[Scanned]:
    """Rule K600 walked second by second, as the reference definition tells it."""
    n = len(spo2)
    m = [_median3(spo2, i) for i in range(n)]
    found: list[Scanned] = []
    i = 1
    while i < n:
        before = [v for v in m[max(0, i - 120) : i] if not isnan(v)]
        if isnan(m[i]) or len(before) < 30 or m[i] > max(before) - depth:
            i += 1
            continue
        base, missing, j, kind = max(before), 0, i, "eof"
        while j < n:
            missing = missing + 1 if isnan(m[j]) else 0
            if missing > 10:
                kind = "gap"
            elif m[j] > base - depth and j - i < 10:
                kind = "rejected"
            elif m[j] >= base - 1 and j - i >= 10:
                kind = "rec"
            elif j - i >= 600:
                kind = "sustained"
            if kind != "eof":
                break
            j += 1
        if kind == "rejected":
            i += 1
            continue
        if j - i >= 10:
            found.append(Scanned(i, j, base, kind))
        i = j + 1
    return found


def _median3(values: list[float], i: int) -> float:
    if isnan(values[i]):
        return NAN
    valid = sorted(v for v in values[max(0, i - 1) : i + 2] if not isnan(v))
    half = len(valid) // 2
    return valid[half] if len(valid) % 2 else (valid[half - 1] + valid[half]) / 2


@settings(deadline=None, max_examples=150)
@given(pieces(), st.sampled_from([3, 4]))
@example(np.array([98.0] * 130 + [90.0] * 900 + [98.0] * 30), 3)  # longer than the cap
@example(np.array([98.0] * 130 + [90.0] * 600 + [98.0] * 30), 3)  # recovers as the cap falls due
@example(np.array([98.0] * 130 + [90.0] * 601 + [98.0] * 30), 3)
@example(np.array([98.0] * 130 + [90.0] * 600), 3)  # the data end as the cap falls due
@example(np.array([98.0] * 130 + [90.0] * 30 + [NAN] * 10 + [90.0] * 30 + [98.0] * 9), 4)
@example(np.array([98.0] * 130 + [90.0] * 30 + [NAN] * 11 + [90.0] * 30 + [98.0] * 9), 4)
def test_k600_agrees_with_a_second_by_second_scan(spo2: Floats, depth: float) -> None:
    """Two independent formulations of rule K600 find the same events."""
    found = [
        (drop.run.first, drop.run.last, drop.baseline, drop.sustained) for drop in drops(spo2, depth)
    ]

    assert found == [
        (event.start, event.end, event.baseline, event.kind == "sustained")
        for event in scan_k600(spo2.tolist(), depth)
    ]


@given(pieces())
def test_gaps_agree_with_grouping(spo2: Floats) -> None:
    """Runs of missing seconds are those that plain grouping finds."""
    grouped = [len(list(group)) for missing, group in groupby(np.isnan(spo2).tolist()) if missing]

    assert [run.length for run in gaps(spo2)] == grouped


@given(pieces())
def test_median_of_three_agrees_with_sorting(spo2: Floats) -> None:
    """The median filter uses the valid neighbours only and fills nothing in."""
    plain = [_median3(spo2.tolist(), i) for i in range(spo2.size)]

    assert np.array_equal(median_of_three(spo2), plain, equal_nan=True)


@given(pieces(), st.sampled_from([94.0, 90.0, 85.0]))
def test_threshold_episodes_are_long_and_strictly_below(spo2: Floats, limit: float) -> None:
    """An episode lies below its limit, lasts 10 s or more, and cannot be longer than it is."""
    for episode in threshold_episodes(spo2, limit):
        inside = spo2[episode.run.first : episode.run.last]
        beside = [spo2[i] for i in (episode.run.first - 1, episode.run.last) if 0 <= i < spo2.size]

        assert episode.run.length >= 10
        assert (inside < limit).all()
        assert not any(value < limit for value in beside)
        assert episode.lowest == inside.min()
        assert episode.area == pytest.approx(sum(limit - value for value in inside) / 60)


@given(pieces())
def test_a_missing_second_breaks_a_stretch(spo2: Floats) -> None:
    """The longest stretch below a limit holds no missing second."""
    grouped = [len(list(group)) for low, group in groupby((spo2 < 90).tolist()) if low]

    assert longest_below(spo2, 90) == max(grouped, default=0)


def test_a_spike_of_one_second_is_marked() -> None:
    """A jump down that is back a second later is marked, and nothing else."""
    spo2 = np.array([97.0] * 10 + [84.0] + [97.0] * 10)

    assert np.flatnonzero(unconfirmed_jumps(spo2)).tolist() == [10]


def test_a_steep_fall_that_stays_is_not_marked() -> None:
    """A fall of 12 points in a second that the next seconds confirm is a fall, not an artefact."""
    spo2 = np.array([97.0] * 10 + [85.0] * 10)

    assert not unconfirmed_jumps(spo2).any()


def test_a_jump_into_silence_is_marked() -> None:
    """A last value far off before the signal goes is not confirmed by anything."""
    spo2 = np.array([97.0] * 10 + [85.0] + [NAN] * 10)

    assert np.flatnonzero(unconfirmed_jumps(spo2)).tolist() == [10]


@pytest.mark.parametrize("points", [9, 14])
def test_spikes_of_the_beat_loggers_are_marked(points: int) -> None:
    """Artefacts of 9 to 14 points that last two seconds, as in real logs, are marked whole."""
    spo2 = np.full(120, 96.0)
    spo2[40:42] -= points
    spo2[80:82] -= points

    assert np.flatnonzero(unconfirmed_jumps(spo2)).tolist() == [40, 41, 80, 81]
