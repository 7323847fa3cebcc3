"""Looks at the journal and says when readings are not being saved: entries of the kind `store`."""

import asyncio

from collector.clock import Clock, LiveClock
from collector.entry import Entry
from collector.journal.health import Health
from collector.journal.port import JournalPort
from collector.journal.space import Space
from collector.recorder import Recorder
from collector.saving import STORE
from collector.stall import Stall

# Real seconds. An urgent entry is committed at once, any other within 250 ms (DESIGN 3 promises 1 s).
LOOK_S = 0.25
URGENT_LATE_S = 0.5
LATE_S = 1.0
# Looks in a row without trouble before it is called over: a disk at its limit would flicker otherwise.
CALM_LOOKS = 8
# How far behind is worth another word (alerts.md 4.3, store_behind).
STEPS_S = (10.0, 60.0)
# Looks after a stall of this process in which no age counts: the writer stood still too, and now it saves.
GRACE_LOOKS = 8
SLOW = "the disk is slow"
SHORT_S = 2 * 3600.0  # a disk that is full by then
# Bytes. With more free no rate is believed: another program's burst (an update, a copied film) looks for
# minutes like a disk that fills, and the journal itself takes weeks for so much (space.LEAST_RATE).
PLENTY = 10_000_000_000
ROOM_AGAIN = 1.25  # so much more, and it lasts again: free space wavers
SPACE_LOOKS = 40  # the disk is asked for its free space every ten seconds


class StoreWatch:
    """Records a `store` entry when saving falls behind, gets worse or changes its reason, and when it is over.

    `real` tells how fast the disk fills, and when this process itself stood still: then the disk is not
    blamed for what waited meanwhile.
    """

    def __init__(
        self, recorder: Recorder, journal: JournalPort, clock: Clock, real: Clock | None = None
    ) -> None:
        self._recorder, self._journal, self._clock = recorder, journal, clock
        self._real = real or LiveClock()
        self._why = ""
        self._step = 0
        self._since_utc_ns: int | None = None
        self._calm = self._looks = 0
        self._grace = 0
        self._stall = Stall()
        self._space = Space()
        self._full_in_s: float | None = None

    def look(self) -> Entry | None:
        """Look once; the entry recorded, if there was something to say."""
        health = self._journal.health
        short = self._full_in_s is not None
        self._look_for_room(health)
        why, step = self._judge(health)
        self._calm = 0 if why else self._calm + 1
        worse = why != self._why or step > self._step
        settled = why or not self._why or self._calm >= CALM_LOOKS
        if not (worse and settled) and short is (self._full_in_s is not None):
            return None
        if not self._why:
            self._since_utc_ns = health.since_utc_ns or self._clock.now().utc_ns
        if settled:
            self._why, self._step = why, step
        return self._say(health)

    def _judge(self, health: Health) -> tuple[str, int]:
        """What is wrong and how many steps behind; just after a stall slowness stays what it was."""
        stalled = self._stall.ended(self._real.now().running_ns)
        self._grace = GRACE_LOOKS if stalled else max(0, self._grace - 1)
        why = _trouble(health)
        if self._grace and why in ("", SLOW):
            return self._why, self._step
        return why, sum(health.behind_s >= step for step in STEPS_S)

    def _look_for_room(self, health: Health) -> None:
        """Every ten seconds, see when the disk is full."""
        self._looks += 1
        if health.free is None or self._looks % SPACE_LOOKS != 1:
            return
        left = self._space.left_s(health.free, self._real.now().running_ns)
        slack = 1.0 if self._full_in_s is None else ROOM_AGAIN
        short = left < SHORT_S * slack and health.free < PLENTY * slack
        self._full_in_s = round(left) if short else None

    def _say(self, health: Health) -> Entry:
        return self._recorder.add(
            kind=STORE,
            subject="",
            participant=None,
            body={
                "behind": bool(self._why),
                "why": self._why,
                "since_utc_ns": self._since_utc_ns,
                "lost": health.lost,
                "failing": bool(self._why and health.error),
                "behind_s": round(health.behind_s, 1),
                "full_in_s": self._full_in_s,
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
    return SLOW if late else ""
