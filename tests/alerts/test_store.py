"""Alert events as entries, and the engine across a kill: nothing lost, nothing twice."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.condition import ALERT, AlertEvent, Cause, Family, Happening, Level, Reason
from alerts.store import decode, encode
from collector.entry import Entry
from tests.alerts.hard_cases import HARD_CASES
from tests.alerts.signals import Act, Beat, Signal, signals
from tests.alerts.tape import Station, journey, line
from tests.alerts.world import Script, instant, seconds

EVENT = AlertEvent(
    at=instant(12.5),
    episode="s-A-spo2_low-1",
    family=Family.SPO2_LOW,
    seat="A",
    participant="PA",
    happening=Happening.REANNOUNCE,
    level=Level.URGENT,
    since=instant(2),
    value=88.0,
    limit=90.0,
    worst=86.0,
    cause=Cause.FINGER_OFF,
    reason=Reason.EXPIRED,
    by="somebody",
    announce=True,
)


def test_an_event_survives_the_journal() -> None:
    """Encoding and decoding give the same event, its instant being the entry's."""
    subject, participant, body = encode(EVENT)
    entry = Entry(
        seq=1,
        session="s",
        instant=EVENT.at,
        kind=ALERT,
        subject=subject,
        participant=participant,
        body=body,
    )

    assert decode(entry) == EVENT


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(signal=signals(("A", "B")), kill=st.integers(0, 400), lost=st.integers(0, 3))
def test_a_kill_between_any_two_steps_says_nothing_twice(signal: Signal, kill: int, lost: int) -> None:
    """Whatever was committed; and every episode opened is closed once, under the id it had."""
    events = journey(signal, kill_at=kill % (len(signal.steps) + 1), lost=lost)
    lines = [line(event) for event in events]
    raised = [event.episode for event in events if event.happening is Happening.RAISE]
    closed = [event.episode for event in events if event.happening is Happening.CLOSE]

    assert len(lines) == len(set(lines))
    assert len(raised) == len(set(raised))
    assert sorted(raised) == sorted(closed)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(signal=signals(), kill=st.integers(0, 400))
def test_a_kill_with_everything_committed_loses_nothing(signal: Signal, kill: int) -> None:
    """The same episodes rise, with at most one more announcement each because of the restart.

    The kill comes right after a reading: any later, and the time in between would not be known.
    """
    whole = journey(signal)
    at = kill % (len(signal.steps) + 1)
    while at and not isinstance(signal.steps[at - 1], Beat):
        at -= 1
    events = journey(signal, kill_at=at)
    rises = {Happening.RAISE, Happening.ESCALATE, Happening.DEESCALATE, Happening.CLOSE}

    assert [line(e) for e in events if e.happening in rises] == [
        line(e) for e in whole if e.happening in rises
    ]
    restarts = [e.episode for e in events if e.reason == Reason.RESTART]
    assert len(restarts) == len(set(restarts))


@pytest.mark.parametrize("name", HARD_CASES)
def test_hard_cases_survive_a_kill_in_the_middle(name: str) -> None:
    """Episodes keep their ids; nothing is said twice."""
    signal = HARD_CASES[name]
    whole = journey(signal)
    events = journey(signal, kill_at=len(signal.steps) * 2 // 3)
    lines = [line(event) for event in events]

    assert len(lines) == len(set(lines))
    assert {e.episode for e in events} == {e.episode for e in whole}


@pytest.mark.parametrize("kill", [10, 15, 20])
def test_what_a_seat_heard_since_its_state_was_kept_is_not_too_late(kill: int) -> None:
    """Parts are kept in turn: the oldest lies up to 10 s behind the head, and takes its entries again."""
    steps = [
        Beat(t=1000 * s, seat=seat, battery=19 if s == kill - 8 else None)
        for s in range(41)
        for seat in "AB"
    ]
    signal = Signal(steps=tuple(steps), end=90_000, seats=("A", "B"))
    events = journey(signal, kill_at=2 * kill)

    assert [line(event) for event in events] == [line(event) for event in journey(signal)]


def test_without_its_state_the_session_is_taken_again() -> None:
    """A journal whose states are gone gives the same episodes, acknowledged as they were."""
    station = Station()
    station.open(("A",))
    for second in range(30):
        station.step(Beat(t=second * 1000, spo2=97 if second < 10 else 88))
    station.step(Act(t=29_500, what="acknowledge", text="spo2_low"))
    before = [line(event) for event in station.tape.alerts()]
    station.tape.states.clear()
    station.kill(0)

    assert [line(event) for event in station.tape.alerts()] == before
    station.step(Beat(t=30_000, spo2=88))
    assert not station.alerts.acknowledge("s-A-spo2_low-2", "f")
    assert station.alerts.acknowledge("s-A-spo2_low-1", "f")
    assert [line(event) for event in station.tape.alerts()] == before


def test_the_state_of_another_session_is_left_alone() -> None:
    """What was kept of a former session says nothing about this one."""
    station = Station()
    station.open(("A",))
    station.step(Beat(t=1_000))
    station.step(Act(t=2_000, what="end"))
    station.script = Script("t")
    for entry in station.script.opening(("A",), instant(3)):
        station.record(entry)
    station.kill(2)
    station.step(Beat(t=4_000))

    assert station.tape.alerts() == []


def test_an_alert_that_survived_without_its_state_is_not_raised_again() -> None:
    """The disk had the first of two alerts of one instant, and no state: after a tick, and after a return."""
    station = Station()
    station.open(("A", "B"))
    station.step(Act(t=65_000, what="tick"))
    station.kill(1)
    raised = [(event.episode, seconds(event.at)) for event in station.tape.alerts()]

    assert raised == [("s-A-unmonitored-1", 60), ("s-B-unmonitored-1", 60)]

    away = Station()
    away.open(("A", "B"))
    away.clock.advance_to(instant(90).running_ns)
    away.kill(0)
    away.kill(1)
    raised = [(event.episode, seconds(event.at)) for event in away.tape.alerts()]

    assert raised == [("s-A-unmonitored-1", 90), ("s-B-unmonitored-1", 90)]
