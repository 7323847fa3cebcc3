"""What the recording lacks, as the reader of any page finds it."""

from dataclasses import replace

import pytest

from dashboards.review.document import document
from dashboards.review.load import Recorded, load
from dashboards.review.saving import Unsaved
from tests.dashboards.review.fakes import FakeArchive, instant
from tests.dashboards.review.pages import Outline, evening, pages


def _cut_short(*, running: bool = False) -> Recorded:
    """Two participants, nobody ended the session; the last reading is at 299 s."""
    archive = FakeArchive()
    archive.prepare({"A": "P1", "B": "P2"}, instant(0))
    for t in range(300):
        archive.reading("P1", instant(t), 97.0)
        if t < 200:
            archive.reading("P2", instant(t), 97.0)
    return load(archive, archive.sessions()[-1], running=running)


def _boxes(recorded: Recorded) -> list[int]:
    return [Outline(page.text).count("notice") for page in pages(recorded)]


def test_a_recording_that_was_cut_short_says_so_on_every_page() -> None:
    """With the time of the last thing that was saved, in the JSON document too."""
    recorded = _cut_short()
    stops = "The recording stops at 17:18:19: the session was not ended."

    assert recorded.interrupted == 299
    assert [stops in Outline(page.text).text for page in pages(recorded)] == [True] * 3
    assert _boxes(recorded) == [1] * 3
    assert document(recorded)["interrupted"] is True


@pytest.mark.parametrize("recorded", [evening(seats="AB"), _cut_short(running=True)])
def test_a_session_that_was_ended_or_goes_on_is_not_interrupted(recorded: Recorded) -> None:
    """No box on any page."""
    assert _boxes(recorded) == [0] * 3
    assert document(recorded)["interrupted"] is False


@pytest.mark.parametrize(
    ("period", "sentence"),
    [
        (
            Unsaved(first=60, last=90, lost=1, why="the disk is full"),
            "Not saved from 17:14:20 to 17:14:50, 1 reading of the session lost (the disk is full).",
        ),
        (
            Unsaved(first=60, why="the disk is full"),
            "Not saved from 17:14:20 on, readings after that may be missing (the disk is full).",
        ),
        (
            Unsaved(first=60, lost=41),
            "Not saved from 17:14:20 on, 41 readings of the session lost.",
        ),
    ],
)
def test_readings_that_were_not_saved_are_told_on_every_page(period: Unsaved, sentence: str) -> None:
    """From when to when, how many, and why."""
    recorded = replace(evening(seats="AB"), unsaved=(period,))

    assert [sentence in Outline(page.text).text for page in pages(recorded)] == [True] * 3


@pytest.mark.parametrize(("damaged", "count"), [(1, "1 entry"), (265, "265 entries")])
def test_damage_is_told_on_every_page_with_a_count(damaged: int, count: str) -> None:
    """And in the JSON document."""
    recorded = replace(evening(seats="AB"), damaged=damaged)

    for page in pages(recorded):
        assert f"The journal is damaged: {count} of this session left out" in Outline(page.text).text
    assert document(recorded)["damaged_entries"] == damaged
