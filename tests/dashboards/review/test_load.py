"""A session from the archive, as the review reads it."""

import numpy as np

from alerts.baseline import BASELINE, Baseline, baseline_body
from alerts.condition import ALERT, AlertEvent, Family, Happening, Level
from alerts.preparation import ACCEPTED
from alerts.store import encode
from collector.reading import Flag
from collector.session import Source
from dashboards.review.grid import hold
from dashboards.review.load import Record, Recorded, load
from tests.dashboards.review.fakes import FakeArchive, instant

NAN = float("nan")


def loaded(archive: FakeArchive) -> Recorded:
    return load(archive, archive.sessions()[-1])


def alone(archive: FakeArchive) -> Record:
    (record,) = loaded(archive).records
    return record


def one_seat(seconds: int = 60) -> FakeArchive:
    """A session of one participant that starts at 100 s with one reading a second from 110 s."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(100))
    for t in range(seconds):
        archive.reading("P1", instant(110 + t), 97.0)
    return archive


def test_times_count_from_the_first_reading_of_the_session() -> None:
    """Readings, markers and the end stand on an axis whose zero is the session's first reading."""
    archive = one_seat()
    archive.mark("dose", instant(130), "1")
    archive.end(instant(180))

    recorded = loaded(archive)
    record = alone(archive)

    assert record.samples.t[:2].tolist() == [0, 1]
    assert [mark.t for mark in record.markers] == [20]
    assert record.dose == 20
    assert (recorded.started, recorded.ended) == (-10, 70)
    assert (record.first, record.last) == (-10, 70)


def test_each_participant_has_their_own_readings_whatever_the_clip() -> None:
    """Readings are told apart by participant, also when the same clip goes from one to the other."""
    archive = FakeArchive()
    archive.prepare({"A": "P1", "B": "P2"}, instant(0))
    for t in range(20):
        archive.reading("P1" if t < 10 else "P2", instant(t), 90.0 + t)

    first, second = loaded(archive).records

    assert first.samples.spo2.tolist() == [90.0 + t for t in range(10)]
    assert second.samples.t.tolist() == list(range(10, 20))


def test_a_reading_without_value_is_a_missing_sample() -> None:
    """None becomes missing time, doubt of the clip becomes a mark, memory becomes backfill."""
    archive = one_seat(3)
    archive.reading("P1", instant(113), None, None, frozenset({Flag.FINGER_OFF}))
    archive.reading("P1", instant(114), 96.0, flags=frozenset({Flag.MOTION}))
    archive.reading("P1", instant(115), 96.0, backfill=True)

    series = alone(archive).samples

    assert np.array_equal(series.spo2, [97, 97, 97, NAN, 96, 96], equal_nan=True)
    assert series.suspect.tolist() == [False, False, False, False, True, False]
    assert series.backfill.tolist() == [False] * 5 + [True]


def test_a_step_of_the_wall_clock_moves_nothing() -> None:
    """The running clock orders a session; an hour's step of the wall clock makes no gap."""
    archive = one_seat(10)
    for t in range(10, 20):
        archive.reading("P1", instant(110 + t, utc_off=3600), 97.0)

    assert alone(archive).samples.t.tolist() == list(range(20))


def test_a_reboot_is_bridged_by_the_wall_clock() -> None:
    """After a restart the running clock begins anew and the wall clock says how long it took."""
    archive = one_seat(10)
    for t in range(10):
        archive.reading("P1", instant(5 + t, boot="boot-2", utc_off=155), 97.0)

    assert alone(archive).samples.t[9:12].tolist() == [9, 50, 51]


def test_a_silent_clip_is_due_until_the_session_ends() -> None:
    """Readings that stop long before the end leave missing time, not a shorter session."""
    archive = one_seat(30)
    archive.end(instant(200))

    record = alone(archive)
    grid = hold(record.samples).covering(record.first, record.last)

    assert (record.first, record.last) == (-10, 90)
    assert int(np.isnan(grid.spo2).sum()) == 70


def test_who_left_is_due_until_then() -> None:
    """A released seat that gets no clip again is not missing afterwards."""
    archive = one_seat(30)
    archive.release("A", instant(141))
    archive.end(instant(500))

    assert alone(archive).last == 31


def test_an_open_session_is_due_until_its_last_entry() -> None:
    """A session that was never ended is reviewed up to the last thing known of it."""
    assert alone(one_seat(30)).last == 29


def test_an_import_is_due_from_its_first_to_its_last_sample() -> None:
    """Files of one import have lengths of their own, whenever the import itself was made."""
    archive = FakeArchive()
    archive.prepare({"A": "P1", "B": "P2"}, instant(5000), Source.IMPORT)
    for t in range(20):
        archive.reading("P1", instant(t), 97.0)
    for t in range(10):
        archive.reading("P2", instant(t), 97.0)
    archive.end(instant(5001))

    first, second = loaded(archive).records

    assert (first.first, first.last) == (0, 20)
    assert (second.first, second.last) == (0, 10)


def test_markers_reach_their_seat_or_everybody() -> None:
    """A marker for one seat is not in the other one's report; one without a seat is in both."""
    archive = FakeArchive()
    archive.prepare({"A": "P1", "B": "P2"}, instant(0))
    archive.mark("music", instant(1))
    archive.mark("dose", instant(2), seat="B")

    first, second = loaded(archive).records

    assert [mark.what for mark in first.markers] == ["music"]
    assert [mark.what for mark in second.markers] == ["music", "dose"]


def test_a_baseline_is_a_moment_of_its_person() -> None:
    """When it was taken, which numbers, and who asked."""
    archive = one_seat()
    body = baseline_body(Baseline(spo2=97.5, pulse_rate=66, readings=80, by="M"))
    archive.add(BASELINE, "A", "P1", body, instant(120))

    (mark,) = alone(archive).markers

    assert (mark.t, mark.what, mark.text, mark.by) == (10, "baseline", "SpO2 97.5, pulse 66", "M")


def test_what_was_accepted_before_the_start_is_a_moment_of_everybody() -> None:
    """In the words that were accepted, and by whom."""
    archive = FakeArchive()
    archive.prepare({"A": "P1", "B": "P2"}, instant(0))
    archive.add(ACCEPTED, "alone", None, {"by": "M", "text": "Nobody is told."}, instant(1))

    for one in loaded(archive).records:
        assert [(mark.what, mark.text, mark.by) for mark in one.markers] == [
            ("accepted", "Nobody is told.", "M")
        ]


def test_alerts_come_back_as_episodes() -> None:
    """Alert entries of a participant become that participant's episodes."""
    archive = one_seat()
    event = AlertEvent(
        at=instant(140),
        episode="e1",
        family=Family.SPO2_LOW,
        seat="A",
        participant="P1",
        happening=Happening.RAISE,
        level=Level.URGENT,
        since=instant(130),
        worst=88.0,
        limit=90.0,
    )
    subject, participant, body = encode(event)
    archive.add(ALERT, subject, participant, body, event.at)

    (episode,) = alone(archive).alerts

    assert (episode.episode, episode.raised, episode.since, episode.worst) == ("e1", 30, 20, 88.0)


def test_a_session_without_readings_can_be_reviewed() -> None:
    """Nobody measured is a session too: no samples, no numbers, no error."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    archive.end(instant(60))

    record = alone(archive)

    assert record.samples.t.size == 0
    assert record.last - record.first == 60


def test_nothing_after_the_end_is_taken() -> None:
    """A reading that was recorded as the session ended, but measured after it, is not part of it."""
    archive = one_seat(30)
    archive.reading("P1", instant(141), 96.0)
    archive.reading("P1", instant(139.5), 96.0, backfill=True)
    archive.end(instant(140))

    assert alone(archive).samples.t[-1] <= 30


def test_backfill_does_not_move_the_beginning() -> None:
    """What the clip remembers from before the first reading stands before zero."""
    archive = one_seat(30)
    archive.reading("P1", instant(105), 96.0, backfill=True)

    assert alone(archive).samples.t[:2].tolist() == [-5, 0]
