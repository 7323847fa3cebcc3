"""Line protocol: whatever goes in, what comes out is a line that says the same."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sinks.line import BACKSLASH, MAX_NS, REPLACED, Unfit, head, line
from tests.collector.sinks.parsing import NotALine, Point, point

TEXTS = st.text(max_size=300)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=20)
FLOATS = st.floats(allow_nan=True, allow_infinity=True) | st.none()


def fit(text: str, most: int) -> str:
    """`text` as it can be on the wire."""
    return "".join(one if one.isprintable() else REPLACED for one in text[:most])


@given(
    tags=st.dictionaries(NAMES, TEXTS, max_size=6),
    fields=st.dictionaries(NAMES.filter(lambda name: name != "text"), FLOATS, max_size=8),
    text=TEXTS,
    time_ns=st.integers(-(1 << 70), 1 << 70),
)
def test_a_line_says_what_was_put_in_or_is_not_made(
    tags: dict[str, str], fields: dict[str, float | None], text: str, time_ns: int
) -> None:
    """Round trip through a parser of its own; NaN, infinity and control characters never get through."""
    stated = {name: v for name, v in fields.items() if v is not None and math.isfinite(v)}
    if not 0 <= time_ns <= MAX_NS or not (stated or text):
        with pytest.raises(Unfit):
            line(head("event", tags.items()), fields.items(), time_ns, text)
        return

    made = line(head("event", tags.items()), fields.items(), time_ns, text)

    assert point(made) == Point(
        measurement="event",
        tags={name: fit(tag, 256).replace("\\", BACKSLASH) for name, tag in tags.items() if tag},
        fields={**stated, **({"text": fit(text, 2000)} if text else {})},
        time_ns=time_ns,
    )
    assert made.encode().decode() == made


@pytest.mark.parametrize(
    "tag", ["a,b=c d", "\\", "a\\", "\\,", "x\ny", "\x00", "\u2028", "\udfff", "é ü", '"', "=", " "]
)
def test_a_nasty_tag_stays_one_tag(tag: str) -> None:
    """Escapes, a backslash at the end, newlines, half a surrogate pair."""
    made = point(line(head("reading", [("participant", tag), ("session", "s")]), [("seq", 1.0)], 1))

    assert made.tags["participant"] == fit(tag, 256).replace("\\", BACKSLASH)
    assert made.tags["session"] == "s"


def test_numbers_are_floats_and_read_back_exactly() -> None:
    """No suffix that would make an integer of it."""
    numbers = {"a": 97.0, "b": 1e300, "c": -0.1, "d": 5e-324, "e": 80}
    made = line("reading", numbers.items(), 7)

    assert point(made).fields == numbers
    assert not any(field.endswith("i") for field in made.split(" ")[1].split(","))


@pytest.mark.parametrize(
    "text",
    [
        "reading spo2=97i 1",
        "reading spo2=nan 1",
        "reading,participant= spo2=97 1",
        'event text="open 1',
        "reading spo2=97 -1",
        "reading spo2=97",
        "reading\x00 spo2=97 1",
        "reading 1",
    ],
)
def test_the_parser_of_these_tests_is_strict(text: str) -> None:
    """Otherwise the round trip would prove nothing."""
    with pytest.raises(NotALine):
        point(text)
