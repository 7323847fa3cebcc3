"""Limits that follow the person's own baseline: DropRule, ShiftRule (alerts.md 4.3).

Both are off until a baseline exists: their `rule` has a limit that nothing crosses.
"""

import math
from dataclasses import dataclass, replace

from alerts.baseline import Baseline
from alerts.limits import FamilyRule

# "Below 60" where limits include their value: no oximeter says beats finer than a tenth.
A_LITTLE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRule:
    """SpO2 `fall` points or more below the own baseline; over at `clear_fall` or less."""

    rule: FamilyRule
    fall: float
    clear_fall: float

    def under(self, baseline: Baseline) -> FamilyRule:
        """The limits for a person with that baseline."""
        own = baseline.spo2
        if own is None:
            return self.rule
        level = replace(self.rule.levels[0], limit=own - self.fall, clear_at=own - self.clear_fall)
        return replace(self.rule, levels=(level,), inclusive=True, reference=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRule:
    """Pulse rate `up` beats and `up_percent` above the own baseline, or `down` beats below it.

    A low one counts only below `down_below`. It is over half-way back.
    """

    rule: FamilyRule
    up: float
    up_percent: float
    down: float
    down_below: float

    def under(self, baseline: Baseline) -> FamilyRule:
        """The limits for a person with that baseline."""
        own = baseline.pulse_rate
        if own is None:
            return self.rule
        low = min(own - self.down, self.down_below - A_LITTLE)
        high = own + max(self.up, own * self.up_percent / 100)
        level = replace(
            self.rule.levels[0],
            limit=low,
            clear_at=(low + own) / 2,
            high=high,
            high_clear_at=(high + own) / 2,
        )
        return replace(self.rule, levels=(level,), inclusive=True, reference=own)


OwnRule = DropRule | ShiftRule
NOTHING_CROSSES = -math.inf
