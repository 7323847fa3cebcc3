"""Engine, outbox and restart together: whatever devices, people and kills do, in any order.

The alerts are the real service on a tape, the outbox folds that tape as the delivery does. After every
step what must hold of both holds; at the end the log keeps the invariants of the engine.
"""

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alerts.channel import CHANNEL, channel_body
from alerts.condition import ALERT, AlertEvent, Family, Happening, Level
from alerts.escalation import Target
from alerts.notifications import NOTIFICATION, State
from alerts.outbox import Letter, Outbox, encode
from alerts.pace import APART_NS, MOST_PER_SEAT
from alerts.store import decode
from collector.clock import SECOND
from collector.entry import Entry
from collector.reading import NO_FLAGS, Flag
from tests.alerts.invariants import LOGS, no_end_without_good_data, one_episode
from tests.alerts.signals import PULSE, SPO2, Act, Beat, Signal, Step
from tests.alerts.tape import Station, Tape
from tests.alerts.world import instant

SEATS = ("A", "B")
TARGETS = (
    Target(name="M", levels=frozenset({Level.CAUTION, Level.URGENT})),
    Target(name="K", step=2),
)
OPENING = {Happening.RAISE, Happening.ESCALATE}
OVER = {Happening.END, Happening.CLOSE, Happening.ACKNOWLEDGE, Happening.DEESCALATE}
COUNTS, PACES = (1, 3, 5, 11, 12, 22), (1000, 400, 2500, 4000)
FAMILIES = (Family.SPO2_LOW, Family.HR_LOW, Family.HR_HIGH, Family.UNMONITORED)


class Post:
    """The outbox on a tape: journals an attempt before it is made, and each result."""

    def __init__(self, tape: Tape) -> None:
        self.tape, self.outbox, self._taken = tape, Outbox(TARGETS), 0
        self.follow()

    def follow(self) -> None:
        """Fold what is new on the tape."""
        for entry in self.tape.entries[self._taken :]:
            self.outbox.take(entry)
        self._taken = len(self.tape.entries)

    def turn(self, now_ms: int) -> None:
        """Begin what is due, as the delivery does after each entry."""
        self.follow()
        for letter in self.outbox.wanted(instant(now_ms / 1000)):
            self.write(letter, now_ms)
        self.outbox.prune()

    def write(self, letter: Letter, now_ms: int) -> None:
        """Journal how far a letter has come."""
        told = letter.notification
        self._add(NOTIFICATION, told.seat, encode(letter), now_ms)
        if (status := self.outbox.channel(told.target)) is not None:
            self._add(CHANNEL, status.target, channel_body(status), now_ms)

    def _add(self, kind: str, subject: str, body: Mapping[str, object], now_ms: int) -> None:
        at = instant(now_ms / 1000)
        self.tape.add(kind=kind, subject=subject, participant=None, body=body, instant=at)
        self.follow()

    @property
    def waiting(self) -> list[Letter]:
        """Attempts without a result."""
        return [one for one in self.outbox.letters.values() if one.state is State.SENDING]


class Trouble(RuleBasedStateMachine):
    """One session: readings and silence on two seats, people who tap, a station that dies."""

    @initialize()
    def begin(self) -> None:
        """A running session."""
        self.t = 0
        self.killed = False
        self.done: list[Step] = []
        self.station = Station()
        self.station.open(SEATS)
        self.found = self.station.tape.last
        self.post = Post(self.station.tape)

    def _do(self, step: Step) -> None:
        self.done.append(step)
        self.station.step(step)
        self.post.turn(self.t)

    @rule(
        seat=st.sampled_from(SEATS),
        spo2=st.sampled_from((*SPO2, None)),
        pulse=st.sampled_from(PULSE),
        flag=st.sampled_from((None, None, None, Flag.MOTION, Flag.FINGER_OFF)),
        paces=st.sampled_from([count * (pace,) for count in COUNTS for pace in PACES]),
    )
    def reads(
        self, seat: str, spo2: float | None, pulse: float, flag: Flag | None, paces: tuple[int, ...]
    ) -> None:
        """The same reading some times, so many ms apart."""
        for pace in paces:
            self.t += pace
            flags = NO_FLAGS if flag is None else frozenset({flag})
            self._do(Beat(t=self.t, seat=seat, spo2=spo2, pulse=pulse, flags=flags))

    @rule(ms=st.sampled_from((1, 500, 2_000, 5_000, 14_000, 31_000, 65_000)))
    def nothing_comes(self, ms: int) -> None:
        """Time passes without a word; the shells look once a second."""
        end = self.t + ms
        while self.t < end:
            self.t = min(end, self.t + 1000)
            self._do(Act(t=self.t, what="tick"))

    @rule(seat=st.sampled_from(SEATS), family=st.sampled_from(FAMILIES))
    def somebody_acknowledges(self, seat: str, family: Family) -> None:
        """The newest episode of a family, open or not."""
        self._do(Act(t=self.t, what="acknowledge", text=family.value, seat=seat))

    @rule(seat=st.sampled_from(SEATS), reason=st.sampled_from(("toilet", "cuff", "back")))
    def somebody_pauses(self, seat: str, reason: str) -> None:
        """A pause of a minute, or its end."""
        self._do(Act(t=self.t, what="pause", text=reason, seat=seat))

    @rule(seat=st.sampled_from(SEATS), state=st.sampled_from(("lost", "connected")))
    def the_radio_speaks(self, seat: str, state: str) -> None:
        """A link is lost or back."""
        self._do(Act(t=self.t, what="link", text=state, seat=seat))

    @rule()
    def a_dose_is_given(self) -> None:
        """From now on silence becomes urgent."""
        self._do(Act(t=self.t, what="dose", text="im"))

    @precondition(lambda self: self.post.waiting)
    @rule(state=st.sampled_from((State.DELIVERED, State.FAILED, State.TIMEOUT)))
    def a_result_comes(self, state: State) -> None:
        """The oldest attempt is answered; what failed is tried again, once."""
        letter = self.post.waiting[0]
        ended = Letter(notification=letter.notification, attempt=letter.attempt, state=state)
        self.post.write(ended, self.t)
        if not ended.done:
            self.post.write(self.post.outbox.again(ended), self.t)
        self.post.turn(self.t)

    @rule(lost=st.integers(0, 3), away=st.sampled_from((0, 700, 20_000, 90_000)))
    def the_station_dies(self, lost: int, away: int) -> None:
        """The last entries were not committed; after a while it starts again."""
        lost = min(lost, self.station.tape.last - self.found)  # what a start has found was on disk
        self.killed = True
        self.t += away
        self.station.clock.advance_to(instant(self.t / 1000).running_ns)
        self.station.kill(lost)
        self.found = self.station.tape.last
        self.post = Post(self.station.tape)
        self.post.turn(self.t)

    @property
    def log(self) -> list[AlertEvent]:
        """All events on the tape."""
        return self.station.tape.alerts()

    @invariant()
    def one_episode_at_a_time(self) -> None:
        """I5, I12: each family of a seat has at most one open episode, numbered on."""
        opened: dict[tuple[str, str, Family], str] = {}
        for event in self.log:
            key = (event.seat, event.about, event.family)
            if event.happening is Happening.RAISE:
                assert key not in opened, event
                opened[key] = event.episode
            elif event.happening is Happening.CLOSE or event.happening is Happening.END:
                opened.pop(key, None)
            else:
                assert opened.get(key) == event.episode, event

    @invariant()
    def no_key_is_attempted_more_than_twice(self) -> None:
        """First attempt, second attempt, never a third: restarts included."""
        begun: dict[str, list[int]] = {}
        for entry in self._sent():
            begun.setdefault(str(entry.facts["key"]), []).append(int(str(entry.facts["attempt"])))
        assert all(attempts in ([1], [1, 2]) for attempts in begun.values()), begun

    @invariant()
    def what_is_urgent_and_new_has_left(self) -> None:
        """The first person has been written to once an urgent alert was announced, as the pace allows."""
        sent = self._sent()
        if sent and instant(self.t / 1000).running_ns - sent[-1].instant.running_ns < APART_NS:
            return
        for entry in self.station.tape.entries:
            if entry.kind != ALERT:
                continue
            event = decode(entry)
            if event.happening in OPENING and event.announce and event.level is Level.URGENT:
                after = [
                    one for one in sent if one.seq > entry.seq and one.facts["episode"] == event.episode
                ]
                recent = [one for one in sent if _within_a_minute(one, event)]
                assert after or self._settled(event) or len(recent) >= MOST_PER_SEAT, event

    @invariant()
    def a_restart_would_know_the_same(self) -> None:
        """The outbox is a fold: from the tape alone comes the same outbox."""
        now = instant(self.t / 1000)
        again, mine = Post(self.station.tape).outbox, self.post.outbox
        again.prune()
        assert again.letters == mine.letters
        assert again.failed == mine.failed
        assert again.wanted(now) == mine.wanted(now)

    def _sent(self) -> list[Entry]:
        return [
            entry
            for entry in self.station.tape.entries
            if entry.kind == NOTIFICATION and entry.facts["state"] == State.SENDING
        ]

    def _settled(self, event: AlertEvent) -> bool:
        """Whether it was over or seen in the same instant, before anybody could be told."""
        return any(
            later.episode == event.episode and later.happening in OVER and later.at == event.at
            for later in self.log
        )

    def teardown(self) -> None:
        """The end of the session closes everything; the log keeps the invariants."""
        if not hasattr(self, "station"):
            return
        self.t += 1
        self.station.step(Act(t=self.t, what="end"))
        signal = Signal(steps=tuple(self._kept()), end=self.t, seats=SEATS)
        for check in (one_episode, no_end_without_good_data) if self.killed else LOGS:
            check(signal, self.log)

    def _kept(self) -> list[Step]:
        """The steps, without the readings that died with a station."""
        kept = {entry.instant.running_ns for entry in self.station.tape.entries if entry.reading}
        return [
            step
            for step in self.done
            if isinstance(step, Act) or instant(step.t / 1000).running_ns in kept
        ]


def _within_a_minute(sent: Entry, event: AlertEvent) -> bool:
    apart = event.at.running_ns - sent.instant.running_ns
    return sent.subject == event.seat and 0 <= apart < 60 * SECOND


TestTrouble = pytest.mark.filterwarnings("default")(Trouble.TestCase)
TestTrouble.settings = settings(
    max_examples=40, stateful_step_count=30, suppress_health_check=list(HealthCheck)
)
