"""SFLOAT numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.devices import sfloat
from tests.collector.devices.vectors import Vector, chosen, named


@given(st.integers(0, 0xFFFF))
def test_every_raw_word_is_a_decimal_or_no_value(raw: int) -> None:
    """No word raises, and each number prints with no more digits than its exponent grants."""
    number = sfloat.value(raw)

    if number is not None:
        exponent = (raw >> 12 ^ 8) - 8
        assert number == round(number, max(0, -exponent))
        assert abs(number) <= 2048 * 10**exponent


@given(st.integers(-sfloat.LARGEST_MANTISSA, sfloat.LARGEST_MANTISSA), st.integers(0, 7))
def test_a_number_comes_back_as_it_was_written(mantissa: int, decimals: int) -> None:
    """Encoding and reading give the same number."""
    number = mantissa / 10**decimals

    assert sfloat.read(b"\xaa" + sfloat.encode(number, decimals), 1) == number


def test_none_is_written_as_not_a_number() -> None:
    """No value travels as NaN and comes back as None."""
    assert sfloat.encode(None) == b"\xff\x07"
    assert sfloat.read(sfloat.encode(None), 0) is None


@pytest.mark.parametrize("raw", [0x07FE, 0x07FF, 0x0800, 0x0801, 0x0802])
def test_specials_are_compared_as_raw_words(raw: int) -> None:
    """A special mantissa with another exponent is an ordinary number."""
    assert sfloat.value(raw) is None
    assert sfloat.value(raw | 0x1000) is not None


def test_a_number_that_does_not_fit_is_refused() -> None:
    """2046 would be read as infinity, so it cannot be written."""
    with pytest.raises(ValueError, match="2046 with 0 decimals does not fit"):
        sfloat.encode(2046)


@named(chosen("sfloat"))
def test_vector(vector: Vector) -> None:
    """An SFLOAT vector gives its number, or None for a special of the name that is expected."""
    raw = int.from_bytes(bytes.fromhex(vector["hex"][0]), "little")
    expected = vector["expect"]["value"]

    if isinstance(expected, str):
        assert sfloat.SPECIALS[raw] == expected
        assert sfloat.value(raw) is None
    else:
        assert sfloat.value(raw) == expected
