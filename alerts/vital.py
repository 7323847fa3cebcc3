"""One vital number of one seat under the levels of one family: evidence in, steps of its alert out."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from alerts.alert import NEVER, Alert, Out, Who
from alerts.condition import Family, Level
from alerts.limits import FamilyRule
from alerts.qualify import FALSE, TENTHS, TRUE, UNKNOWN, Condition, Evidence
from collector.clock import Instant

# Below these a number from a correct frame is data but hard to believe (DESIGN 5): TRUE for every low
# rule of level urgent (it is below every limit a rules file may hold), and never a good reading.
BELIEVABLE = {
    Family.SPO2_LOW: 50.0,
    Family.SPO2_DROP: 50.0,
    Family.HR_LOW: 25.0,
    Family.HR_HIGH: 25.0,
    Family.HR_SHIFT: 25.0,
}

Verdict = tuple[Condition, bool]


class Vital:
    """Keeps the evidence of all levels of one family.

    `resting` = no evidence and no open episode: a reading within the limits then costs one comparison.
    """

    __slots__ = (
        "alert",
        "believable",
        "budgeted",
        "evidence",
        "highest",
        "levels",
        "lowest",
        "resting",
        "rule",
        "value",
        "worst",
    )

    def __init__(self, rule: FamilyRule, who: Who) -> None:
        self.evidence = [Evidence() for _ in rule.levels]
        self.alert = Alert(rule, who)
        self.resting = True
        self.value: float | None = None  # the newest number, and the worst since evidence began;
        self.worst: float | None = None  # the alert keeps those of its own episode
        self.believable = BELIEVABLE.get(rule.family, 0.0)
        self.adopt(rule)

    def adopt(self, rule: FamilyRule) -> None:
        """Go by these limits from the next reading on; the levels must be as many as before."""
        self.rule = self.alert.rule = rule
        self.levels = tuple((level.law, level.level is Level.URGENT) for level in rule.levels)
        self.budgeted = any(level.law.budget for level in rule.levels)
        first = rule.levels[0]
        # No value from `lowest` to `highest` crosses a limit; nextafter makes an inclusive one strict.
        self.lowest = -math.inf if rule.above else first.limit
        self.highest = first.limit if rule.above else math.inf
        if rule.inclusive:
            self.lowest = math.nextafter(first.limit, math.inf)
            self.highest = math.inf if first.high is None else math.nextafter(first.high, -math.inf)

    def hear(self, value: float | None, at: Instant, out: Out, *, questionable: bool) -> None:
        """Take a new reading; None = this number is missing. Time up to `at` must have elapsed."""
        if self.resting and (value is None or not self.wakes(value)):
            return
        judge, rungs = self._judge, range(len(self.evidence))
        self.take(value, at, out, [judge(rung, value, questionable=questionable) for rung in rungs])

    def take(self, value: float | None, at: Instant, out: Out, verdicts: Sequence[Verdict]) -> None:
        """Take a reading that has been judged for each level: the condition, and whether it is good."""
        if self.resting:
            self._wake()
        if value is not None:
            self._remember(value)
        if self.budgeted and value is not None:
            for evidence, level in zip(self.evidence, self.rule.levels, strict=True):
                evidence.depth = round(abs(value - level.limit) * TENTHS)
        for evidence, (condition, good) in zip(self.evidence, verdicts, strict=True):
            evidence.hear(condition, good=good, at=at)
        alert = self.alert
        if value is not None and alert.open and self.evidence[alert.rung].condition is TRUE:
            alert.compare(value, at, out)

    def wakes(self, value: float) -> bool:
        """Whether `value` crosses any limit."""
        return not self.lowest <= value <= self.highest

    def _wake(self) -> None:
        self.resting = False
        for evidence in self.evidence:
            evidence.clear()
            evidence.lapse()
        if not self.alert.open:
            self.alert.breach()

    def _remember(self, value: float) -> None:
        self.value = value
        severity = self.rule.severity
        if self.wakes(value) and (self.worst is None or severity(value) > severity(self.worst)):
            self.worst = value
        if self.alert.open:
            self.alert.value, self.alert.worst = self.value, self.worst

    def _judge(self, index: int, value: float | None, *, questionable: bool) -> Verdict:
        """What a reading says about one level, and whether it counts towards the end."""
        urgent = self.levels[index][1]
        if value is None or (questionable and not urgent):
            return UNKNOWN, False
        if self.rule.beyond(value, index):
            return TRUE, False
        good = not questionable and value >= self.believable and self.rule.recovered(value, index)
        return FALSE, good

    def lapse(self) -> None:
        """The newest reading has spoken for as long as one may."""
        if not self.resting:
            for evidence in self.evidence:
                evidence.lapse()

    def elapse(self, start: int, dt: int) -> None:
        """Let `dt` ns pass from `start` under the newest reading."""
        if self.resting:
            return
        for evidence, (law, _) in zip(self.evidence, self.levels, strict=True):
            evidence.elapse(law, start, dt)
        if not self.alert.open and all(evidence.empty for evidence in self.evidence):
            self._rest(start + dt)

    def _rest(self, now: int) -> None:
        """Go to rest, unless the net still remembers a breach."""
        for evidence, (law, _) in zip(self.evidence, self.levels, strict=True):
            if evidence.breaches and evidence.breaches[-1] > now - law.net_within:
                return
        self.resting = True
        self.worst = None
        self.alert.fade()

    def due(self, now: int, until: int, *, armed: bool, watched: bool) -> int:
        """When something may happen if no reading comes: crossings up to `until`, announcements.

        `watched` = the seat is not unmonitored: only then an episode ends or is announced again.
        """
        due = self.alert.due if watched else NEVER
        if self.resting:
            return due
        crossings = [NEVER]
        rung = self.alert.rung
        if armed:
            for index in range(rung + 1, len(self.levels)):
                wait = self.evidence[index].qualifying_in(self.levels[index][0])
                crossings.append(NEVER if wait is None else now + wait)
        if rung >= 0 and watched:
            wait = self.evidence[rung].clearing_in(self.levels[rung][0])
            crossings.append(NEVER if wait is None else now + wait)
        crossing = min(crossings)
        return min(due, crossing if crossing <= until else NEVER)

    def fire(self, at: Instant, out: Out, *, armed: bool, watched: bool) -> None:
        """Do what the evidence at `at` asks for; time up to `at` must have elapsed."""
        if not self.resting:
            top = self._top(at.running_ns) if armed else -1
            if top > self.alert.rung:
                self._rise(top, at, out)
            elif watched and self.alert.rung >= 0:
                self._fall(at, out)
        if watched:
            self.alert.fire(at, out)

    def _top(self, now: int) -> int:
        """The highest level with enough evidence above the present one, or -1."""
        for index in range(len(self.levels) - 1, self.alert.rung, -1):
            if self.evidence[index].qualifies(self.levels[index][0], now):
                return index
        return -1

    def _rise(self, top: int, at: Instant, out: Out) -> None:
        if self.alert.open:
            self.alert.escalate(top, at, out)
        else:
            self.alert.breach()  # quiet, if the last one was over and acknowledged while this one grew
            since = self.evidence[top].since or at
            self.alert.qualify(top, since, at, out, value=self.value, worst=self.worst)

    def _fall(self, at: Instant, out: Out) -> None:
        """Step down or end when the present level has been clear for long enough."""
        rung = self.alert.rung
        if not self._cleared(rung):
            return
        lower = [index for index in range(rung) if not self._cleared(index)]
        target = lower[-1] if lower else -1
        for evidence in self.evidence[target + 1 :]:
            evidence.spend()
            evidence.breaches.clear()
        if target >= 0:
            self.alert.deescalate(target, at, out)
        else:
            self.alert.recover(at, out, latching=True)
            self.resting = True
            self.worst = None

    def over(self, at: Instant, out: Out) -> None:
        """The open episode is over for a reason of its own."""
        self.alert.recover(at, out, latching=False)
        self.resting = True
        self.worst = None

    def _cleared(self, index: int) -> bool:
        evidence = self.evidence[index]
        return evidence.good and evidence.off >= self.levels[index][0].clear

    def release(self, at: Instant, out: Out) -> None:
        """Close what is open and forget all evidence."""
        self.alert.release(at, out)
        self.resting = True
        self.value = self.worst = None

    def save(self) -> dict[str, Any] | None:
        """A plain JSON value; None for one at rest that has never raised anything."""
        if self.resting and self.alert.unused:
            return None
        evidence = [] if self.resting else [evidence.save() for evidence in self.evidence]
        return {
            "alert": self.alert.save(),
            "resting": self.resting,
            "value": self.value,
            "worst": self.worst,
            "evidence": evidence,
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave; evidence under a rule of another shape is forgotten."""
        self.alert.restore(saved["alert"])
        self.resting = saved["resting"]
        self.value, self.worst = saved["value"], saved["worst"]
        if len(saved["evidence"]) == len(self.evidence):
            self.evidence = [Evidence.restored(evidence) for evidence in saved["evidence"]]

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self.alert.shift(ns)
        for evidence in self.evidence:
            evidence.shift(ns)
