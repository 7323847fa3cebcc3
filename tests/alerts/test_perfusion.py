"""Too little pulse in the finger: an advisory by the index, or by the clip's own complaints."""

import json

from alerts.engine import Engine
from collector.reading import NO_FLAGS, Flag
from tests.alerts.timeline import timeline
from tests.alerts.world import DEFAULT, Script, instant, seconds


def test_a_low_index_for_half_a_minute() -> None:
    """Below 0.3 % for 30 s; 30 s of good readings end it."""
    timeline(
        """
        0..20    index 2
        20..60   index 0.2
        60..95   index 0.3
        => 50    raise advisory low_perfusion
        => 90    close advisory low_perfusion over
        """,
        rules=DEFAULT,
    )


def test_complaints_for_most_of_the_time() -> None:
    """Seven of ten seconds flagged, for 30 s; a clip without an index can say it too."""
    timeline(
        """
        0..20    spo2 97
        20..42   spo2 97 low_perfusion
        42..80   spo2 97
        => 41    raise advisory low_perfusion
        => 72    close advisory low_perfusion over
        """,
        rules=DEFAULT,
    )


def test_complaints_now_and_then_are_none() -> None:
    """Every other reading flagged is not enough; nor are complaints without any number, or of motion."""
    timeline(
        """
        0..10     spo2 97
        10..90    spo2 97 poor_signal every 2
        11..90    spo2 97 every 2
        90..100   none low_perfusion finger_off
        100..140  spo2 97 motion
        """,
        rules=DEFAULT,
    )


def test_a_missing_person_explains_a_weak_signal() -> None:
    """While there is no reading the words about the hand rest; they are told again afterwards."""
    timeline(
        """
        0..20    index 2
        20..51   index 0.2
        70..90   index 0.2
        => 50    raise advisory low_perfusion
        => 65    raise caution unmonitored stale
        => 65    cause advisory low_perfusion by unmonitored
        => 75    close caution unmonitored over
        => 75    cause advisory low_perfusion by nothing
        """,
        rules=DEFAULT,
    )


def test_a_restart_among_complaints_changes_nothing() -> None:
    """What the clip said in the last half minute is kept."""
    script, engine = Script(), Engine(DEFAULT)
    events = [e for entry in script.opening(["A"], instant(0)) for e in engine.take(entry)]
    for second in range(60):
        engine = Engine(DEFAULT, json.loads(json.dumps(engine.save())))
        flags = frozenset({Flag.POOR_SIGNAL}) if second >= 20 and second % 5 else NO_FLAGS
        events += engine.take(script.reading(instant(second), flags=flags))

    assert [(seconds(e.at), e.family.value) for e in events] == [(47, "low_perfusion")]
