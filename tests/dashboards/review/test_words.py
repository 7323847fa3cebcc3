"""How values and times are written."""

from datetime import UTC, timedelta, timezone
from typing import Any

import pytest

from alerts.condition import Family, Level
from dashboards.review.history import AlertEpisode
from dashboards.review.words import Times, alert_words, lasting, length, percent, signed, value, whole

NOON = 1_794_484_800 * 10**9  # 12 November 2026, 12:00:00 UTC


def test_times_follow_the_zone_and_name_it() -> None:
    """A session over midnight names both days; odd offsets are told with their minutes."""
    india = Times(zero_utc_ns=NOON, zone=timezone(timedelta(hours=5, minutes=30)))
    west = Times(zero_utc_ns=NOON, zone=timezone(timedelta(hours=-3)))

    assert india.span(0, 3600) == "12 Nov 2026, 17:30:00 to 18:30:00 (UTC+5:30)"
    assert india.span(0, 8 * 3600) == "12 Nov 2026, 17:30:00 to 13 Nov, 01:30:00 (UTC+5:30)"
    assert west.offset(0) == "UTC−3"  # noqa: RUF001 - typographic minus
    assert Times(zero_utc_ns=NOON, zone=UTC).offset(0) == "UTC"
    assert india.utc_span(-60, 60) == "12 Nov 2026, 11:59:00 to 12:01:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (0, "0:00"), (59.6, "1:00"), (131, "2:11"), (3725, "1:02:05")],
)
def test_durations(seconds: float | None, words: str) -> None:
    """Minutes and seconds, hours when there are some, a dash when not known."""
    assert lasting(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(40, "40 s"), (1090, "18 min"), (14_405, "4 h 0 min")])
def test_lengths(seconds: float, words: str) -> None:
    """The length of a session in the two largest units."""
    assert length(seconds) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "–"), (0, "0 %"), (0.2, "under 1 %"), (69.4, "69 %"), (99.97, "99 %"), (100, "100 %")],
)
def test_percent_never_rounds_to_everything_or_nothing(share: float | None, words: str) -> None:
    """Only what is complete reads as 100 %, only what is empty as 0 %."""
    assert percent(share) == words


def test_values_keep_the_clips_own_precision() -> None:
    """Whole values stay whole, tenths stay tenths, a median on half a point is rounded down."""
    assert [value(97.0), value(70.1), value(None)] == ["97", "70.1", "–"]
    assert [whole(89.5), whole(97.0)] == ["89", "97"]
    assert [signed(4.2), signed(-4.0), signed(0.3)] == ["+4", "−4", "0"]  # noqa: RUF001


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"family": Family.SPO2_DROP, "worst": 93, "reference": 97.5}, "SpO₂ 93, own 97.5"),
        ({"family": Family.SPO2_FAST, "worst": 91, "reference": 97}, "SpO₂ 91, was 97"),
        ({"family": Family.HR_SHIFT, "worst": 118, "reference": 70}, "Pulse 118, own 70"),
        ({"family": Family.LOW_PERFUSION, "worst": 0.2}, "Weak signal, index 0.2 %"),
        ({"family": Family.LOW_PERFUSION}, "Weak signal"),
        (
            {"family": Family.HR_LOW, "worst": 47, "limit": 50, "explained": Family.SPO2_LOW},
            "Pulse 47 < 50 (explained by low SpO₂)",
        ),
    ],
)
def test_what_an_alert_was_about(facts: dict[str, Any], words: str) -> None:
    """The own number, the height before a fall, or what kept it quiet."""
    episode = AlertEpisode(
        episode="e", seat="A", participant="P1", level=Level.CAUTION, since=0, raised=1, **facts
    )

    assert alert_words(episode) == words
