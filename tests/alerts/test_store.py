"""Alert events as entries, and the engine across a kill: nothing lost, nothing twice."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.condition import ALERT, AlertEvent, Cause, Family, Happening, Level, Reason
from alerts.rules import Rules
from alerts.service import Alerts
from alerts.store import decode, encode
from collector.clock import ManualClock
from collector.entry import Entry
from collector.feed import Feed
from collector.session import Session, fold
from tests.alerts.hard_cases import HARD_CASES
from tests.alerts.signals import Act, Beat, Signal, Step, signals
from tests.alerts.world import BOOT_RUNNING, BOOT_UTC, DEFAULT, Script, instant, seconds


class Tape:
    """Recorder and journal in one: what is on it up to a seq survives a kill."""

    def __init__(self, entries: list[Entry], states: list[tuple[str, int, Any]]) -> None:
        self.entries, self.states = entries, states
        self.feed = Feed()
        self.session: Session | None = None
        for entry in entries:
            self.session = fold(self.session, entry)
        self._kept = {name: (seq, body) for name, seq, body in states}

    def cut(self, seq: int) -> "Tape":
        """What a kill leaves when the last commit reached `seq`."""
        return Tape(
            [entry for entry in self.entries if entry.seq <= seq],
            [state for state in self.states if state[1] <= seq],
        )

    def put(self, entry: Entry) -> None:
        """Record and publish an entry made elsewhere."""
        self.entries.append(entry)
        self.session = fold(self.session, entry)
        self.feed.publish(entry)

    def add(
        self,
        *,
        kind: str,
        subject: str,
        participant: str | None,
        body: Mapping[str, object],
        instant: Any,
        urgent: bool = False,
    ) -> Entry:
        """Record a fact, as the recorder does."""
        entry = Entry(
            seq=self.last + 1,
            session=self.session.id if self.session else "",
            instant=instant,
            kind=kind,
            subject=subject,
            participant=participant,
            body=body,
        )
        self.put(entry)
        return entry

    @property
    def last(self) -> int:
        """The highest seq."""
        return self.entries[-1].seq if self.entries else 0

    def save_state(self, name: str, seq: int, body: Mapping[str, object]) -> None:
        """Keep a state with the entries up to `seq`."""
        self.states.append((name, seq, body))

    def state(self, name: str) -> tuple[int, Mapping[str, object]] | None:
        """What a start finds."""
        return self._kept.get(name)

    def past(self, session: str, after: int) -> Iterator[Entry]:
        """The entries after a seq."""
        return iter([e for e in self.entries if e.session == session and e.seq > after])

    def alerts(self) -> list[AlertEvent]:
        """The events on the tape."""
        return [decode(entry) for entry in self.entries if entry.kind == ALERT]


class Station:
    """Alerts on a tape; can be killed and started again."""

    def __init__(self, rules: Rules = DEFAULT) -> None:
        self.rules = rules
        self.tape = Tape([], [])
        self.script = Script()
        self.clock = ManualClock(utc_ns=BOOT_UTC, boot="boot")
        self.clock.advance_to(BOOT_RUNNING)
        self.start()

    def start(self) -> None:
        """Make the alerts, as a station does before anything is recorded."""
        tape = self.tape
        self.alerts = Alerts(
            self.rules, recorder=tape, journal=tape, feed=tape.feed, clock=self.clock, past=tape.past
        )

    def kill(self, lost: int) -> None:
        """End without a word; the last `lost` entries had not been committed."""
        self.tape = self.tape.cut(self.tape.last - lost)
        self.start()

    def record(self, entry: Entry) -> None:
        """Something happens now."""
        self.script.seq = self.tape.last + 1
        self.tape.put(Entry(**{**_fields(entry), "seq": self.tape.last + 1}))
        self.alerts.turn()

    def open(self, seats: tuple[str, ...]) -> None:
        """Begin a session."""
        for entry in self.script.opening(seats, instant(0)):
            self.record(entry)

    def step(self, step: Step) -> None:
        """Play one step of a signal."""
        at = instant(step.t / 1000)
        self.clock.advance_to(at.running_ns)
        match step:
            case Beat():
                self.record(
                    self.script.reading(
                        at,
                        step.seat,
                        spo2=step.spo2,
                        pulse=step.pulse,
                        flags=step.flags,
                        battery=step.battery,
                    )
                )
            case Act(what="acknowledge"):
                self.alerts.turn()
                found = [e for e in self.tape.alerts() if (e.seat, e.family) == (step.seat, step.text)]
                self.alerts.acknowledge(found[-1].episode if found else "none", "f")
            case Act(what="dose"):
                self.record(self.script.mark(at, "dose", step.text, step.seat))
            case Act(what="pause"):
                self.record(self.script.pause(at, step.seat, step.text, 1))
            case Act(what="end"):
                self.record(self.script.end(at))
            case _:
                self.record(self.script.link(at, step.seat, step.text))


def _fields(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__dataclass_fields__}


def journey(signal: Signal, *, kill_at: int | None = None, lost: int = 0) -> list[AlertEvent]:
    """The alerts on the tape after `signal`, with the station killed before step `kill_at`."""
    station = Station()
    station.open(signal.seats)
    for index, step in enumerate((*signal.steps, Act(t=signal.end, what="end"))):
        if index == kill_at:
            station.kill(lost)
        station.step(step)
    return station.tape.alerts()


def line(event: AlertEvent) -> tuple[object, ...]:
    """What identifies an event."""
    what = (event.happening.value, event.level.word, str(event.reason), event.cause)
    return (seconds(event.at), event.episode, *what)


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
