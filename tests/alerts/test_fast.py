"""A fast fall is told before the limits are, and is merged into the low episode that follows."""

import json

from alerts.engine import Engine
from tests.alerts.timeline import timeline
from tests.alerts.world import DEFAULT, Script, instant, seconds


def test_an_early_word() -> None:
    """Four points within 20 s and below 94, for 4 s; 95 for 15 s ends it."""
    timeline(
        """
        0..20    spo2 97
        20..30   spo2 93
        30..50   spo2 95
        => 24    raise caution spo2_fast
        => 45    close caution spo2_fast over
        """,
        rules=DEFAULT,
    )


def test_a_slow_fall_is_none() -> None:
    """What takes longer than 20 s is for the limits."""
    timeline(
        """
        0..20    spo2 97
        20..39   spo2 95
        39..50   spo2 93
        """,
        rules=DEFAULT,
    )


def test_a_fall_that_stays_above_the_limit_is_none() -> None:
    """From 99 to 94 is a fall, but nothing to look at."""
    timeline(
        """
        0..20    spo2 99
        20..60   spo2 94
        """,
        rules=DEFAULT,
    )


def test_merged_into_the_low_episode() -> None:
    """While that stands the early word gives no signals; both end together."""
    timeline(
        """
        0..20    spo2 97
        20..60   spo2 89
        60..80   spo2 97
        24       acknowledge spo2_fast
        => 24    raise caution spo2_fast
        => 24    acknowledge caution spo2_fast
        => 30    raise urgent spo2_low
        => 30    cause caution spo2_fast by spo2_low
        => 45    reannounce urgent spo2_low repeat
        => 60    reannounce urgent spo2_low repeat
        => 70    deescalate caution spo2_low
        => 75    end urgent spo2_low over
        => 75    close caution spo2_fast over
        """,
        rules=DEFAULT,
    )


def test_a_clip_that_moved_is_not_believed() -> None:
    """A weak signal, or a pulse that jumps with the fall, says nothing about the person."""
    timeline(
        """
        0..20    spo2 97
        20..30   spo2 92 pulse 101
        30..60   spo2 97
        60..70   spo2 92 motion
        70..75   spo2 97 spo2_only
        """,
        rules=DEFAULT,
    )


def test_another_clip_has_not_fallen() -> None:
    """Two clips differ by some points: the heights of the former do not count."""
    timeline(
        """
        0..20    spo2 97
        20       bind d9
        21..40   spo2 93
        """,
        rules=DEFAULT,
    )


def test_a_restart_in_the_fall_changes_nothing() -> None:
    """Heights and evidence are kept, and what the value is compared with."""
    script, engine = Script(), Engine(DEFAULT)
    events = [e for entry in script.opening(["A"], instant(0)) for e in engine.take(entry)]
    for second in range(30):
        engine = Engine(DEFAULT, json.loads(json.dumps(engine.save())))
        spo2 = 97.0 if second < 20 else 92.0
        events += engine.take(script.reading(instant(second), spo2=spo2))

    assert [(seconds(e.at), e.family.value, e.reference, e.limit) for e in events] == [
        (24, "spo2_fast", 97, 94)
    ]
