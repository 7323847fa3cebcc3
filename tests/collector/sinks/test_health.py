"""How each clip does, recorded whatever the clip does."""

from collections.abc import Callable

from collector.clock import SECOND, ManualClock
from collector.commands import Bind, End, Prepare, Release
from collector.device import DeviceStatus, LinkState
from collector.entry import Entry
from collector.feed import Feed, Loss
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.reading import Reading
from collector.recorder import Recorder
from collector.sinks.health import HealthWatch
from collector.sinks.points import HEALTH, LAG
from tests.simulation.loop import run_virtual

CLIP = "C0:FF:EE:00:00:01"


class Watched:
    """A session with a clip on seat A, and its health watch, on a manual clock."""

    def __init__(self, journal: MemoryJournal) -> None:
        self.clock = ManualClock()
        feed = Feed()
        self.entries = feed.subscribe("test", bound=10_000, loss=Loss.NOTHING)
        self.recorder = Recorder(journal, feed, self.clock)
        self.watch = HealthWatch(self.recorder, feed, self.clock, lambda: {"memory": {"waiting": 7}})
        self.recorder.execute(Prepare(roster={"A": "P1"}))
        self.recorder.execute(Bind(seat="A", participant="P1", device=CLIP))

    def wait(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now().running_ns + int(seconds * SECOND))

    def read(self, spo2: float | None = 97.0, *, battery: int | None = None) -> None:
        entry = self.recorder.reading(CLIP, Reading(at=self.clock.now(), spo2=spo2, battery=battery))
        assert entry is not None
        self.watch.take(entry)

    def look(self) -> list[Entry]:
        self.entries.take()
        self.watch.look()
        return self.entries.take()


def watched(script: Callable[[Watched], None]) -> None:
    """Run `script` on a watched session."""

    async def main() -> None:
        async with MemoryJournal(MemoryDisk()) as journal:
            script(Watched(journal))

    run_virtual(main)


def test_a_clip_that_never_spoke_is_as_old_as_its_binding() -> None:
    """Absence is a number that grows, never an absence."""

    def script(room: Watched) -> None:
        room.wait(17)
        health, lag = room.look()

        assert (health.kind, health.subject, health.participant) == (HEALTH, CLIP, "P1")
        assert health.facts == {"seat": "A", "age_s": 17.0, "connected": False, "battery": None}
        assert (lag.kind, lag.facts) == (LAG, {"memory": {"waiting": 7}})

    watched(script)


def test_the_age_is_that_of_the_last_valid_reading() -> None:
    """A reading without a number does not make the clip younger; its battery counts all the same."""

    def script(room: Watched) -> None:
        room.read()
        room.wait(10)
        room.read(None, battery=80)
        room.wait(2)

        assert room.look()[0].facts["age_s"] == 12.0
        assert room.look()[0].facts["battery"] == 80

    watched(script)


def test_the_link_is_that_of_the_last_status() -> None:
    """Up and down."""

    def script(room: Watched) -> None:
        said = []
        for link in (LinkState.CONNECTED, LinkState.LOST):
            status = DeviceStatus(at=room.clock.now(), device=CLIP, link=link)
            entry = room.recorder.status(status)
            assert entry is not None
            room.watch.take(entry)
            said.append(room.look()[0].facts["connected"])

        assert said == [True, False]

    watched(script)


def test_a_clip_on_another_person_begins_anew() -> None:
    """The reading that was somebody else's is not this person's age."""

    def script(room: Watched) -> None:
        room.read()
        room.wait(30)
        room.recorder.execute(Release(seat="A"))
        room.wait(30)
        room.recorder.execute(Bind(seat="A", participant="P2", device=CLIP))
        room.wait(3)

        health = room.look()[0]
        assert (health.participant, health.facts["age_s"]) == ("P2", 3.0)

    watched(script)


def test_nothing_is_recorded_after_the_end() -> None:
    """Recorded from prepare to end."""

    def script(room: Watched) -> None:
        room.recorder.execute(End())

        assert room.look() == []

    watched(script)
