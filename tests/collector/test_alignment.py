"""Alignment: found where the numbers are the same, refused where they cannot tell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.alignment import Alignment, NoFit, Series, align
from tests.collector.evening import Vital, person


def series(lived: list[Vital], *, start: float = 0.0, step: int = 1) -> Series:
    """These numbers, from `start` on."""
    return Series.of((start + step * n, *numbers) for n, numbers in enumerate(lived[::step]))


LIVED = person("anna")


@settings(max_examples=20, deadline=None)
@given(offset=st.integers(-290, 290), seed=st.text(max_size=3))
def test_an_offset_is_found_again(offset: int, seed: str) -> None:
    """Whoever it is and however far off the clock was."""
    lived = person(seed)

    found = align(series(lived), series(lived, start=offset, step=4), reach_s=300)

    assert isinstance(found, Alignment)
    assert found.offset_s == -offset
    assert found.error < found.rival


def test_a_ring_that_stores_means_is_placed_within_two_seconds() -> None:
    """Rounded means of four seconds lie beside their middle."""
    means = np.rint(np.array(LIVED, dtype=np.float64).reshape(-1, 4, 2).mean(axis=1))
    stored = Series.of((4.0 * n, spo2, rate) for n, (spo2, rate) in enumerate(means))

    found = align(series(LIVED), stored, reach_s=300)

    assert isinstance(found, Alignment)
    assert 0 <= found.offset_s <= 3
    assert found.agreement > 0.9


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (series(person("ben"), step=4), "differ from the live ones"),
        (series(LIVED[:200], step=4), "fewer than 60"),
        (series([]), "fewer than 60"),
        (series(LIVED, start=5000, step=4), "fewer than 60"),
    ],
    ids=["another person", "too short", "empty", "another time"],
)
def test_a_poor_fit_is_refused(stored: Series, why: str) -> None:
    """Another person, too little of it, nothing, another time."""
    found = align(series(LIVED), stored, reach_s=300)

    assert isinstance(found, NoFit)
    assert why in found.why


def test_numbers_that_never_move_cannot_tell_the_time() -> None:
    """A straight line fits everywhere, so nowhere."""
    flat = [(97, 60)] * 1200

    found = align(series(flat), series(flat, step=4), reach_s=300)

    assert isinstance(found, NoFit)
    assert "too little" in found.why


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-5, 2000), st.integers(1, 100), st.integers(1, 300)), max_size=80),
    st.lists(st.tuples(st.integers(-5, 2000), st.integers(1, 100), st.integers(1, 300)), max_size=80),
)
def test_any_numbers_get_an_answer(
    live: list[tuple[int, int, int]], stored: list[tuple[int, int, int]]
) -> None:
    """In any order, at any times: a place or a reason, never an error."""
    found = align(Series.of(live), Series.of(stored), reach_s=30)

    assert isinstance(found, Alignment | NoFit)
