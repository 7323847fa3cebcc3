"""Golden texts: all that may stand on a lock screen."""

from datetime import UTC

import pytest

from alerts.condition import Family, Level
from alerts.notifications import Occasion, link, lock_text, station_text, tag
from collector.clock import Instant

AT = Instant(boot="b", running_ns=0, utc_ns=1_790_000_040 * 1_000_000_000)
EPISODE = "2026-11-23-1-C-spo2_low-3"


def text(occasion: Occasion, level: Level = Level.URGENT, seats: str = "C", mark: str = "") -> str:
    """The lock-screen text of room 2."""
    return lock_text(
        room="Room 2",
        seats=seats.split(" "),
        occasion=occasion,
        level=level,
        at=AT,
        mark=mark,
        zone=UTC,
    )


@pytest.mark.parametrize(
    ("occasion", "level", "expected"),
    [
        (Occasion.FIRST, Level.URGENT, "Room 2 · seat C · urgent · 14:14"),
        (Occasion.SECOND, Level.URGENT, "Room 2 · seat C · urgent · 14:14"),
        (Occasion.ALL, Level.URGENT, "Room 2 · seat C · urgent · 14:14"),
        (Occasion.AGAIN, Level.URGENT, "Room 2 · seat C · urgent · 14:14"),
        (Occasion.FIRST, Level.CAUTION, "Room 2 · seat C · caution · 14:14"),
        (Occasion.SEEN, Level.URGENT, "Room 2 · seat C · seen · 14:14"),
        (Occasion.OVER, Level.URGENT, "Room 2 · seat C · over · 14:14"),
    ],
)
def test_a_lock_screen_says_room_seat_level_and_time_only(
    occasion: Occasion, level: Level, expected: str
) -> None:
    """No number of a participant, no name, no drug, no kind of trouble."""
    assert text(occasion, level) == expected


def test_several_seats_and_the_station_itself_are_named() -> None:
    """What was told together names each seat; an alert of no seat names the station, not its trouble."""
    assert text(Occasion.FIRST, Level.CAUTION, "C F") == "Room 2 · seats C, F · caution · 14:14"
    assert text(Occasion.FIRST, Level.CAUTION, "") == "Room 2 · station · caution · 14:14"


def test_a_test_says_that_it_is_one() -> None:
    """The test of a session has no seat."""
    assert text(Occasion.TEST, seats="") == "Room 2 · test · 14:14"


def test_a_simulation_says_so_first() -> None:
    """A demo on a real phone must not frighten anybody."""
    assert text(Occasion.FIRST, mark="SIMULATION") == "SIMULATION · Room 2 · seat C · urgent · 14:14"


def test_a_gone_station_asks_to_look_at_each_person() -> None:
    """collector_dead names the room and what to do."""
    gone = station_text(room="Room 2", back=False, utc_ns=AT.utc_ns, mark="", zone=UTC)
    back = station_text(room="Room 2", back=True, utc_ns=AT.utc_ns, mark="", zone=UTC)

    assert gone == "Room 2 · station stopped · Look at each person · 14:14"
    assert back == "Room 2 · station back · 14:14"


def test_a_link_tells_a_push_service_nothing() -> None:
    """The episode's id holds seat and family; the link holds only a digest of it."""
    made = link("http://10.0.0.5:8080", EPISODE)

    assert made == f"http://10.0.0.5:8080/?episode={tag(EPISODE)}"
    assert not any(family.value in made for family in Family)
    assert link("", EPISODE) == ""
    assert link("http://10.0.0.5:8080", "") == "http://10.0.0.5:8080/"
