"""What may be wrong with limits for one person: R12 of alerts.md 4.12, and all that holds for any limit."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from alerts.condition import Family
from alerts.lines import Path, Raw
from alerts.overrides import LIMIT_KEYS, first_place
from collector.session import SEATS

LOWEST_PULSE = 35  # below it even an athlete's pulse is to be looked at (alerts.md 4.3)

Data = Mapping[str, Any]
Limits = Callable[[Data], Iterator[Raw]]


def examine_overrides(data: Data, limits: Limits) -> Iterator[Raw]:
    """Each override of a file by itself; `limits` says what is wrong with the limits of a file."""
    for index, body in enumerate(data.get("overrides", ())):
        yield from examine_override(data, body, ("overrides", index), limits)


def examine_override(
    data: Data, body: Data, path: Path, limits: Limits, before: Iterable[Data] = ()
) -> Iterator[Raw]:
    """One override; the shape of `body` is right. `before` are those that are in force already."""
    if bool(body.get("seat")) == bool(body.get("participant")):
        yield path, "R12", "Say whom it is for: either seat or participant."
    elif body.get("seat") and body["seat"] not in SEATS:
        yield (*path, "seat"), "R12", f"There is no seat {body['seat']}."
    family, level = Family(body["family"]), _level(data, body)
    key = LIMIT_KEYS[family]
    if level is None:
        text = f"{family.value} has no level {body['level']} that may be changed for one person."
        yield (*path, "level"), "R12", text
    elif not {key, "delay_s"} & body.keys():
        yield path, "R12", f"Nothing changes; give {key} or delay_s."
    else:
        yield from _compare(level, body, path)
        for one in before:
            data = with_override(data, one)
        known = {(rule, text) for _, rule, text in limits(data)}
        for _, rule, text in limits(with_override(data, body)):
            if (rule, text) not in known:  # what would be wrong with such limits for everybody
                yield path, rule, text


def _compare(level: Data, body: Data, path: Path) -> Iterator[Raw]:
    family = Family(body["family"])
    key = LIMIT_KEYS[family]
    if family is Family.HR_LOW and body.get(key, LOWEST_PULSE) < LOWEST_PULSE:
        text = f"A limit below {LOWEST_PULSE} /min is for nobody."
        yield (*path, key), "R12", text
    if looser(level, changed(level, body, key), key) and not (body.get("reason") and body.get("by")):
        text = "It is looser than the file: it needs a reason, and by whom."
        yield path, "R12", text


def changed(level: Data, body: Data, key: str) -> dict[str, Any]:
    """The level as the override makes it; the end moves with the limit unless it is named."""
    moved = body.get(key, level[key]) - level[key]
    return {
        **level,
        key: body.get(key, level[key]),
        "clear_at": body.get("clear_at", level["clear_at"] + moved),
        "delay_s": body.get("delay_s", level["delay_s"]),
    }


def looser(before: Data, after: Data, key: str) -> bool:
    """Whether `after` raises for less, later, or ends sooner."""
    sign = -1 if key == "above" else 1
    milder = any(sign * after[one] < sign * before[one] for one in (key, "clear_at"))
    return milder or after["delay_s"] > before["delay_s"]


def with_override(data: Data, body: Data) -> Data:
    """The file as if the override held for everybody."""
    family, level = Family(body["family"]), _level(data, body)
    levels: Sequence[Data] = data["families"].get(family.value, {}).get("levels", [])
    new = [changed(one, body, LIMIT_KEYS[family]) if one is level else one for one in levels]
    families = {**data["families"], family.value: {**data["families"][family.value], "levels": new}}
    return {**data, "families": families}


def _level(data: Data, body: Data) -> Data | None:
    """The level that an override means, if there is one that may be changed."""
    levels: Sequence[Data] = data["families"].get(body["family"], {}).get("levels", [])
    place = first_place(Family(body["family"]), [one["level"] for one in levels], body["level"])
    return None if place is None else levels[place]
