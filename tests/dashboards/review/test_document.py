"""The document behind `review --json`."""

import json
from dataclasses import replace

import pytest

from alerts.condition import Family, Level
from collector.backfill import BACKFILL, BackfillWord
from dashboards.review.document import document
from dashboards.review.history import AlertEpisode
from dashboards.review.load import load
from tests.dashboards.review.conftest import Recording
from tests.dashboards.review.fakes import FakeArchive, instant


def test_the_document_has_the_promised_shape() -> None:
    """Session, participants with numbers, gaps, alerts, markers; all of it JSON."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    for t in range(60):
        if not 20 <= t < 30:
            archive.reading("P1", instant(10 + t), 97.0)
    archive.mark("music", instant(75), "drums")
    archive.end(instant(80))

    made = json.loads(json.dumps(document(load(archive, archive.sessions()[-1])), allow_nan=False))
    (participant,) = made["participants"]

    assert made["session"] == archive.sessions()[0].session
    assert participant["participant"] == "P1"
    assert participant["numbers"]["n_valid_spo2"] == 50
    assert participant["numbers"]["marked_completeness_pct"] == 62.5
    assert participant["gaps"] == {
        "n": 1,
        "total_s": 10,
        "longest_s": 10,
        "before_first_s": 10,
        "after_last_s": 10,
    }
    assert participant["alerts"] == []
    assert participant["markers"] == [
        {"t": 65.0, "what": "music", "text": "drums", "seat": "", "by": "M"}
    ]


def test_only_marked_figures_stand_beside_the_reference_ones() -> None:
    """Every figure that is not one of the reference has a name that says so."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    for t in range(60):
        archive.reading("P1", instant(t), 97.0)
    made = json.loads(json.dumps(document(load(archive, archive.sessions()[-1]))))

    others = {
        name
        for name in made["participants"][0]["numbers"]
        if not name.startswith(("marked_", "pr_", "T", "sd_", "p5", "p10", "time_", "area_"))
    }

    assert others == {
        "n_valid_spo2",
        "completeness_pct",
        "mean",
        "median",
        "min",
        "max",
        "delta_index_12s",
        "K600_rule",
    }


def test_an_alert_has_the_promised_keys() -> None:
    """An alert is told with times in s since the first reading; None for what did not happen."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    archive.reading("P1", instant(0), 97.0)
    recorded = load(archive, archive.sessions()[-1])
    episode = AlertEpisode(
        episode="e1",
        family=Family.SPO2_LOW,
        seat="A",
        participant="P1",
        level=Level.URGENT,
        since=1.0,
        raised=11.0,
        worst=84.0,
        limit=90.0,
    )
    record = replace(recorded.records[0], alerts=(episode,))

    made = json.loads(json.dumps(document(replace(recorded, records=(record,)))))
    (participant,) = made["participants"]

    assert participant["alerts"] == [
        {
            "episode": "e1",
            "family": "spo2_low",
            "level": "urgent",
            "raised": 11.0,
            "acknowledged": None,
            "ended": None,
            "worst": 84.0,
            "cause": None,
        }
    ]


@pytest.mark.recordings
def test_a_recorded_file_keeps_its_numbers_through_a_session(
    recording: Recording, reference_numbers: dict[str, dict[str, object]]
) -> None:
    """A hypoxia recording that became a session has the reference's mean, lowest and area."""
    series = recording("uw_s1_masimo7")
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    for t, spo2, pulse in zip(series.t, series.spo2, series.pulse_rate, strict=True):
        archive.reading("P1", instant(500 + float(t)), float(spo2), float(pulse))
    made = json.loads(json.dumps(document(load(archive, archive.sessions()[-1]))))
    expected = json.loads(json.dumps(reference_numbers["uw_s1_masimo7"]["numpy_own"]))

    numbers = made["participants"][0]["numbers"]

    for name in ("mean", "min", "area_below_90_pct_min", "delta_index_12s", "pr_mean"):
        assert numbers[name] == pytest.approx(expected[name], rel=1e-4)
    assert numbers["K600_rule"]["odi3"]["sustained"] == expected["K600_rule"]["odi3"]["sustained"]


def test_what_was_fetched_later_is_told() -> None:
    """By the entry that a gap filling leaves, to whom it concerns."""
    archive = FakeArchive()
    archive.prepare({"A": "P1", "B": "P2"}, instant(0))
    for t in range(20):
        archive.reading("P1", instant(t), 97.0, backfill=t > 10)
        archive.reading("P2", instant(t), 97.0)
    archive.end(instant(20))
    word = BackfillWord(file="a.vld", readings=9, offset_s=-1, agreement=0.9, utc_ns=7)
    archive.add(BACKFILL, "clip", "P1", word.body, instant(19))

    one, two = json.loads(json.dumps(document(load(archive, archive.sessions()[-1]))))["participants"]

    assert one["fetched_later"] == [word.body]
    assert two["fetched_later"] == []
