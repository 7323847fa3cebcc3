"""What is wrong with a rules file: refusals R1-R13 and warnings W1, W2, W4, W6 of alerts.md 4.12.

The session part of R12, R14 and W3, W5, W7 belong to parts that this file cannot hold (people, channels,
baselines, sound, history); their keys are unknown here.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from alerts.condition import Family
from alerts.lines import Lines, Path, Raw
from alerts.personal import examine_overrides
from alerts.shape import LEVELS, SINGLE, limit_key, shape, timed
from alerts.singles import (
    REPORT_PERIOD_S,
    examine_baseline,
    examine_budget,
    examine_inhibitions,
    examine_single,
)

RANGES = {
    Family.SPO2_LOW: (50, 100),
    Family.HR_LOW: (25, 250),
    Family.HR_HIGH: (25, 250),
    Family.BATTERY: (1, 90),
}
HIGHEST = {
    Family.SPO2_LOW: 100.0,
    Family.HR_LOW: 300.0,
    Family.BATTERY: 100.0,
}  # what a device can say at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong: where, which rule of 4.12, a plain sentence; one that `refuses` is fatal."""

    line: int | None
    key: str
    rule: str
    text: str
    refuses: bool = True

    def sentence(self, file: str) -> str:
        """The finding as one line for people."""
        where = [file]
        if self.line is not None:
            where.append(f"line {self.line}")
        if self.key:
            where.append(self.key)
        return f"{', '.join(where)}: {self.text}"


def examine(data: Mapping[str, Any], lines: Lines, *, today: date) -> list[Finding]:
    """All findings in file order; shape first, and limits only when the shape is right."""
    wrong = list(shape(data))
    data = data if wrong else timed(data)
    raw = wrong or [*limits(data), *examine_overrides(data, limits), *_warnings(data, today)]
    found = [
        Finding(line=lines.of(path), key=_name(path), rule=rule, text=text, refuses=rule[0] == "R")
        for path, rule, text in raw
    ]
    return sorted(found, key=lambda finding: finding.line or 0)


def _name(path: Path) -> str:
    """families.spo2_low.levels[2].below: counted from one, as people do."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def limits(data: Mapping[str, Any]) -> Iterator[Raw]:
    """What is wrong with the limits of a file whose shape is right."""
    families = data["families"]
    yield from _timing(data)
    for name, body in families.items():
        path: Path = ("families", name, "levels")
        family = Family(name)
        for index, level in enumerate(body["levels"]):
            yield from _times(family, level, (*path, index))
            if family in SINGLE:
                yield from examine_single(family, level, (*path, index))
            elif family is not Family.UNMONITORED:
                yield from _limit(family, level, (*path, index))
                yield from examine_budget(level, (*path, index))
        for index, (mild, severe) in enumerate(pairwise(body["levels"])):
            yield from _order(family, mild, severe, (*path, index + 1))
    yield from examine_inhibitions(data.get("inhibitions", []))
    yield from examine_baseline(data.get("baseline", {}))
    yield from _safety(families)
    if "hr_low" in families and "hr_high" in families:
        yield from _opposite(families["hr_low"]["levels"], families["hr_high"]["levels"])


def _timing(data: Mapping[str, Any]) -> Iterator[Raw]:
    defaults = data.get("defaults", {})
    hold, expiry = defaults.get("hold_s", 3), defaults.get("pending_expiry_s", 15)
    rate = defaults.get("recover_rate", 1)
    if not 2 * REPORT_PERIOD_S <= hold <= 5:
        yield ("defaults", "hold_s"), "R6", f"A reading may speak for 2 to 5 s, not {hold:g} s."
    if not isinstance(rate, int) or not 1 <= rate <= 10:
        yield (
            ("defaults", "recover_rate"),
            "R2",
            f"The rate must be a whole number from 1 to 10, not {rate}.",
        )
    unmonitored = data["families"]["unmonitored"]
    grey = unmonitored.get("grey_s", 5)
    if grey != 5:
        text = f"A value turns grey after 5 s, which cannot be changed to {grey:g} s."
        yield ("families", "unmonitored", "grey_s"), "R2", text
    first = unmonitored["levels"][0]["delay_s"]
    if expiry < first - hold:
        text = (
            f"Evidence would be dropped after {expiry:g} s, before unmonitored has spoken;"
            f" at least {first - hold:g} s are needed."
        )
        yield ("defaults", "pending_expiry_s"), "R6", text


def _times(family: Family, level: Mapping[str, Any], path: Path) -> Iterator[Raw]:
    delay, urgent = level["delay_s"], level["level"] == "urgent"
    # Unmonitored urgent is a length of absence, not a delay before a limit is believed.
    longest = 60 if urgent and family is not Family.UNMONITORED else 300
    if not 0 <= delay <= longest:
        yield (*path, "delay_s"), "R6", f"The delay must be 0 to {longest} s, not {delay:g} s."
    elif delay < 2 * REPORT_PERIOD_S and level.get("pausable", True):
        text = f"A delay of {delay:g} s is shorter than two readings: one bad one would raise an alert."
        yield (*path, "delay_s"), "R13", text
    if "clear_s" in level and not 5 <= level["clear_s"] <= 300:
        text = f"The alert may end after 5 to 300 s of good readings, not {level['clear_s']:g} s."
        yield (*path, "clear_s"), "R6", text
    yield from _signals(level, path, urgent=urgent)
    yield from _net(level.get("net"), (*path, "net"))


def _signals(level: Mapping[str, Any], path: Path, *, urgent: bool) -> Iterator[Raw]:
    repeat, acknowledged = level.get("repeat_s", 15), level.get("acknowledged_s", 60)
    longest = 180 if urgent else 300
    if repeat < 5 and (urgent or repeat != 0):
        text = f"Announcing again every {repeat:g} s is too often or never; 5 s is the least."
        yield (*path, "repeat_s"), "R9", text
    if repeat > 300:
        yield (
            (*path, "repeat_s"),
            "R9",
            f"Announcing again only every {repeat:g} s is too rare; 300 s at most.",
        )
    if not 5 <= acknowledged <= longest:
        text = f"An acknowledgement lives 5 to {longest} s at this level, not {acknowledged:g} s."
        yield (*path, "acknowledged_s"), "R9", text


def _net(net: Mapping[str, Any] | None, path: Path) -> Iterator[Raw]:
    if net is None:
        return
    count, within, least = net["count"], net["within_s"], net["min_s"]
    if not isinstance(count, int) or not 2 <= count <= 20:
        yield (*path, "count"), "R2", f"The number of breaches must be 2 to 20, not {count}."
    if not 0 < within <= 600:
        yield (*path, "within_s"), "R2", f"The time must be up to 600 s, not {within:g} s."
    if not 1 <= least <= within:
        text = f"A breach must count from 1 s up to within_s, not {least:g} s."
        yield (*path, "min_s"), "R13", text


def _limit(family: Family, level: Mapping[str, Any], path: Path) -> Iterator[Raw]:
    key, (lowest, highest) = limit_key(family), RANGES[family]
    limit, clear_at = level[key], level["clear_at"]
    if not lowest <= limit <= highest:
        yield (*path, key), "R2", f"The limit must be {lowest} to {highest}, not {limit:g}."
    above = family is Family.HR_HIGH
    if clear_at >= limit if above else clear_at <= limit:
        side = "below" if above else "above"
        text = f"The alert must end {side} its limit of {limit:g}, not at {clear_at:g}."
        yield (*path, "clear_at"), "R4", text
    elif clear_at > HIGHEST.get(family, math.inf) or clear_at <= 0:
        yield (*path, "clear_at"), "R4", f"No reading reaches {clear_at:g}; the alert would never end."


def _order(
    family: Family, mild: Mapping[str, Any], severe: Mapping[str, Any], path: Path
) -> Iterator[Raw]:
    """R3: what is worse must have the stricter limit and may not be told later."""
    if LEVELS.index(severe["level"]) < LEVELS.index(mild["level"]):
        yield (*path, "level"), "R3", "Levels must stand from mild to severe."
    if family is Family.UNMONITORED:
        if severe["delay_s"] <= mild["delay_s"]:
            yield (*path, "delay_s"), "R3", "The severe level must come after the milder one."
        return
    key = limit_key(family)
    deeper = severe[key] > mild[key] if key == "above" else severe[key] < mild[key]
    if not deeper:
        text = f"The limit {severe[key]:g} is not stricter than {mild[key]:g} of the milder level."
        yield (*path, key), "R3", text
    if severe["delay_s"] > mild["delay_s"]:
        text = (
            f"A delay of {severe['delay_s']:g} s is longer than that of the milder level:"
            " what is worse would be told later."
        )
        yield (*path, "delay_s"), "R3", text


def _safety(families: Mapping[str, Any]) -> Iterator[Raw]:
    """R7: what no clinic may switch off."""
    path: Path = ("families", "spo2_low", "levels")
    levels = families["spo2_low"]["levels"]
    urgent = [index for index, level in enumerate(levels) if level["level"] == "urgent"]
    if not urgent:
        yield path, "R7", "Low oxygen needs a level urgent."
    for index in urgent:
        if levels[index]["below"] < 85:
            text = f"An urgent limit of {levels[index]['below']:g} is too low; 85 is the least."
            yield (*path, index, "below"), "R7", text
    if urgent and levels[urgent[-1]].get("pausable", True):
        text = "The deepest level cannot be paused; write pausable = false."
        yield (*path, urgent[-1], "pausable"), "R7", text
    first = families["unmonitored"]["levels"][0]
    where: Path = ("families", "unmonitored", "levels", 0)
    if first["delay_s"] > 30:
        text = f"A seat without data must raise an alert within 30 s, not {first['delay_s']:g} s."
        yield (*where, "delay_s"), "R7", text
    if "window" in first:
        yield (*where, "window"), "R7", "The first level of unmonitored must hold at any time."


def _opposite(low: Sequence[Mapping[str, Any]], high: Sequence[Mapping[str, Any]]) -> Iterator[Raw]:
    """R5: some pulse rate must end both alerts."""
    low_ends = max(level["clear_at"] for level in low)
    high_ends = min(level["clear_at"] for level in high)
    if low_ends >= high_ends:
        text = (
            f"hr_low ends at {low_ends:g} and hr_high at {high_ends:g}:"
            " some alert would always be active."
        )
        yield ("families", "hr_low", "levels"), "R5", text


def _warnings(data: Mapping[str, Any], today: date) -> Iterator[Raw]:
    for name, body in data["families"].items():
        for index, level in enumerate(body["levels"]):
            path: Path = ("families", name, "levels", index)
            caution = level["level"] == "caution"
            if name == "spo2_low" and caution and level["below"] >= 95:
                yield (
                    (*path, "below"),
                    "W1",
                    f"A limit of {level['below']:g} will raise more than once an hour.",
                )
            if caution and level["delay_s"] < 5 and name != "spo2_fast":  # that one is an early word
                yield (
                    (*path, "delay_s"),
                    "W2",
                    f"A delay of {level['delay_s']:g} s will raise for a twitch.",
                )
            if name == "hr_high" and level["above"] < 100:
                yield (
                    (*path, "above"),
                    "W4",
                    f"Ketamine alone takes many people above {level['above']:g}.",
                )
    yield from _approval(data, today)


def _approval(data: Mapping[str, Any], today: date) -> Iterator[Raw]:
    if not str(data.get("approved_by", "")).strip():
        yield ("approved_by",), "W6", "No clinician has confirmed these limits."
        return
    try:
        approved = date.fromisoformat(str(data.get("approved_on", "")))
    except ValueError:
        yield ("approved_on",), "W6", "The day of approval is missing or not a date such as 2026-11-23."
        return
    if (today - approved).days > 365:
        yield ("approved_on",), "W6", f"The approval of {approved} is older than 12 months."
