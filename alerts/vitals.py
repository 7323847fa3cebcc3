"""The families of one seat that look at its numbers; those at rest cost one comparison each.

`awake` are those with evidence or an open episode: only they are asked what time has done to them.
"""

from collections.abc import Mapping
from typing import Any

from alerts.alert import NEVER, Out, Who
from alerts.baseline import Baseline
from alerts.condition import Family, Level
from alerts.rules import Rules
from alerts.vital import Vital
from collector.clock import Instant

OF_SPO2 = frozenset({Family.SPO2_LOW, Family.SPO2_DROP})


class Vitals:
    """All of them for one participant, with the baseline that some of them need."""

    __slots__ = ("_own", "_with_kind", "all", "awake", "baseline")

    def __init__(self, rules: Rules, who: Who) -> None:
        self._own = tuple((own, Vital(own.rule, who)) for own in rules.own)
        self.all = (*(Vital(rule, who) for rule in rules.vitals), *(vital for _, vital in self._own))
        self._with_kind = tuple((vital, vital.rule.family in OF_SPO2) for vital in self.all)
        self.awake: list[Vital] = []
        self.baseline: Baseline | None = None

    def adopt(self, baseline: Baseline) -> None:
        """Go by this baseline from the next reading on; what it does not know stays as it was."""
        self.baseline = baseline.over(self.baseline)
        for own, vital in self._own:
            vital.adopt(own.under(self.baseline))

    def forget_baseline(self) -> None:
        """Another person: nothing is known of what is usual."""
        self.baseline = None
        for own, vital in self._own:
            vital.adopt(own.rule)

    def hear(
        self, spo2: float | None, pulse: float | None, at: Instant, out: Out, *, questionable: bool
    ) -> None:
        """Take the numbers of a new reading; None = missing or not usable."""
        woke = False
        for vital, is_spo2 in self._with_kind:
            value = spo2 if is_spo2 else pulse
            if vital.resting:
                if value is None or vital.lowest <= value <= vital.highest:
                    continue
                woke = True
            vital.hear(value, at, out, questionable=questionable)
        if woke:
            self.look()

    def look(self) -> None:
        """See who is awake."""
        self.awake = [vital for vital in self.all if not vital.resting]

    def elapse(self, start: int, dt: int) -> None:
        """Let `dt` ns pass from `start` under the newest reading."""
        for vital in self.awake:
            vital.elapse(start, dt)

    def lapse(self) -> None:
        """The newest reading has spoken for as long as one may."""
        for vital in self.awake:
            vital.lapse()

    def fire(self, at: Instant, out: Out, *, armed: bool, watched: bool) -> None:
        """Do what is due at `at`."""
        for vital in self.awake:
            vital.fire(at, out, armed=armed, watched=watched)
        self.look()

    def due(self, now: int, until: int, *, armed: bool, watched: bool) -> int:
        """When something may happen if no reading comes."""
        dues = (vital.due(now, until, armed=armed, watched=watched) for vital in self.awake)
        return min(dues, default=NEVER)

    def hidden(self) -> Level:
        """The highest level of the episodes that a missing seat would hide."""
        open_ = (vital.alert.level for vital in self.awake if vital.alert.open)
        return max(open_, default=Level.ADVISORY)

    def release(self, at: Instant, out: Out) -> None:
        """Close what is open and forget all evidence."""
        for vital in self.all:
            vital.release(at, out)
        self.awake = []

    def save(self) -> dict[str, Any]:
        """A plain JSON value; those with nothing to remember are left out."""
        saved = ((vital.rule.family.value, vital.save()) for vital in self.all)
        return {family: one for family, one in saved if one is not None}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave; the baseline is adopted before."""
        for vital in self.all:
            if (mine := saved.get(vital.rule.family.value)) is not None:
                vital.restore(mine)
        self.look()

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        for vital in self.all:
            vital.shift(ns)
