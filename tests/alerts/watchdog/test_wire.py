"""The lines between station and companion."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.watchdog.wire import Message, read_line, read_message, send_line

WORDS = st.text(max_size=40)


@given(st.builds(Message, key=WORDS, target=WORDS, text=WORDS, level=WORDS, occasion=WORDS, tag=WORDS))
def test_a_message_survives_the_way(message: Message) -> None:
    """One line there, the same message out, whatever the words are."""
    said = send_line(message, 2)

    assert said.count(b"\n") == 1
    assert read_message(read_line(said)) == (message, 2)


@given(st.binary(max_size=60) | st.builds(lambda value: json.dumps(value).encode(), st.integers()))
def test_other_lines_are_refused_and_nothing_else_happens(said: bytes) -> None:
    """A value, or ValueError."""
    try:
        facts = read_line(said)
    except ValueError:
        return
    assert isinstance(facts["say"], str)


@pytest.mark.parametrize("facts", [{}, {"attempt": 1}, {"attempt": 1, "key": "k", "more": 1}])
def test_half_a_message_is_refused(facts: dict[str, object]) -> None:
    """Everything or nothing."""
    with pytest.raises(ValueError, match="not a message"):
        read_message({"say": "send", **facts})
