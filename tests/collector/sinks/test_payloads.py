"""Entries as JSON: what the contract says, and nothing that is no business of others."""

import json
import math
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.condition import AlertEvent, Cause, Family, Happening, Level
from alerts.pause import PauseAsked, PauseReason, begin_body
from alerts.store import encode
from collector.clock import SECOND, Instant
from collector.device import DeviceStatus, LinkState, status_body
from collector.entry import READING, Entry
from collector.reading import Flag, Reading
from collector.session import Binding, binding_body, marker_body, phase_body, release_body
from collector.sinks.line import MAX_NS, Unfit
from collector.sinks.payloads import entry_payload, moment, state_payload
from collector.sinks.points import device_id
from tests.collector.journal.samples import CLIP, ROOM_ID, fact, instant, prepare, reading
from tests.collector.sinks.contract import SCHEMA, valid
from tests.collector.sinks.test_points import JSON

EVENT = AlertEvent(
    at=instant(3),
    episode="s-A-unmonitored-1",
    family=Family.UNMONITORED,
    seat="A",
    participant="P1",
    happening=Happening.RAISE,
    level=Level.CAUTION,
    since=instant(2),
    cause=Cause.FINGER_OFF,
    by="Ana",
)
BOUND = Binding(seat="A", participant="P1", device=CLIP, name="Ana's ring", since=instant(1))
TOLD = [
    prepare(1),
    fact(2, "session", phase_body("start", by="Ana")),
    fact(3, "binding", binding_body(BOUND, by="Ana"), participant="P1"),
    fact(4, "binding", release_body("A", by="Ana"), participant="P1"),
    fact(5, "marker", marker_body(what="note", text="quiet", seat="A", by="Ana"), participant="P1"),
    fact(6, "alert", encode(EVENT)[2], participant="P1"),
    fact(
        7,
        "pause",
        begin_body(PauseAsked(reason=PauseReason.CUFF, length=90 * SECOND, by="Ana")),
        participant="P1",
    ),
    fact(
        8,
        "device",
        status_body(DeviceStatus(at=instant(8), device=CLIP, link=LinkState.LOST, why="Ana")),
        subject=CLIP,
        participant="P1",
    ),
    fact(9, "health", {"seat": "A", "age_s": 1.0, "connected": True, "battery": None}, subject=CLIP),
    fact(10, "notification", {"target": "Ana's phone", "text": "secret"}, subject="Ana's phone"),
    reading(11),
]


def told(entry: Entry) -> Mapping[str, Any]:
    """The payload of an entry, which has to keep the contract."""
    payload: Mapping[str, Any] = json.loads(entry_payload(entry))
    assert valid(payload, "entry")
    return payload


def test_the_contract_is_a_schema() -> None:
    """Of the draft that it names, and one that refuses something."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        valid({"seq": 1, "at": "today", "kind": "reading", "session": ""}, "entry")


@pytest.mark.parametrize("entry", TOLD, ids=lambda entry: entry.kind)
def test_each_kind_keeps_the_contract_and_names_nobody(entry: Entry) -> None:
    """Neither who did it, nor what somebody calls a ring or a phone, nor the radio's address."""
    payload = told(entry)

    assert payload["seq"] == entry.seq
    assert "Ana" not in str(payload)
    assert "Evening" not in str(payload)
    assert CLIP not in str(payload)


def test_a_reading_is_told_with_every_number_and_flag() -> None:
    """Null is no value."""
    payload = told(reading(7, spo2=None, flags=frozenset({Flag.MOTION, Flag.FINGER_OFF})))

    assert payload == {
        "seq": 7,
        "at": "2026-09-21T14:13:27.000Z",
        "kind": "reading",
        "session": ROOM_ID,
        "participant": "P1",
        "device": device_id(CLIP),
        "spo2": None,
        "pulse_rate": 61.0,
        "perfusion_index": 2.1,
        "battery": 80,
        "flags": ["finger_off", "motion"],
        "backfill": False,
    }


def test_what_is_no_business_of_others_carries_its_number_alone() -> None:
    """So that a subscriber sees that nothing is missing."""
    assert set(told(TOLD[9])) == {"seq", "at", "kind", "session"}


def test_an_alert_of_the_station_does_not_say_what_a_phone_is_called() -> None:
    """Its episode is told apart by a digest."""
    body = encode(EVENT)[2] | {"episode": "s-channel_failed-Ana's phone-1"}
    one, other = (
        told(fact(1, "alert", body | {"episode": name}, subject=""))["episode"]
        for name in ("s-channel_failed-Ana's phone-1", "s-channel_failed-Bob's phone-1")
    )

    assert one != other
    assert "Ana" not in one


@given(
    spo2=st.none() | st.floats(),
    pulse_rate=st.none() | st.floats(0.1, 300),
    flags=st.frozensets(st.sampled_from(Flag)),
    participant=st.none() | st.text(max_size=40).filter(str.isprintable),
)
def test_any_reading_keeps_the_contract_but_for_an_impossible_number(
    spo2: float | None, pulse_rate: float, flags: frozenset[Flag], participant: str | None
) -> None:
    """What is no number at all is no value."""
    body = Reading(at=instant(1), spo2=spo2, pulse_rate=pulse_rate, flags=flags)
    entry = Entry(
        seq=1,
        session=ROOM_ID,
        instant=instant(1),
        kind=READING,
        subject=CLIP,
        participant=participant,
        body=body,
    )
    if spo2 is None or not math.isfinite(spo2) or 0 < spo2 <= 100:
        told(entry)
        assert valid(json.loads(state_payload(entry, "A")), "state")


@given(
    kind=st.sampled_from(["session", "binding", "marker", "alert", "pause", "device", "health", "x"]),
    body=st.dictionaries(st.sampled_from(["event", "seat", "roster", "value", "level"]), JSON),
    utc_ns=st.integers(-(1 << 70), 1 << 70),
    subject=st.text(max_size=5),
)
def test_whatever_a_body_holds_it_is_told_as_json_or_refused(
    kind: str, body: dict[str, Any], utc_ns: int, subject: str
) -> None:
    """Never another error, and never NaN, which JSON does not know."""
    at = Instant(boot="b", running_ns=0, utc_ns=utc_ns)
    entry = Entry(seq=1, session="s", instant=at, kind=kind, subject=subject, body=body)
    try:
        payload = entry_payload(entry)
    except Unfit:
        return
    assert json.loads(payload, parse_constant=pytest.fail)["kind"] == kind


@pytest.mark.parametrize("utc_ns", [-1, MAX_NS + 1, 1 << 80])
def test_a_time_that_cannot_be_one_is_refused(utc_ns: int) -> None:
    """Readers would choke on it."""
    with pytest.raises(Unfit):
        moment(utc_ns)


def test_the_latest_time_can_be_told() -> None:
    """In the year 2262."""
    assert moment(MAX_NS).startswith("2262-04-11T")
