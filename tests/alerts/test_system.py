"""Alerts of the station itself, as events of the engine: raised, seen, over, and across a restart."""

import json

import pytest

from alerts.channel import CHANNEL, PAGE, ChannelStatus, channel_body
from alerts.condition import SYSTEM, AlertEvent
from alerts.engine import Engine
from alerts.technical import TECHNICAL
from collector.entry import Entry
from tests.alerts.world import DEFAULT, Script, instant, seconds


class Room:
    """An engine with two seats whose clips speak, and what it says of the station."""

    def __init__(self, *, start: bool = True) -> None:
        self.engine, self.script, self.said = Engine(DEFAULT), Script(), list[AlertEvent]()
        if start:
            self.begin(0)

    def begin(self, t: float, seats: str = "AB") -> None:
        """A session is prepared and started."""
        for entry in self.script.opening(seats, instant(t)):
            self.take(entry)

    def take(self, entry: Entry) -> None:
        """The engine takes an entry."""
        self.said += self.engine.take(entry)

    def channel(self, t: float, target: str, *, failed: bool) -> None:
        """A target cannot be reached, or can again."""
        body = channel_body(ChannelStatus(target=target, failed=failed))
        self.take(self.script.entry(instant(t), CHANNEL, body, subject=target))

    def wait(self, t: float) -> None:
        """Time passes."""
        self.said += self.engine.advance(instant(t))

    def acknowledge(self, t: float, episode: str) -> None:
        """Somebody has seen it."""
        self.said += self.engine.acknowledge(episode, by="f", now=instant(t))

    def restart(self, t: float) -> None:
        """Saved, forgotten, restored."""
        self.engine = Engine(DEFAULT, json.loads(json.dumps(self.engine.save())))
        self.said += self.engine.resume(instant(t))

    @property
    def lines(self) -> list[str]:
        """What was said of the station, in words."""
        return [_line(event) for event in self.said if event.family in SYSTEM]


def _line(event: AlertEvent) -> str:
    words = [f"{seconds(event.at):g}", event.happening.value, event.level.word, event.family.value]
    words += [event.seat, event.about.strip(), str(event.reason)]
    return " ".join(word for word in words if word)


def test_every_family_of_the_station_has_its_levels() -> None:
    """Mild to severe, and nothing of a rules file."""
    assert set(TECHNICAL) == SYSTEM
    for rule in TECHNICAL.values():
        levels = [level.level for level in rule.levels]
        assert levels == sorted(set(levels))


def test_a_target_that_cannot_be_reached_is_an_alert_until_it_can() -> None:
    """Raised with its name, closed by the next confirmed delivery."""
    room = Room()
    room.channel(5, "M's phone", failed=True)
    room.channel(9, "M's phone", failed=False)

    assert room.lines == [
        "5 raise caution channel_failed M's phone",
        "9 close caution channel_failed M's phone over",
    ]
    assert all(event.seat == event.participant == "" for event in room.said)


def test_targets_are_told_apart() -> None:
    """Each has an episode of its own, seen and over by itself."""
    room = Room()
    room.channel(5, "M", failed=True)
    room.channel(6, PAGE, failed=True)
    first, second = (event.episode for event in room.said)
    room.acknowledge(7, first)
    room.channel(8, PAGE, failed=False)

    assert first != second
    assert room.lines[2:] == [
        "7 acknowledge caution channel_failed M",
        "8 close caution channel_failed page over",
    ]


def test_it_repeats_as_a_caution_does_and_rests_half_an_hour_when_seen() -> None:
    """Nobody mends a dead phone within five minutes."""
    room = Room()
    room.channel(0, "M", failed=True)
    room.wait(61)
    room.acknowledge(70, room.said[0].episode)
    room.wait(70 + 1799)
    before = len(room.lines)
    room.wait(70 + 1800)

    assert room.lines[1] == "60 reannounce caution channel_failed M repeat"
    assert before == 3
    assert room.lines[3] == "1870 reannounce caution channel_failed M expired"


def test_what_stands_before_a_session_is_raised_when_it_is_prepared() -> None:
    """And closed with the session, while the trouble stays known for the next one."""
    room = Room(start=False)
    room.channel(0, "M", failed=True)
    quiet = room.lines
    room.begin(10)
    room.take(room.script.end(instant(20)))

    assert quiet == []
    assert room.lines == [
        "10 raise caution channel_failed M",
        "20 close caution channel_failed M released",
    ]
    assert not room.engine.acknowledge(room.said[-1].episode, by="f", now=instant(21))


@pytest.mark.parametrize("seen", [False, True])
def test_a_restart_keeps_episode_and_acknowledgement(*, seen: bool) -> None:
    """The same episode goes on; what was seen stays seen; the close still comes."""
    room = Room()
    room.channel(5, "M", failed=True)
    if seen:
        room.acknowledge(6, room.said[0].episode)
    room.restart(8)
    room.channel(9, "M", failed=False)

    assert room.lines[0] == "5 raise caution channel_failed M"
    assert room.lines[-1] == "9 close caution channel_failed M over"
    assert len(room.lines) == 2 + seen
    assert len({event.episode for event in room.said if event.family in SYSTEM}) == 1


def test_a_seat_is_none_of_its_business() -> None:
    """What happens to the station changes nothing for the seats (I20)."""
    quiet, troubled = Room(), Room()
    troubled.channel(3, "M", failed=True)
    for room in (quiet, troubled):
        for t in range(40):
            room.take(room.script.reading(instant(t + 0.5), "A", spo2=88.0 if t > 15 else 97.0))
        room.wait(60)

    def of_seats(room: Room) -> list[str]:
        return [_line(event) for event in room.said if event.family not in SYSTEM]

    assert of_seats(troubled) == of_seats(quiet)
    assert of_seats(quiet)
