"""A station for measuring: bytes of simulated clips in; alerts, page state, committed journal out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import collector.commands
from alerts.rules import load_rules
from alerts.service import Alerts
from collector.clock import Clock, Instant
from collector.commands import Bind, Prepare, Start
from collector.devices import by_family
from collector.feed import Feed, Loss
from collector.intake import Intake, Memory, Surroundings
from collector.journal.store import Journal
from collector.radio.oximeter import Oximeter
from collector.radio.scenario import TURNS, Scenario
from collector.radio.simulated import SimulatedRadio
from collector.recorder import Recorder
from dashboards.bedside.pushes import Pushes
from dashboards.bedside.state import State

# What a clip sends in one second: characteristic and bytes of each notification.
Second = tuple[tuple[str, bytes], ...]
BOUND = 1 << 20


def clips(count: int) -> list[Oximeter]:
    """Clips on calm people, the three families taking turns."""
    made: list[Oximeter] = []
    for number in range(count):
        driver = by_family(TURNS[number % len(TURNS)])
        assert driver is not None
        made.append(Oximeter(number, driver, seed=f"bench/{number}", dose_at=None, events=()))
    return made


def seconds(clip: Oximeter, count: int) -> list[Second]:
    """What `clip` sends in each of `count` seconds: with pleth; a polled one is asked once a second."""
    sent: list[Second] = []
    poll = clip.driver.poll
    for t in range(count):
        clip.second(t)
        replies = clip.answer(poll.write.characteristic, poll.write.data) if poll else ()
        sent.append((*clip.stream(), *replies))
    return sent


class Station:
    """Recorder, journal, alerts and page around one feed, with `worn` in a running session."""

    def __init__(self, journal: Journal, clock: Clock, worn: list[Oximeter]) -> None:
        self.journal = journal
        self.clock = clock
        feed = Feed()
        self.recorder = Recorder(journal, feed, clock)
        self.alerts = Alerts(
            load_rules(),
            recorder=self.recorder,
            journal=journal,
            feed=feed,
            clock=clock,
            past=lambda _session, _after: (),
        )
        self.page = State()
        self.pages = Pushes(self.page, feed.subscribe("page", bound=BOUND, loss=Loss.NOTHING), clock)
        self.pages.join()  # somebody looks at it, so that frames are made
        self._polled: dict[str, bytes] = {}
        silent = SimulatedRadio(clock, Scenario(), participants=0)  # the bytes are made beforehand
        self._around = Surroundings(
            radio=silent,
            recording=self.recorder,
            clock=clock,
            random=Random(1),
        )
        self.intakes = {clip.device.address: self._intake(clip) for clip in worn}
        self._begin(worn)

    def _intake(self, clip: Oximeter) -> Intake:
        intake = Intake(clip.device.address, clip.driver.decoder(), self._around, Memory())
        if clip.driver.poll:
            self._polled[clip.device.address] = clip.driver.poll.write.data
        return intake

    def _begin(self, worn: list[Oximeter]) -> None:
        seats = [f"N{number}" for number in range(1, len(worn) + 1)]
        # The page shows 12 seats and a session takes 32; this measures what the parts could carry.
        vars(collector.commands)["SEATS"] = tuple(seats)
        roster = {seat: f"P{seat[1:]}" for seat in seats}
        self.recorder.execute(Prepare(roster=roster))
        for (seat, code), clip in zip(roster.items(), worn, strict=True):
            device = clip.device
            self.recorder.execute(
                Bind(seat=seat, participant=code, device=device.address, family=device.family)
            )
        self.recorder.execute(Start())
        self.alerts.turn()
        self.pages.push()

    def hear(self, address: str, second: Second, at: Instant) -> None:
        """What a clip sent in one second arrives, all in one callback."""
        intake = self.intakes[address]
        if address in self._polled:
            intake.sent(self._polled[address])
        for characteristic, data in second:
            intake.receive(characteristic, data, at)


@asynccontextmanager
async def station(clock: Clock, worn: list[Oximeter]) -> AsyncIterator[Station]:
    """A station with a real journal in an empty folder."""
    with TemporaryDirectory() as folder:
        async with Journal(Path(folder) / "data") as journal:
            yield Station(journal, clock, worn)
            await asyncio.sleep(0)
