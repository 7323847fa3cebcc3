"""An early word on a fast fall of SpO2 (alerts.md 4.3): it comes before the limits and is merged into them.

The condition is judged with each reading and holds until the next one. A calm reading is only remembered.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from alerts.alert import Alert, Out, Who
from alerts.limits import FamilyRule
from alerts.qualify import FALSE, TRUE, UNKNOWN, Condition
from alerts.vital import Vital
from collector.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class FastRule:
    """So many points (`fall`) below the highest of the last `within` ns, and below the limit.

    A pulse that has changed by `pulse_change` meanwhile says that it is the clip that moved.
    """

    rule: FamilyRule
    fall: float
    within: int
    pulse_change: float


class Fast:
    """Remembers the heights of the last seconds; `vital` gathers the evidence."""

    __slots__ = ("_heights", "_low", "_merged", "rule", "vital")

    def __init__(self, rule: FastRule, who: Who, low: Alert) -> None:
        self.rule = rule
        self.vital = Vital(rule.rule, who)
        self._low = low  # the alert on low SpO2 that it is merged into
        self._merged = False
        self.begin()

    def begin(self) -> None:
        """Another clip, or another person: nothing was before."""
        # Instant, SpO2 and pulse of each good reading that no later one reaches: highest first.
        self._heights: deque[tuple[int, float, float | None]] = deque()

    def hear(
        self, spo2: float | None, pulse: float | None, at: Instant, out: Out, *, questionable: bool
    ) -> bool:
        """Take a reading; whether it woke the rule."""
        vital, now = self.vital, at.running_ns
        if spo2 is None or questionable:
            if not vital.resting:
                vital.take(spo2, at, out, ((UNKNOWN, False),))
            return False
        heights = self._heights
        while heights and heights[-1][1] <= spo2:
            heights.pop()
        heights.append((now, spo2, pulse))
        while heights[0][0] < now - self.rule.within:
            heights.popleft()
        if vital.resting and not vital.wakes(spo2):
            return False
        return self._judge(spo2, pulse, at, out)

    def _judge(self, spo2: float, pulse: float | None, at: Instant, out: Out) -> bool:
        vital, (_, height, before) = self.vital, self._heights[0]
        condition: Condition = FALSE
        if vital.wakes(spo2) and height - spo2 >= self.rule.fall:
            steady = pulse is not None and before is not None
            steady = steady and abs((pulse or 0) - (before or 0)) < self.rule.pulse_change
            condition = TRUE if steady else UNKNOWN
        if vital.resting and condition is not TRUE:
            return False
        if condition is TRUE and not vital.alert.open:
            vital.rule = vital.alert.rule = replace(self.rule.rule, reference=height)
        woke = vital.resting
        vital.take(spo2, at, out, ((condition, vital.rule.recovered(spo2, 0)),))
        return woke

    @property
    def late(self) -> bool:
        """Whether the low episode stands: an early word is none any more."""
        return self._low.open

    def merge(self, at: Instant, out: Out) -> None:
        """When the low episode that it was merged into is over, it is over too."""
        if self._merged and not self._low.open and self.vital.alert.open:
            self.vital.over(at, out)
        self._merged = self._low.open

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        reference = self.vital.rule.reference
        return {"heights": [list(height) for height in self._heights], "reference": reference}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave; the alerts are restored before."""
        self._heights = deque((at, spo2, pulse) for at, spo2, pulse in saved["heights"])
        rule = replace(self.rule.rule, reference=saved["reference"])
        self.vital.rule = self.vital.alert.rule = rule
        self._merged = self._low.open

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self._heights = deque((at + ns, spo2, pulse) for at, spo2, pulse in self._heights)
