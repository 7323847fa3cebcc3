"""The numbers against the reference and against what must hold of any recording."""

import json
import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.review.grid import Floats, Grid, Samples, hold, samples
from dashboards.review.metrics import (
    completeness,
    delta_index,
    gap_numbers,
    lowest_sustained,
    marked_numbers,
    numbers,
    peak_pulse,
    phase_numbers,
    resting_pulse,
    timed_numbers,
)
from tests.dashboards.review.conftest import Recording

NAN = float("nan")
NOT_OURS = {"mean_baseline_rule", "K_peak_rule"}
TIMED = {"delta_index_12s", "K600_rule"}
NAMES = [
    *(
        f"uw_s{person}_{clip}"
        for person in (1, 2, 3, 4)
        for clip in ("datex3900p", "masimo7", "nellcor_a", "nellcor_b")
    ),
    "mimic2_s00001",
    "mimic2_s25047",
]
traces = st.lists(st.one_of(st.just(NAN), st.integers(1, 100).map(float)), min_size=1, max_size=120)


def leaves(value: object, path: str = "") -> dict[str, float]:
    """Every number of a nested mapping by its path."""
    if isinstance(value, Mapping):
        inner = (leaves(part, f"{path}/{name}") for name, part in value.items() if name not in NOT_OURS)
        return {key: number for part in inner for key, number in part.items()}
    assert isinstance(value, int | float)
    return {path: float(value)}


def at_one_hertz(spo2: list[float], pulse: list[float] | None = None) -> Samples:
    t = np.arange(len(spo2), dtype=float)
    return samples(t, np.array(spo2), np.array(pulse or [70.0] * len(spo2)), step=1.0)


def grid_of(spo2: Floats, pulse: Floats) -> Grid:
    none = np.zeros(spo2.size, dtype=np.bool_)
    return Grid(start=0.0, spo2=spo2, pulse_rate=pulse, suspect=none, backfill=none)


@pytest.mark.recordings
@pytest.mark.parametrize("name", NAMES)
def test_every_recording_has_the_reference_numbers(
    name: str, recording: Recording, reference_numbers: dict[str, dict[str, object]]
) -> None:
    """Every key of the reference agrees within 1e-4 relative, and the step and length are found."""
    series, expected = recording(name), reference_numbers[name]

    ours, theirs = leaves(numbers(series)), leaves(expected["numpy_own"])
    assert ours.keys() == theirs.keys()
    for path, value in theirs.items():
        assert abs(ours[path] - value) <= 1e-4 * max(1.0, abs(value)), path
    assert series.step == expected["native_step_s"]
    assert series.duration == expected["duration_s"]


@pytest.mark.recordings
def test_no_reference_is_left_out(reference_numbers: dict[str, dict[str, object]]) -> None:
    """The list of recordings above is the whole list."""
    assert sorted(reference_numbers) == sorted(NAMES)


@pytest.mark.recordings
@pytest.mark.parametrize("name", NAMES[:16])
def test_gaps_and_sustained_lowest_agree_with_the_reference(
    name: str, recording: Recording, reference_numbers: dict[str, dict[str, object]]
) -> None:
    """Gaps are the reference's; a level over nine samples, 8 s apart, is o2ring-analyzer's nadir."""
    series, expected = recording(name), reference_numbers[name]
    oracle = leaves(expected["o2ring_analyzer_1.0.3"])["/nadir_8s"]

    held = lowest_sustained(hold(series).spo2, seconds=9)

    assert gap_numbers(series) == expected["gaps"]
    assert held is not None
    assert held[0] == pytest.approx(oracle)


@pytest.mark.recordings
def test_induced_hypoxia_has_sustained_drops_and_no_artefacts(recording: Recording) -> None:
    """All 16 hypoxia recordings show a sustained drop; their steep falls are not called artefacts."""
    for name in NAMES[:16]:
        series = recording(name)

        assert leaves(numbers(series))["/K600_rule/odi3/sustained"] >= 1
        assert marked_numbers(series)["marked_artefact_s"] == 0


def test_minute_recordings_have_plain_statistics_only() -> None:
    """A value per minute says nothing about seconds: no figure that counts them is made."""
    series = samples(np.arange(0.0, 1800.0, 60.0), np.full(30, 96.0), np.full(30, 60.0))

    assert not TIMED & numbers(series).keys()
    assert marked_numbers(series) == {}


def test_nobody_measured_is_none_not_zero() -> None:
    """Without a valid sample each statistic is None, never 0 and never NaN."""
    for series in (at_one_hertz([NAN] * 20, [NAN] * 20), at_one_hertz([])):
        result = numbers(series)

        assert result["mean"] is None
        assert result["T90_lt"] is None or result["n_valid_spo2"] == 0
        assert result["n_valid_spo2"] == 0
        json.dumps([result, marked_numbers(series)], allow_nan=False)


@given(traces, st.data())
def test_losing_samples_never_lowers_the_lowest(spo2: list[float], data: st.DataObject) -> None:
    """Missing samples can hide a low value but never invent one, nor time below a limit."""
    lost = data.draw(st.lists(st.booleans(), min_size=len(spo2), max_size=len(spo2)))
    thinned = np.where(lost, np.nan, spo2)
    before, after = timed_numbers(np.array(spo2)), timed_numbers(thinned)

    for name in ("lowest", "lowest_held_8s"):
        assert _or_infinity(after[name]) >= _or_infinity(before[name])
    for name in ("below_94_s", "longest_below_90_s", "area_below_90_pct_min"):
        assert _or_infinity(after[name]) <= _or_infinity(before[name]) + 1e-9


@given(traces)
def test_the_lowest_held_level_lies_between_lowest_and_highest(spo2: list[float]) -> None:
    """A level held for 8 s is no lower than the single lowest value."""
    held = lowest_sustained(np.array(spo2))
    plain = [
        max(spo2[i : i + 8])
        for i in range(len(spo2) - 7)
        if not any(math.isnan(value) for value in spo2[i : i + 8])
    ]

    assert (held[0] if held else None) == (min(plain) if plain else None)


@given(traces)
def test_all_figures_are_finite_or_none(spo2: list[float]) -> None:
    """Whatever was recorded, the document stays valid JSON."""
    series = at_one_hertz(spo2, spo2[::-1])

    json.dumps([numbers(series), gap_numbers(series), marked_numbers(series)], allow_nan=False)


@given(traces)
def test_whole_seconds_agree_on_sample_and_grid_figures(spo2: list[float]) -> None:
    """At 1 Hz time below 90 and its area are the same from samples and from the grid."""
    series = at_one_hertz(spo2)
    timed = timed_numbers(hold(series).spo2)

    assert numbers(series)["time_below_90_s"] == timed["below_90_s"]
    assert numbers(series)["area_below_90_pct_min"] == pytest.approx(timed["area_below_90_pct_min"])


def test_implausible_lows_are_in_the_numbers() -> None:
    """A value of 40 % from a correct frame is data: in the lowest, in the time below, in the mean."""
    result = numbers(at_one_hertz([97.0] * 8 + [40.0] * 2))

    assert result["min"] == 40
    assert result["time_below_90_s"] == 2
    assert result["mean"] == pytest.approx(85.6)


def test_marked_figures_leave_the_spike_out_and_the_plain_ones_do_not() -> None:
    """A one-second spike counts in the plain figures and not in the marked ones."""
    series = at_one_hertz([97.0] * 30 + [70.0] + [97.0] * 30)

    assert numbers(series)["min"] == 70
    assert marked_numbers(series)["marked_lowest"] == 97
    assert marked_numbers(series)["marked_artefact_s"] == 1


def test_a_suspect_sample_is_marked() -> None:
    """A sample during which the clip reported motion is marked however plausible its value is."""
    suspect = np.array([False] * 5 + [True] * 3 + [False] * 4)
    series = samples(np.arange(12.0), np.full(12, 95.0), np.full(12, 70.0), suspect=suspect)

    assert marked_numbers(series)["marked_artefact_s"] == 3


def test_two_minutes_below_90_are_counted_by_name() -> None:
    """Only unbroken stretches of 120 s and more count as such."""
    spo2 = np.array([97.0] * 10 + [89.0] * 120 + [97.0] + [89.0] * 119 + [97.0])

    assert timed_numbers(spo2)["below_90_for_120s_n"] == 1


def test_peak_pulse_is_the_highest_median_of_30_s() -> None:
    """A few wild seconds do not make a peak, half a minute does; a mostly missing one does not."""
    pulse = np.full(300, 60.0)
    pulse[50:55] = 180
    pulse[100:130] = 90
    pulse[200:230] = np.nan
    pulse[210:215] = 150

    assert peak_pulse(pulse) == (90, 101)  # the first window with more than half of it at 90
    assert peak_pulse(np.full(300, np.nan)) is None
    assert peak_pulse(np.full(10, 60.0)) is None


def test_resting_pulse_needs_most_of_five_minutes() -> None:
    """The resting pulse is the median before the moment, and unknown when too little was measured."""
    pulse = np.concatenate((np.full(300, 62.0), np.full(300, 90.0)))
    thin = pulse.copy()
    thin[:130] = np.nan

    assert resting_pulse(grid_of(pulse, pulse), 300.0) == 62
    assert resting_pulse(grid_of(pulse, thin), 300.0) is None
    assert resting_pulse(grid_of(pulse, pulse), 0.0) is None


def test_a_phase_counts_its_own_seconds() -> None:
    """A phase's row tells completeness and times of its seconds alone."""
    spo2 = np.array([97.0] * 60 + [89.0] * 30 + [NAN] * 10)

    row = phase_numbers(grid_of(spo2, np.full(100, 70.0)).between(50, 100))

    assert row["completeness_pct"] == 80
    assert row["below_94_s"] == 30
    assert row["min"] == 89
    assert completeness(np.empty(0)) is None


def test_blocks_without_a_value_take_no_part_in_the_delta_index() -> None:
    """A gap of a whole block makes no difference between what lies before and after it."""
    spo2 = np.array([98.0] * 12 + [96.0] * 12 + [NAN] * 12 + [80.0] * 12 + [80.0] * 5)

    assert delta_index(spo2) == 2
    assert delta_index(np.full(30, np.nan)) is None


def _or_infinity(value: float | None) -> float:
    return math.inf if value is None else value
