"""The families of one seat that look at its numbers; those at rest cost one comparison each.

`awake` are those with evidence or an open episode: only they are asked what time has done to them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from alerts.alert import NEVER, Out, Who
from alerts.baseline import Baseline
from alerts.condition import Family, Level
from alerts.fast import Fast
from alerts.limits import FamilyRule
from alerts.perfusion import Perfusion
from alerts.rules import Rules
from alerts.vital import Vital
from collector.clock import Instant
from collector.reading import Flag

QUESTIONABLE = frozenset({Flag.LOW_PERFUSION, Flag.POOR_SIGNAL, Flag.MOTION})
WEAK = frozenset({Flag.LOW_PERFUSION, Flag.POOR_SIGNAL})  # a reading is questionable (alerts.md 4.1)
OF_SPO2 = frozenset({Family.SPO2_LOW, Family.SPO2_DROP})


class Vitals:
    """All of them for one participant, with the baseline that some of them need."""

    __slots__ = ("_own", "_sources", "_with_kind", "all", "awake", "baseline", "fast", "perfusion")

    def __init__(self, rules: Rules, who: Who) -> None:
        self._own = tuple((own, Vital(own.rule, who)) for own in rules.own)
        plain = (*(Vital(rule, who) for rule in rules.vitals), *(vital for _, vital in self._own))
        self._with_kind = tuple((vital, vital.rule.family in OF_SPO2) for vital in plain)
        low = next(vital.alert for vital in plain if vital.alert.family is Family.SPO2_LOW)
        self.fast = Fast(rules.fast, who, low) if rules.fast else None
        self.perfusion = Perfusion(rules.perfusion, who, hold=rules.hold) if rules.perfusion else None
        judged = [one.vital for one in (self.fast, self.perfusion) if one is not None]
        # What explains comes before what it explains: in one instant, too, nothing speaks for nothing.
        by_family = {vital.rule.family: vital for vital in (*plain, *judged)}
        order = rules.inhibitions.sources_first(list(by_family))
        self.all = tuple(by_family[family] for family in order)
        self._sources = rules.inhibitions.sources
        self.awake: list[Vital] = []
        self.baseline: Baseline | None = None

    def adopt(self, baseline: Baseline) -> None:
        """Go by this baseline from the next reading on; what it does not know stays as it was."""
        self.baseline = baseline.over(self.baseline)
        for own, vital in self._own:
            vital.adopt(own.under(self.baseline))

    def limit(self, rules: tuple[FamilyRule, ...]) -> None:
        """Go by these limits from the next reading on; the levels are as many as before."""
        mine = {rule.family: rule for rule in rules}
        for vital in self.all:
            if (rule := mine.get(vital.rule.family)) is not None and rule is not vital.rule:
                vital.adopt(rule)

    def forget_baseline(self) -> None:
        """Another person: nothing is known of what is usual."""
        self.baseline = None
        for own, vital in self._own:
            vital.adopt(own.rule)

    def hear(  # noqa: PLR0913 - what a reading says
        self,
        spo2: float | None,
        pulse: float | None,
        index: float | None,
        at: Instant,
        out: Out,
        *,
        flags: frozenset[Flag],
    ) -> None:
        """Take the numbers of a new reading; None = missing or not usable."""
        questionable = bool(flags) and not flags.isdisjoint(QUESTIONABLE)
        woke = False
        for vital, is_spo2 in self._with_kind:
            value = spo2 if is_spo2 else pulse
            if vital.resting:
                if value is None or vital.lowest <= value <= vital.highest:
                    continue
                woke = True
            vital.hear(value, at, out, questionable=questionable)
        if self.fast is not None:
            woke |= self.fast.hear(spo2, pulse, at, out, questionable=questionable)
        if self.perfusion is not None:
            usable = spo2 is not None or pulse is not None
            weak = usable and questionable and not flags.isdisjoint(WEAK)
            woke |= self.perfusion.hear(index, at, out, flagged=weak, usable=usable)
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

    def fire(
        self,
        at: Instant,
        out: Out,
        explain: Callable[[Instant, Out], None],
        *,
        armed: bool,
        watched: bool,
    ) -> None:
        """Do what is due at `at`; `explain` is called when what may explain others has had its say."""
        for vital in self.awake:
            vital.fire(at, out, armed=armed and not self._merged(vital), watched=watched)
            if vital.rule.family in self._sources:
                if self.fast is not None:
                    self.fast.merge(at, out)
                explain(at, out)
        self.look()

    def due(self, now: int, until: int, *, armed: bool, watched: bool) -> int:
        """When something may happen if no reading comes."""
        dues = (
            vital.due(now, until, armed=armed and not self._merged(vital), watched=watched)
            for vital in self.awake
        )
        return min(dues, default=NEVER)

    def _merged(self, vital: Vital) -> bool:
        """Whether it is the early word on a fall, and the low episode has come already."""
        return self.fast is not None and vital is self.fast.vital and self.fast.late

    def hidden(self) -> Level:
        """The highest level of the episodes that a missing seat would hide."""
        open_ = (vital.alert.level for vital in self.awake if vital.alert.open)
        return max(open_, default=Level.ADVISORY)

    def release(self, at: Instant, out: Out) -> None:
        """Close what is open and forget all evidence."""
        for vital in self.all:
            vital.release(at, out)
        self.awake = []
        for judge in (self.fast, self.perfusion):
            if judge is not None:
                judge.begin()

    def save(self) -> dict[str, Any]:
        """A plain JSON value; families with nothing to remember are left out."""
        saved = ((vital.rule.family.value, vital.save()) for vital in self.all)
        return {family: one for family, one in saved if one is not None}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave; the baseline is adopted before."""
        for vital in self.all:
            if (mine := saved.get(vital.rule.family.value)) is not None:
                vital.restore(mine)
        self.look()

    def save_judges(self) -> dict[str, Any]:
        """What fall and perfusion remember of the last seconds, as a plain JSON value."""
        judges = {"fast": self.fast, "perfusion": self.perfusion}
        return {name: judge.save() for name, judge in judges.items() if judge is not None}

    def restore_judges(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save_judges` gave; the families are restored before."""
        if self.fast is not None and "fast" in saved:
            self.fast.restore(saved["fast"])
        if self.perfusion is not None and "perfusion" in saved:
            self.perfusion.restore(saved["perfusion"])

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        for judge in (self.fast, self.perfusion):
            if judge is not None:
                judge.shift(ns)
        for vital in self.all:
            vital.shift(ns)
