"""A station's worth of neighbours around a delivery, on clocks that stand still."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from alerts.channel import CHANNEL
from alerts.condition import ALERT, AlertEvent, Family, Happening, Level
from alerts.delivery import Delivery
from alerts.escalation import Target
from alerts.notifications import NOTIFICATION, State
from alerts.outbox import Letter, Outbox
from alerts.store import encode
from collector.clock import SECOND, ManualClock
from collector.commands import Prepare, Start
from collector.entry import Entry
from collector.feed import Feed
from collector.recorder import Recorder
from collector.session import Source

M, K = Target(name="M"), Target(name="K", step=2)
CAREFUL = Target(name="M", levels=frozenset({Level.URGENT, Level.CAUTION}))
TEST, FIRST = "test/{session}/M", "A1#1/first/M"


class Shelf:
    """An `EntrySink` and `Committing` in memory; `stuck` = the disk does not answer."""

    sessions: frozenset[str] = frozenset()

    def __init__(self, before: Iterable[Entry] = ()) -> None:
        self.entries = list(before)
        self.opening = [entry for entry in self.entries if entry.kind == "session"]
        self.urgent: set[int] = set()
        self.stuck = False
        self.waited: list[int] = []

    @property
    def last_seq(self) -> int:
        """The newest seq."""
        return self.entries[-1].seq if self.entries else 0

    def append(self, entry: Entry, *, urgent: bool = False) -> None:
        """Keep an entry."""
        self.entries.append(entry)
        if urgent:
            self.urgent.add(entry.seq)

    async def room(self) -> None:
        """There is room."""

    async def committed_to(self, seq: int) -> None:
        """At once, or never while stuck."""
        self.waited.append(seq)
        if self.stuck:
            await asyncio.Event().wait()


class Room:
    """A station's worth of neighbours around a delivery."""

    def __init__(self, targets: list[Target], before: Iterable[Entry] = ()) -> None:
        before = list(before)
        self.clock, self.real, self.feed = ManualClock(), ManualClock(), Feed()
        self.shelf = Shelf(before)
        self.recorder = Recorder(self.shelf, self.feed, self.clock)
        self.outbox = Outbox(targets)
        self.posted: list[Letter] = []
        self.delivery = Delivery(
            self.outbox,
            recorder=self.recorder,
            journal=self.shelf,
            feed=self.feed,
            clock=self.clock,
            real=self.real,
            post=lambda letter, _mark: self.posted.append(letter),
            past=before,
        )

    @property
    def session(self) -> str:
        """The id of the session."""
        assert self.recorder.session is not None
        return self.recorder.session.id

    @property
    def keys(self) -> list[str]:
        """What was handed over, in order: key and attempt."""
        return [f"{one.notification.key} {one.attempt}" for one in self.posted]

    def told(self, kind: str = NOTIFICATION) -> list[str]:
        """The journal's entries of `kind`, in words."""
        names = {NOTIFICATION: ("key", "attempt", "state"), CHANNEL: ("target", "failed")}[kind]
        return [
            " ".join(str(entry.facts[name]) for name in names)
            for entry in self.shelf.entries
            if entry.kind == kind and names[0] in entry.facts
        ]

    def alert(
        self,
        happening: str = "raise",
        level: Level = Level.URGENT,
        *,
        reason: str = "",
        episode: str = "A1",
    ) -> None:
        """Something happens to an episode; its first letter is the seat."""
        event = AlertEvent(
            at=self.clock.now(),
            episode=episode,
            family=Family.SPO2_LOW,
            seat=episode[0],
            participant="PA",
            happening=Happening(happening),
            level=level,
            since=self.clock.now(),
            reason=reason,
            announce=happening in ("raise", "escalate", "reannounce"),
        )
        seat, participant, body = encode(event)
        self.recorder.add(
            kind=ALERT, subject=seat, participant=participant, body=body, instant=event.at, urgent=True
        )

    async def pass_time(self, session_s: float = 0, real_s: float = 0) -> None:
        """Let time pass in steps of a quarter second, and everybody act."""
        await settle()
        for clock, seconds in ((self.clock, session_s), (self.real, real_s)):
            for _ in range(int(seconds * 4)):
                clock.advance_to(clock.now().running_ns + SECOND // 4)
                await settle()

    def answer(self, key: str, state: State, *, attempt: int = 1, reason: str = "") -> None:
        """The companion answers."""
        self.delivery.result(key.format(session=self.session), attempt, state, reason)


async def settle() -> None:
    """Give every task its turns."""
    for _ in range(12):
        await asyncio.sleep(0)


@asynccontextmanager
async def room(
    *targets: Target, before: Iterable[Entry] = (), source: Source = Source.LIVE
) -> AsyncIterator[Room]:
    """A running delivery in a started session, its test confirmed and out of the way."""
    made = Room(list(targets), before)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(made.delivery.run())
        if made.recorder.session is None:
            made.recorder.execute(Prepare(roster={"A": "PA"}, source=source))
            made.recorder.execute(Start())
        await settle()
        yield made
        running.cancel()


async def without_test(made: Room) -> None:
    """The tests of all targets have arrived; forget that they were posted."""
    for letter in list(made.posted):
        made.delivery.result(letter.notification.key, 1, State.DELIVERED, "")
    made.posted.clear()
    await settle()
