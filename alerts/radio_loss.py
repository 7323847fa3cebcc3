"""Many seats lost at once are one trouble of the radio (alerts.md 4.7). Pure.

Three or more seats that become unmonitored within five seconds, none of them because its clip says so (finger
off, searching, paused), are one alert; their own cautions are explained by it and give no signals meanwhile.
A station has one adapter; readings do not say yet over which one they came.
"""

from collections.abc import Mapping
from typing import Any

from alerts.condition import AlertEvent, Cause, Happening
from collector.clock import SECOND

FEWEST = 3
WITHIN_NS = 5 * SECOND
# What a clip says itself, so that the radio must be there.
TOLD_BY_THE_CLIP = frozenset({Cause.FINGER_OFF, Cause.NO_SIGNAL, Cause.DEVICE_PAUSED})


class RadioLoss:
    """Follows which seats are unmonitored; `seats` are those of a loss that goes on, `named` of the newest."""

    def __init__(self) -> None:
        self.seats: frozenset[str] = frozenset()
        self.named: frozenset[str] = frozenset()
        self._missing: dict[str, int] = {}  # seat -> when it became unmonitored, running ns
        self._newest = 0

    def hear(self, event: AlertEvent) -> bool:
        """Take a raise or close of `unmonitored`; whether `seats` have changed."""
        at = event.at.running_ns
        if at < self._newest:
            return False  # a restart takes an old entry again: known already
        self._newest = at
        if event.happening is Happening.RAISE and event.cause not in TOLD_BY_THE_CLIP:
            self._missing.setdefault(event.seat, at)
        elif event.happening is Happening.CLOSE:
            self._missing.pop(event.seat, None)
        before, self.seats = self.seats, self._judge(at)
        self.named = self.seats or self.named
        return self.seats != before

    def _judge(self, now: int) -> frozenset[str]:
        lately = {seat for seat, at in self._missing.items() if now - at <= WITHIN_NS}
        known = self.seats & self._missing.keys()
        seats = known | lately if known or len(lately) >= FEWEST else lately
        return frozenset(seats if len(seats) >= FEWEST else ())

    def begin(self) -> None:
        """Another session: nobody is missing."""
        self.seats, self.named, self._missing = frozenset(), frozenset(), {}

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        seats = {"seats": sorted(self.seats), "named": sorted(self.named)}
        return {**seats, "missing": self._missing, "newest": self._newest}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave."""
        self.seats, self.named = frozenset(saved["seats"]), frozenset(saved["named"])
        self._missing = dict(saved["missing"])
        self._newest = saved["newest"]

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self._newest += ns
        self._missing = {seat: at + ns for seat, at in self._missing.items()}
