"""SatSeconds instead of a delay: depth times time raises, at the latest after the longest delay."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from alerts.condition import Family, Happening
from alerts.promises import promises
from alerts.rules import DEFAULTS, Rules, read
from tests.alerts.book import LIMITS
from tests.alerts.hard_cases import HARD_CASES
from tests.alerts.invariants import beyond, no_end_without_good_data, one_episode
from tests.alerts.oracle import armed_at, ms, of, runs, standing
from tests.alerts.signals import Play, Signal, play, shape, signals
from tests.alerts.timeline import timeline

OLD = "below = 94, delay_s = 20"
URGENT = "below = 90, delay_s = 10"


def budgeted(budget: int, longest: int, *, old: str = URGENT) -> Rules:
    """The defaults with a budget at one level, without the early word and the net of that level."""
    text = DEFAULTS.read_text(encoding="utf-8")
    limit = old.split(",", maxsplit=1)[0]
    text = text.replace(old, f"{limit}, satseconds = {budget}, max_delay_s = {longest}")
    text = text.replace(", net = { count = 3, within_s = 60, min_s = 2 }", "")
    rules = read(text).rules
    assert rules is not None
    return replace(rules, fast=None)


def test_the_worked_example() -> None:
    """Limit 90, 2 s at 88, 3 s at 86, then 84, budget 50: 5 + 34/6 = 10.67 s (alerts.md 1.3)."""
    rules = budgeted(50, 20)
    level = replace(rules.vitals[0].levels[1])
    only = replace(rules.vitals[0], levels=(level,))
    timeline(
        """
        0..20    spo2 97
        20..22   spo2 88
        22..25   spo2 86
        25..35   spo2 84
        => 30.6667 raise urgent spo2_low
        """,
        rules=replace(rules, vitals=(only, *rules.vitals[1:])),
    )


@pytest.mark.parametrize(("spo2", "at"), [(89, 40), (88, 32.5), (85, 25), (80, 22.5)])
def test_the_deeper_the_sooner(spo2: int, at: float) -> None:
    """A constant depth takes budget / depth seconds, and never longer than the longest delay."""
    rules = budgeted(25, 20)
    only = replace(rules.vitals[0], levels=(rules.vitals[0].levels[1],))
    timeline(
        f"""
        0..20    spo2 97
        20..{int(at) + 2}   spo2 {spo2}
        => {at:g}  raise urgent spo2_low
        """,
        rules=replace(rules, vitals=(only,)),
    )


def test_time_within_the_limit_takes_points_away() -> None:
    """By how far it is within, one a second at least."""
    rules = budgeted(25, 20)
    only = replace(rules.vitals[0], levels=(rules.vitals[0].levels[1],))
    timeline(
        """
        0..20    spo2 97
        20..30   spo2 88    # 20 points
        30..34   spo2 90    # 16, at the limit
        34..36   spo2 93    # 10
        36..60   spo2 88    # 25 after 7.5 s
        => 43.5  raise urgent spo2_low
        => 58.5  reannounce urgent spo2_low repeat
        """,
        rules=replace(rules, vitals=(only,)),
    )


def test_the_check_says_so() -> None:
    """What is promised is the longest delay."""
    told = [line for line in promises(budgeted(25, 30, old=OLD)) if "SatSeconds" in line]

    assert len(told) == 1
    assert "for 30 s (or until 25 SatSeconds, points below times seconds, have gathered)" in told[0]
    assert "on screen at most 32 s" in told[0]


BUDGETED = budgeted(25, 10)
FEW = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])


def keeps_its_promise(signal: Signal) -> None:
    """I9 and what holds of every rule, on one signal."""
    events = play(signal, Play(rules=BUDGETED))
    limit = next(one for one in LIMITS if (one.family, one.limit) == (Family.SPO2_LOW, 90))
    for seat in signal.seats:
        log = of(events, seat, Family.SPO2_LOW)
        for start, end in runs(signal, seat, beyond(limit)):
            due = max(start + 10_000, armed_at(signal, seat))
            if due < end:
                assert standing(log, due) is not None, f"I9: {start}: nothing at {due}"
        raised = [e for e in log if e.happening is Happening.RAISE]
        assert all(ms(event) >= armed_at(signal, seat) for event in raised)
    no_end_without_good_data(signal, events)
    one_episode(signal, events)
    assert shape(play(signal, Play(rules=BUDGETED, ticks=range(0, signal.end, 333)))) == shape(events)
    assert shape(play(signal, Play(rules=BUDGETED, restarts=True))) == shape(events)


@FEW
@given(signal=signals())
def test_random_signals(signal: Signal) -> None:
    """I9: raised by the longest delay; ticks and restarts change nothing."""
    keeps_its_promise(signal)


@pytest.mark.parametrize("name", ["seesaw", "many short gaps", "levels up inside an episode"])
def test_hard_signals(name: str) -> None:
    """The same where depth changes all the time."""
    keeps_its_promise(HARD_CASES[name])
