"""Rows: what goes in comes out, and damage is seen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.entry import Entry
from collector.journal.rows import WIDTH, Damaged, Row, body_text, decode, encode, verify
from collector.reading import Flag, Reading
from tests.collector.journal.samples import fact, instant, reading

SALT = b"saltsalt"
IDS = (1, 2, 3, 4)
NAMES = {
    "session": {1: "20260921-141320"},
    "boot": {2: "boot-1"},
    "subject": {3: "C0:FF:EE:00:00:01"},
    "participant": {4: "P1"},
}

numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
readings = st.builds(
    Reading,
    at=st.just(instant(1)),
    spo2=numbers,
    pulse_rate=numbers,
    perfusion_index=numbers,
    battery=st.none() | st.integers(0, 100),
    flags=st.frozensets(st.sampled_from(Flag)),
    backfill=st.booleans(),
)


def _row(entry: Entry) -> Row:
    return encode(entry, body_text(entry.body), IDS, SALT)


@given(readings)
def test_every_reading_comes_back_as_it_was(body: Reading) -> None:
    """No number, flag or absence changes on the way through a row."""
    entry = Entry(
        seq=1,
        session="20260921-141320",
        instant=body.at,
        kind="reading",
        subject="C0:FF:EE:00:00:01",
        participant="P1",
        body=body,
    )

    row = _row(entry)

    verify(row)
    assert decode(row, NAMES) == entry


def test_a_body_that_is_not_a_reading_comes_back_as_json() -> None:
    """Kinds with a JSON body keep it, whatever script it is written in."""
    entry = fact(3, "marker", {"what": "note", "text": "schön \u0000 🌙 \ud800"}, subject="")

    row = encode(entry, body_text(entry.body), (1, 2, 0, 0), SALT)

    verify(row)
    assert decode(row, NAMES) == entry


@pytest.mark.parametrize("entry", [reading(7), fact(7)])
@pytest.mark.parametrize("column", range(WIDTH))
def test_a_change_in_any_column_is_seen(column: int, entry: Entry) -> None:
    """The check sum covers the whole row."""
    row: list[Any] = list(_row(entry))
    row[column] = _other(row[column])

    with pytest.raises(Damaged, match=r"Entry . of the journal is damaged"):
        verify(tuple(row))


def test_wrong_types_are_damage_and_not_a_crash() -> None:
    """Whatever stands in a damaged file, the answer is the same sentence."""
    for wrong in (None, "text", b"bytes", 1.5, -(2**63)):
        for column in range(WIDTH):
            row: list[Any] = list(_row(fact(7)))
            if row[column] == wrong:
                continue
            row[column] = wrong
            with pytest.raises(Damaged):
                verify(tuple(row))


def test_equal_bodies_with_other_salts_have_other_digests() -> None:
    """The digest of an erased body cannot be guessed from equal bodies."""
    entry = reading(1)

    one = encode(entry, None, IDS, b"saltsalt")
    other = encode(entry, None, IDS, b"pepperpe")

    assert one[16] != other[16]


def _other(value: Any) -> Any:
    match value:
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case str():
            return value + "x"
        case None:
            return 1
    return value + 1
