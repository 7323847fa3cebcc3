"""The shape of a rules file: which keys it may hold, and of what kind (R1, R2 and the families of R7)."""

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from alerts.condition import SYSTEM, Cause, Family
from alerts.lines import Path, Raw

SCHEMA = 1
LAST_REMINDER_MIN = 600
NUMBER, WORD, FLAG, TABLE, LIST, DAY = (
    "a number",
    "a text",
    "true or false",
    "a table",
    "a list",
    "a date",
)
_TYPES: dict[str, tuple[type, ...]] = {
    NUMBER: (int, float),
    WORD: (str,),
    FLAG: (bool,),
    TABLE: (dict,),
    LIST: (list,),
    DAY: (str, date),
}
_TOP = {
    "schema": NUMBER,
    "approved_by": WORD,
    "approved_on": DAY,
    "defaults": TABLE,
    "baseline": TABLE,
    "families": TABLE,
    "inhibitions": LIST,
    "reminders": TABLE,
    "overrides": LIST,
}
_OVERRIDE = {
    **dict.fromkeys(("seat", "participant", "family", "level", "reason", "by"), WORD),
    **dict.fromkeys(("below", "above", "clear_at", "delay_s"), NUMBER),
}
_INHIBITION = {"by": WORD, "targets": LIST, "level": WORD, "cause": WORD}
_BASELINE = {"readings": NUMBER, "window_s": NUMBER, "spread": NUMBER}
_DEFAULTS = {"hold_s": NUMBER, "pending_expiry_s": NUMBER, "recover_rate": NUMBER}
_LEVEL = {"level": WORD, "delay_s": NUMBER, "repeat_s": NUMBER, "acknowledged_s": NUMBER}
_VITAL = {**_LEVEL, "clear_at": NUMBER, "clear_s": NUMBER, "net": TABLE, "pausable": FLAG}
_CAUTION = {**_LEVEL, "clear_s": NUMBER}
# Families of one level, which have keys of their own; each key is needed.
SINGLE = {
    Family.SPO2_DROP: ("fall", "clear_fall"),
    Family.HR_SHIFT: ("up", "up_percent", "down", "down_below"),
    Family.SPO2_FAST: ("below", "fall", "within_s", "pulse_change", "clear_at"),
    Family.LOW_PERFUSION: ("below", "share_percent"),
}
_BUDGET = {"satseconds": NUMBER, "max_delay_s": NUMBER}
_NET = {"count": NUMBER, "within_s": NUMBER, "min_s": NUMBER}
LEVELS = ("advisory", "caution", "urgent")
PERSONAL = (Family.SPO2_LOW, Family.HR_LOW, Family.HR_HIGH)  # may have limits for one person
_VITAL_LEVELS = LEVELS[1:]
LEVELS_OF = {
    Family.BATTERY: LEVELS[:2],
    Family.SPO2_DROP: LEVELS[1:2],
    Family.HR_SHIFT: LEVELS[1:2],
    Family.SPO2_FAST: LEVELS[1:2],
    Family.LOW_PERFUSION: LEVELS[:1],
}


def shape(data: Mapping[str, Any]) -> Iterator[Raw]:
    """What is missing, unknown or of the wrong kind."""
    yield from _table(data, (), _TOP, required=("schema", "families"))
    if data.get("schema", SCHEMA) != SCHEMA:
        yield (
            ("schema",),
            "R1",
            f"Schema {data['schema']} is not known here; this program reads schema 1.",
        )
    if isinstance(data.get("defaults"), dict):
        yield from _table(data["defaults"], ("defaults",), _DEFAULTS)
    if isinstance(data.get("baseline"), dict):
        yield from _table(data["baseline"], ("baseline",), _BASELINE)
    if isinstance(data.get("reminders"), dict):
        yield from _reminders(data["reminders"])
    if isinstance(data.get("inhibitions"), list):
        yield from _inhibitions(data["inhibitions"])
    for index, body in enumerate(data.get("overrides") or ()):
        yield from shape_override(body, ("overrides", index))
    if isinstance(data.get("families"), dict):
        yield from _families(data["families"])


def shape_override(body: object, path: Path) -> Iterator[Raw]:
    """The shape of one override, in a file or asked for in a session."""
    if not isinstance(body, dict):
        yield path, "R1", "This must be a table such as { seat = ..., family = ..., level = ... }."
        return
    known = [family.value for family in PERSONAL]
    family = body.get("family")
    wrong = {"below", "above"} - {limit_key(Family(family))} if family in known else set()
    keys = {key: kind for key, kind in _OVERRIDE.items() if key not in wrong}
    yield from _table(body, path, keys, required=("family", "level"))
    for key, words in (("family", known), ("level", list(_VITAL_LEVELS))):
        if isinstance(body.get(key), str) and body[key] not in words:
            yield (*path, key), "R1", _unknown(key, body[key], words)


def _reminders(body: Mapping[str, Any]) -> Iterator[Raw]:
    """Minutes after a dose: whole numbers that rise, within ten hours."""
    yield from _table(body, ("reminders",), {"blood_pressure_min": LIST})
    minutes = body.get("blood_pressure_min", [])
    if not isinstance(minutes, list):
        return
    whole = all(type(minute) is int and 0 <= minute <= LAST_REMINDER_MIN for minute in minutes)
    if not whole or minutes != sorted(set(minutes)):
        text = f"The minutes must be whole numbers from 0 to {LAST_REMINDER_MIN} that rise."
        yield ("reminders", "blood_pressure_min"), "R2", text


def timed(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The file with a delay for every level: under SatSeconds it is the longest that it may take."""
    families = {
        name: {
            **body,
            "levels": [{"delay_s": one.get("max_delay_s", 0), **one} for one in body["levels"]],
        }
        for name, body in data["families"].items()
    }
    return {**data, "families": families}


def _inhibitions(rows: Sequence[Any]) -> Iterator[Raw]:
    known = [family.value for family in Family if family not in SYSTEM]
    sources = [*known, Family.IDENTITY.value]
    for index, row in enumerate(rows):
        path: Path = ("inhibitions", index)
        if not isinstance(row, dict):
            yield path, "R1", "This must be a table such as { by = ..., targets = [...] }."
            continue
        yield from _table(row, path, _INHIBITION, required=("by", "targets"))
        targets = row.get("targets")
        words = [("by", row.get("by", known[0])), ("level", row.get("level", LEVELS[0]))]
        words += [("cause", row.get("cause", Cause.STALE.value))]
        words += [("targets", target) for target in (targets if isinstance(targets, list) else ())]
        right = {
            "by": sources,
            "targets": known,
            "level": LEVELS,
            "cause": [cause.value for cause in Cause],
        }
        for key, word in words:
            if word not in right[key]:
                yield (*path, key), "R1", _unknown(_NOUNS[key], str(word), list(right[key]))


_NOUNS = {"by": "family", "targets": "family", "level": "level", "cause": "cause"}


def _families(families: Mapping[str, Any]) -> Iterator[Raw]:
    known = [family.value for family in Family if family not in SYSTEM]
    for name, body in families.items():
        path: Path = ("families", name)
        if name not in known:
            yield path, "R1", _unknown("family", name, known)
        elif not isinstance(body, dict):
            yield path, "R1", "This must be a table."
        else:
            yield from _family(Family(name), body, path)
    if "unmonitored" not in families:
        yield ("families",), "R7", "The family unmonitored is missing; it cannot be switched off."
    if "spo2_low" not in families:
        yield (
            ("families",),
            "R7",
            "The family spo2_low is missing; low oxygen must raise an urgent alert.",
        )


def _family(family: Family, body: Mapping[str, Any], path: Path) -> Iterator[Raw]:
    keys = {"levels": LIST, **({"grey_s": NUMBER} if family is Family.UNMONITORED else {})}
    yield from _table(body, path, keys, required=("levels",))
    levels = body.get("levels")
    if isinstance(levels, list) and not levels:
        yield (*path, "levels"), "R1", "At least one level is needed."
    if isinstance(levels, list) and len(levels) > 1 and family in SINGLE:
        yield (*path, "levels", 1), "R1", "This family has one level."
    for index, level in enumerate(levels if isinstance(levels, list) else ()):
        where = (*path, "levels", index)
        if not isinstance(level, dict):
            yield where, "R1", "This must be a table such as { level = ..., delay_s = ... }."
            continue
        yield from _level(family, level, where)


def _level(family: Family, level: Mapping[str, Any], path: Path) -> Iterator[Raw]:
    if family is Family.UNMONITORED:
        yield from _table(level, path, {**_LEVEL, "window": WORD}, required=("level", "delay_s"))
        if level.get("window", "risk") != "risk":
            yield (*path, "window"), "R1", 'The only window is "risk".'
    elif family is Family.BATTERY:
        keys = {**_LEVEL, "at_most": NUMBER, "clear_at": NUMBER}
        yield from _table(level, path, keys, required=("level", "at_most", "delay_s", "clear_at"))
    elif family in SINGLE:
        own = SINGLE[family]
        keys = {**_CAUTION, **dict.fromkeys(own, NUMBER)}
        yield from _table(level, path, keys, required=("level", "delay_s", "clear_s", *own))
    else:
        limit = limit_key(family)
        budgeted = family is Family.SPO2_LOW and "satseconds" in level
        needed = ("level", limit, "clear_at", "clear_s", *(() if budgeted else ("delay_s",)))
        keys = {**_VITAL, limit: NUMBER, **(_BUDGET if family is Family.SPO2_LOW else {})}
        yield from _table(level, path, keys, required=needed)
    known = LEVELS_OF.get(family, _VITAL_LEVELS)
    if isinstance(level.get("level"), str) and level["level"] not in known:
        yield (*path, "level"), "R1", _unknown("level", level["level"], known)
    if isinstance(level.get("net"), dict):
        yield from _table(level["net"], (*path, "net"), _NET, required=tuple(_NET))


def limit_key(family: Family) -> str:
    """The key under which a level of `family` has its limit."""
    if family is Family.BATTERY:
        return "at_most"
    return "above" if family is Family.HR_HIGH else "below"


def _table(
    body: Mapping[str, Any], path: Path, keys: Mapping[str, str], *, required: tuple[str, ...] = ()
) -> Iterator[Raw]:
    """Unknown and missing keys, wrong kinds of value, numbers that are none."""
    for key, value in body.items():
        kind = keys.get(key)
        if kind is None:
            yield (*path, key), "R1", _unknown("key", key, list(keys))
        elif not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind is not FLAG):
            yield (*path, key), "R1", f"This must be {kind}, not {value!r}."
        elif isinstance(value, float) and not math.isfinite(value):
            yield (*path, key), "R2", f"{value} is not a number to compare with."
    for key in required:
        if key not in body:
            yield path, "R1", f"The key {key} is missing."


def _unknown(noun: str, word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.55)
    right = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}."
    return f"The {noun} {word!r} is not known; {right}"
