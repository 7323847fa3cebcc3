"""Alerts on the real recorder and journal: a station that stops and starts again."""

from pathlib import Path

import pytest

from alerts.condition import Family
from alerts.service import Alerts
from alerts.store import archived, decode
from collector.clock import SECOND, ManualClock
from collector.commands import Bind, End, Prepare, Start
from collector.feed import Feed
from collector.journal.archive import Archive
from collector.journal.store import Journal
from collector.reading import Reading
from collector.recorder import Recorder
from tests.alerts.world import DEFAULT

TOLD = frozenset({Family.SPO2_LOW, Family.UNMONITORED})  # the early word on a fall is another episode


class Run:
    """One run of a station on the journal in `folder`."""

    def __init__(self, journal: Journal, folder: Path, clock: ManualClock) -> None:
        feed = Feed()
        self.clock = clock
        self.recorder = Recorder(journal, feed, clock)
        self.alerts = Alerts(
            DEFAULT,
            recorder=self.recorder,
            journal=journal,
            feed=feed,
            clock=clock,
            past=archived(folder),
        )

    def seconds(self, count: int, spo2: float | None) -> None:
        """Let time pass with a reading each second, or none."""
        for _ in range(count):
            self.clock.advance_to(self.clock.now().running_ns + SECOND)
            if spo2 is not None:
                self.recorder.reading("d", Reading(at=self.clock.now(), spo2=spo2, pulse_rate=70))
            self.alerts.turn()


def told(folder: Path) -> list[str]:
    """The events of low oxygen and of people who are not measured in the journal."""
    with Archive(folder) as archive:
        (session,) = archive.sessions()
        events = [decode(entry) for entry in archive.entries(session.session, kinds=("alert",))]
    return [
        f"{e.happening.value} {e.reason} {e.episode[-1]}".replace("  ", " ")
        for e in events
        if e.family in TOLD
    ]


@pytest.mark.asyncio
async def test_an_episode_goes_on_after_a_restart(tmp_path: Path) -> None:
    """Raised before, announced once more at the start, acknowledged and closed after it: one id."""
    clock = ManualClock()
    async with Journal(tmp_path) as journal:
        run = Run(journal, tmp_path, clock)
        run.recorder.execute(Prepare(roster={"A": "P1"}))
        run.recorder.execute(Bind(seat="A", participant="P1", device="d"))
        run.recorder.execute(Start())
        run.seconds(12, 97)
        run.seconds(11, 88)
    clock.advance_to(clock.now().running_ns + 8 * SECOND)
    async with Journal(tmp_path) as journal:
        run = Run(journal, tmp_path, clock)
        episode = f"{run.recorder.session.id if run.recorder.session else ''}-A-spo2_low-1"
        run.seconds(3, 88)
        assert run.alerts.acknowledge(episode, "Kim")
        run.seconds(17, 97)
        run.recorder.execute(End())
        run.alerts.turn()

    assert told(tmp_path) == [
        "raise 1",
        "reannounce restart 1",
        "acknowledge 1",
        "deescalate 1",
        "close over 1",
    ]
