"""A running session at which nobody looks."""

from alerts.audience import Audience
from alerts.channel import CHANNEL, PAGE
from collector.clock import SECOND, ManualClock
from collector.commands import End, Prepare, Start
from collector.feed import Feed
from collector.recorder import Recorder
from tests.alerts.room import Shelf


class Room:
    """A recorder, an audience and its clock."""

    def __init__(self) -> None:
        self.real, self.shelf = ManualClock(), Shelf()
        self.recorder = Recorder(self.shelf, Feed(), ManualClock())
        self.audience = Audience(recorder=self.recorder, clock=ManualClock(), real=self.real)

    def start(self) -> None:
        """A session runs."""
        self.recorder.execute(Prepare(roster={"A": "PA"}))
        self.recorder.execute(Start())

    def wait(self, real_s: float) -> None:
        """Real time passes, looked at each second."""
        for _ in range(int(real_s)):
            self.real.advance_to(self.real.now().running_ns + SECOND)
            self.audience.look()

    @property
    def said(self) -> list[bool]:
        """What was recorded: whether nobody looks."""
        found = [entry for entry in self.shelf.entries if entry.kind == CHANNEL]
        assert all(entry.subject == PAGE for entry in found)
        return [entry.facts["failed"] is True for entry in found]


def test_no_page_for_15_s_of_a_running_session_is_said_and_so_is_the_next_page() -> None:
    """Once each."""
    room = Room()
    room.start()
    room.wait(14)
    early = room.said
    room.wait(5)
    room.audience.pages(1)
    room.wait(60)

    assert early == []
    assert room.said == [True, False]


def test_a_page_that_comes_back_in_time_is_no_news() -> None:
    """A reload takes a second."""
    room = Room()
    room.start()
    room.audience.pages(1)
    room.wait(30)
    room.audience.pages(0)
    room.wait(14)
    room.audience.pages(1)

    assert room.said == []


def test_without_a_running_session_nobody_has_to_look() -> None:
    """Neither while one is prepared nor after its end, which closes what was said."""
    room = Room()
    room.recorder.execute(Prepare(roster={"A": "PA"}))
    room.wait(60)
    room.recorder.execute(Start())
    room.wait(16)
    room.recorder.execute(End())
    room.wait(60)

    assert room.said == [True, False]


def test_a_restart_takes_back_what_a_former_run_said() -> None:
    """The first page of a session that goes on is said, whether or not it was missing before."""
    room = Room()
    room.start()
    again = Audience(recorder=room.recorder, clock=ManualClock(), real=room.real)
    again.pages(1)
    again.pages(2)

    assert room.said == [False]
