"""What may be wrong with families of one level, baseline, inhibitions: R2, R4, R10, R11 (alerts.md 4.12)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alerts.condition import Family
from alerts.inhibition import UNEXPLAINED, cycle, read_rows
from alerts.lines import Path, Raw

# What each key of these families may be.
RANGES: Mapping[Family, Mapping[str, tuple[float, float]]] = {
    Family.SPO2_DROP: {"fall": (2, 20), "clear_fall": (0, 20)},
    Family.HR_SHIFT: {
        "up": (10, 150),
        "up_percent": (0, 200),
        "down": (10, 100),
        "down_below": (25, 250),
    },
    Family.SPO2_FAST: {
        "below": (50, 100),
        "fall": (2, 20),
        "within_s": (5, 120),
        "pulse_change": (5, 150),
        "clear_at": (51, 100),
    },
    Family.LOW_PERFUSION: {"below": (0.05, 5), "share_percent": (10, 100)},
}
READINGS, WINDOW_S, SPREAD = 60, 300, 2  # of the baseline, when the file does not say
REPORT_PERIOD_S = 1.0  # the oximeters we read speak once a second


def examine_single(family: Family, level: Mapping[str, Any], path: Path) -> Iterator[Raw]:
    """The numbers of one family of one level."""
    for key, (lowest, highest) in RANGES[family].items():
        value = level[key]
        if not lowest <= value <= highest:
            rule = "R11" if key == "fall" and value < lowest else "R2"
            yield (*path, key), rule, f"This must be {lowest} to {highest}, not {value:g}."
    if family is Family.SPO2_DROP and level["clear_fall"] >= level["fall"]:
        text = f"The alert must end less than {level['fall']:g} below, not at {level['clear_fall']:g}."
        yield (*path, "clear_fall"), "R4", text
    if family is Family.SPO2_FAST and level["clear_at"] <= level["below"]:
        text = (
            f"The alert must end above its limit of {level['below']:g}, not at {level['clear_at']:g}."
        )
        yield (*path, "clear_at"), "R4", text


def examine_budget(level: Mapping[str, Any], path: Path) -> Iterator[Raw]:
    """R8: a SatSeconds budget needs an end, and the deepest level none."""
    budget, longest = level.get("satseconds"), level.get("max_delay_s")
    if budget is None:
        if longest is not None:
            yield (*path, "max_delay_s"), "R8", "max_delay_s belongs to satseconds; write delay_s."
        return
    if longest is None:
        yield (
            (*path, "satseconds"),
            "R8",
            "A budget alone may never be reached; give max_delay_s as well.",
        )
    elif not 2 * REPORT_PERIOD_S <= longest <= 60:
        yield (*path, "max_delay_s"), "R8", f"It may take 2 to 60 s at most, not {longest:g} s."
    highest = 100 if level["level"] == "urgent" else 1000
    if not 1 <= budget <= highest:
        text = f"The budget must be 1 to {highest} at this level, not {budget:g}."
        yield (*path, "satseconds"), "R8", text
    if level["delay_s"] != (longest or 0):
        yield (*path, "delay_s"), "R8", "Give either delay_s or satseconds with max_delay_s."
    if not level.get("pausable", True):
        yield (*path, "satseconds"), "R8", "The deepest level goes by its time alone; write delay_s."


def examine_baseline(body: Mapping[str, Any]) -> Iterator[Raw]:
    """How many readings make a baseline, within how long, and how steady."""
    readings, window = body.get("readings", READINGS), body.get("window_s", WINDOW_S)
    spread = body.get("spread", SPREAD)
    if not isinstance(readings, int) or not 30 <= readings <= 600:
        text = f"The number of readings must be 30 to 600, not {readings}."
        yield ("baseline", "readings"), "R2", text
    if not 60 <= window <= 1800:
        yield ("baseline", "window_s"), "R2", f"The time must be 60 to 1800 s, not {window:g} s."
    elif window < readings * REPORT_PERIOD_S:
        text = f"Within {window:g} s no clip gives {readings} readings; the baseline would never be."
        yield ("baseline", "window_s"), "R11", text
    if not 0 <= spread <= 5:
        yield ("baseline", "spread"), "R2", f"SpO2 may spread 0 to 5 points, not {spread:g}."


def examine_inhibitions(bodies: Sequence[Mapping[str, Any]]) -> Iterator[Raw]:
    """R10: no circle, and nothing that makes low oxygen or a missing person quiet."""
    rows = read_rows(bodies)
    for index, row in enumerate(rows):
        for family in sorted(UNEXPLAINED.intersection(row.targets)):
            text = f"Nothing may explain {family.value} away."
            yield ("inhibitions", index, "targets"), "R10", text
    if circle := cycle(rows):
        names = " -> ".join(family.value for family in circle)
        yield ("inhibitions",), "R10", f"These explain each other in a circle: {names}."
