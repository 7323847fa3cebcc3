"""Which points an entry is in the database."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import SECOND, Instant
from collector.entry import READING, Entry
from collector.reading import Flag, Reading
from collector.sinks import schema
from collector.sinks.line import MAX_NS, Unfit
from collector.sinks.points import HEALTH, LAG, device_id, lines, time_ns
from tests.collector.journal.samples import CLIP, ROOM_ID, fact, instant, prepare, reading
from tests.collector.sinks.parsing import Point, points

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=8,
)
WORDS = (
    *schema.FIELDS[schema.HEALTH],
    "seat",
    "event",
    "what",
    "text",
    "value",
    "participant",
    "memory",
)


def only(entry: Entry) -> Point:
    """The one point of an entry."""
    (made,) = points(lines(entry, "here"))
    return made


def test_a_reading_is_one_point_with_every_number_and_flag() -> None:
    """Tags say who, which session, which clip, which station."""
    made = only(reading(7, flags=frozenset({Flag.MOTION})))

    assert made == Point(
        measurement="reading",
        tags={
            "participant": "P1",
            "session": ROOM_ID,
            "device": device_id(CLIP),
            "station": "here",
        },
        fields={
            "spo2": 97.0,
            "pulse_rate": 61.0,
            "perfusion_index": 2.1,
            "battery": 80.0,
            "valid": 1.0,
            "backfill": 0.0,
            "seq": 7.0,
            **{flag.value: float(flag is Flag.MOTION) for flag in Flag},
        },
        time_ns=instant(7).utc_ns + 7,
    )
    assert set(made.fields) == set(schema.FIELDS[schema.READING])  # written out by hand in points.py
    assert set(made.tags) == set(schema.TAGS[schema.READING])


def test_no_value_is_no_field_and_still_a_point() -> None:
    """That the clip spoke without a number is data, too."""
    at = instant(1)
    entry = Entry(
        seq=1, session="s", instant=at, kind=READING, subject=CLIP, body=Reading(at=at, spo2=math.nan)
    )
    made = only(entry)

    assert not {"spo2", "pulse_rate", "perfusion_index", "battery"} & set(made.fields)
    assert made.fields["valid"] == 1.0  # the decoder's word for it; the number itself stays away
    assert "participant" not in made.tags


def test_two_entries_of_one_instant_are_two_points() -> None:
    """A clip may send two readings in one packet."""
    first, second = (only(reading(seq, second=3)) for seq in (998, 1002))

    assert first.tags == second.tags
    assert first.time_ns != second.time_ns
    assert abs(first.time_ns - second.time_ns) < 1000


def test_the_same_entry_gives_the_same_bytes() -> None:
    """Sending once more changes nothing."""
    assert lines(reading(5), "here") == lines(reading(5), "here")


@pytest.mark.parametrize("utc_ns", [-1, -SECOND * 10_000, MAX_NS + 1000])
def test_a_time_that_cannot_be_is_unfit(utc_ns: int) -> None:
    """It never reaches the wire."""
    at = Instant(boot="b", running_ns=1, utc_ns=utc_ns)
    entry = Entry(seq=1, session="s", instant=at, kind="marker", body={"what": "dose"})

    with pytest.raises(Unfit, match="time is out of range"):
        lines(entry, "here")


def test_health_says_how_a_clip_does() -> None:
    """Every few seconds, whatever it does."""
    body = {"seat": "A", "age_s": 17.5, "connected": False, "battery": None}
    made = only(fact(3, HEALTH, body, subject=CLIP, participant="P1"))

    assert made.measurement == schema.HEALTH
    assert made.tags["seat"] == "A"
    assert set(made.tags) == set(schema.TAGS[schema.HEALTH])
    assert made.fields == {"age_s": 17.5, "connected": 0.0}


def test_lag_is_one_point_for_each_sink() -> None:
    """How far the servers are behind."""
    body = {"influxdb": {"waiting": 12, "set_aside": 1}, "mqtt": {"waiting": 0, "set_aside": 0}}
    made = points(lines(fact(3, LAG, body, subject=""), "here"))

    assert [point.tags for point in made] == [
        {"sink": "influxdb", "station": "here"},
        {"sink": "mqtt", "station": "here"},
    ]
    assert made[0].fields == {"waiting": 12.0, "set_aside": 1.0}
    assert lines(fact(3, LAG, {}, subject=""), "here") == ""


@pytest.mark.parametrize(
    ("entry", "kind", "text", "seat"),
    [
        (prepare(1), "session", "prepare", ""),
        (fact(1, "session", {"event": "end", "reason": "over"}, subject=""), "session", "end over", ""),
        (
            fact(
                1, "marker", {"what": "dose", "text": "sublingual", "seat": "B", "by": "M"}, subject=""
            ),
            "marker",
            "dose sublingual",
            "B",
        ),
        (
            fact(
                1,
                "alert",
                {
                    "family": "spo2_low",
                    "happening": "raise",
                    "level": "urgent",
                    "value": 82.0,
                    "cause": None,
                },
            ),
            "alert",
            "spo2_low raise urgent",
            "A",
        ),
    ],
)
def test_markers_phases_and_alerts_are_events(entry: Entry, kind: str, text: str, seat: str) -> None:
    """The text is the words of the body; a title or a name never goes along."""
    made = only(entry)

    assert made.measurement == schema.EVENT
    assert (made.tags["kind"], made.fields["text"]) == (kind, text)
    assert made.tags.get("seat", "") == seat
    assert kind == "session" or made.fields.get("value") == entry.facts.get("value")
    assert "Evening" not in lines(entry, "here")


@pytest.mark.parametrize(
    ("kind", "event", "value"),
    [
        ("session", "prepare", 0.0),
        ("session", "start", 1.0),
        ("session", "end", 0.0),
        ("binding", "bind", 1.0),
        ("binding", "release", 0.0),
        ("alert", "start", None),
    ],
)
def test_what_holds_from_an_event_on_is_a_number(kind: str, event: str, value: float | None) -> None:
    """A rule outside learns from a number that a session or a clip's turn is over, not from silence."""
    assert only(fact(1, kind, {"event": event})).fields.get("value") == value


def test_other_kinds_are_of_no_interest() -> None:
    """Rules, states of links, the sinks' own words."""
    assert [
        lines(fact(1, kind), "here") for kind in ("rules", "device", "sink", "quarantine", "x")
    ] == [""] * 5


@given(
    kind=st.sampled_from([HEALTH, LAG, *schema.EVENT_KINDS]),
    subject=st.text(max_size=40),
    participant=st.none() | st.text(max_size=40),
    body=st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=8), JSON, max_size=6),
    seq=st.integers(1, 1 << 62),
)
def test_whatever_a_body_holds_only_lines_come_out(
    kind: str, subject: str, participant: str | None, body: dict[str, Any], seq: int
) -> None:
    """Or `Unfit`; the parser takes every line, and no field beside the text is a string."""
    at = instant(1)
    entry = Entry(
        seq=seq, session="s", instant=at, kind=kind, subject=subject, participant=participant, body=body
    )
    try:
        made = lines(entry, "here")
    except Unfit:
        return

    for point in points(made) if made else []:
        assert all(isinstance(v, float) or k == "text" for k, v in point.fields.items())
        assert point.time_ns == time_ns(entry)


def test_a_device_has_a_short_name_that_is_not_its_address() -> None:
    """The digits people read on it, and others to tell twins apart."""
    one, other = device_id("C0:FF:EE:00:00:01"), device_id("C1:FF:EE:00:00:01")

    assert one.startswith("0001-")
    assert one != other
    assert "c0:ff" not in one.lower()
    assert device_id("") == device_id("")
