"""What holds signals of one seat back: a pause, or that another alert explains them (alerts.md 4.6, 4.7).

Only signals rest. Everything is recorded as it happens, and what still stands speaks when its reason ends.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from alerts.alert import Alert, Out
from alerts.condition import Cause, Family, Level
from alerts.inhibition import Inhibitions, Standing
from alerts.pause import Pause, PauseAsked, PauseEnd
from collector.clock import Instant


class Doubt:
    """Whether it is in doubt who wears which clip here; the station finds out, it stands like an alert."""

    __slots__ = ("cause", "level", "open")

    def __init__(self) -> None:
        self.open = False
        self.level = Level.CAUTION
        self.cause: Cause | None = None


class Held:
    """The pause of one seat and the explanations of its alerts."""

    __slots__ = (
        "_alerts",
        "_by_family",
        "_inhibitions",
        "_known",
        "_monitor",
        "_sources",
        "_standing",
        "doubt",
        "explains",
        "pause",
    )

    def __init__(self, inhibitions: Inhibitions, alerts: Sequence[Alert]) -> None:
        self.pause = Pause()
        self.doubt = Doubt()
        self._inhibitions = inhibitions
        self.explains = False  # whether any alert is
        self.watch(alerts)

    def watch(self, alerts: Sequence[Alert]) -> None:
        """These are the alerts of the seat."""
        self._alerts = tuple(alerts)
        self._by_family = {alert.family: alert for alert in alerts}
        self._monitor = self._by_family[Family.UNMONITORED]
        self._standing: dict[Family, Standing] = {**self._by_family, Family.IDENTITY: self.doubt}
        self._known: object = None  # how the sources stood when this was last worked out
        self._sources = [
            one for family, one in self._standing.items() if family in self._inhibitions.sources
        ]

    def explain(self, at: Instant, out: Out) -> None:
        """See what explains what now; looked at again only when a source has changed."""
        known = tuple((one.open and one.level, one.cause) for one in self._sources)
        if known == self._known:
            return
        self._known = known
        self.explains = False
        for family in self._inhibitions.by_target:
            alert = self._by_family.get(family)
            if alert is None:
                continue
            alert.explain_by(self._inhibitions.explanation(family, self._standing), at, out)
            self.explains = self.explains or alert.explained is not None

    def speak_up(self) -> None:
        """A missing seat that hides an episode no pause covers is not covered either."""
        self._monitor.loud = self.pause.on and any(
            alert.open and not alert.pausable for alert in self._alerts if alert is not self._monitor
        )

    def begin(self, asked: PauseAsked, at: Instant, out: Out) -> None:
        """No signals from `at` on, but for what no pause covers."""
        before = self.pause.on
        self.pause.begin(asked, at.running_ns)
        self._mark()
        for alert in () if before else self._alerts:
            alert.rest(at, out)

    def end(self, at: Instant, out: Out) -> None:
        """The pause is over: announce what stands, but not what a missing seat hides."""
        self.pause.end()
        self._mark()
        hidden = self._monitor.open
        for alert in self._alerts:
            if not hidden or alert.family in {Family.UNMONITORED, Family.BATTERY}:
                alert.unpause(at, out)

    def give_up(self) -> None:
        """Another person, or none: no pause, and none in a row."""
        self.pause = Pause()
        self._mark()

    def over(self, now: int, run: int) -> PauseEnd | None:
        """What ends the pause at `now`, if there is one and anything does."""
        return self.pause.over(now, run) if self.pause.on else None

    def _mark(self) -> None:
        for alert in self._alerts:
            alert.paused = self.pause.on
        self.speak_up()

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over the pause that was saved; what explains what follows from the alerts."""
        self.pause.restore(saved)
        self.recall()

    def recall(self) -> None:
        """The alerts have been restored: hold back what was held back."""
        self._known = None
        self._mark()
        for family in self._inhibitions.by_target:
            alert = self._by_family.get(family)
            if alert is not None:
                alert.explained = self._inhibitions.explanation(family, self._standing)
                self.explains = self.explains or alert.explained is not None
