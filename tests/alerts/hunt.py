"""The hunt for a planted fault: the hard cases first, then random signals, then random rules files."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.alerts.book import books
from tests.alerts.faults import FAULTS, Plant
from tests.alerts.hard_cases import HARD_CASES
from tests.alerts.invariants import Check
from tests.alerts.signals import Signal, play, signals

QUICK = settings(
    max_examples=25,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MORE = settings(QUICK, max_examples=250)


def find(fault: Plant) -> str:
    """Plant `fault` and look for it: which signal its invariant fails on; empty = it lives."""
    with pytest.MonkeyPatch.context() as patch:
        fault(patch)
        return search(FAULTS[fault])


def search(check: Check) -> str:
    """The hard case on which `check` fails, else "a random signal" or "a random file", else nothing."""
    for name, signal in HARD_CASES.items():
        if _fails(check, signal):
            return name

    def look(signal: Signal) -> None:
        check(signal, play(signal))

    try:
        QUICK(given(signal=signals(("A", "B")))(look))()
    except AssertionError:
        return "a random signal"
    try:
        MORE(given(signal=signals(("A",), written=books()))(look))()
    except AssertionError:
        return "a random file"
    return ""


def _fails(check: Check, signal: Signal) -> bool:
    try:
        check(signal, play(signal))
    except AssertionError:
        return True
    return False
