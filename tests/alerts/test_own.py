"""Drop and shift from the own baseline: timelines."""

import pytest

from alerts.baseline import Baseline
from alerts.own import DropRule, ShiftRule
from tests.alerts.timeline import timeline
from tests.alerts.world import DEFAULT

DROP, SHIFT = DEFAULT.own


def test_a_drop_of_four_points_from_the_own_number() -> None:
    """For 20 s; over at two points below for 15 s. Who is always at 96 is told at 92, not others."""
    timeline("""
        0        baseline 99 70
        0..20    spo2 99
        20..60   spo2 95
        60..70   spo2 96
        70..95   spo2 97
        => 40    raise caution spo2_drop
        => 85    close caution spo2_drop over
    """)


def test_without_a_baseline_there_is_no_drop() -> None:
    """Off until it exists; 95 alone is below no limit."""
    timeline("""
        0..20    spo2 99
        20..90   spo2 95
    """)


def test_new_numbers_count_from_the_next_reading_on() -> None:
    """A baseline that comes while somebody is below it needs its 20 s; one taken anew can end it."""
    timeline("""
        0..30    spo2 95
        30       baseline 99 70
        31..80   spo2 95
        80       baseline 96 70
        81..99   spo2 95
        => 51    raise caution spo2_drop
        => 96    close caution spo2_drop over
    """)


def test_an_acknowledged_drop_that_goes_on_falling_is_told() -> None:
    """Three points worse than when it was seen."""
    timeline("""
        0        baseline 99 70
        0..20    spo2 99
        20..45   spo2 95
        41       acknowledge spo2_drop
        45..50   spo2 94
        => 40    raise caution spo2_drop
        => 41    acknowledge caution spo2_drop
    """)


def test_a_pulse_that_shifts_up() -> None:
    """By the larger of 40 beats and half: from 60 at 100; over half-way back, at 80, for 30 s."""
    timeline("""
        0        baseline 97 60
        0..20    pulse 60
        20..90   pulse 99
        90..160  pulse 100
        160..200 pulse 81
        200..240 pulse 80
        => 150   raise caution hr_shift
        => 210   reannounce caution hr_shift repeat
        => 230   close caution hr_shift over
    """)


def test_a_pulse_that_shifts_down() -> None:
    """By 25 beats and below 60: from 90 at 59, not at 62; over at 75."""
    timeline("""
        0        baseline 97 90
        0..20    pulse 90
        20..90   pulse 62
        90..160  pulse 59
        160..200 pulse 74
        200..240 pulse 75
        => 150   raise caution hr_shift
        => 210   reannounce caution hr_shift repeat
        => 230   close caution hr_shift over
    """)


def test_a_doubled_pulse_under_a_weak_signal_is_not_believed() -> None:
    """It takes a good signal to raise and a good one to end."""
    timeline("""
        0         baseline 97 50
        0..20     pulse 51
        20..90    pulse 100 poor_signal
        90..152   pulse 100
        152..190  pulse 60 motion
        190..222  pulse 60
        => 150    raise caution hr_shift
        => 210    reannounce caution hr_shift repeat
        => 220    close caution hr_shift over
    """)


def test_a_baseline_of_one_number_serves_one_rule() -> None:
    """A clip that gives a pulse alone has no SpO2 to fall from."""
    assert isinstance(DROP, DropRule)
    assert isinstance(SHIFT, ShiftRule)
    pulse_only = Baseline(pulse_rate=60)

    assert DROP.under(pulse_only) is DROP.rule
    assert SHIFT.under(Baseline(spo2=97)) is SHIFT.rule
    assert SHIFT.under(pulse_only).reference == 60


@pytest.mark.parametrize(
    ("own", "low", "high"), [(60, 35, 100), (100, 59.9, 150), (80, 55, 120), (90, 59.9, 135)]
)
def test_how_far_a_pulse_may_shift(own: float, low: float, high: float) -> None:
    """max(+40, +50 %), or -25 and below 60 (alerts.md 4.3)."""
    assert isinstance(SHIFT, ShiftRule)
    level = SHIFT.under(Baseline(pulse_rate=own)).levels[0]

    assert (level.limit, level.high) == (low, high)
    assert (level.clear_at, level.high_clear_at) == ((low + own) / 2, (high + own) / 2)
