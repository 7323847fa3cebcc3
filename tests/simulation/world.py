"""A whole station in a simulated world: the product's own parts on virtual time, and trouble by plan."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from random import Random

from alerts.rules import load_rules
from alerts.service import Alerts
from collector.clock import SECOND, Clock, Instant
from collector.commands import Bind, Command, End, Prepare, Start
from collector.entry import Entry
from collector.feed import Feed, Loss
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.radio.scenario import Scenario
from collector.radio.simulated import SimulatedRadio
from collector.recorder import Recorder
from collector.service import start_collecting
from collector.session import SEATS, Source
from collector.supervision import Policy, Supervisor
from dashboards.bedside.pushes import Pushes
from dashboards.bedside.state import State
from dashboards.service import PAGE_BOUND
from tests.simulation.air import Air
from tests.simulation.clock import WorldClock
from tests.simulation.browser import Browser, Socket
from tests.simulation.nemesis import Fault, Plan, Trouble
from tests.simulation.truth import Truth

PREPARED_S, STARTED_S = 2.0, 5.0
# Not a whole second, so that looks fall into all parts of one.
LOOK_S = 0.97
RULES = load_rules()
TRACE = 60
TAPS = 0.03  # chance per look that an open alert is acknowledged


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
        random = Random(self._seed)  # noqa: S311 - a simulation, not a secret
        async with MemoryJournal(self.disk) as journal, Supervisor(clock, random=random) as tasks:
            recorder = Recorder(journal, feed, clock)
            state = State()
            for entry in self._past(recorder.session.id if recorder.session else "", 0):
                state.take(entry)
            page = feed.subscribe("bedside", bound=PAGE_BOUND, loss=Loss.NOTHING)
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

    def open_page(self, socket: Socket, send: Callable[[str], "asyncio.Future[None]"]) -> bool:
        """Serve a page that connects; False while there is nobody to answer."""
        if self._up:
            self.tasks.start("page", partial(self._serve, socket, send), policy=Policy.ESCALATE)
        return self._up

    async def _serve(
        self, socket: Socket, send: Callable[[str], "asyncio.Future[None]"]
    ) -> None:
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


class World:
    """Clips, people, station, page and trouble of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.clock = WorldClock()
        self.begun_ns = self.now
        self.truth = Truth()
        self.disk = MemoryDisk()
        self.trace: deque[str] = deque(maxlen=TRACE)
        self.ups: list[tuple[int, int | None]] = []  # when the station lived (world ns)
        self.deaths: list[tuple[int, bool]] = []  # when, and whether more than a moment was forgotten
        self.cut = 0
        self.lagging = 0.0
        self.way_clear_since = 0  # since when the page's network has been well
        self.as_of = 0  # when the newest frame on the page was made
        self.ended_ns = 1 << 62
        self.stepped_at = 0  # when the wall clock was stepped last
        self.gap_unknown = False
        self.random = Random(plan.seed)  # noqa: S311 - a simulation, not a secret
        self.station: Station | None = None
        self.acknowledged: set[str] = set()
        self._life: asyncio.Task[None] | None = None
        self._boot = "boot-1"

    @property
    def now(self) -> int:
        """World time in ns."""
        return self.clock.now().running_ns

    @property
    def second(self) -> float:
        """Seconds since the run began."""
        return (self.now - self.begun_ns) / SECOND

    def say(self, what: str) -> None:
        """Note something in the trace."""
        self.trace.append(f"{self.second:7.2f}  {what}")

    async def run(self, look: Callable[["World"], None]) -> None:
        """Live through the plan; `look` is called about once a second."""
        loop = asyncio.get_running_loop()
        scenario = Scenario(
            participants=len(self.plan.families),
            families=dict(zip(SEATS, self.plan.families, strict=False)),
            events=self.plan.events,
        )
        async with asyncio.TaskGroup() as group:
            self._group = group
            radio = SimulatedRadio(
                self.clock, scenario, seed=self.plan.seed, drivers=self.truth.drivers()
            )
            self.devices = radio.devices
            self.air = Air(radio, self.clock, self.truth, self.later, self._station_clock())
            self.page = Browser(lambda: loop.time() * 1000 + 5_000, self._connect)
            clips = group.create_task(radio.run())
            await self._start()
            self._schedule()
            self.page.open()
            end = self.begun_ns + int(self.plan.length_s * SECOND)
            while self.now < end:
                await self.clock.sleep_until(min(end, self.now + int(LOOK_S * SECOND)))
                self.page.tick()
                self._glance()
                look(self)
            await self._finish()
            clips.cancel()

    def later(self, at_ns: int, call: Callable[[], None]) -> None:
        """Have `call` done at a moment of the world."""
        self._group.create_task(self._later(at_ns, call))

    async def _later(self, at_ns: int, call: Callable[[], None]) -> None:
        await self.clock.sleep_until(at_ns)
        call()

    def at(self, second: float, call: Callable[[], None]) -> None:
        """Have `call` done at a second of the run."""
        self.later(self.begun_ns + int(second * SECOND), call)

    # ---- the station --------------------------------------------------------------------------------

    def _station_clock(self) -> Clock:
        zero = self.truth.zero[self._boot]
        return StationClock(self.clock, self._boot, zero) if zero else self.clock

    async def _start(self) -> None:
        clock = self._station_clock()
        self.air.station_clock = clock
        self.station = Station(self.disk, clock, self.air, self.plan.seed)
        self._life = self._group.create_task(self.station.live())
        gone = self.ups[-1][1] if self.ups else None
        # A new boot knows how long it was away by the wall clock alone.
        self.gap_unknown = self._boot != "boot-1" and gone is not None and self.stepped_at >= gone
        self.ups.append((self.now, None))
        self.say("station starts")
        await asyncio.sleep(0)

    async def _kill(self, *, reboot: bool) -> None:
        """As kill -9 does: nothing more is committed, said or heard."""
        station, life = self.station, self._life
        if station is None or life is None:
            return
        self.station = self._life = None
        station.journal.kill()
        self.air.forget()
        self.disk = MemoryDisk(
            entries=list(self.disk.entries), states=dict(self.disk.states), trouble=self.disk.trouble
        )
        self.ups[-1] = (self.ups[-1][0], self.now)
        self.deaths.append((self.now, reboot or bool(self.disk.trouble)))
        self.say(f"station dies, committed {len(self.disk.entries)}")
        life.cancel()
        await asyncio.wait({life})
        self.page.dropped()

    async def _restart(self, trouble: Trouble) -> None:
        await self.clock.sleep_until(self.begun_ns + int(trouble.at * SECOND))
        await self._kill(reboot=trouble.fault is Fault.REBOOT)
        await self.clock.sleep_until(self.begun_ns + int(trouble.until * SECOND))
        if trouble.fault is Fault.REBOOT:
            self._boot = f"boot-{len(self.truth.zero) + 1}"
            self.truth.zero[self._boot] = self.now - 20 * SECOND
        await self._start()

    async def _finish(self) -> None:
        """End the session and let the station go in peace."""
        self.ended_ns = self.now
        self.command(End())
        await self.clock.sleep_until(self.now + 2 * SECOND)
        if self.station is not None and self._life is not None:
            self.station.tasks.stop()
            await asyncio.wait({self._life})
            self._life.result()

    # ---- people -------------------------------------------------------------------------------------

    def command(self, command: Command) -> bool:
        """A person gives a command; False when there is nobody to take it."""
        if self.station is None:
            return False
        self.station.recorder.execute(command)
        return True

    def bind(self, seat: str, participant: str, number: int) -> None:
        """A person puts clip `number` on somebody and says so."""
        device = self.devices[number]
        if self.command(
            Bind(seat=seat, participant=participant, device=device.address, family=device.family)
        ):
            self.truth.wear(seat, participant, device.address, self.now)

    def _prepare(self) -> None:
        roster = {SEATS[n]: f"P{n + 1}" for n in range(self.plan.seats)}
        self.command(Prepare(roster=roster, source=Source.DEMO))
        for number, (seat, participant) in enumerate(roster.items()):
            self.bind(seat, participant, number)

    def _begin(self) -> None:
        self.command(Start())
        self.truth.running_since = self.now

    def _swap(self) -> None:
        one, two = sorted(self.truth.seats)[:2]
        a, b = self.truth.seats[one], self.truth.seats[two]
        numbers = {device.address: n for n, device in enumerate(self.devices)}
        self.bind(one, a.participant, numbers[b.device])
        self.bind(two, b.participant, numbers[a.device])

    def _spare(self, seat: str) -> None:
        worn = {held.device for held in self.truth.seats.values()}
        spare = next(n for n, device in enumerate(self.devices) if device.address not in worn)
        self.bind(seat, self.truth.seats[seat].participant, spare)

    def _glance(self) -> None:
        """A person looks at the page, and sometimes acknowledges what is there."""
        for card in list(self.page.cards.values()):
            if card.state != "seen" and not self.page.lost and self.random.random() < TAPS:
                self.acknowledge(card.episode)

    def acknowledge(self, episode: str) -> None:
        """A person taps an alert on the page."""
        if self.station is not None and episode in self.page.cards:
            self.acknowledged.add(episode)
            self.station.alerts.acknowledge(episode, "facilitator")
            self.say(f"acknowledge {episode}")

    # ---- the page -----------------------------------------------------------------------------------

    def _connect(self, socket: Socket) -> None:
        if self.cut:
            return

        async def send(text: str) -> None:
            if self.cut:
                await asyncio.get_running_loop().create_future()
            loop = asyncio.get_running_loop()
            socket.due = max(loop.time() + self.lagging, socket.due)  # nothing overtakes on a socket
            if socket.due > loop.time():
                loop.call_at(socket.due, self._deliver, socket, text, self.now)
            else:
                self._deliver(socket, text, self.now)

        if self.station is None or not self.station.open_page(socket, send):
            self.page.closed(socket)

    def _deliver(self, socket: Socket, text: str, made: int) -> None:
        if socket.open:
            self.as_of = made
            socket.deliver(text)

    # ---- trouble ------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        self.at(PREPARED_S, self._prepare)
        self.at(STARTED_S, self._begin)
        for trouble in self.plan.troubles:
            if trouble.fault in (Fault.KILL, Fault.REBOOT):
                self._group.create_task(self._restart(trouble))
            else:
                self.at(trouble.at, partial(self._set, trouble, on=True))
                self.at(trouble.until, partial(self._set, trouble, on=False))

    def _set(self, trouble: Trouble, *, on: bool) -> None:
        seat = SEATS[trouble.seat]
        address = self.truth.seats[seat].device if seat in self.truth.seats else ""
        self.say(f"{trouble.fault} {seat} {'begins' if on else 'ends'}")
        match trouble.fault:
            case Fault.LEAK:
                _switch(self.air.leaking, address, on=on)
            case Fault.ECHO:
                _switch(self.air.echoing, address, on=on)
            case Fault.HANG:
                _switch(self.air.hanging, address, on=on)
            case Fault.LATE if on:
                self.air.late.add(address)
            case Fault.LATE:
                for late in sorted(self.air.late):
                    self.air.release(late)
            case Fault.DISK_FULL:
                self.disk.trouble = "the disk is full" if on else ""
            case Fault.FSYNC:
                self.disk.trouble = "the disk failed to write" if on else ""
            case Fault.CUT:
                self.cut += 1 if on else -1
                self.way_clear_since = self.now
            case Fault.LAG:
                self.lagging = trouble.amount if on else 0.0
                self.way_clear_since = self.now
            case Fault.STEP_FORWARD | Fault.STEP_BACK if on:
                self._step_utc(int(trouble.amount * SECOND))
            case Fault.STEP_1970 if on:
                self._step_utc(100 * 86_400 * SECOND - self.clock.now().utc_ns)
            case Fault.SWAP if on:
                self._swap()
            case Fault.SPARE if on:
                self._spare(seat)

    def _step_utc(self, ns: int) -> None:
        self.clock.step_utc(ns)
        self.stepped_at = self.now


def _switch(among: set[str], address: str, *, on: bool) -> None:
    if on:
        among.add(address)
    else:
        among.clear()
