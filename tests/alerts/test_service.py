"""The shell around the engine: wakes, records, keeps, acknowledges."""

import asyncio

import pytest

from alerts.condition import Happening
from alerts.service import BEHIND, BOUND, Alerts
from collector.clock import SECOND, ManualClock
from tests.alerts.signals import Beat
from tests.alerts.tape import Station, Tape, line
from tests.alerts.world import BOOT_RUNNING, DEFAULT, Script, instant


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(6):
        await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_timers_fire_without_any_entry() -> None:
    """With the feed silent the service wakes by itself, and the events carry when they were due."""
    station = Station()
    station.open(("A",))
    station.step(Beat(t=1_000))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(station.alerts.run())
        await settle()
        for tenth in range(10, 200):
            station.clock.advance_to(BOOT_RUNNING + tenth * SECOND // 10 + 7)
            await settle()
            told_at = tenth / 10 if station.tape.alerts() else None
            if told_at:
                break
        running.cancel()

    assert [line(event)[:3] for event in station.tape.alerts()] == [
        (16.0, "s-A-unmonitored-1", "raise")
    ]
    assert told_at == pytest.approx(16, abs=0.11)


@pytest.mark.asyncio
async def test_an_entry_that_makes_something_due_soon_is_not_left_to_the_next_tick() -> None:
    """A crossing 0.3 s after a reading is told then, not when the second is full."""
    station = Station()
    station.open(("A",))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(station.alerts.run())
        for second in range(20):
            station.clock.advance_to(BOOT_RUNNING + second * SECOND)
            await settle()
            at = station.clock.now()
            value = 97.0 if second < 16 else 80.0
            station.tape.put(station.script.reading(at, spo2=value))
            station.script.seq = station.tape.last
            await settle()
        station.clock.advance_to(BOOT_RUNNING + 19 * SECOND)
        await settle()
        running.cancel()

    assert [line(event)[0] for event in station.tape.alerts()] == [19.0]


def test_events_are_recorded_with_the_state_of_their_seat() -> None:
    """Each alert entry is followed by a state of that seat that reaches up to it."""
    station = Station()
    station.open(("A", "B"))
    for second in range(25):
        station.step(Beat(t=second * 1000, spo2=97 if second < 11 else 80))
    alerts = [entry for entry in station.tape.entries if entry.kind == "alert"]

    assert alerts
    for entry in alerts:
        assert ("engine/A", entry.seq) in [(name, seq) for name, seq, _ in station.tape.states]


def test_every_seat_is_kept_every_ten_seconds() -> None:
    """A quiet session is kept too, so that a restart has little to take again."""
    station = Station()
    station.open(("A", "B"))
    for second in range(40):
        station.step(Beat(t=second * 1000, seat="A"))
        station.step(Beat(t=second * 1000 + 500, seat="B"))
    late = [name for name, seq, _ in station.tape.states if seq > station.tape.last - 22]

    assert {"engine", "engine/A", "engine/B"} <= set(late)


def test_acknowledging_tells_whether_the_episode_was_there() -> None:
    """True once and again while it lives, False for what is gone; the name is recorded."""
    station = Station()
    station.open(("A",))
    for second in range(25):
        station.step(Beat(t=second * 1000, spo2=97 if second < 11 else 80))

    assert not station.alerts.acknowledge("s-A-spo2_low-9", "Kim")
    assert station.alerts.acknowledge("s-A-spo2_low-1", "Kim")
    assert station.alerts.acknowledge("s-A-spo2_low-1", "Lee")
    seen = [event for event in station.tape.alerts() if event.happening is Happening.ACKNOWLEDGE]
    assert [event.by for event in seen] == ["Kim"]


def test_falling_behind_is_recorded_once_and_loses_nothing() -> None:
    """Over its bound the feed keeps everything; the journal says that the alerts were behind."""
    station = Station()
    station.open(("A",))
    for n in range(BOUND + 5):
        at = instant(1 + n / 1000)
        station.tape.put(station.script.reading(at, spo2=80 if n > 5 else 97))
        station.script.seq = station.tape.last
    station.clock.advance_to(at.running_ns)
    station.alerts.turn()
    station.alerts.turn()
    said = [entry.facts["behind"] for entry in station.tape.entries if entry.kind == BEHIND]

    assert said == [True, False]
    assert [line(event)[2] for event in station.tape.alerts()] == ["raise"]


def test_alerts_made_too_late_refuse_to_run_blind() -> None:
    """A running session whose start is not in the past is a defect of the wiring."""
    tape = Tape([], [])
    for entry in Script().opening(("A",), instant(0)):
        tape.put(entry)

    with pytest.raises(RuntimeError, match="before the session's first entry"):
        Alerts(
            DEFAULT,
            recorder=tape,
            journal=tape,
            feed=tape.feed,
            clock=ManualClock(),
            past=lambda _session, _after: iter(()),
        )
