"""A pause of one participant: what it keeps back, what it never does, and what ends it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from alerts.engine import Engine
from alerts.escalation import follow
from alerts.pause import PAUSE, PauseOver, PauseReason
from alerts.service import Alerts
from collector.clock import SECOND, Instant, ManualClock
from collector.entry import READING, Entry
from collector.errors import Refused
from collector.feed import Feed
from collector.reading import Reading
from collector.session import Session, fold
from tests.alerts.timeline import timeline
from tests.alerts.world import DEFAULT, Script, instant, seconds


def test_signals_rest_and_come_back_with_the_timer() -> None:
    """A raise in a pause is recorded without signals; at its end it is announced at once."""
    timeline("""
        0..20    spo2 97
        15       pause toilet 1
        20..80   spo2 89
        =>  30   raise urgent spo2_low silently
        =>  45   reannounce urgent spo2_low resumed   # 30 s of readings: the person is there
        =>  60   reannounce urgent spo2_low repeat
        =>  75   reannounce urgent spo2_low repeat
    """)


def test_a_cuff_pause_ends_by_its_timer_only() -> None:
    """Valid readings, which come and go around a cuff, do not end it."""
    timeline("""
        0..20    spo2 97
        20       pause cuff 1.5
        20..130  spo2 93
        =>  40   raise caution spo2_low silently
        => 110   reannounce caution spo2_low resumed
    """)


def test_the_deepest_level_is_never_kept_back() -> None:
    """Below 85 the alert speaks in a pause as without one, and is repeated."""
    timeline("""
        0..20    spo2 97
        19       pause cuff 1.5
        20..40   spo2 84
        =>  23   raise urgent spo2_low
        =>  38   reannounce urgent spo2_low repeat
    """)


def test_silence_that_hides_the_deepest_level_is_not_kept_back() -> None:
    """A clip that goes off during a deep fall would otherwise be the way to quiet it."""
    timeline("""
        0..20    spo2 97
        19       pause cuff 1.5
        20..30   spo2 84
        50       tick
        =>  23   raise urgent spo2_low
        =>  38   reannounce urgent spo2_low repeat
        =>  44   raise urgent unmonitored stale
    """)


def test_going_to_the_toilet_raises_no_signal() -> None:
    """Nobody is measured meanwhile: recorded without signals, told when the time is over."""
    timeline("""
        0..20    spo2 97
        19       pause toilet 2
        200      tick
        =>  34   raise caution unmonitored stale silently
        => 139   reannounce caution unmonitored resumed
        => 199   reannounce caution unmonitored repeat
    """)


def test_back_by_hand() -> None:
    """One tap ends it, and what stands is announced at once."""
    timeline("""
        0..20    spo2 97
        19       pause toilet 5
        50       back
        60       tick
        =>  34   raise caution unmonitored stale silently
        =>  50   reannounce caution unmonitored resumed
    """)


def test_readings_end_a_pause_after_half_a_minute() -> None:
    """Only an unbroken half minute counts, and only what came after the tap."""
    timeline("""
        0..60    spo2 93
        25       pause moving 5
        56       pause moving 5
        60..66   spo2 93 finger_off
        66..100  spo2 93
        =>  20   raise caution spo2_low
        =>  25   reannounce caution spo2_low paused silently
        =>  55   reannounce caution spo2_low resumed
        =>  56   reannounce caution spo2_low paused silently
        =>  96   reannounce caution spo2_low resumed
    """)


def test_an_acknowledgement_ends_in_a_pause_without_a_signal() -> None:
    """Its time runs on; at the end of the pause the alert is announced."""
    timeline("""
        0..20    spo2 97
        20..300  spo2 89
        31       acknowledge spo2_low
        120      pause cuff 1.5
        =>  30   raise urgent spo2_low
        =>  31   acknowledge urgent spo2_low
        => 151   reannounce urgent spo2_low expired silently
        => 210   reannounce urgent spo2_low resumed
        => 225   reannounce urgent spo2_low repeat
        => 240   reannounce urgent spo2_low repeat
        => 255   reannounce urgent spo2_low repeat
        => 270   reannounce urgent spo2_low repeat
        => 285   reannounce urgent spo2_low repeat
    """)


def test_a_pause_is_of_one_seat() -> None:
    """The neighbour's alert speaks."""
    timeline("""
        0..20    spo2 97
        0..20    B spo2 97
        19       pause cuff 1.5
        20..32   spo2 89
        20..32   B spo2 89
        =>  30   raise urgent spo2_low silently
        =>  30   raise urgent spo2_low B
    """)


def test_a_restart_keeps_the_pause_and_another_boot_does_not() -> None:
    """In the same boot the clock is sure; after a reboot nobody knows how long it was."""
    timeline("""
        0..20    spo2 97
        19       pause cuff 1.5
        20..40   spo2 89
        40       restart
        41..50   spo2 89
        50       reboot
        =>  30   raise urgent spo2_low silently
        =>  50   reannounce urgent spo2_low resumed
    """)


def test_a_pause_stops_what_escalation_still_waits_for() -> None:
    """Nobody's phone is rung for an alert that rests; when it resumes, the steps begin anew."""
    script, engine = _watching(20)
    events = [e for t in range(20, 32) for e in engine.take(script.reading(instant(t), spo2=89))]
    standing = follow(None, events[0])
    assert standing is not None
    assert standing.waits
    paused = engine.take(script.pause(instant(32), "A", "cuff", 1))
    standing = follow(standing, paused[0])
    assert standing is not None
    assert not standing.waits
    for second in range(33, 95):
        for event in engine.take(script.reading(instant(second), spo2=89)):
            standing = follow(standing, event)
            assert standing is not None
            assert (standing.waits, seconds(standing.since)) == (True, 92)
    assert standing.waits


def _watching(until: int) -> tuple[Script, Engine]:
    script, engine = Script(), Engine(DEFAULT)
    for entry in script.opening(["A"], instant(0)):
        engine.take(entry)
    for second in range(until):
        engine.take(script.reading(instant(second)))
    return script, engine


def test_two_in_a_row_at_most() -> None:
    """A third pause needs a minute of readings after the second, counted over gaps."""
    script, engine = _watching(10)
    for start in (10, 20):
        assert engine.refuses_pause("A") == ""
        engine.take(script.pause(instant(start), "A", "toilet", 1))
    engine.take(script.pause(instant(30), "A", "back"))
    for second in range(30, 89):
        engine.take(script.reading(instant(second)))
    engine.advance(instant(89))
    wait = engine.refuses_pause("A")
    engine.take(script.reading(instant(95)))
    engine.advance(instant(97))

    assert wait == "Two pauses in a row already; 1 s of readings are needed before the next."
    assert engine.refuses_pause("A") == ""
    assert engine.refuses_pause("B") == "Nobody is watched on seat B; there is nothing to pause."


@pytest.mark.parametrize(
    ("entry", "at", "why"),
    [(None, 79.0, "timer"), ("end", 50.0, "released"), ("back", 50.0, "back")],
)
def test_the_end_of_a_pause_is_told_once(entry: str | None, at: float, why: str) -> None:
    """Whatever ends it, when and why is known; ticks move nothing."""
    script, engine = _watching(19)
    engine.take(script.pause(instant(19), "A", "toilet", 1))
    over = []
    for tenth in range(190, 900):
        if tenth == 500 and entry == "end":
            engine.take(script.end(instant(50)))
        if tenth == 500 and entry == "back":
            engine.take(script.pause(instant(50), "A", "back"))
        if tenth % 7 == 0:
            engine = Engine(DEFAULT, json.loads(json.dumps(engine.save())))
        engine.advance(instant(tenth / 10))
        over += [one for one in engine.found() if isinstance(one, PauseOver)]

    assert [(seconds(one.at), one.seat, one.why.value) for one in over] == [(at, "A", why)]


class Tape:
    """Recorder and journal of a station, in memory."""

    def __init__(self) -> None:
        self.feed, self.clock = Feed(), ManualClock()
        self.session: Session | None = None
        self.entries: list[Entry] = []
        self.begun = self.clock.now().running_ns
        self.states: dict[str, tuple[int, Mapping[str, object]]] = {}
        self.alerts = Alerts(
            DEFAULT, recorder=self, journal=self, feed=self.feed, clock=self.clock, past=self.past
        )

    def again(self) -> None:
        """The station is started once more."""
        self.alerts = Alerts(
            DEFAULT, recorder=self, journal=self, feed=self.feed, clock=self.clock, past=self.past
        )

    def put(self, kind: str, body: object, participant: str = "PA", subject: str = "dA") -> None:
        """Record something else."""
        self.add(
            kind=kind, subject=subject, participant=participant, body=body, instant=self.clock.now()
        )

    def add(
        self,
        *,
        kind: str,
        subject: str,
        participant: str | None,
        body: Any,
        instant: Instant,
        urgent: bool = False,
    ) -> Entry:
        entry = Entry(
            seq=len(self.entries) + 1,
            session="s",
            instant=instant,
            kind=kind,
            subject=subject,
            participant=participant,
            body=body,
        )
        self.entries.append(entry)
        self.session = fold(self.session, entry)
        self.feed.publish(entry)
        return entry

    def save_state(self, name: str, seq: int, body: Mapping[str, object]) -> None:
        self.states[name] = (seq, json.loads(json.dumps(body)))

    def state(self, name: str) -> tuple[int, Mapping[str, object]] | None:
        return self.states.get(name)

    def past(self, session: str, after: int) -> list[Entry]:
        return [entry for entry in self.entries if entry.seq > after]

    def pauses(self) -> list[tuple[str, object]]:
        """What was recorded of pauses."""
        facts = [entry.facts for entry in self.entries if entry.kind == PAUSE]
        return [(str(one["event"]), one.get("reason") or one.get("why") or "") for one in facts]


def running_tape() -> Tape:
    tape = Tape()
    for entry in Script().opening(["A"], tape.clock.now()):
        tape.put(entry.kind, entry.body, entry.participant or "", entry.subject)
    tape.alerts.turn()
    return tape


def wait(tape: Tape, to_s: int) -> None:
    while (now := tape.clock.now().running_ns) < tape.begun + to_s * SECOND:
        tape.clock.advance_to(now + SECOND)
        tape.alerts.turn()


def test_the_service_records_begin_and_end() -> None:
    """What was asked for and how it ended stand in the journal, once, over a restart too."""
    tape = running_tape()
    tape.alerts.pause("A", PauseReason.CUFF, minutes=5, by="K")
    wait(tape, 60)
    tape.again()
    wait(tape, 80)
    assert tape.pauses() == [("begin", "cuff")]
    wait(tape, 100)
    tape.again()
    tape.alerts.pause("A", PauseReason.TOILET, minutes=1, by="K")
    tape.alerts.back("A", by="K")

    assert tape.pauses() == [("begin", "cuff"), ("end", "timer"), ("begin", "toilet"), ("back", "")]


def test_an_end_that_was_not_recorded_any_more_is_found_by_the_next_start() -> None:
    """Killed between the end of a pause and its entry, the next station records it."""
    tape = running_tape()
    tape.alerts.pause("A", PauseReason.TOILET, minutes=1, by="K")
    states = dict(tape.states)
    wait(tape, 70)
    tape.entries = [entry for entry in tape.entries if entry.facts.get("event") != "end"]
    tape.put(READING, Reading(at=tape.clock.now(), spo2=97.0))
    tape.states = states
    assert tape.pauses() == [("begin", "toilet")]
    tape.again()
    tape.again()

    assert tape.pauses() == [("begin", "toilet"), ("end", "timer")]


def test_what_cannot_be_paused_is_refused_in_a_sentence() -> None:
    """An empty seat, a length that is not offered, a third in a row, a pause that is over."""
    tape = running_tape()
    with pytest.raises(Refused, match="Nobody is watched on seat B"):
        tape.alerts.pause("B", PauseReason.TOILET, minutes=1, by="K")
    with pytest.raises(Refused, match="1, 2 or 5 minutes"):
        tape.alerts.pause("A", PauseReason.TOILET, minutes=60, by="K")
    with pytest.raises(Refused, match="over already"):
        tape.alerts.back("A", by="K")
    tape.alerts.pause("A", PauseReason.TOILET, minutes=1, by="K")
    tape.alerts.pause("A", PauseReason.TOILET, minutes=1, by="K")
    with pytest.raises(Refused, match="Two pauses in a row"):
        tape.alerts.pause("A", PauseReason.TOILET, minutes=1, by="K")

    assert tape.pauses() == [("begin", "toilet")] * 2
