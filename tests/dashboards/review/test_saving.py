"""When readings were not saved, from the journal's store entries."""

from collections.abc import Mapping

from collector.saving import STORE
from dashboards.review.load import load
from dashboards.review.saving import Unsaved
from tests.dashboards.review.fakes import FakeArchive, instant


def _trouble(at: float, *, since: float, lost: int = 0) -> tuple[float, Mapping[str, object]]:
    since_ns = instant(since).utc_ns
    return at, {"behind": True, "why": "the disk is full", "since_utc_ns": since_ns, "lost": lost}


def _over(at: float, *, since: float, lost: int = 0) -> tuple[float, Mapping[str, object]]:
    since_ns = instant(since).utc_ns
    return at, {"behind": False, "why": "", "since_utc_ns": since_ns, "lost": lost}


def _found(*told: tuple[float, Mapping[str, object]], end: bool = True) -> tuple[Unsaved, ...]:
    """What the review finds in a session of 600 s from second 0 on."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    archive.reading("P1", instant(0), 97.0)
    for at, body in told:
        archive.add(STORE, "", None, body, instant(at))
    archive.reading("P1", instant(599), 97.0)
    if end:
        archive.end(instant(600))
    return load(archive, archive.sessions()[-1]).unsaved


def test_lost_readings_are_told_with_the_time_of_the_trouble() -> None:
    """From the oldest entry that was not on disk to the entry that calls it over."""
    found = _found(_trouble(101, since=100), _over(160, since=100, lost=41))

    assert found == (Unsaved(first=100, last=160, lost=41, why="the disk is full"),)


def test_a_delay_alone_is_not_told() -> None:
    """What waited in memory was saved afterwards: nothing is missing."""
    assert _found(_trouble(101, since=100), _over(160, since=100)) == ()
    assert _found(_trouble(590, since=589)) == ()  # over too late to be called so, yet the end is saved


def test_trouble_that_no_entry_ends_is_open_in_a_session_without_an_end() -> None:
    """Nobody knows what was saved after it; with a saved end the trouble was over by then."""
    assert _found(_trouble(101, since=100), end=False) == (Unsaved(first=100, why="the disk is full"),)
    assert _found(_trouble(101, since=100, lost=3)) == (
        Unsaved(first=100, last=600, lost=3, why="the disk is full"),
    )


def test_each_time_counts_its_own_losses() -> None:
    """The count goes on through a station's life and begins again with the next station."""
    found = _found(
        _trouble(101, since=100),
        _over(110, since=100, lost=5),
        _trouble(201, since=200, lost=5),
        _over(210, since=200, lost=12),
        _trouble(301, since=300),
        _over(310, since=300, lost=2),
    )

    assert [(one.first, one.last, one.lost) for one in found] == [
        (100, 110, 5),
        (200, 210, 7),
        (300, 310, 2),
    ]


def test_trouble_after_a_restart_is_another_one() -> None:
    """A station that was killed in trouble told no end; the next one's trouble has its own beginning."""
    found = _found(
        _trouble(101, since=100), _trouble(301, since=300), _over(310, since=300, lost=2), end=False
    )

    assert [(one.first, one.last, one.lost) for one in found] == [(100, None, 0), (300, 310, 2)]


def test_a_changed_reason_is_the_same_trouble() -> None:
    """The first reason stands; the beginning is the same."""
    later = {**_trouble(120.3, since=100.1)[1], "why": "the disk failed to write"}
    (found,) = _found(_trouble(101.7, since=100.1), (120.3, later), _over(130.9, since=100.1, lost=1))

    assert (round(found.first, 6), found.last, found.why) == (100.1, 130.9, "the disk is full")


def test_an_entry_that_says_little_is_read_all_the_same() -> None:
    """Without a beginning its own instant counts."""
    (found,) = _found((50, {"behind": False, "why": "", "since_utc_ns": None, "lost": 4}))

    assert (found.first, found.last, found.lost) == (50, 50, 4)
