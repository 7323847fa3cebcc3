"""The numbers of one participant: reference statistics, times below limits, phases."""

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dashboards.review.episodes import (
    drop_area,
    drops,
    gaps,
    longest_below,
    threshold_episodes,
    unconfirmed_jumps,
)
from dashboards.review.grid import Flags, Floats, Grid, Samples, hold

SUSTAINED_S = 8
LIMITS = (94, 92, 90, 88, 85)
MEDIAN_S = 30  # the window of a peak pulse; half of it must be valid
RESTING_S = 300
RESTING_COMPLETE = 0.6
BLOCK_S = 12
LONG_BELOW_S = 120  # "below 90 for two minutes or more", the outcome of the ketamine sedation study

Numbers = dict[str, float | int | None]


def numbers(series: Samples) -> dict[str, object]:
    """The reference numbers: every stored sample stands for its own step, nothing is gated.

    `Txx_lt` is the percentage of valid samples strictly below xx, `Txx_le` at or below; percentiles are
    linear; `completeness_pct` = valid samples x step / duration. `delta_index_12s` and `K600_rule` are
    on the 1 Hz grid and absent for recordings coarser than 5 s. None = no valid sample to compute it
    from.
    """
    result: dict[str, object] = {**_spo2_numbers(series), **_pulse_numbers(series)}
    if series.timed:
        spo2 = hold(series).spo2
        result["delta_index_12s"] = delta_index(spo2)
        result["K600_rule"] = {"odi3": k600(spo2, 3), "odi4": k600(spo2, 4)}
    return result


def _spo2_numbers(series: Samples) -> Numbers:
    valid = series.spo2[~np.isnan(series.spo2)]
    duration = series.duration
    below = np.maximum(0.0, 90 - valid)
    return {
        "n_valid_spo2": int(valid.size),
        "completeness_pct": 100 * valid.size * series.step / duration if duration else None,
        "mean": _of(np.mean, valid),
        "median": _of(np.median, valid),
        "min": _of(np.min, valid),
        "max": _of(np.max, valid),
        "sd_pop": _of(np.std, valid),
        "sd_sample": float(np.std(valid, ddof=1)) if valid.size > 1 else None,
        "p5": float(np.percentile(valid, 5)) if valid.size else None,
        "p10": float(np.percentile(valid, 10)) if valid.size else None,
        **{f"T{limit}_lt": _share(valid < limit) for limit in (95, 94, 92)},
        "T90_lt": _share(valid < 90),
        "T90_le": _share(valid <= 90),
        "T88_lt": _share(valid < 88),
        "T88_le": _share(valid <= 88),
        "T85_lt": _share(valid < 85),
        "T80_lt": _share(valid < 80),
        "time_below_90_s": float((valid < 90).sum() * series.step),
        "area_below_90_pct_min": float(below.sum() * series.step / 60),
    }


def _pulse_numbers(series: Samples) -> Numbers:
    valid = series.pulse_rate[~np.isnan(series.pulse_rate)]
    return {
        "pr_n": int(valid.size),
        "pr_mean": _of(np.mean, valid),
        "pr_median": _of(np.median, valid),
        "pr_min": _of(np.min, valid),
        "pr_max": _of(np.max, valid),
        "pr_sd_sample": float(np.std(valid, ddof=1)) if valid.size > 1 else None,
    }


def gap_numbers(series: Samples) -> dict[str, int]:
    """Runs of missing SpO2 between first and last sample: number, total and longest in s."""
    lengths = [run.length for run in gaps(hold(series).spo2)]
    return {"n": len(lengths), "total_s": sum(lengths), "longest_s": max(lengths, default=0)}


def delta_index(spo2: Floats) -> float | None:
    """Mean absolute difference of consecutive 12 s block means; missing seconds are ignored in a block.

    A block without any valid second takes part in no difference; what is left after the last full block
    takes no part.
    """
    blocks = spo2[: spo2.size // BLOCK_S * BLOCK_S].reshape(-1, BLOCK_S)
    valid = (~np.isnan(blocks)).sum(axis=1)
    means = np.nansum(blocks, axis=1)[valid > 0] / valid[valid > 0]
    steps = np.abs(np.diff(means))[np.diff(np.flatnonzero(valid)) == 1]
    return float(steps.mean()) if steps.size else None


def k600(spo2: Floats, depth: float) -> Numbers:
    """Drops of `depth` by rule K600: how many, how many per hour of valid seconds, and their area."""
    found = drops(spo2, depth)
    hours = float((~np.isnan(spo2)).sum()) / 3600
    transient = sum(not drop.sustained for drop in found)
    return {
        "transient": transient,
        "sustained": len(found) - transient,
        "odi_transient": transient / hours if hours else None,
        "area_pct_min": drop_area(spo2, found),
    }


def marks(grid: Grid) -> Flags:
    """The seconds whose value is doubted: an unconfirmed jump, or the device said so itself."""
    return unconfirmed_jumps(grid.spo2) | (grid.suspect & ~np.isnan(grid.spo2))


def marked_numbers(series: Samples) -> Numbers:
    """The figures of the report with the seconds marked as artefact left out, each named `marked_*`.

    Computed on the 1 Hz grid; empty for recordings coarser than 5 s. A marked second breaks a run.
    """
    if not series.timed:
        return {}
    grid = hold(series)
    doubted = marks(grid)
    spo2 = np.where(doubted, np.nan, grid.spo2)
    figures: Numbers = {
        "marked_artefact_s": int(doubted.sum()),
        "marked_backfill_n": int(series.backfill.sum()),
        **{f"marked_{name}": value for name, value in timed_numbers(spo2).items()},
    }
    return figures


def timed_numbers(spo2: Floats) -> Numbers:
    """Lowest, lowest held 8 s, seconds and longest stretch below each limit, area below 90."""
    held = lowest_sustained(spo2)
    valid = spo2[~np.isnan(spo2)]
    return {
        "lowest": _of(np.min, valid),
        "lowest_held_8s": None if held is None else held[0],
        **{f"below_{limit}_s": int((spo2 < limit).sum()) for limit in LIMITS},
        **{f"longest_below_{limit}_s": longest_below(spo2, limit) for limit in LIMITS},
        "area_below_90_pct_min": float(np.maximum(0.0, 90 - valid).sum()) / 60,
        "below_90_for_120s_n": sum(
            episode.run.length >= LONG_BELOW_S for episode in threshold_episodes(spo2, 90)
        ),
    }


def lowest_sustained(spo2: Floats, seconds: int = SUSTAINED_S) -> tuple[float, int] | None:
    """The lowest level that held for `seconds` in a row, none of them missing, and the first of them.

    "Held" means: no second of the run lies above it. None when no such run of seconds is valid.
    """
    if spo2.size < seconds:
        return None
    level = sliding_window_view(spo2, seconds).max(axis=1)  # NaN wins in max: a gap breaks it
    if np.isnan(level).all():
        return None
    second = int(np.nanargmin(level))
    return float(level[second]), second


def peak_pulse(pulse_rate: Floats) -> tuple[float, int] | None:
    """The highest median of 30 s with at least 15 of them valid, and the second in its middle."""
    if pulse_rate.size < MEDIAN_S:
        return None
    ordered = np.sort(sliding_window_view(pulse_rate, MEDIAN_S), axis=1)  # NaN sort to the end
    count = MEDIAN_S - np.isnan(ordered).sum(axis=1)
    rows = np.arange(count.size)
    medians = (ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, count // 2]) / 2
    medians = np.where(count >= MEDIAN_S // 2, medians, np.nan)
    if np.isnan(medians).all():
        return None
    second = int(np.nanargmax(medians))
    return float(medians[second]), second + MEDIAN_S // 2


def resting_pulse(grid: Grid, before: float) -> float | None:
    """The median pulse of the 5 min before `before` (s), if 60 % of those seconds are valid."""
    window = grid.between(before - RESTING_S, before).pulse_rate
    valid = window[~np.isnan(window)]
    return float(np.median(valid)) if valid.size >= RESTING_COMPLETE * RESTING_S else None


def completeness(spo2: Floats) -> float | None:
    """Valid seconds in percent of all seconds; None for an empty span."""
    return _share(~np.isnan(spo2))


def phase_numbers(grid: Grid) -> Mapping[str, float | int | None]:
    """One row of the phases table for the seconds of `grid`."""
    spo2 = grid.spo2[~np.isnan(grid.spo2)]
    pulse = grid.pulse_rate[~np.isnan(grid.pulse_rate)]
    peak = peak_pulse(grid.pulse_rate)
    return {
        "completeness_pct": completeness(grid.spo2),
        "median": _of(np.median, spo2),
        "p5": float(np.percentile(spo2, 5)) if spo2.size else None,
        "min": _of(np.min, spo2),
        "below_94_s": int((spo2 < 94).sum()),
        "below_90_s": int((spo2 < 90).sum()),
        "pr_median": _of(np.median, pulse),
        "pr_peak": None if peak is None else peak[0],
    }


def _of(statistic: object, valid: Floats) -> float | None:
    return float(statistic(valid)) if valid.size and callable(statistic) else None


def _share(mask: Flags) -> float | None:
    return 100 * float(mask.mean()) if mask.size else None
