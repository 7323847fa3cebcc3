"""The engine as timelines: qualification, levels, signals, acknowledgement, seats."""

import pytest

from tests.alerts.timeline import timeline


def test_deep_fall_is_urgent_after_three_seconds_and_latches() -> None:
    """Below 85 waits 3 s, steps down silently, ends by the mildest level, and stays to be seen."""
    timeline("""
        0..30    spo2 97
        30..60   spo2 84
        60..100  spo2 97
        90       acknowledge spo2_low
        => 33 raise urgent spo2_low
        => 48 reannounce urgent spo2_low repeat
        => 63 reannounce urgent spo2_low repeat
        => 70 deescalate caution spo2_low
        => 75 end urgent spo2_low over
        => 90 close urgent spo2_low seen
    """)


def test_caution_is_raised_after_twenty_seconds_and_does_not_latch() -> None:
    """Below 94 for 20 s is a caution; 15 s at 95 close it, 94.5 does not."""
    timeline("""
        0..30    spo2 97
        30..60   spo2 93
        60..80   spo2 94.5
        80..120  spo2 95
        => 50 raise caution spo2_low
        => 95 close caution spo2_low over
    """)


def test_limits_are_strict() -> None:
    """Exactly 94 is not below 94; 93.9 is."""
    timeline("""
        0..60    spo2 94
        60..90   spo2 93.9
        => 80 raise caution spo2_low
    """)


def test_levels_climb_inside_one_episode() -> None:
    """Caution, urgent at 90, urgent at 85: one episode that escalates each time."""
    timeline("""
        0..20    spo2 97
        20..45   spo2 92
        45..60   spo2 88
        60..65   spo2 83
        => 40 raise caution spo2_low
        => 55 escalate urgent spo2_low
        => 63 escalate urgent spo2_low
    """)


def test_evidence_leaks_instead_of_resetting() -> None:
    """Two seconds below 90 and one above, again and again, raise; a timer that resets never would."""
    text = "\n".join(f"{t}..{t + 2} spo2 89\n{t + 2}..{t + 3} spo2 90" for t in range(20, 60, 3))
    timeline(
        "0..20 spo2 97\n"
        + text
        + """
        => 28 raise urgent spo2_low    # by the net: the third run of 2 s
        => 43 reannounce urgent spo2_low repeat
        => 58 reannounce urgent spo2_low repeat
    """
    )


def test_leak_of_the_caution_level_by_hand() -> None:
    """15 s of evidence, minus 5 s back, plus 10 s make 20 s at 50."""
    timeline("""
        0..20    spo2 97
        20..35   spo2 93
        35..40   spo2 94
        40..60   spo2 93
        => 50 raise caution spo2_low
    """)


def test_three_breaches_of_two_seconds_within_a_minute_raise() -> None:
    """The net catches what the delay forgives: at the moment the third breach has lasted 2 s."""
    timeline("""
        0..20    spo2 97
        20..22   spo2 88
        22..40   spo2 97
        40..42   spo2 88
        42..60   spo2 97
        60..63   spo2 88
        63..70   spo2 97
        => 62 raise urgent spo2_low
    """)


def test_three_breaches_over_more_than_a_minute_raise_nothing() -> None:
    """The first breach has left the net when the third comes."""
    timeline("""
        0..20    spo2 97
        20..22   spo2 88
        22..50   spo2 97
        50..52   spo2 88
        52..81   spo2 97
        81..83   spo2 88
        83..99   spo2 97
    """)


def test_single_deep_reading_followed_by_silence_raises_no_low() -> None:
    """Below 85 needs two readings, even though one speaks for exactly 3 s."""
    timeline("""
        0..30    spo2 97
        30       spo2 80
        50       tick
        => 45 raise caution unmonitored stale
    """)


def test_second_deep_reading_counts_after_a_gap() -> None:
    """The evidence of the first is kept through the gap; the second completes it at once."""
    timeline("""
        0..30    spo2 97
        30       spo2 80
        38..40   spo2 80
        => 38 raise urgent spo2_low
    """)


def test_already_low_at_the_start_raises_once_armed() -> None:
    """No change is needed: low from the first reading raises after 10 s of valid readings."""
    timeline("""
        0..12    spo2 80
        => 10 raise urgent spo2_low
    """)


def test_arming_counts_valid_readings_only() -> None:
    """Time without numbers does not arm."""
    timeline("""
        0..5     spo2 80
        5..10    none searching
        10..16   spo2 80
        => 15 raise urgent spo2_low
    """)


def test_short_gaps_lose_no_evidence_and_long_ones_do() -> None:
    """10 s of silence freeze 12 s of evidence; 15 s of not knowing (after the hold of 3 s) drop it."""
    timeline("""
        0..20    spo2 97
        20..30   spo2 93      # speaks until 32
        42..60   spo2 93      # 8 s more
        => 50 raise caution spo2_low
    """)
    timeline("""
        0..20    spo2 97
        20..30   spo2 93
        47..60   spo2 93
        => 44 raise caution unmonitored stale
        => 52 close caution unmonitored over
    """)


def test_questionable_readings_count_for_urgent_only() -> None:
    """A weak signal at 88 is no caution, but after 10 s urgent."""
    timeline("""
        0..20    spo2 97
        20..50   spo2 92 low_perfusion
        50..61   spo2 88 motion
        => 60 raise urgent spo2_low
    """)


def test_questionable_readings_end_nothing() -> None:
    """Poor signal at 97 is not good data: the episode stays until clean readings come."""
    timeline("""
        0..20    spo2 97
        20..41   spo2 93
        41..80   spo2 97 poor_signal
        80..99   spo2 97
        => 40 raise caution spo2_low
        => 95 close caution spo2_low over
    """)


@pytest.mark.parametrize("value", [1, 30, 49])
def test_implausibly_low_saturation_is_urgent(value: int) -> None:
    """A low number from a correct frame is data."""
    timeline(f"""
        0..20    spo2 97
        20..24   spo2 {value}
        => 23 raise urgent spo2_low
    """)


def test_implausibly_low_pulse_is_urgent_and_ends_no_high() -> None:
    """A pulse of 10 raises hr_low; it is no good reading for the end of hr_high."""
    timeline("""
        0..20    pulse 80
        20..52   pulse 130
        52..90   pulse 10
        => 50 raise caution hr_high
        => 62 raise urgent hr_low
        => 77 reannounce urgent hr_low repeat
    """)


def test_high_pulse_mirrors_the_low_limit() -> None:
    """Above 120 for 30 s is a caution, above 140 for 15 s urgent; 115 for 15 s ends it."""
    timeline("""
        0..20    pulse 80
        20..60   pulse 125
        60..76   pulse 150
        76       acknowledge hr_high
        77..95   pulse 116
        95..120  pulse 115
        => 50 raise caution hr_high
        => 75 escalate urgent hr_high
        => 76 acknowledge urgent hr_high
        => 92 deescalate caution hr_high
        => 110 close caution hr_high over
    """)


def test_low_pulse() -> None:
    """Below 50 for 30 s is a caution, below 40 for 10 s urgent."""
    timeline("""
        0..20    pulse 60
        20..55   pulse 45
        55..66   pulse 38
        => 50 raise caution hr_low
        => 65 escalate urgent hr_low
    """)


def test_a_caution_is_announced_three_times_again_then_rarely() -> None:
    """Each 60 s at most three times, then every 5 minutes."""
    timeline("""
        0..20     spo2 97
        20..1000  spo2 93
        => 40 raise caution spo2_low
        => 100 reannounce caution spo2_low repeat
        => 160 reannounce caution spo2_low repeat
        => 220 reannounce caution spo2_low repeat
        => 520 reannounce caution spo2_low repeat
        => 820 reannounce caution spo2_low repeat
    """)


def test_acknowledgement_stops_repeats_and_expires() -> None:
    """Urgent: quiet for 120 s, then announced once more and repeated again."""
    timeline("""
        0..20    spo2 97
        20..200  spo2 88
        40       acknowledge spo2_low
        => 30 raise urgent spo2_low
        => 40 acknowledge urgent spo2_low
        => 160 reannounce urgent spo2_low expired
        => 175 reannounce urgent spo2_low repeat
        => 190 reannounce urgent spo2_low repeat
    """)


def test_acknowledged_caution_lives_five_minutes() -> None:
    """A caution's acknowledgement expires after 300 s."""
    timeline("""
        0..20    spo2 97
        20..360  spo2 93
        41       acknowledge spo2_low
        => 40 raise caution spo2_low
        => 41 acknowledge caution spo2_low
        => 341 reannounce caution spo2_low expired
    """)


def test_worse_than_acknowledged_is_announced_at_once() -> None:
    """Three points below the value at the acknowledgement; two are not enough."""
    timeline("""
        0..20    spo2 97
        20..40   spo2 89
        35       acknowledge spo2_low
        40..50   spo2 87
        50..52   spo2 86
        => 30 raise urgent spo2_low
        => 35 acknowledge urgent spo2_low
        => 50 reannounce urgent spo2_low worse
    """)


def test_worse_pulse_needs_fifteen_beats() -> None:
    """145 acknowledged: 159 is quiet, 160 is announced."""
    timeline("""
        0..20    pulse 80
        20..40   pulse 145
        36       acknowledge hr_high
        40..45   pulse 159
        45..47   pulse 160
        => 35 raise urgent hr_high
        => 36 acknowledge urgent hr_high
        => 45 reannounce urgent hr_high worse
    """)


def test_escalation_voids_an_acknowledgement() -> None:
    """A higher level is announced although the milder one was acknowledged."""
    timeline("""
        0..20    spo2 97
        20..45   spo2 91
        42       acknowledge spo2_low
        45..60   spo2 89
        => 40 raise caution spo2_low
        => 42 acknowledge caution spo2_low
        => 55 escalate urgent spo2_low
    """)


def test_an_acknowledgement_of_what_is_over_does_not_stop_the_next_fall() -> None:
    """While a second fall gathers evidence the first, latched one is acknowledged; the second raises."""
    timeline("""
        0..30    spo2 97
        30..40   spo2 84
        40..61   spo2 97
        61..71   spo2 89
        65       acknowledge spo2_low
        71..75   spo2 89
        => 33 raise urgent spo2_low
        => 48 reannounce urgent spo2_low repeat
        => 50 deescalate caution spo2_low
        => 55 end urgent spo2_low over
        => 65 close urgent spo2_low seen
        => 71 raise urgent spo2_low
    """)


def test_acknowledged_urgent_does_not_latch() -> None:
    """Seen is seen: it closes when it is over."""
    timeline("""
        0..20    spo2 97
        20..31   spo2 88
        31       acknowledge spo2_low
        32..60   spo2 97
        => 30 raise urgent spo2_low
        => 31 acknowledge urgent spo2_low
        => 42 deescalate caution spo2_low
        => 47 close caution spo2_low over
    """)


def test_acknowledging_what_is_gone_changes_nothing() -> None:
    """Unknown, ended and already acknowledged episodes are left alone."""
    timeline("""
        0..20    spo2 97
        20..41   spo2 93
        30       acknowledge @s-A-spo2_low-1
        41       acknowledge @s-B-spo2_low-1
        42..70   spo2 97
        60       acknowledge spo2_low
        70..91   spo2 93
        90       acknowledge @s-A-spo2_low-1
        => 40 raise caution spo2_low
        => 57 close caution spo2_low over
        => 90 raise caution spo2_low
    """)


def test_a_second_acknowledgement_does_not_prolong_the_first() -> None:
    """Only the first one counts."""
    timeline("""
        0..20    spo2 97
        20..170  spo2 88
        40       acknowledge spo2_low
        100      acknowledge spo2_low
        => 30 raise urgent spo2_low
        => 40 acknowledge urgent spo2_low
        => 160 reannounce urgent spo2_low expired
    """)


def test_a_new_raise_supersedes_what_was_never_seen() -> None:
    """A latched episode closes as superseded when the next one begins, under another number."""
    timeline("""
        0..20    spo2 97
        20..31   spo2 88
        31..60   spo2 97
        60..71   spo2 88
        80       acknowledge @s-A-spo2_low-1
        80.5     acknowledge @s-A-spo2_low-2
        => 30 raise urgent spo2_low
        => 41 deescalate caution spo2_low
        => 46 end urgent spo2_low over
        => 70 close urgent spo2_low superseded
        => 70 raise urgent spo2_low
        => 80.5 acknowledge urgent spo2_low
    """)


def test_silence_raises_unmonitored_and_clears_nothing() -> None:
    """The low episode stays open, its repeats give way, and unmonitored inherits its level."""
    timeline("""
        0..20    spo2 97
        20..31   spo2 88
        46       tick
        60       tick
        70..90   spo2 97
        => 30 raise urgent spo2_low
        => 45 raise urgent unmonitored stale
        => 60 reannounce urgent unmonitored repeat
        => 75 close urgent unmonitored over
        => 75 reannounce urgent spo2_low repeat
        => 80 deescalate caution spo2_low
        => 85 end urgent spo2_low over
    """)


def test_an_acknowledgement_does_not_expire_behind_missing_data() -> None:
    """It expires when the data is back; until then unmonitored speaks."""
    timeline("""
        0..20    spo2 97
        20..36   spo2 93
        36..300  spo2 92
        41       acknowledge spo2_low
        330      tick
        360..366 spo2 92
        => 40 raise caution spo2_low
        => 41 acknowledge caution spo2_low
        => 314 raise caution unmonitored stale
        => 365 close caution unmonitored over
        => 365 reannounce caution spo2_low expired
    """)


def test_late_old_and_backfilled_readings_are_not_evaluated() -> None:
    """Backfill, more than 3 s late, or older than the newest: recorded, never alerted on."""
    timeline("""
        0..40    spo2 97
        20..40   backfill spo2 60
        20.5..40 late 4 spo2 60
        20.2..40 late 1 spo2 60
    """)


def test_a_reading_that_is_a_little_late_counts() -> None:
    """2 s late and still the newest of its seat."""
    timeline("""
        0..20    spo2 97
        22..40   late 2 spo2 80
        => 23 raise urgent spo2_low
    """)


def test_another_clip_on_the_seat_is_another_person() -> None:
    """Episodes close as released, and the numbers have to arm again."""
    timeline("""
        0..20    spo2 97
        20..31   spo2 88
        31       bind d9
        32..43   spo2 80
        => 30 raise urgent spo2_low
        => 31 close urgent spo2_low released
        => 42 raise urgent spo2_low
    """)


def test_a_released_seat_is_unmonitored() -> None:
    """Nobody is forgotten: a seat without a clip is like any other without data."""
    timeline("""
        0..70    spo2 97
        70       release
        90       tick
        => 85 raise caution unmonitored link_lost
    """)


def test_the_end_of_the_session_leaves_nothing_open() -> None:
    """Open and latched episodes close as released."""
    timeline("""
        0..20    spo2 97
        20..31   spo2 88
        31..60   spo2 97
        20..51   spo2 97 pulse 30 B
        60       end
        => 30 raise urgent spo2_low
        => 30 raise urgent hr_low B
        => 41 deescalate caution spo2_low
        => 45 reannounce urgent hr_low repeat B
        => 46 end urgent spo2_low over
        => 60 reannounce urgent hr_low repeat B
        => 60 close urgent spo2_low released
        => 60 close urgent hr_low released B
    """)


def test_before_the_start_and_after_the_end_no_rule_runs() -> None:
    """After the end nothing is raised, whatever comes."""
    timeline("""
        0..20    spo2 97
        20       end
        21..100  spo2 60
        200      tick
    """)
