"""What joins delivery and companion: the beat, and what travels with a notification."""

from pathlib import Path

import pytest

from alerts.condition import Level
from alerts.dispatch import STUCK_NS, Dispatch, targets
from alerts.escalation import Target
from alerts.rules import load_rules
from alerts.service import Alerts
from alerts.settings import AlertsSettings, TargetSettings
from collector.clock import ManualClock
from collector.commands import End, Prepare
from collector.feed import Feed
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.recorder import Recorder
from collector.session import Source

SETTINGS = AlertsSettings(
    room="Room 2",
    targets=(
        TargetSettings(name="M", url_env="HOLDSPACE_M", levels=("urgent", "caution")),
        TargetSettings(name="K", url_env="HOLDSPACE_M", step=2),
    ),
)


def test_targets_carry_names_and_no_addresses() -> None:
    """The station never needs to know where a target is."""
    assert targets(SETTINGS) == [
        Target(name="M", levels=frozenset({Level.URGENT, Level.CAUTION})),
        Target(name="K", step=2),
    ]


@pytest.mark.asyncio
async def test_the_beat_stops_when_the_engine_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop that runs proves nothing: the alerts must have taken their turn within 5 s."""
    monkeypatch.setenv("HOLDSPACE_M", "json://127.0.0.1/m")
    clock, feed = ManualClock(), Feed()
    async with MemoryJournal(MemoryDisk()) as journal:
        recorder = Recorder(journal, feed, clock)
        dispatch = Dispatch(
            SETTINGS,
            config=tmp_path / "holdspace.toml",
            data=tmp_path,
            recorder=recorder,
            journal=journal,
            feed=feed,
            clock=clock,
        )
        alerts = Alerts(
            load_rules(), recorder=recorder, journal=journal, feed=feed, clock=clock, past=lambda *_: ()
        )
        dispatch._alerts = alerts
        before = dispatch._beat()
        recorder.execute(Prepare(roster={"A": "PA"}, source=Source.DEMO))
        dispatch.delivery._take()
        alerts.turn()
        clock.advance_to(clock.now().running_ns + STUCK_NS)
        running = dispatch._beat()
        clock.advance_to(clock.now().running_ns + 1)
        stuck = dispatch._beat()
        recorder.execute(End())
        after = dispatch._beat()

    assert before == {"watching": False, "mark": ""}
    assert running == {"watching": True, "mark": "SIMULATION"}
    assert stuck is None
    assert after == {"watching": False, "mark": "SIMULATION"}
