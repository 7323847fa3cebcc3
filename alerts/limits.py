"""The words of a limit: LevelRule and FamilyRule, and what a value means under them."""

import math
from dataclasses import dataclass

from alerts.condition import Family, Level
from alerts.qualify import Law

OF_THE_CLIP = frozenset({Family.UNMONITORED, Family.BATTERY, Family.LOW_PERFUSION})
# What counts as clearly worse than at the acknowledgement (4.5): SpO2 points, beats per minute.
WORSE = {
    Family.SPO2_LOW: 3.0,
    Family.SPO2_DROP: 3.0,
    Family.SPO2_FAST: 3.0,
    Family.LOW_PERFUSION: math.inf,
    Family.HR_LOW: 15.0,
    Family.HR_HIGH: 15.0,
    Family.HR_SHIFT: 15.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule:
    """One limit of one family. Times in ns; `clear_at` is reached or passed.

    A family that watches both sides of a value has its lower limit in `limit` and its upper one in `high`.
    """

    level: Level
    law: Law
    limit: float = 0.0
    clear_at: float = 0.0
    high: float | None = None
    high_clear_at: float = 0.0
    repeat: int
    acknowledged: int
    pausable: bool = True
    in_risk_window: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRule:
    """The levels of one family, mild to severe; `above` = the limit is an upper one.

    Limits are strict, except where `inclusive`. `reference` is what the limits were worked out from, such
    as the person's own baseline; None where they are the same for everybody.
    """

    family: Family
    levels: tuple[LevelRule, ...]
    above: bool = False
    inclusive: bool = False
    reference: float | None = None
    worse: float = 0.0

    def beyond(self, value: float, level: int) -> bool:
        """Whether `value` crosses the limit of the level at index `level`."""
        rule = self.levels[level]
        if self.inclusive:
            return value <= rule.limit or (rule.high is not None and value >= rule.high)
        return value > rule.limit if self.above else value < rule.limit

    def recovered(self, value: float, level: int) -> bool:
        """Whether `value` is back with the margin that ends that level."""
        rule = self.levels[level]
        if self.above:
            return value <= rule.clear_at
        return value >= rule.clear_at and (rule.high is None or value <= rule.high_clear_at)

    def severity(self, value: float) -> float:
        """How bad `value` is, in its own unit: the more the worse."""
        if self.levels[0].high is not None and self.reference is not None:
            return abs(value - self.reference)
        return value if self.above else -value

    def crossed(self, value: float | None, level: int) -> float:
        """The limit of that level on the side on which `value` lies."""
        rule = self.levels[level]
        upper = rule.high is not None and value is not None and value > (self.reference or 0)
        return rule.high if upper and rule.high is not None else rule.limit
