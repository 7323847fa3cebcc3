"""What the broker keeps of each seat: nothing old, nothing of somebody else, no alert lost."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import Instant
from collector.device import DeviceStatus, LinkState, status_body
from collector.entry import Entry
from collector.session import Binding, binding_body, phase_body, release_body
from collector.sinks.message import Topics
from collector.sinks.seats import Seats
from tests.collector.journal.samples import CLIP, fact, instant, prepare, reading
from tests.collector.sinks.contract import valid

TOPICS = Topics("holdspace", "here")
OTHER = "C0:FF:EE:00:00:02"


def bind(seq: int, *, seat: str = "A", participant: str = "P1", device: str = CLIP) -> Entry:
    """The entry that puts a clip on somebody."""
    binding = Binding(seat=seat, participant=participant, device=device, since=instant(seq))
    body = binding_body(binding, by="f")
    return fact(seq, "binding", body, subject=seat, participant=participant)


def alert(seq: int, happening: str, *, level: str = "caution", episode: str = "e1") -> Entry:
    """Something happens to an alert of seat A."""
    body = {"episode": episode, "family": "spo2_low", "happening": happening, "level": level}
    return fact(seq, "alert", body, subject="A", participant="P1")


BEGUN = (
    prepare(1, roster={"A": "P1", "B": "P2"}),
    bind(2),
    fact(3, "session", phase_body("start", by="f"), subject=""),
)


def kept(*entries: Entry, at: Instant | None = None) -> dict[str, Any]:
    """What is to be retained after `entries`, by the part of the topic that follows the station."""
    seats = Seats()
    for entry in entries:
        seats.take(entry)
    made = seats.messages(TOPICS, at or entries[-1].instant)
    assert all(one.retain and one.payload for one in made.values())
    return {
        topic.removeprefix("holdspace/here/"): one.payload.decode()
        if one.payload in (b"online", b"offline")
        else json.loads(one.payload)
        for topic, one in made.items()
    }


def test_the_newest_reading_stands_on_its_seat() -> None:
    """With the person who wears the clip."""
    state = kept(*BEGUN, reading(4, spo2=91.0), reading(5, spo2=90.0))["seat/A/state"]

    assert (state["seq"], state["participant"], state["spo2"]) == (5, "P1", 90.0)
    assert valid(state, "state")


@pytest.mark.parametrize(("later_s", "there"), [(4.9, True), (5.0, False), (60.0, False)])
def test_a_number_stands_no_longer_than_it_may_be_shown_as_live(later_s: float, there: bool) -> None:  # noqa: FBT001
    """Five seconds, as on the page."""
    found = kept(*BEGUN, reading(4), at=instant(4 + later_s))

    assert ("seat/A/state" in found) is there


def test_a_number_is_forgotten_by_the_broker_ten_seconds_after_it_was_measured() -> None:
    """However late it was published."""
    seats = Seats()
    for entry in (*BEGUN, reading(4)):
        seats.take(entry)

    state = TOPICS.seat("A", "state")
    assert seats.messages(TOPICS, instant(4))[state].expiry_s == 10
    assert seats.messages(TOPICS, instant(7.5))[state].expiry_s == 6


@pytest.mark.parametrize(
    "change",
    [
        bind(5, participant="P1", device=OTHER),
        fact(5, "binding", release_body("A", by="f"), subject="A", participant="P1"),
        fact(5, "session", phase_body("end", by="f"), subject=""),
        prepare(5, session="next"),
    ],
)
def test_a_change_of_who_wears_what_takes_the_number_away(change: Entry) -> None:
    """At once: the next number there is somebody else's."""
    assert "seat/A/state" not in kept(*BEGUN, reading(4), change)


def test_a_late_reading_of_the_person_before_stands_nowhere() -> None:
    """It belongs to whoever wore the clip when it was measured."""
    moved = bind(5, seat="B", participant="P2")
    found = kept(*BEGUN, moved, reading(6, participant="P1"))

    assert "seat/A/state" not in found
    assert "seat/B/state" not in found


def test_a_reading_out_of_the_memory_of_a_clip_is_not_the_newest() -> None:
    """Neither flagged as such, nor measured before the one that stands."""
    found = kept(*BEGUN, reading(5, second=5), reading(6, second=4, spo2=80.0))

    assert found["seat/A/state"]["seq"] == 5


def test_an_alert_stands_until_it_is_over() -> None:
    """Silence, age and a lost link change nothing of it."""
    found = kept(*BEGUN, alert(4, "raise"), at=instant(10_000))["seat/A/alert"]

    assert (found["problem"], found["level"]) == ("ON", "caution")
    assert valid(found, "alert")
    assert kept(*BEGUN, alert(4, "raise"), alert(5, "close"))["seat/A/alert"]["problem"] == "OFF"


def test_the_highest_of_several_alerts_is_named_and_the_end_of_one_leaves_the_others() -> None:
    """A latched one is over, and waits to be seen."""
    two = (alert(4, "raise", level="urgent"), alert(5, "raise", episode="e2"))
    both = kept(*BEGUN, *two)["seat/A/alert"]
    one = kept(*BEGUN, *two, alert(6, "end", level="urgent"))["seat/A/alert"]

    assert both["level"] == "urgent"
    assert (one["problem"], one["level"]) == ("ON", "caution")
    assert [told["state"] for told in one["alerts"]] == ["latched", "active"]


def test_while_no_rules_run_no_seat_is_said_to_be_without_alert() -> None:
    """Nobody has looked yet."""
    assert "seat/A/alert" not in kept(*BEGUN[:2])
    assert kept(*BEGUN)["seat/B/alert"]["problem"] == "OFF"


def test_the_link_is_that_of_the_clip_on_the_seat() -> None:
    """Offline until it is known to be connected."""
    body = status_body(DeviceStatus(at=instant(4), device=CLIP, link=LinkState.CONNECTED))
    connected = fact(4, "device", body, subject=CLIP, participant="P1")
    silent = fact(5, "health", {"seat": "A", "connected": False}, subject=CLIP, participant="P1")

    assert kept(*BEGUN)["seat/A/link"] == "offline"
    assert kept(*BEGUN, connected)["seat/A/link"] == "online"
    assert kept(*BEGUN, connected, silent)["seat/A/link"] == "offline"


def test_between_sessions_nothing_is_kept() -> None:
    """Not even that nobody is there."""
    assert kept(*BEGUN, fact(4, "session", phase_body("end", by="f"), subject="")) == {}


@given(cut=st.integers(0, 9), again=st.integers(0, 9))
def test_entries_that_come_twice_change_nothing(cut: int, again: int) -> None:
    """A batch whose answer was lost is folded in again."""
    story = (
        *BEGUN,
        reading(4),
        alert(5, "raise"),
        reading(6),
        alert(7, "acknowledge"),
        bind(8, device=OTHER),
        reading(9, device=OTHER),
    )
    twice = (*story[:cut], *story[max(0, cut - again) :])

    assert kept(*twice, at=instant(9)) == kept(*story, at=instant(9))
