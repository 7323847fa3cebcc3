"""Limits for one person (alerts.md 4.11, R12): Override, and what it makes of the limits of the file.

In the rules file and in the journal an override has one form, the body; it names one level of one family, what
changes, why and by whom. One that was asked for in a session ends with it. The deepest level of low oxygen
cannot be changed for anybody.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from alerts.condition import Family, Level
from alerts.limits import FamilyRule, LevelRule
from alerts.qualify import Law
from collector.clock import SECOND

OVERRIDE = "override"  # the entry kind
LIMIT_KEYS = {Family.SPO2_LOW: "below", Family.HR_LOW: "below", Family.HR_HIGH: "above"}
CLOSE = 1  # a limit so near to what is usual for a person raises all the time (W3)

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Another `limit`, end or delay (ns) for the first level of that word; None = as in the file."""

    family: Family
    level: Level
    limit: float | None = None
    clear_at: float | None = None
    delay: int | None = None
    seat: str = ""
    participant: str = ""
    reason: str = ""
    by: str = ""

    def concerns(self, seat: str, participant: str) -> bool:
        """Whether it is for the person on that seat."""
        return participant == self.participant if self.participant else seat == self.seat

    def changed(self, level: LevelRule) -> LevelRule:
        """That level with what changes; the end moves with the limit unless it has a word of its own."""
        limit = level.limit if self.limit is None else self.limit
        clear_at = level.clear_at + limit - level.limit if self.clear_at is None else self.clear_at
        law = level.law if self.delay is None else _with_delay(level.law, self.delay)
        return replace(level, limit=limit, clear_at=clear_at, law=law)


def read_override(body: Body) -> Override:
    """The override in a body that nothing was found wrong with."""
    family = Family(body["family"])
    limit, clear_at, delay_s = body.get(LIMIT_KEYS[family]), body.get("clear_at"), body.get("delay_s")
    return Override(
        family=family,
        level=Level[body["level"].upper()],
        limit=None if limit is None else float(limit),
        clear_at=None if clear_at is None else float(clear_at),
        delay=None if delay_s is None else round(delay_s * SECOND),
        seat=str(body.get("seat", "")),
        participant=str(body.get("participant", "")),
        reason=str(body.get("reason", "")),
        by=str(body.get("by", "")),
    )


def applied(vitals: tuple[FamilyRule, ...], overrides: Iterable[Override]) -> tuple[FamilyRule, ...]:
    """The families with every override in its order."""
    made = {rule.family: rule for rule in vitals}
    for override in overrides:
        rule = made.get(override.family)
        words = [level.level.word for level in rule.levels] if rule else []
        place = first_place(override.family, words, override.level.word)
        if rule is not None and place is not None:
            levels = list(rule.levels)
            levels[place] = override.changed(levels[place])
            made[override.family] = replace(rule, levels=tuple(levels))
    return tuple(made[rule.family] for rule in vitals)


def first_place(family: Family, words: list[str], word: str) -> int | None:
    """Which level is meant; None = there is none, or it is the one that nobody may change."""
    open_ = words[:-1] if family is Family.SPO2_LOW else words
    return open_.index(word) if word in open_ else None


def words_of(body: Body) -> str:
    """An override in words, such as "hr_low caution below 42: endurance athlete"."""
    override = read_override(body)
    parts = [override.family.value, override.level.word]
    if override.limit is not None:
        parts.append(f"{LIMIT_KEYS[override.family]} {override.limit:g}")
    if override.delay is not None:
        parts.append(f"after {override.delay / SECOND:g} s")
    return " ".join(parts) + (f": {override.reason}" if override.reason else "")


def near(vitals: Iterable[FamilyRule], spo2: float | None, pulse: float | None) -> Iterator[str]:
    """W3: a sentence for each limit that equals what is usual for the person, give or take one."""
    for rule in vitals:
        own = spo2 if rule.family is Family.SPO2_LOW else pulse
        for level in rule.levels:
            if own is not None and abs(level.limit - own) <= CLOSE:
                yield (
                    f"The limit {level.limit:g} of {rule.family.value} is this person's own {own:g}:"
                    " it will raise again and again."
                )


def _with_delay(law: Law, delay: int) -> Law:
    net = (law.net_count, law.net_within, law.net_min)
    return Law(
        delay=delay, clear=law.clear, expiry=law.expiry, rate=law.rate, net=net, budget=law.budget
    )
