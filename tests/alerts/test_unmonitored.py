"""Seats without valid data, as timelines."""

import pytest

from alerts.rules import DEFAULTS, read
from alerts.unmonitored import MINUTE, risk_window
from collector.clock import SECOND
from tests.alerts.timeline import timeline


def test_fifteen_seconds_without_data_are_a_caution() -> None:
    """From the last valid reading; 5 s of valid readings end it."""
    timeline("""
        0..30    spo2 97
        60..70   spo2 97
        => 44 raise caution unmonitored stale
        => 65 close caution unmonitored over
    """)


def test_five_seconds_must_be_uninterrupted() -> None:
    """Four seconds, a finger off, four seconds: still unmonitored."""
    timeline("""
        0..30    spo2 97
        60..64   spo2 97
        64       none finger_off
        65..69   spo2 97
        69       none finger_off
        70..76   spo2 97
        => 44 raise caution unmonitored stale
        => 64 cause caution unmonitored finger_off
        => 75 close caution unmonitored over
    """)


def test_a_seat_that_never_spoke_is_unmonitored_after_a_minute() -> None:
    """With or without a clip; a clip that speaks before arms at once."""
    timeline("""
        70       tick
        => 60 raise caution unmonitored link_lost
    """)
    timeline("70 tick\n => 60 raise caution unmonitored link_lost", bound=())
    timeline("""
        0..3     spo2 97
        30       tick
        => 17 raise caution unmonitored stale
    """)


def test_repeated_and_finger_off_numbers_are_no_data() -> None:
    """A number in a frozen or finger-off frame keeps nobody monitored and raises no low."""
    timeline("""
        0..30    spo2 97
        30..50   spo2 60 frozen
        50..60   spo2 60 finger_off
        => 44 raise caution unmonitored stale
        => 50 cause caution unmonitored finger_off
    """)


def test_silence_in_the_risk_window_becomes_urgent() -> None:
    """At 120 s of silence, if a dose was given; and not without one."""
    timeline("""
        0..30    spo2 97
        20       dose im
        160      tick
        => 44 raise caution unmonitored stale
        => 104 reannounce caution unmonitored repeat
        => 149 escalate urgent unmonitored
    """)
    timeline("""
        0..30    spo2 97
        200      tick
        => 44 raise caution unmonitored stale
        => 104 reannounce caution unmonitored repeat
        => 164 reannounce caution unmonitored repeat
    """)


def test_a_dose_given_to_an_unmonitored_seat_is_urgent_at_once() -> None:
    """The silence counts from its beginning, the level from the dose."""
    timeline("""
        0..30    spo2 97
        170      dose oral
        => 44 raise caution unmonitored stale
        => 104 reannounce caution unmonitored repeat
        => 164 reannounce caution unmonitored repeat
        => 170 escalate urgent unmonitored
    """)


def test_the_dose_of_one_seat_is_not_that_of_another() -> None:
    """A marker with a seat concerns that seat; without one everybody."""
    timeline("""
        0..30    spo2 97
        0..30    spo2 97 B
        20       dose im B
        150      tick
        => 44 raise caution unmonitored stale
        => 44 raise caution unmonitored stale B
        => 104 reannounce caution unmonitored repeat
        => 104 reannounce caution unmonitored repeat B
        => 149 escalate urgent unmonitored B
    """)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("im", 60),
        ("0.5 mg/kg IV", 60),
        ("intramuscular, 50 mg", 60),
        ("oral", 120),
        ("sublingual 100 mg", 120),
        ("SL", 120),
        ("", 120),
        ("second", 120),
        ("im after oral", 120),
        ("given in time", 120),
    ],
)
def test_the_risk_window_follows_the_route(text: str, minutes: int) -> None:
    """60 min when injected, 120 min when swallowed or unknown."""
    assert risk_window(text) == minutes * MINUTE


def test_after_the_risk_window_silence_stays_a_caution() -> None:
    """119 s before its end the silence begins: 120 s are not reached inside."""
    timeline("""
        0            dose im
        0..3482      spo2 97
        3602         tick
        => 3496 raise caution unmonitored stale
        => 3556 reannounce caution unmonitored repeat
    """)


def test_causes_are_ranked_and_follow_what_is_known() -> None:
    """Lost link before silence, silence before what the last frame said."""
    timeline("""
        0..20    spo2 97
        20..40   none searching
        50       link lost
        60       link connected
        70..75   none searching
        => 34 raise caution unmonitored no_signal
        => 42 cause caution unmonitored stale
        => 50 cause caution unmonitored link_lost
        => 63 cause caution unmonitored stale
        => 70 cause caution unmonitored no_signal
    """)


def test_a_link_lost_after_the_finger_was_off_keeps_that_cause() -> None:
    """Clips switch off when taken off: within 10 s of such a frame the finger explains the link."""
    timeline("""
        0..30    spo2 97
        30..38   none finger_off
        45       link lost
        100      tick
        => 44 raise caution unmonitored finger_off
    """)
    timeline("""
        0..30    spo2 97
        30..34   none finger_off
        48       link lost
        60       tick
        => 44 raise caution unmonitored stale
        => 48 cause caution unmonitored link_lost
    """)


def test_a_link_given_up_for_silence_is_stale() -> None:
    """The acquisition ends a link over which nothing comes; that is silence, not a lost link."""
    timeline("""
        0..30    spo2 97
        40       link lost connected, but no reading for 10 s
        60       tick
        => 44 raise caution unmonitored stale
    """)


def test_links_known_before_the_start_count() -> None:
    """A link reported lost before the clip spoke explains the silence."""
    timeline("""
        1        link connected
        70       tick
        => 60 raise caution unmonitored stale
    """)
    timeline("""
        1        link searching
        70       tick
        => 60 raise caution unmonitored link_lost
    """)


def test_a_pulse_alone_monitors_only_a_clip_that_gives_nothing_else() -> None:
    """A heart rate strap is monitored by pulse; an oximeter that loses its SpO2 is not."""
    timeline("0..100 pulse 70 pulse_only")
    timeline("""
        0..30    spo2 97
        30..60   pulse 70 pulse_only
        => 44 raise caution unmonitored no_signal
    """)


def test_fixing_lasts_a_minute() -> None:
    """Who says "I see it, fixing" is asked again after 60 s, at either level; a file may say otherwise."""
    timeline("""
        0..3     spo2 97
        19       tick
        20       acknowledge unmonitored
        100      tick
        =>  17   raise caution unmonitored stale
        =>  20   acknowledge caution unmonitored
        =>  80   reannounce caution unmonitored expired
    """)
    text = DEFAULTS.read_text(encoding="utf-8")
    longer = read(text.replace("delay_s = 15 }", "delay_s = 15, acknowledged_s = 120 }")).rules
    assert longer is not None
    assert longer.unmonitored.levels[0].acknowledged == 120 * SECOND
    assert longer.unmonitored.levels[1].acknowledged == 60 * SECOND
