"""Too little pulse in the finger for too long (alerts.md 4.3): words in the tile, no signal.

A perfusion index below its limit needs its time as every number does; flags of the clip count when they
cover most of the same time. Both are judged with each reading.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.alert import Out, Who
from alerts.limits import FamilyRule
from alerts.qualify import FALSE, TRUE, UNKNOWN
from alerts.vital import Vital
from collector.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class PerfusionRule:
    """The limit of the perfusion index, and the share of its delay that flags have to cover."""

    rule: FamilyRule
    share: float


class Perfusion:
    """Remembers when the clip complained; `vital` gathers the evidence."""

    __slots__ = ("_flagged", "_hold", "_needed", "_since", "_window", "vital")

    def __init__(self, rule: PerfusionRule, who: Who, *, hold: int) -> None:
        self.vital = Vital(rule.rule, who)
        self._window = rule.rule.levels[0].law.delay
        self._needed = round(rule.share * self._window)
        self._hold = hold
        self.begin()

    def begin(self) -> None:
        """Another clip, or another person: nothing was before."""
        self._since: int | None = None  # the newest reading complained, at that instant
        self._flagged: deque[tuple[int, int]] = deque()  # from, to: the complaints before it

    def hear(self, index: float | None, at: Instant, out: Out, *, flagged: bool, usable: bool) -> bool:
        """Take a reading; whether it woke the rule. `usable` = it holds any number."""
        vital = self.vital
        weak = index is not None and vital.wakes(index)
        if vital.resting and not (weak or flagged or self._flagged or self._since is not None):
            return False
        lasting = self._count(at.running_ns, flagged=flagged) and flagged
        woke = vital.resting
        if not usable:
            if not woke:
                vital.take(None, at, out, ((UNKNOWN, False),))
            return False
        if woke and not (weak or lasting):
            return False
        condition = TRUE if weak or lasting else FALSE
        vital.take(index, at, out, ((condition, not (weak or flagged)),))
        if lasting:
            evidence = vital.evidence[0]
            evidence.on = max(evidence.on, self._window)
            evidence.readings += 1  # the complaints before this one were readings too
        return woke

    def _count(self, now: int, *, flagged: bool) -> bool:
        """Whether complaints cover enough of the time up to `now`."""
        if self._since is not None:
            self._flagged.append((self._since, min(now, self._since + self._hold)))
        self._since = now if flagged else None
        while self._flagged and self._flagged[0][1] <= now - self._window:
            self._flagged.popleft()
        covered = sum(last - max(first, now - self._window) for first, last in self._flagged)
        return covered >= self._needed

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        return {"since": self._since, "flagged": [list(one) for one in self._flagged]}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave."""
        self._since = saved["since"]
        self._flagged = deque((first, last) for first, last in saved["flagged"])

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self._since = None if self._since is None else self._since + ns
        self._flagged = deque((first + ns, last + ns) for first, last in self._flagged)
