"""The invariants bite: faults planted into the engine are found."""

import pytest

from tests.alerts.faults import FAULTS, Plant
from tests.alerts.hunt import find


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_its_invariant_finds(fault: Plant) -> None:
    """Each planted fault breaks the invariant that stands against it."""
    assert find(fault)


def test_there_are_enough() -> None:
    """At least 25 faults, each told in a sentence."""
    assert len(FAULTS) >= 25
    assert all(fault.__doc__ for fault in FAULTS)
