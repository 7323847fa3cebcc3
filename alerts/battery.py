"""The battery of a seat's clip (alerts.md 4.3): low for a minute raises, five points more end it.

A battery is asked rarely and does not change because nobody asks: the newest word of the clip holds
until the next one. A rebound of a point or two does not start the minute again.
"""

from collections.abc import Mapping
from typing import Any

from alerts.alert import NEVER, Alert, Out, Who
from alerts.limits import FamilyRule
from alerts.saved import pack, unpack
from collector.clock import Instant


class Battery:
    """The newest battery word of one clip and the alert it leads to.

    `resting` = neither a low word nor an open episode: then time alone changes nothing.
    """

    __slots__ = ("alert", "flagged", "resting", "rule", "since", "value")

    def __init__(self, rule: FamilyRule, who: Who) -> None:
        self.rule = rule
        self.alert = Alert(rule, who)
        self.begin()

    def begin(self) -> None:
        """Another clip: nothing is known of it."""
        self.value: int | None = None  # in %
        self.flagged = False  # a clip without percent says that it is low
        self.since: list[Instant | None] = [None for _ in self.rule.levels]
        self._look()

    def hear(self, value: int | None, *, flagged: bool, at: Instant) -> None:
        """What the clip says at `at`; without a percent only `flagged` is news."""
        if (value is None or value == self.value) and flagged is self.flagged:
            return
        self.value = self.value if value is None else value
        self.flagged = flagged
        for rung in range(len(self.since)):
            if self._low(rung):
                self.since[rung] = self.since[rung] or at
            elif self._back(rung):
                self.since[rung] = None
        if not any(self.since):
            self.alert.fade()
        elif self.value is not None and self.alert.open:
            self.alert.value = self.value
            self.alert.worst = min(self.value, self.alert.worst or self.value)
        self._look()

    def _low(self, rung: int) -> bool:
        if self.value is None:
            return self.flagged and rung == 0  # how low, nobody knows
        return self.rule.beyond(self.value, rung)

    def _back(self, rung: int) -> bool:
        if self.value is None:
            return not self.flagged
        return self.rule.recovered(self.value, rung)

    def _due(self, rung: int) -> int:
        since = self.since[rung]
        return NEVER if since is None else since.running_ns + self.rule.levels[rung].law.delay

    def _look(self) -> None:
        self.resting = not self.alert.open and not any(self.since)

    def due(self) -> int:
        """When something happens if the clip says nothing else."""
        rungs = range(self.alert.rung + 1, len(self.since))
        return min(self.alert.due, min((self._due(rung) for rung in rungs), default=NEVER))

    def fire(self, at: Instant, out: Out) -> None:
        """Do what is due at `at`."""
        alert = self.alert
        if alert.open and self.since[alert.rung] is None:
            self._fall(at, out)
        rungs = range(alert.rung + 1, len(self.since))
        top = max((rung for rung in rungs if self._due(rung) <= at.running_ns), default=-1)
        if top >= 0:
            self._rise(top, at, out)
        alert.fire(at, out)
        self._look()

    def _fall(self, at: Instant, out: Out) -> None:
        lower = [rung for rung in range(self.alert.rung) if self.since[rung] is not None]
        if lower:
            self.alert.deescalate(lower[-1], at, out)
        else:
            self.alert.recover(at, out, latching=False)

    def _rise(self, rung: int, at: Instant, out: Out) -> None:
        if self.alert.open:
            self.alert.escalate(rung, at, out)
            return
        self.alert.breach()
        since = self.since[rung] or at
        self.alert.qualify(rung, since, at, out, value=self.value, worst=self.value)

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        return {
            "alert": self.alert.save(),
            "value": self.value,
            "flagged": self.flagged,
            "since": [pack(since) for since in self.since],
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave; the minute of a rule of another shape begins anew."""
        self.alert.restore(saved["alert"])
        self.value, self.flagged = saved["value"], saved["flagged"]
        if len(saved["since"]) == len(self.since):
            self.since = [unpack(since) for since in saved["since"]]
        self._look()

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self.alert.shift(ns)
        self.since = [None if since is None else since.plus(ns) for since in self.since]
