"""Delivery and companion of one station, joined: what the composition root starts."""

import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from random import Random

from alerts.condition import Level
from alerts.delivery import KINDS, Committing, Delivery
from alerts.escalation import Target
from alerts.outbox import Letter, Outbox
from alerts.service import Alerts
from alerts.settings import AlertsSettings
from alerts.watchdog.companion import Companion
from alerts.watchdog.place import Place
from alerts.watchdog.wire import compose
from collector.clock import SECOND, Clock, LiveClock
from collector.entry import Entry
from collector.feed import Feed
from collector.journal.archive import Archive
from collector.recorder import Recorder
from collector.session import Phase
from collector.supervision import Policy, Supervisor

# Session time. An engine that has not turned for so long is as good as dead: its beat is withheld.
STUCK_NS = 5 * SECOND


class Dispatch:
    """Make it before the alerts, then `start` it with them. Raises `ConfigError` for a missing secret."""

    def __init__(  # noqa: PLR0913 - its neighbours, named
        self,
        settings: AlertsSettings,
        *,
        config: Path,
        data: Path,
        recorder: Recorder,
        journal: Committing,
        feed: Feed,
        clock: Clock,
    ) -> None:
        settings.check_secrets()
        self._settings, self._recorder, self._clock = settings, recorder, clock
        self._alerts: Alerts | None = None
        real = LiveClock()
        self.delivery = Delivery(
            Outbox(targets(settings)),
            recorder=recorder,
            journal=journal,
            feed=feed,
            clock=clock,
            real=real,
            post=self._post,
            past=_past(recorder, data),
        )
        paths = ("--config", str(config.resolve()), "--data", str(data.resolve()))
        self.companion = Companion(
            (sys.executable, "-m", "collector", "watchdog", *paths),
            place=Place(data.resolve()),
            real=real,
            random=Random(),  # noqa: S311 - jitter of pauses
            beat=self._beat,
            result=self.delivery.result,
            called=self.delivery.called,
            state=self.delivery.companion,
            over=lambda: not self._watching,
        )

    def start(self, tasks: Supervisor, alerts: Alerts) -> None:
        """Run delivery and companion as tasks; neither may end the station."""
        self._alerts = alerts
        tasks.start("delivery", self.delivery.run, policy=Policy.RESTART)
        tasks.start("companion", self.companion.run, policy=Policy.RESTART)

    @property
    def _watching(self) -> bool:
        session = self._recorder.session
        return session is not None and session.phase is not Phase.ENDED

    def _beat(self) -> Mapping[str, object] | None:
        turned = self._alerts.turned_ns if self._alerts else 0
        if self._watching and self._clock.now().running_ns - turned > STUCK_NS:
            return None
        return {"watching": self._watching, "mark": self.delivery.mark}

    def _post(self, letter: Letter, mark: str) -> None:
        room, base = self._settings.room, self._settings.link_base
        message = compose(letter.notification, room=room, base=base, mark=mark)
        self.companion.post(message, letter.attempt)


def targets(settings: AlertsSettings) -> list[Target]:
    """The targets as the escalation knows them: names, without addresses."""
    return [
        Target(
            name=one.name,
            step=one.step,
            levels=frozenset(Level[level.upper()] for level in one.levels),
        )
        for one in settings.targets
    ]


def _past(recorder: Recorder, data: Path) -> Iterable[Entry]:
    """What was recorded of the session that is open."""
    session = recorder.session
    if session is None or session.phase is Phase.ENDED:
        return []
    with closing(Archive(data)) as archive:
        return list(archive.entries(session.id, kinds=sorted(KINDS)))
