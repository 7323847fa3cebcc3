"""Who was told of an alert, as the review reads it and prints it."""

from dataclasses import replace

import pytest

from alerts.condition import ALERT, AlertEvent, Family, Happening, Level
from alerts.notifications import NOTIFICATION, Also, Notification, Occasion, State
from alerts.outbox import Letter, encode
from alerts.store import encode as encode_event
from dashboards.review.document import document
from dashboards.review.history import Telling
from dashboards.review.load import Recorded, load
from dashboards.review.words import alert_words, told_words
from tests.dashboards.review.fakes import FakeArchive, instant
from tests.dashboards.review.pages import outline

EVENT = AlertEvent(
    at=instant(20),
    episode="e1",
    family=Family.SPO2_LOW,
    seat="A",
    participant="P1",
    happening=Happening.RAISE,
    level=Level.URGENT,
    since=instant(10),
    value=86.0,
    worst=86.0,
    limit=90.0,
)
FAILED = replace(
    EVENT,
    episode="e2",
    family=Family.CHANNEL_FAILED,
    seat="",
    participant="",
    level=Level.CAUTION,
    value=None,
    worst=None,
    limit=None,
    about="K's phone",
)


def evening(*letters: tuple[float, str, State]) -> Recorded:
    """A session with an alert of a person and one of the station, and these letters about the first."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    for t in range(60):
        archive.reading("P1", instant(t), 97.0)
    for event in (EVENT, FAILED):
        seat, participant, body = encode_event(event)
        archive.add(ALERT, seat, participant, body, event.at)
    for moment, target, state in letters:
        told = Notification(
            key=f"e1#1/first/{target}",
            episode="e1",
            target=target,
            occasion=Occasion.FIRST,
            level=Level.URGENT,
            seat="A",
            at=instant(moment),
            also=(Also(key=f"e2#1/first/{target}", episode="e2", seat=""),),
        )
        letter = Letter(notification=told, attempt=1, state=state)
        archive.add(NOTIFICATION, "A", "P1", encode(letter), instant(moment))
    archive.end(instant(60))
    return load(archive, archive.sessions()[-1])


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([State.SENDING, State.DELIVERED], "M's phone after 0:02"),
        ([State.SENDING, State.FAILED, State.SENDING, State.TIMEOUT], "M's phone not reached"),
        ([State.SENDING, State.DELIVERED, State.SENDING, State.FAILED], "M's phone after 0:02"),
        ([State.SENDING], "M's phone not reached"),
    ],
)
def test_each_target_was_reached_or_was_not(states: list[State], words: str) -> None:
    """Who was reached once has been told; when is counted from the raise."""
    recorded = evening(*((21.0 + t, "M's phone", state) for t, state in enumerate(states)))

    assert told_words(recorded.records[0].alerts[0]) == words


def test_what_was_told_together_stands_with_each_alert() -> None:
    """One notification about two alerts is told of both, also of the one that belongs to no seat."""
    recorded = evening((21, "M", State.SENDING), (22, "M", State.DELIVERED), (23, "K", State.FAILED))
    told = (Telling(target="M", tried=21, delivered=22), Telling(target="K", tried=23))

    assert recorded.records[0].alerts[0].told == told
    assert recorded.alerts[0].told == told
    assert alert_words(recorded.alerts[0]) == "Cannot notify, K's phone"


def test_the_report_prints_who_was_told_and_what_was_wrong_with_the_station() -> None:
    """Under the alert, and in a table of its own."""
    page = outline(evening((21, "M", State.SENDING), (22, "M", State.DELIVERED)))

    assert "told: M after 0:02" in page.text
    assert "Station alerts of no seat" in page.text
    assert "Cannot notify, K's phone" in page.text


def test_the_document_holds_both() -> None:
    """`review --json`: targets with times, and the alerts of the station beside the participants."""
    told = document(evening((21, "M", State.SENDING)))

    assert isinstance(told["alerts"], list)
    assert told["alerts"][0]["about"] == "K's phone"
    assert told["told"] == [{"episode": "e2", "target": "M", "tried": 21.0, "delivered": None}]
