"""A station without its shells: the real alerts on a tape that can be cut, as a kill cuts a journal."""

from collections.abc import Iterator, Mapping
from typing import Any

from alerts.condition import ALERT, AlertEvent
from alerts.rules import Rules
from alerts.service import Alerts
from alerts.store import decode
from collector.clock import ManualClock
from collector.entry import Entry
from collector.feed import Feed
from collector.session import Session, fold
from tests.alerts.signals import Act, Signal, Step, entry_of
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
        entry = entry_of(self.script, step, at)
        if entry is not None:
            self.record(entry)
            return
        self.alerts.turn()
        if isinstance(step, Act) and step.what == "acknowledge":
            found = [e for e in self.tape.alerts() if (e.seat, e.family) == (step.seat, step.text)]
            self.alerts.acknowledge(found[-1].episode if found else "none", "f")


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
