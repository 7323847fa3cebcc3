"""A simulated world: clips, people, a station, a page, and trouble by plan, on virtual time."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from random import Random

from collector.clock import SECOND, Clock
from collector.commands import Bind, Command, End, Prepare, Start
from collector.journal.memory import MemoryDisk
from collector.radio.scenario import Scenario
from collector.radio.simulated import SimulatedRadio
from collector.session import SEATS, Source
from tests.simulation.air import Air
from tests.simulation.browser import Browser, Socket
from tests.simulation.clock import WorldClock
from tests.simulation.nemesis import OF_CLIP, OF_DISK, OF_STATION, Fault, Plan, Trouble
from tests.simulation.station import Station, StationClock
from tests.simulation.truth import Truth

PREPARED_S, STARTED_S = 2.0, 5.0
# Not a whole second, so that looks fall into all parts of one.
LOOK_S = 0.97
TRACE = 60
AT_ONCE = {Fault.SWAP, Fault.SPARE, Fault.STEP_FORWARD, Fault.STEP_BACK, Fault.STEP_1970}
SICK = {Fault.DISK_FULL: "the disk is full", Fault.FSYNC: "the disk failed to write"}
TAPS = 0.03  # chance per look that an open alert is acknowledged


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
        self.random = Random(plan.seed)
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
            if trouble.fault in OF_STATION:
                self._group.create_task(self._restart(trouble))
            else:
                self.at(trouble.at, partial(self._set, trouble, on=True))
                self.at(trouble.until, partial(self._set, trouble, on=False))

    def _set(self, trouble: Trouble, *, on: bool) -> None:
        seat = SEATS[trouble.seat]
        self.say(f"{trouble.fault} {seat} {'begins' if on else 'ends'}")
        worn = self.truth.seats.get(seat)
        if trouble.fault in AT_ONCE:
            if on:
                self._happen(trouble, seat)
        elif trouble.fault in OF_DISK:
            self.disk.trouble = SICK[trouble.fault] if on else ""
        elif trouble.fault in (Fault.CUT, Fault.LAG):
            self._network(trouble, on=on)
        elif worn is not None and trouble.fault not in OF_CLIP:
            self.air.trouble(trouble.fault, worn.device, on=on)

    def _network(self, trouble: Trouble, *, on: bool) -> None:
        if trouble.fault is Fault.CUT:
            self.cut += 1 if on else -1
        else:
            self.lagging = trouble.amount if on else 0.0
        self.way_clear_since = self.now

    def _happen(self, trouble: Trouble, seat: str) -> None:
        match trouble.fault:
            case Fault.SWAP:
                self._swap()
            case Fault.SPARE:
                self._spare(seat)
            case Fault.STEP_1970:
                self._step_utc(100 * 86_400 * SECOND - self.clock.now().utc_ns)
            case _:
                self._step_utc(int(trouble.amount * SECOND))

    def _step_utc(self, ns: int) -> None:
        self.clock.step_utc(ns)
        self.stepped_at = self.now
