"""The station of a simulated world: the product's own parts, wired as collector/station.py wires them."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from random import Random

from alerts.rules import load_rules
from alerts.service import Alerts
from collector.clock import Clock, Instant
from collector.entry import Entry
from collector.feed import Feed
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.recorder import Recorder
from collector.service import start_collecting
from collector.supervision import Policy, Supervisor
from dashboards.bedside.pushes import Pushes
from dashboards.bedside.state import State
from dashboards.service import follow
from tests.simulation.air import Air
from tests.simulation.browser import Socket
from tests.simulation.clock import WorldClock

RULES = load_rules()
Send = Callable[[str], Awaitable[None]]


class StationClock:
    """The clock of the station's machine: the world's time since its boot, and its wall clock."""

    def __init__(self, world: WorldClock, boot: str, zero_ns: int) -> None:
        self._world, self._boot, self._zero_ns = world, boot, zero_ns

    def now(self) -> Instant:
        now = self._world.now()
        return Instant(boot=self._boot, running_ns=now.running_ns - self._zero_ns, utc_ns=now.utc_ns)

    async def sleep_until(self, running_ns: int) -> None:
        await self._world.sleep_until(running_ns + self._zero_ns)


class Station:
    """One life of the station, from start to kill."""

    def __init__(self, disk: MemoryDisk, clock: Clock, air: Air, seed: int) -> None:
        self.disk, self.clock = disk, clock
        self.recorder: Recorder
        self.alerts: Alerts
        self.journal: MemoryJournal
        self.tasks: Supervisor
        self._air, self._seed = air, seed
        self._pushes: Pushes
        self._up = False

    async def live(self) -> None:
        """Start up and run until cancelled: the order is that of collector/station.py."""
        clock, feed = self.clock, Feed()
        random = Random(self._seed)
        async with MemoryJournal(self.disk) as journal, Supervisor(clock, random=random) as tasks:
            recorder = Recorder(journal, feed, clock)
            state = State()
            for entry in self._past(recorder.session.id if recorder.session else "", 0):
                state.take(entry)
            page = follow(feed)
            self.alerts = Alerts(
                RULES, recorder=recorder, journal=journal, feed=feed, clock=clock, past=self._past
            )
            self.journal, self.recorder, self.tasks = journal, recorder, tasks
            self._pushes = Pushes(state, page, clock)
            tasks.start("alerts", self.alerts.run, policy=Policy.ESCALATE)
            tasks.start("page pushes", self._pushes.run, policy=Policy.ESCALATE)
            start_collecting(
                tasks,
                radio=self._air,
                recorder=recorder,
                journal=journal,
                feed=feed,
                clock=clock,
                random=random,
            )
            self._up = True

    def open_page(self, socket: Socket, send: Send) -> bool:
        """Serve a page that connects; False while there is nobody to answer."""
        if self._up:
            self.tasks.start("page", partial(self._serve, socket, send), policy=Policy.ESCALATE)
        return self._up

    async def _serve(self, socket: Socket, send: Send) -> None:
        """As dashboards/bedside/app.py serves a client."""
        client = self._pushes.join()

        async def forward(text: str) -> None:
            await send(text)
            if not socket.open:
                client.close()

        try:
            await client.write(forward)
        except TimeoutError:
            pass  # it takes nothing: dropped, and comes back by itself
        finally:
            self._pushes.leave(client)

    def _past(self, session: str, after: int) -> Iterable[Entry]:
        return [e for e in self.disk.entries[after:] if e.session == session and e.seq > after]
