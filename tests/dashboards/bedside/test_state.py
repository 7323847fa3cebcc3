"""The page's reducer: what each seat, alert and banner says after which entries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.condition import Cause, Family, Happening, Level
from alerts.overrides import Override
from alerts.preparation import ACCEPTED, Preparation
from collector.clock import SECOND, Instant
from collector.commands import Prepare
from collector.device import LinkState
from collector.reading import Flag
from collector.session import Source
from dashboards.bedside.state import State
from tests.dashboards.bedside.told import Told


def test_a_value_carries_its_age_at_sending(told: Told) -> None:
    """A page can work out how old a value was when its frame was made."""
    told.begin("A")
    told.read("A", 97, 72)
    told.wait(2.5)

    assert told.seat("A")["spo2"][0] == 97
    assert told.seat("A")["pulse_rate"][0] == 72
    assert told.age_ms("A") == 2500


def test_ages_do_not_follow_the_wall_clock(told: Told) -> None:
    """A wall clock that steps makes no value younger or older."""
    told.begin("A")
    told.read("A")
    told.clock.step_utc(-3600 * SECOND)
    told.wait(4)

    assert told.age_ms("A") == 4000


def test_a_seat_that_never_spoke_has_no_value(told: Told) -> None:
    """Without any reading there is no number, and the seat says why."""
    told.begin("A")

    assert told.seat("A")["spo2"] is None
    assert told.seat("A")["why"] == "looking for the clip"


@pytest.mark.parametrize(
    ("flag", "word"),
    [
        (Flag.FINGER_OFF, "finger off"),
        (Flag.SEARCHING, "searching for pulse"),
        (Flag.FROZEN, "same numbers repeated"),
        (Flag.MOTION, "moving"),
        (Flag.LOW_PERFUSION, "weak signal"),
    ],
)
def test_a_reading_without_value_says_why(told: Told, flag: Flag, word: str) -> None:
    """A reading without numbers renews no value and gives its flag's word."""
    told.begin("A")
    told.read("A")
    told.wait(1)
    told.read("A", None, None, flag)

    assert told.seat("A")["why"] == word
    assert told.age_ms("A") == 1000


def test_numbers_end_the_word_for_none(told: Told) -> None:
    """The first value takes the reason for having none away."""
    told.begin("A")
    told.read("A", None, None, Flag.SEARCHING)
    told.read("A", 96, 70)

    assert told.seat("A")["why"] == ""


def test_each_number_ages_by_itself(told: Told) -> None:
    """A pulse without saturation does not keep the saturation young."""
    told.begin("A")
    told.read("A", 97, 70)
    told.wait(3)
    told.read("A", None, 71, Flag.POOR_SIGNAL)

    assert told.age_ms("A", "spo2") == 3000
    assert told.age_ms("A", "pulse_rate") == 0


def test_a_saturation_is_cut_not_rounded(told: Told) -> None:
    """89.6 under a limit of 90 is not shown as 90."""
    told.begin("A")
    told.read("A", 89.6, 70.6)

    assert told.seat("A")["spo2"][0] == 89
    assert told.seat("A")["pulse_rate"][0] == 71


@pytest.mark.parametrize(("spo2", "pulse_rate"), [(49, 70), (97, 24)])
def test_an_implausible_low_is_shown_with_check_the_clip(
    told: Told, spo2: float, pulse_rate: float
) -> None:
    """Very low numbers are data, and the clip is worth a look."""
    told.begin("A")
    told.read("A", spo2, pulse_rate)

    assert told.seat("A")["spo2"][0] == spo2
    assert told.seat("A")["note"] == ["Check the clip", "very low number"]


def test_a_weak_signal_and_a_low_battery_are_noted(told: Told) -> None:
    """What to know beside a number stands beside it."""
    told.begin("A", "B")
    told.read("A", 97, 70, Flag.LOW_PERFUSION)
    told.read("B", 97, 70, battery=18)

    assert told.seat("A")["note"] == ["Weak signal", "warm the hand"]
    assert told.seat("B")["note"] == ["Battery 18 %", "change at a break"]


def test_a_lost_link_says_out_of_range(told: Told) -> None:
    """The state of the link explains why there is no number."""
    told.begin("A")
    told.read("A")
    told.status("A", LinkState.LOST)
    assert told.seat("A")["why"] == "out of range"

    told.status("A", LinkState.SEARCHING)
    assert told.seat("A")["why"] == "looking for the clip"

    told.read("A")
    assert told.seat("A")["why"] == ""


def test_backfill_is_not_shown(told: Told) -> None:
    """A reading that comes out of a device's memory is no present value."""
    told.begin("A")
    told.read("A", 80, 70, backfill=True)

    assert told.seat("A")["spo2"] is None
    assert told.seat("A")["trace"] == []


def test_a_reading_of_the_former_wearer_is_not_shown(told: Told) -> None:
    """A late reading of a clip that changed hands does not reach the new person's seat."""
    told.begin("A", "B")
    told.bind("B", device="clip-A")
    told.read("A", 85, 70, participant="P-A")

    assert told.seat("A")["spo2"] is None
    assert told.seat("B")["spo2"] is None


@pytest.mark.parametrize("change", ["release", "other clip", "other person"])
def test_a_rebound_seat_forgets_at_once(told: Told, change: str) -> None:
    """After release, another clip or another person nothing of before stands on the seat."""
    told.begin("A", "B")
    told.read("A", 91, 70)
    told.delta()

    if change == "release":
        told.release("A")
    else:
        told.bind("A", "P-X" if change == "other person" else "P-A", "clip-9")

    seat = told.delta()["seats"]["A"]
    assert seat["spo2"] is None
    assert seat["pulse_rate"] is None
    assert seat["trace"] == []
    assert seat["why"] == ("no clip" if change == "release" else "looking for the clip")


def test_other_seats_keep_their_trace_when_one_is_rebound(told: Told) -> None:
    """A change on one seat costs the others nothing."""
    told.begin("A", "B")
    told.read("B", 95, 70)
    told.bind("A", device="clip-9")

    assert told.seat("B")["spo2"][0] == 95
    assert told.seat("B")["trace"] == [0, 95]


def test_the_trace_has_one_point_a_second_and_keeps_the_lowest(told: Told) -> None:
    """Readings of one second become its lowest value, so that no dip is lost."""
    told.begin("A")
    for spo2 in (97, 91, 95):
        told.read("A", spo2)
        told.wait(0.2)
    told.wait(1)
    told.read("A", 96)

    assert told.seat("A")["trace"] == [0, 91, 1, 96]


def test_a_gap_is_kept_in_the_trace(told: Told) -> None:
    """A reading without value breaks the trace, once."""
    told.begin("A")
    for spo2 in (97, None, None, 96):
        told.read("A", spo2, 70 if spo2 else None, *([] if spo2 else [Flag.FINGER_OFF]))
        told.wait(1)

    assert told.seat("A")["trace"] == [0, 97, 1, None, 3, 96]


def test_the_trace_holds_ten_minutes(told: Told) -> None:
    """What is older than ten minutes is not sent."""
    told.begin("A")
    for _ in range(700):
        told.read("A")
        told.wait(1)

    trace = told.seat("A")["trace"]
    assert trace[0] == 100
    assert len(trace) == 2 * 600


def test_frames_carry_only_what_changed(told: Told) -> None:
    """After the whole, a frame names the seats that spoke and the new points only."""
    told.begin("A", "B")
    told.read("A")
    told.delta()
    told.wait(1)
    told.read("B", 95, 80)

    frame = told.delta()
    assert list(frame["seats"]) == ["B"]
    assert frame["seats"]["B"] == {
        "spo2": [95, 1000],
        "pulse_rate": [80, 1000],
        "points": [1, 95],
        "why": "",
        "note": None,
    }
    assert "session" not in frame
    assert "seats" not in told.delta()


@given(
    values=st.lists(st.one_of(st.none(), st.integers(50, 100)), max_size=60),
    cuts=st.sets(st.integers(0, 59)),
)
def test_deltas_add_up_to_the_whole(values: list[int | None], cuts: set[int]) -> None:
    """However the frames are cut, a page that got all deltas knows what a new page is told."""
    told = Told()
    told.begin("A")
    known: dict[str, object] = {}
    points: dict[int, int | None] = {}
    for number, spo2 in enumerate(values):
        told.wait(0.4)
        told.read("A", spo2, spo2, *([] if spo2 else [Flag.SEARCHING]))
        if number in cuts:
            _learn(told.delta()["seats"]["A"], known, points)
    _learn(told.delta().get("seats", {}).get("A", {}), known, points)

    whole = told.seat("A")
    assert [part for point in points.items() for part in point] == whole["trace"]
    for field in ("spo2", "pulse_rate", "why", "note"):
        assert known[field] == whole[field]


def _learn(news: dict[str, list[int]], known: dict[str, object], points: dict[int, int | None]) -> None:
    known.update(news)
    more = news.get("trace") or news.get("points") or []
    points.update(zip(more[::2], more[1::2], strict=True))


def test_session_words(told: Told) -> None:
    """Source, phase, title, dose and marks reach the page."""
    told.begin("A", source=Source.DEMO, title="Evening\u202e group\x07")
    told.wait(60)
    told.mark("dose")

    session = told.whole()["session"]
    assert session["source"] == "demo"
    assert session["phase"] == "running"
    assert session["title"] == "Evening group"
    assert session["dose"] == 60_000
    assert session["marks"] == [[60_000, "dose", ""]]


def test_the_end_takes_the_numbers_and_keeps_the_trace(told: Told) -> None:
    """An ended session shows no present value."""
    told.begin("A")
    told.read("A")
    told.end()

    assert told.whole()["session"]["phase"] == "ended"
    assert told.seat("A")["spo2"] is None
    assert told.seat("A")["trace"] == [0, 97]


def test_the_next_session_begins_empty(told: Told) -> None:
    """Nothing of the session before stands in the next one."""
    told.begin("A")
    told.read("A")
    told.alert("A")
    told.end()
    told.wait(10)
    told.begin("A", "B")

    assert told.seat("A")["spo2"] is None
    assert told.seat("A")["trace"] == []
    assert told.whole()["alerts"] == []


def test_seats_beyond_twelve_stand_in_order(told: Told) -> None:
    """The seats of a stress test follow the letters by number."""
    told.begin("N10", "A", "N2", "M")

    assert list(told.whole()["seats"]) == ["A", "M", "N2", "N10"]


def test_an_alert_card(told: Told) -> None:
    """A raise gives the page all it needs for its words."""
    told.begin("C")
    told.wait(60)
    told.alert("C", level=Level.URGENT, ago_s=10, value=86, limit=90, worst=84.0)

    (card,) = told.delta()["alerts"]
    assert card["seat"] == "C"
    assert card["level"] == "urgent"
    assert card["state"] == "active"
    assert (card["field"], card["name"], card["sign"]) == ("spo2", "SpO₂", "<")
    assert (card["limit"], card["worst"], card["since"]) == (90, 84, 50_000)


def test_the_strip_is_in_order(told: Told) -> None:
    """Urgent first; within a level active before over before seen, then by onset."""
    told.begin(*"ABCDEF")
    told.alert("A", level=Level.CAUTION, ago_s=5)
    told.alert("B", level=Level.URGENT, ago_s=5)
    told.alert("C", level=Level.URGENT, ago_s=50)
    told.alert("D", level=Level.URGENT, ago_s=90)
    told.alert("D", Happening.ACKNOWLEDGE, Level.URGENT)
    told.alert("E", level=Level.URGENT, ago_s=95)
    told.alert("E", Happening.END, Level.URGENT, worst=87)
    told.alert("F", level=Level.CAUTION, ago_s=70)

    assert [card["seat"] for card in told.whole()["alerts"]] == ["C", "B", "E", "D", "F", "A"]


def test_acknowledged_and_ended_by_itself(told: Told) -> None:
    """An acknowledgement names who has seen it; when it has lived its time the alert is active again."""
    told.begin("A")
    told.alert("A", value=93, limit=94)
    told.alert("A", Happening.ACKNOWLEDGE, value=93, by="M\x00")
    (seen,) = told.whole()["alerts"]
    assert (seen["state"], seen["by"], seen["seen"]) == ("seen", "M", 93)

    told.alert("A", Happening.REANNOUNCE, reason="expired")
    (again,) = told.whole()["alerts"]
    assert (again["state"], again["again"]) == ("active", "expired")


def test_a_repeat_changes_nothing(told: Told) -> None:
    """Announcing once more is for wearables; the page shows the alert all the time."""
    told.begin("A")
    told.alert("A", value=93, limit=94)
    before = told.whole()["alerts"]
    told.alert("A", Happening.REANNOUNCE, reason="repeat")

    assert told.whole()["alerts"] == before


def test_escalation_voids_the_acknowledgement_and_keeps_the_onset(told: Told) -> None:
    """A higher level is active again and counts from the first low reading."""
    told.begin("A")
    since = told.clock.now()
    told.alert("A", since=since, limit=94)
    told.alert("A", Happening.ACKNOWLEDGE, since=since, by="M")
    told.wait(20)
    told.alert("A", Happening.ESCALATE, Level.URGENT, since=since, limit=90, value=88)

    (card,) = told.whole()["alerts"]
    assert (card["level"], card["state"], card["limit"], card["since"]) == ("urgent", "active", 90, 0)


def test_over_and_closed(told: Told) -> None:
    """An urgent that is over stays to be seen; a closed one is gone."""
    told.begin("A")
    told.alert("A", level=Level.URGENT, limit=90, worst=86)
    told.wait(30)
    told.alert("A", Happening.END, Level.URGENT, worst=84)
    (card,) = told.whole()["alerts"]
    assert (card["state"], card["over"], card["worst"]) == ("over", 30_000, 84)

    told.alert("A", Happening.CLOSE, Level.URGENT, reason="seen")
    assert told.delta()["alerts"] == []


def test_the_cause_of_no_reading_is_said_in_words(told: Told) -> None:
    """The best explanation, and the next one when it changes."""
    told.begin("A")
    told.alert("A", family=Family.UNMONITORED, cause=Cause.LINK_LOST)
    assert told.whole()["alerts"][0]["cause"] == "out of range"

    told.alert("A", Happening.CAUSE, family=Family.UNMONITORED, cause=Cause.FINGER_OFF)
    assert told.whole()["alerts"][0]["cause"] == "finger off"


def test_a_store_that_is_behind_is_told_and_loss_stays(told: Told) -> None:
    """The banner goes when saving works again, unless something was lost."""
    told.begin("A")
    told.delta()
    told.store(behind=True, why="disk full", since_utc_ns=7 * SECOND)
    assert told.delta()["store"] == {"behind": True, "why": "disk full", "since": 7000, "lost": 0}

    told.store(behind=False, lost=3)
    assert told.delta()["store"]["lost"] == 3
    told.store(behind=False)
    assert told.delta()["store"] is None


def test_a_restart_after_a_reboot_keeps_one_axis(told: Told) -> None:
    """Across boots ages come from UTC, so that a value from before is old, never young."""
    told.begin("A")
    told.wait(100)
    told.read("A")
    before = told.clock.now()
    told.clock._now = Instant(  # a machine that has booted again
        boot="second", running_ns=2 * SECOND, utc_ns=before.utc_ns + 60 * SECOND
    )

    assert told.age_ms("A") == 60_000
    told.read("A")
    assert told.age_ms("A") == 0


def test_a_pause_is_told_with_its_end_and_its_alerts_come_last(told: Told) -> None:
    """The page gets reason and end in session time; the seat's alerts rest behind all others."""
    told.begin("A", "B")
    told.alert("A", level=Level.URGENT, value=88, limit=90)
    told.alert("B", value=93, limit=94)
    told.wait(5)
    told.pause("A")
    frame = told.delta()

    assert frame["pauses"] == {"A": ["toilet", frame["s"] + 120_000]}
    assert [(card["seat"], card["paused"]) for card in frame["alerts"]] == [("B", False), ("A", True)]
    for event in ("end", "back"):
        told.pause("A")
        told.pause("A", event)
        frame = told.delta()
        assert frame["pauses"] == {}
        assert [card["seat"] for card in frame["alerts"]] == ["A", "B"]


def test_nothing_rests_beside_what_no_pause_covers(told: Told) -> None:
    """With a deep fall on the seat all its alerts stand where they are."""
    told.begin("A", "B")
    told.pause("A")
    told.alert("A", level=Level.URGENT, value=84, limit=85, pausable=False)
    told.alert("A", family=Family.UNMONITORED)
    told.alert("B")

    assert [card["paused"] for card in told.whole()["alerts"]] == [False] * 3


def test_a_value_from_before_a_reboot_is_old_even_in_1970(told: Told) -> None:
    """A machine that has lost the time cannot say how long it was away, but it was longer than 5 s."""
    told.begin("A")
    told.wait(100)
    told.read("A")
    told.clock._now = Instant(boot="second", running_ns=2 * SECOND, utc_ns=0)

    assert told.age_ms("A") >= 5_000


def test_a_battery_is_a_card_only_when_it_presses(told: Told) -> None:
    """An advisory stands in the tile alone; a caution says how much is left and is of the clip."""
    told.begin("A")
    told.read("A", battery=18)
    told.alert("A", level=Level.ADVISORY, family=Family.BATTERY, worst=18)
    assert told.delta()["alerts"] == []
    assert told.seat("A")["note"] == ["Battery 18 %", "change at a break"]
    told.alert("A", Happening.ESCALATE, family=Family.BATTERY, worst=9)
    (card,) = told.delta()["alerts"]

    assert (card["name"], card["cause"], card["device"]) == ("Battery 9 %", "change at a break", True)
    assert (card["field"], card["level"]) == ("", "caution")


def test_a_drop_is_told_beside_the_own_number(told: Told) -> None:
    """The card says what the value is compared with; the baseline stands in the tile and outlives a clip."""
    told.begin("A", "B")
    told.baseline("A", 97.5, None)
    told.baseline("A", None, 62)
    told.alert("A", family=Family.SPO2_DROP, limit=93.5, reference=97.5, worst=93)
    (card,) = told.delta()["alerts"]

    assert (card["than"], card["field"]) == ("own 97.5", "spo2")
    told.bind("A", device="clip-new")
    assert told.seat("A")["own"] == [97.5, 62]
    assert told.seat("B")["own"] is None
    told.bind("A", participant="P-X", device="clip-new")
    assert told.seat("A")["own"] is None


def test_what_is_explained_rests_last(told: Told) -> None:
    """It stays in the strip, small and after all others, with the words of what explains it."""
    told.begin("A", "B")
    told.alert("A", family=Family.HR_LOW, limit=50, worst=47, explained=Family.SPO2_LOW)
    told.alert("A", level=Level.URGENT, family=Family.SPO2_LOW, limit=85, worst=80)
    told.alert("B", family=Family.HR_HIGH, limit=120, worst=130)
    cards = told.delta()["alerts"]

    assert [(card["family"], card["paused"], card["explained"]) for card in cards] == [
        ("spo2_low", False, ""),
        ("hr_high", False, ""),
        ("hr_low", True, "low SpO₂"),
    ]
    told.alert("A", Happening.REANNOUNCE, family=Family.HR_LOW, reason="alone")
    assert not any(card["paused"] for card in told.delta()["alerts"])


def test_a_long_weak_signal_says_what_to_do(told: Told) -> None:
    """An advisory is no card: the tile says more than the reading's own flag does."""
    told.begin("A")
    told.read("A", 97, 70, Flag.LOW_PERFUSION)
    assert told.seat("A")["note"] == ["Weak signal", "warm the hand"]
    told.alert("A", level=Level.ADVISORY, family=Family.LOW_PERFUSION, worst=0.2)
    told.read("A", 97, 70, Flag.LOW_PERFUSION)

    assert told.delta()["alerts"] == []
    assert told.seat("A")["note"] == ["Weak signal", "warm the hand, use the thumb"]


def test_a_limit_of_ones_own_stands_in_the_tile(told: Told) -> None:
    """Whose, and which; the newest of one level replaces the one before."""
    told.begin("A", "B")
    for limit in (45, 42):
        body = {"seat": "A", "family": "hr_low", "level": "caution", "below": limit}
        told.entry("override", body, subject="A", participant="P-A")

    assert told.delta()["seats"]["A"]["limits"] == "pulse < 42"
    assert told.seat("B")["limits"] == ""


def test_another_delay_stands_in_the_tile_too(told: Told) -> None:
    """With the level it is for, where the limit itself is as for everybody."""
    told.begin("A")
    for body in ({"delay_s": 60}, {"below": 42, "delay_s": 45, "level": "urgent"}):
        whole = {"seat": "A", "family": "hr_low", "level": "caution", **body}
        told.entry("override", whole, subject="A", participant="P-A")

    assert told.seat("A")["limits"] == "pulse caution after 60 s · pulse < 42 after 45 s"


def test_limits_of_the_file_stand_in_the_tile_like_those_asked_for(told: Told) -> None:
    """By seat or by person; one asked for replaces that of the file; who is not here is to be accepted."""
    filed = [
        Override(family=Family.HR_LOW, level=Level.CAUTION, limit=45, participant="P-A"),
        Override(family=Family.SPO2_LOW, level=Level.CAUTION, limit=92, seat="B"),
        Override(family=Family.HR_LOW, level=Level.CAUTION, limit=44, participant="P-09"),
    ]
    told.state = State(filed, Preparation(filed))
    told.command(Prepare(roster={"A": "P-A", "B": "P-B"}))
    asked = [point for point, _ in told.whole()["notices"]]
    told.state.settle()
    told.entry(ACCEPTED, {"by": "M"}, subject="alone")
    left = told.delta()["notices"]
    before = [told.seat(seat)["limits"] for seat in "AB"]
    body = {"seat": "A", "family": "hr_low", "level": "caution", "below": 42}
    told.entry("override", body, subject="A", participant="P-A")

    assert asked == ["alone", "absent"]
    assert left == [["absent", "The rules file has limits for P-09, who is not in this session."]]
    assert before == ["pulse < 45", "SpO₂ < 92"]
    assert told.seat("A")["limits"] == "pulse < 42"
