"""Looks at the journal and says when readings are not being saved: entries of the kind `store`."""

import asyncio

from collector.clock import Clock
from collector.entry import Entry
from collector.journal.health import Health
from collector.journal.port import JournalPort
from collector.recorder import Recorder

STORE = "store"  # the entry kind; body {"behind", "why", "since_utc_ns", "lost"}

# Real seconds. An urgent entry is committed at once, any other within 250 ms (DESIGN 3 promises 1 s).
LOOK_S = 0.25
URGENT_LATE_S = 0.5
LATE_S = 1.0
# Looks in a row without trouble before it is called over: a disk at its limit would flicker otherwise.
CALM_LOOKS = 8


class StoreWatch:
    """Records a `store` entry when saving falls behind, for another reason, and when it is over."""

    def __init__(self, recorder: Recorder, journal: JournalPort, clock: Clock) -> None:
        self._recorder, self._journal, self._clock = recorder, journal, clock
        self._why = ""
        self._since_utc_ns: int | None = None
        self._calm = 0

    def look(self) -> Entry | None:
        """Look once; the entry recorded, if there was something to say."""
        health = self._journal.health
        why = _trouble(health)
        self._calm = 0 if why else self._calm + 1
        if why == self._why or (not why and self._calm < CALM_LOOKS):
            return None
        if not self._why:
            self._since_utc_ns = health.since_utc_ns or self._clock.now().utc_ns
        self._why = why
        return self._recorder.add(
            kind=STORE,
            subject="",
            participant=None,
            body={
                "behind": bool(why),
                "why": why,
                "since_utc_ns": self._since_utc_ns,
                "lost": health.lost,
            },
            instant=self._clock.now(),
        )


async def watch_store(recorder: Recorder, journal: JournalPort, clock: Clock) -> None:
    """Look for ever, four times a second."""
    watch = StoreWatch(recorder, journal, clock)
    while True:
        watch.look()
        await asyncio.sleep(LOOK_S)


def _trouble(health: Health) -> str:
    if health.error:
        return health.error
    late = health.urgent_behind_s > URGENT_LATE_S or health.behind_s > LATE_S
    return "the disk is slow" if late else ""
