"""Native samples and the hold grid."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboards.review.grid import Floats, Samples, hold, native_step, samples

NAN = float("nan")


def series(t: list[float], spo2: list[float], *, step: float | None = None) -> Samples:
    return samples(np.array(t), np.array(spo2), np.full(len(t), 70.0), step=step)


@st.composite
def whole_second_series(draw: st.DrawFn) -> Samples:
    """Samples on whole seconds, some without a value, some absent."""
    step = draw(st.integers(1, 4))
    present = draw(st.lists(st.booleans(), min_size=1, max_size=60))
    t = [0.0] + [float((i + 1) * step) for i, there in enumerate(present) if there]
    values = draw(
        st.lists(st.one_of(st.just(NAN), st.integers(60, 100)), min_size=len(t), max_size=len(t))
    )
    return series(t, [float(value) for value in values], step=float(step))


def reference_grid(given_series: Samples) -> Floats:
    """The reference definition, second by second."""
    grid = np.full(int(given_series.t[-1] + given_series.step), np.nan)
    for t, value in zip(given_series.t, given_series.spo2, strict=True):
        for second in range(int(t), int(t + given_series.step)):
            grid[second] = value
    return grid


@given(whole_second_series())
def test_whole_seconds_follow_the_reference_definition(given_series: Samples) -> None:
    """Each sample on whole seconds fills its own second and the following step - 1."""
    grid = hold(given_series).spo2

    assert np.array_equal(grid, reference_grid(given_series), equal_nan=True)


@given(st.lists(st.floats(-0.2, 0.2), min_size=2, max_size=200), st.floats(0, 1))
@example([-0.2, 0.2], 0.4)
def test_jitter_makes_no_gap(jitter: list[float], phase: float) -> None:
    """Readings that come a fifth of a second early or late leave no second missing."""
    t = [phase + i + shift for i, shift in enumerate(jitter)]

    grid = hold(series(t, [97.0] * len(t), step=1.0))

    assert not np.isnan(grid.spo2).any()


@pytest.mark.parametrize("phase", [0.0, 0.3, 0.49, 0.5, 0.8])
def test_lost_readings_are_as_many_missing_seconds(phase: float) -> None:
    """Ten readings that never came are ten missing seconds, wherever in the second they were due."""
    t = [phase + second for second in range(60) if not 20 <= second < 30]

    grid = hold(series(t, [97.0] * len(t), step=1.0))

    assert grid.seconds == 60
    assert int(np.isnan(grid.spo2).sum()) == 10


def test_a_sample_without_value_is_missing() -> None:
    """A reading that says "no value" is missing time, not held over by the one before."""
    grid = hold(series([0, 1, 2, 3], [97.0, NAN, NAN, 96.0]))

    assert np.isnan(grid.spo2).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("spacing", "step"),
    [
        (1.0, 1),
        (1.003, 1),
        (0.93, 1),
        (2.0, 2),
        (1.96, 2),
        (4.0, 4),
        (0.25, 0.25),
        (0.52, 0.5),
        (60, 60),
    ],
)
def test_native_step_is_the_rounded_median_spacing(spacing: float, step: float) -> None:
    """The step is a rate oximeters have, whatever jitter and gaps the spacing shows."""
    t = np.arange(40.0) * np.float64(spacing)
    t[20:] += 300

    assert native_step(t) == step


def test_native_step_of_too_few_samples() -> None:
    """One sample, or none, stands for one second."""
    assert native_step(np.array([5.0])) == 1.0
    assert native_step(np.empty(0)) == 1.0


def test_backfill_beside_a_live_sample_is_left_out() -> None:
    """A moment seen live and read again from the clip's memory counts once, as seen live."""
    t = np.array([0.0, 1.0, 2.0, 5.0, 1.1, 3.0, 4.0])
    spo2 = np.array([97.0, 97, 97, 97, 80, 96, 95])
    backfill = np.array([False] * 4 + [True] * 3)

    merged = samples(t, spo2, np.full(7, 70.0), backfill=backfill, step=1.0)

    assert merged.t.tolist() == [0, 1, 2, 3, 4, 5]
    assert merged.spo2.tolist() == [97, 97, 97, 96, 95, 97]
    assert merged.backfill.tolist() == [False, False, False, True, True, False]


def test_backfill_stands_for_the_seconds_that_the_memory_is_apart() -> None:
    """What a clip stored every 4 s fills a gap of live seconds, and is told apart from them."""
    live, memory = np.arange(5.0), np.arange(5.0, 17.0, 4.0)
    t = np.concatenate([live, memory, np.arange(17.0, 30.0)])
    backfill = np.isin(t, memory)

    grid = hold(samples(t, np.full(t.size, 97.0), np.full(t.size, 60.0), backfill=backfill))

    assert grid.seconds == 30
    assert not np.isnan(grid.spo2).any()
    assert np.flatnonzero(grid.backfill).tolist() == list(range(5, 17))


def test_a_session_that_is_mostly_memory_keeps_its_live_step() -> None:
    """A live second never stands for the memory's step."""
    t = np.concatenate([np.arange(4.0), np.arange(8.0, 80.0, 4.0)])

    merged = samples(t, np.full(t.size, 97.0), np.full(t.size, 60.0), backfill=t >= 8)

    assert merged.step == 1.0
    assert np.flatnonzero(np.isnan(hold(merged).spo2)).tolist() == [4, 5, 6, 7]


def test_nothing_is_an_empty_grid() -> None:
    """A participant without a single sample has a grid of no seconds."""
    grid = hold(series([], []))

    assert grid.seconds == 0


@given(
    st.floats(-50, 200, allow_nan=False),
    st.floats(-50, 200, allow_nan=False),
)
def test_between_keeps_the_right_seconds(first: float, last: float) -> None:
    """A part of the grid begins where it says and holds the values of just those seconds."""
    whole = hold(series([float(i) for i in range(100)], [float(i % 40 + 60) for i in range(100)]))

    part = whole.between(first, last)

    assert part.spo2.tolist() == whole.spo2[int(part.start) : int(part.start) + part.seconds].tolist()
    assert part.seconds <= max(0, last - first) + 1
