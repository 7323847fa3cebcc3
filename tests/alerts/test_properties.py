"""The engine's invariants hold on random signals and on the forced hard cases."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.alerts.book import books
from tests.alerts.hard_cases import HARD_CASES
from tests.alerts.invariants import LOGS, PLAYS
from tests.alerts.signals import Signal, play, signals

PLENTY = settings(max_examples=240, suppress_health_check=[HealthCheck.too_slow])
FEW = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])


@PLENTY
@given(signal=signals())
def test_every_log_is_as_the_signal_demands(signal: Signal) -> None:
    """What the oracle derives from the signal alone is what the engine says."""
    events = play(signal)

    for check in LOGS:
        check(signal, events)


@FEW
@given(signal=signals(("A", "B")))
def test_what_must_not_matter_does_not(signal: Signal) -> None:
    """Ticks, restarts, clocks, doubles and other seats change nothing; worse is never told later."""
    events = play(signal)

    for check in (*LOGS, *PLAYS):
        check(signal, events)


@PLENTY
@given(signal=signals(written=books()))
def test_any_rules_file_that_is_not_refused_keeps_the_invariants(signal: Signal) -> None:
    """Other limits, delays, nets, margins, repeats and times of the readings: the logs are as they demand."""
    events = play(signal)

    for check in LOGS:
        check(signal, events)


@FEW
@given(signal=signals(("A", "B"), written=books()))
def test_what_must_not_matter_does_not_under_any_rules(signal: Signal) -> None:
    """Ticks, restarts, clocks, doubles, other seats; and worse is never told later."""
    events = play(signal)

    for check in PLAYS:
        check(signal, events)


@pytest.mark.parametrize("name", HARD_CASES)
def test_hard_cases(name: str) -> None:
    """Cases that random signals hit too rarely keep every invariant."""
    signal = HARD_CASES[name]
    events = play(signal)

    for check in (*LOGS, *PLAYS):
        check(signal, events)
