"""Which alert explains which: quiet as long, recorded all the same, never urgent, loud afterwards."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.condition import Cause, Family, Level
from alerts.engine import Engine
from alerts.inhibition import TABLE, UNEXPLAINED, Inhibition, Inhibitions, cycle
from alerts.rules import DEFAULTS, read
from collector.identity import IDENTITY, Doubt, doubt_body, settled_body
from tests.alerts.timeline import timeline
from tests.alerts.world import DEFAULT, Script, instant, seconds

TEXT = DEFAULTS.read_text(encoding="utf-8")


def test_the_file_has_the_table() -> None:
    """The defaults and what is in force without any row are the same."""
    bare = read(TEXT.partition("[[inhibitions]]")[0]).rules

    assert DEFAULT.inhibitions.rows == TABLE
    assert bare is not None
    assert bare.inhibitions.rows == TABLE
    assert cycle(TABLE) == ()
    assert not any(UNEXPLAINED.intersection(row.targets) for row in TABLE)


def test_deep_oxygen_explains_a_slow_pulse() -> None:
    """The caution is recorded without a signal; urgent it speaks, and so it does when the air is back."""
    timeline("""
        0..20    spo2 97
        20..65   spo2 80 pulse 47
        65..90   spo2 97 pulse 47
        23       acknowledge spo2_low
        => 23    raise urgent spo2_low
        => 23    acknowledge urgent spo2_low
        => 50    raise caution hr_low silently
        => 75    deescalate caution spo2_low
        => 75    reannounce caution hr_low alone
        => 80    close caution spo2_low over
    """)


def test_an_urgent_pulse_is_never_explained_away() -> None:
    """It speaks while SpO2 is urgent; back at caution it rests again, silently."""
    timeline("""
        0..20    spo2 97
        20..90   spo2 80 pulse 35
        90..101  spo2 80 pulse 48
        23       acknowledge spo2_low
        30       acknowledge hr_low
        101..130 spo2 80 pulse 48
        => 23    raise urgent spo2_low
        => 23    acknowledge urgent spo2_low
        => 30    raise urgent hr_low
        => 30    acknowledge urgent hr_low
        => 105   deescalate caution hr_low
    """)


def test_what_was_told_before_rests_when_it_is_explained() -> None:
    """No repeats from then on; the journal says by what."""
    timeline("""
        0..20    spo2 97
        20..80   spo2 97 pulse 130
        80..125  spo2 80 pulse 130
        83       acknowledge spo2_low
        => 50    raise caution hr_high
        => 83    raise urgent spo2_low
        => 83    cause caution hr_high by spo2_low
        => 83    acknowledge urgent spo2_low
    """)


def test_a_lost_link_explains_a_battery() -> None:
    """The clip that went out of range with a low battery is one trouble; silent alone explains nothing."""
    timeline("""
        0..10    spo2 97
        10       battery 9
        11..20   spo2 97
        20       link lost
        80       tick
        90..96   spo2 97
        => 34    raise caution unmonitored link_lost
        => 70    raise caution battery silently
        => 94    reannounce caution unmonitored repeat
        => 95    close caution unmonitored over
        => 95    reannounce caution battery alone
    """)


def test_a_pause_over_an_explanation() -> None:
    """Two reasons to rest: it speaks when the last one is over."""
    timeline("""
        0..20    spo2 97
        20..52   spo2 80 pulse 47
        52..72   spo2 97 pulse 47
        23       acknowledge spo2_low
        52       pause toilet 1
        72..115  spo2 97 pulse 47
        => 23    raise urgent spo2_low
        => 23    acknowledge urgent spo2_low
        => 50    raise caution hr_low silently
        => 52    reannounce caution hr_low paused silently
        => 62    deescalate caution spo2_low
        => 62    cause caution hr_low by nothing
        => 67    close caution spo2_low over
        => 82    reannounce caution hr_low resumed
    """)


def test_an_explanation_is_kept_over_a_restart() -> None:
    """What rested goes on resting, and speaks when the reason ends."""
    timeline("""
        0..20    spo2 97
        20..60   spo2 80 pulse 47
        60..62   spo2 97 pulse 47
        23       acknowledge spo2_low
        62       restart
        62.5..85 spo2 97 pulse 47
        => 23    raise urgent spo2_low
        => 23    acknowledge urgent spo2_low
        => 50    raise caution hr_low silently
        => 72.5  deescalate caution spo2_low
        => 72.5  reannounce caution hr_low alone
        => 77.5  close caution spo2_low over
    """)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ('by = "hr_low"\ntargets = ["spo2_low"]', "Nothing may explain spo2_low away."),
        ('by = "spo2_low"\ntargets = ["unmonitored"]', "Nothing may explain unmonitored away."),
        ('by = "battery"\ntargets = ["battery"]', "in a circle: battery -> battery."),
        ('by = "hr_low"\ntargets = ["hr_high"]', ""),
        ('by = "hr_lo"\ntargets = ["hr_high"]', "did you mean 'hr_low'?"),
        ('by = "hr_low"\ntargets = ["hr_hig", "hr_high"]', "did you mean 'hr_high'?"),
        ('by = "hr_low"\ntargets = ["hr_high"]\nlevel = "high"', "The level 'high' is not known"),
        ('by = "hr_low"\ntargets = ["hr_high"]\ncause = "stal"', "did you mean 'stale'?"),
        ('by = "hr_low"', "The key targets is missing."),
        ('by = "channel_failed"\ntargets = ["hr_high"]', "The family 'channel_failed' is not known"),
    ],
)
def test_rows_of_a_rules_file(row: str, sentence: str) -> None:
    """R10, R1: no circle, nothing hides low oxygen or a missing person, and words are known ones."""
    checked = read(f"{TEXT}\n[[inhibitions]]\n{row}\n")
    told = [finding.text for finding in checked.refusals]

    assert any(sentence in one for one in told) if sentence else not told, told


def test_a_circle_over_several_rows_is_refused() -> None:
    """Each row alone is sound; together two alerts would make each other quiet."""
    rows = '[[inhibitions]]\nby = "{}"\ntargets = ["{}"]\n'
    text = TEXT + "\n" + rows.format("hr_low", "hr_high") + rows.format("hr_high", "hr_low")
    (refusal,) = read(text).refusals

    assert refusal.rule == "R10"
    assert (
        "hr_low -> hr_high -> hr_low" in refusal.text or "hr_high -> hr_low -> hr_high" in refusal.text
    )


families = st.sampled_from(list(Family))


@given(st.lists(st.tuples(families, st.lists(families, min_size=1, max_size=3)), max_size=8))
def test_without_a_circle_there_is_an_order(rows: list[tuple[Family, list[Family]]]) -> None:
    """What explains can always stand before what it explains, or there is a circle."""
    made = [Inhibition(by=by, targets=tuple(targets)) for by, targets in rows]
    if cycle(made):
        return
    order = Inhibitions(made).sources_first(list(Family))

    assert sorted(order) == sorted(Family)
    for row in made:
        assert all(order.index(row.by) < order.index(target) for target in row.targets)


class Alert:
    """What an explanation asks of an alert."""

    def __init__(self, level: Level, cause: Cause | None = None, *, open_: bool = True) -> None:
        self.open, self.level, self.cause = open_, level, cause


def test_level_and_cause_decide() -> None:
    """A caution on SpO2 explains the early word only; silence explains no battery, a lost link does."""
    table = Inhibitions()
    low = {Family.SPO2_LOW: Alert(Level.CAUTION)}
    stale = {Family.UNMONITORED: Alert(Level.CAUTION, Cause.STALE)}
    lost = {Family.UNMONITORED: Alert(Level.CAUTION, Cause.LINK_LOST)}
    closed = {Family.UNMONITORED: Alert(Level.CAUTION, Cause.LINK_LOST, open_=False)}

    assert table.explanation(Family.SPO2_FAST, low) is Family.SPO2_LOW
    assert table.explanation(Family.SPO2_DROP, low) is None
    assert table.explanation(Family.BATTERY, stale) is None
    assert table.explanation(Family.BATTERY, lost) is Family.UNMONITORED
    assert table.explanation(Family.BATTERY, closed) is None


def test_a_doubt_whose_clip_it_is_explains_a_drop() -> None:
    """Whose numbers these are is not known, so neither is whose baseline; settled, it speaks."""
    script, engine = Script(), Engine(DEFAULT)
    events = [e for entry in script.opening(["A"], instant(0)) for e in engine.take(entry)]
    engine.take(script.baseline(instant(0), "A", 99, 70))
    for second in range(1, 80):
        engine = Engine(DEFAULT, json.loads(json.dumps(engine.save())))
        if second in {30, 60}:
            body = doubt_body(Doubt.SWAPPED) if second == 30 else settled_body("f")
            entry = script.entry(instant(second), IDENTITY, body, subject="A", seat="A")
            events += engine.take(entry)
        spo2 = 99.0 if second < 20 else 95.0
        events += engine.take(script.reading(instant(second), spo2=spo2))
    drop = [event for event in events if event.family is Family.SPO2_DROP]

    assert [(seconds(e.at), e.happening.value, e.announce, e.explained) for e in drop] == [
        (40, "raise", False, Family.IDENTITY),
        (60, "reannounce", True, None),
    ]
