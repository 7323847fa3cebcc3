"""What is known of the person on a seat: what is usual for them, and limits of their own."""

from collections.abc import Mapping
from typing import Any

from alerts.alert import Who
from alerts.baseline import Baseline, Gathering, baseline_body, read_baseline
from alerts.overrides import LIMIT_KEYS, Body, near, read_override
from alerts.rules import Rules
from alerts.vitals import Vitals


class Person:
    """Baseline and overrides of one participant; puts them in force in the `vitals` of the seat."""

    __slots__ = ("_participant", "_rules", "_seat", "_vitals", "gathering", "overrides")

    def __init__(self, rules: Rules, who: Who, vitals: Vitals) -> None:
        self._rules, self._vitals = rules, vitals
        self._seat, self._participant = who.seat, who.participant
        self.gathering = Gathering(rules.baseline)
        self.overrides: list[Body] = []  # asked for in this session
        self._limit()

    def dose(self, now: int) -> Baseline | None:
        """The baseline that the mark of a dose freezes; None if there was one, or can be none."""
        baseline = None if self._vitals.baseline else self.gathering.baseline(now)
        if baseline is not None:
            self._vitals.adopt(baseline)
        return baseline

    def override(self, body: Body) -> None:
        """Another limit, to the end of the session."""
        self.overrides.append(body)
        self._limit()

    def _limit(self) -> None:
        asked = [read_override(body) for body in self.overrides]
        self._vitals.limit(self._rules.of(self._seat, self._participant, asked))

    def close_limits(self) -> list[str]:
        """W3: a sentence for each limit that equals what is usual for this person."""
        own = self._vitals.baseline
        rules = [vital.rule for vital in self._vitals.all if vital.rule.family in LIMIT_KEYS]
        return [*near(rules, own.spo2, own.pulse_rate)] if own else []

    def follow(self, former: "Person", baseline: Baseline | None) -> None:
        """Rules run from here: the same person as `former`, with that baseline."""
        self.gathering, self.overrides = former.gathering, former.overrides
        self._limit()
        if baseline is not None:
            self._vitals.adopt(baseline)

    def change(self, participant: str) -> None:
        """Another person: nothing is known of them."""
        self._participant = participant
        self.gathering.begin()
        self._vitals.forget_baseline()
        self.overrides = []
        self._limit()

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        baseline = self._vitals.baseline
        return {
            "gathering": self.gathering.save(),
            "baseline": baseline_body(baseline) if baseline else None,
            "overrides": self.overrides,
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave, before the families are restored."""
        if "gathering" in saved:
            self.gathering.restore(saved["gathering"])
        if saved.get("baseline"):
            self._vitals.adopt(read_baseline(saved["baseline"]))
        self.overrides = list(saved.get("overrides", ()))
        self._limit()
