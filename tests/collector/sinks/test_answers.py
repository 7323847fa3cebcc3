"""What an answer of InfluxDB means: servers.md 1.4."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sinks.answers import Place, answered, reason, seconds
from collector.sinks.base import Outcome

NOW = datetime(2026, 11, 25, 22, 0, 0, tzinfo=UTC)
PLACE = Place(url="http://db:8086", org="clinic", bucket="vitals", kept="token.txt")
INVALID = '{"code":"invalid","message":"unable to parse \'reading,participant=P1 x\': missing field"}'


def outcome(status: int, body: str = "", retry_after: str = "") -> Outcome:
    """What the answer means."""
    return answered(status, body, retry_after, PLACE, NOW).outcome


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (204, "", Outcome.DELIVERED),
        (201, "", Outcome.DELIVERED),
        (200, "", Outcome.HOLD),
        (302, "", Outcome.HOLD),
        (400, INVALID, Outcome.REFUSED),
        (400, '{"error":"partial write: field type conflict"}', Outcome.REFUSED),
        (400, "Client sent an HTTP request to an HTTPS server.", Outcome.HOLD),
        (422, '{"message":"outside retention"}', Outcome.REFUSED),
        (401, "", Outcome.HOLD),
        (403, "", Outcome.HOLD),
        (404, "", Outcome.HOLD),
        (405, "", Outcome.HOLD),
        (408, "", Outcome.AGAIN),
        (413, "", Outcome.TOO_LARGE),
        (429, "", Outcome.AGAIN),
        (500, "", Outcome.FAILED),
        (502, "<html>", Outcome.AGAIN),
        (503, "", Outcome.AGAIN),
    ],
)
def test_each_status_has_its_meaning(status: int, body: str, expected: Outcome) -> None:
    """400 sets rows aside only when it is InfluxDB that says so."""
    assert outcome(status, body) is expected


@given(st.integers(100, 599), st.text(max_size=200), st.text(max_size=40))
def test_whatever_comes_there_is_an_outcome_and_a_sentence(status: int, body: str, header: str) -> None:
    """And only 201 and 204 count as delivered."""
    answer = answered(status, body, header, PLACE, NOW)

    assert (answer.outcome is Outcome.DELIVERED) is (status in (201, 204))
    assert answer.why or answer.outcome is Outcome.DELIVERED


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "InfluxDB refuses the token; put one that may write to vitals into token.txt."),
        (404, "InfluxDB has no bucket vitals in the organisation clinic; make it or check"),
        (301, "What answers at http://db:8086 is not InfluxDB (status 301); check [influxdb] url."),
    ],
)
def test_what_somebody_has_to_mend_is_said_in_one_sentence(status: int, sentence: str) -> None:
    """What is wrong and what to do."""
    assert answered(status, "", "", PLACE, NOW).why.startswith(sentence)


def test_a_reason_does_not_repeat_our_line() -> None:
    """Quarantine entries hold nothing about a participant."""
    assert reason(INVALID) == "unable to parse ...: missing field"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Wed, 25 Nov 2026 22:01:30 GMT", 90.0),
        ("Wed, 25 Nov 2026 21:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Wed, 25 Nov 2026 22:01:30", None),
        ("9" * 400, 999_999_999.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, expected: float | None) -> None:
    """What cannot be read is no wish."""
    assert seconds(header, NOW) == expected
    assert answered(429, "", header, PLACE, NOW).after_s == expected


@given(st.text(max_size=60))
def test_no_header_breaks_the_reading_of_it(header: str) -> None:
    """A number of seconds, or nothing."""
    found = seconds(header, NOW)

    assert found is None or found >= 0
