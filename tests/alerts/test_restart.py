"""Restarts in the middle of an alert, as timelines; the journal's part is in test_store.py."""

from collections.abc import Iterable

from alerts.engine import Engine
from alerts.rules import load_rules
from alerts.store import recall
from collector.entry import Entry
from collector.session import Phase, Session
from tests.alerts.timeline import timeline
from tests.alerts.world import DEFAULT, Script, instant


def test_a_short_restart_keeps_evidence_and_episode() -> None:
    """5 s away: unknown, not lost. The evidence goes on where it was."""
    timeline("""
        0..20    spo2 97
        20..30   spo2 93      # speaks until the restart begins at 29
        34       restart
        34..60   spo2 93
        => 45 raise caution spo2_low
    """)


def test_an_unseen_urgent_is_announced_once_more() -> None:
    """Under the same episode, with the reason restart, and then repeated as before."""
    timeline("""
        0..20    spo2 97
        20..31   spo2 88
        36       restart
        36..52   spo2 88
        => 30 raise urgent spo2_low
        => 36 reannounce urgent spo2_low restart
        => 51 reannounce urgent spo2_low repeat
    """)


def test_an_acknowledgement_survives_a_short_restart() -> None:
    """Under 60 s in the same boot it is kept, and expires when it would have."""
    timeline("""
        0..20    spo2 97
        20..60   spo2 88
        31       acknowledge spo2_low
        66       restart
        66..160  spo2 88
        => 30 raise urgent spo2_low
        => 31 acknowledge urgent spo2_low
        => 151 reannounce urgent spo2_low expired
    """)


def test_an_acknowledgement_is_void_after_a_long_restart() -> None:
    """60 s or more: it is announced again; the absence itself is an alert."""
    timeline("""
        0..20    spo2 97
        20..41   spo2 88
        31       acknowledge spo2_low
        100      restart
        100..106 spo2 88
        => 30 raise urgent spo2_low
        => 31 acknowledge urgent spo2_low
        => 100 reannounce urgent spo2_low restart
        => 100 raise urgent unmonitored stale
        => 105 close urgent unmonitored over
    """)


def test_an_acknowledgement_is_void_after_a_reboot() -> None:
    """Another boot leaves doubt, however short the absence was."""
    timeline("""
        0..20    spo2 97
        20..41   spo2 93
        41       acknowledge spo2_low
        45       reboot
        45..60   spo2 93
        => 40 raise caution spo2_low
        => 41 acknowledge caution spo2_low
        => 45 reannounce caution spo2_low restart
    """)


def test_a_reboot_interrupts_the_data_however_little_time_seems_to_have_passed() -> None:
    """A wall clock put back hides how long it was; 5 s of valid readings are counted from then on."""
    timeline("""
        0..30    spo2 97
        46       tick
        50..53   spo2 97
        52       reboot
        53..60   spo2 97
        => 44 raise caution unmonitored stale
        => 58 close caution unmonitored over
    """)


def test_what_was_due_meanwhile_happens_once_at_the_return() -> None:
    """Five minutes away are one alert per seat, not twenty repeats."""
    timeline("""
        0..30    spo2 97
        330      restart
        331      tick
        => 330 raise caution unmonitored stale
    """)


def test_latched_stays_latched() -> None:
    """What nobody has seen is still there, and silent."""
    timeline("""
        0..20    spo2 97
        20..31   spo2 88
        31..60   spo2 97
        64       restart
        64..70   spo2 97
        70       acknowledge spo2_low
        => 30 raise urgent spo2_low
        => 41 deescalate caution spo2_low
        => 46 end urgent spo2_low over
        => 70 close urgent spo2_low seen
    """)


def test_an_ended_session_that_nobody_watched_is_not_taken_again() -> None:
    """After an import the next station starts at once, however long the recording is."""
    session = Session(id="s", phase=Phase.ENDED)

    def past(_session: str, _after: int) -> Iterable[Entry]:
        raise AssertionError("the past was read")

    engine, found = recall(load_rules(), session, lambda _name: None, past)

    assert found == []
    assert not engine.watching


def test_kept_parts_of_two_boots_are_not_put_together() -> None:
    """Killed soon after a reboot: a seat kept before it counts from another zero, so all is taken anew."""
    script, engine = Script(), Engine(DEFAULT)
    entries = script.opening(["A"], instant(0))
    for entry in entries:
        engine.take(entry)
    old = engine.save()
    engine.resume(instant(60, boot="second"))
    kept = {"engine": (9, engine.save_head()), "engine/A": (5, old["seats"]["A"])}
    asked: list[int] = []

    def past(_session: str, after: int) -> Iterable[Entry]:
        asked.append(after)
        return entries

    session = Session(id=entries[0].session, phase=Phase.RUNNING)
    again, _ = recall(DEFAULT, session, kept.get, past)

    assert asked == [0]
    assert again.watching


def test_families_that_have_nothing_to_remember_are_not_kept() -> None:
    """A calm seat is written every ten seconds: only what has happened on it costs anything."""
    script, engine = Script(), Engine(DEFAULT)
    for entry in script.opening(["A"], instant(0)):
        engine.take(entry)
    for t in range(30):
        engine.take(script.reading(instant(t), "A", spo2=97))

    saved = engine.save()

    assert saved["seats"]["A"]["vitals"] == {}
    assert saved["seats"]["A"]["monitor"]["alert"] is None
    assert Engine(DEFAULT, saved).save() == saved
