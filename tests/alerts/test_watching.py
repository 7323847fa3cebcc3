"""An acknowledgement that is a watch, and one that covers all cautions."""

import json

import pytest

from alerts.condition import AlertEvent
from alerts.engine import Engine
from tests.alerts.signals import Beat
from tests.alerts.tape import Station
from tests.alerts.world import DEFAULT, Script, instant, seconds

LOW = "s-A-spo2_low-1"


class Room:
    """An engine that hears seats once a second."""

    def __init__(self, seats: str = "A") -> None:
        self.engine, self.script, self.said, self.t = Engine(DEFAULT), Script(), list[AlertEvent](), 0
        self.seats = seats
        for entry in self.script.opening(seats, instant(0)):
            self.engine.take(entry)

    def hear(self, spo2: float, for_s: int) -> None:
        """Everybody's clip says so for a while."""
        for _ in range(for_s):
            self.t += 1
            for seat in self.seats:
                self.said += self.engine.take(self.script.reading(instant(self.t), seat, spo2=spo2))

    def watch(self, below: float, episode: str = LOW) -> str:
        """Somebody watches; the refusal, if any."""
        now = instant(self.t)
        refusal = self.engine.refuses_watch(episode, below, now.running_ns)
        if not refusal:
            self.said += self.engine.acknowledge(episode, by="f", now=now, watch=below)
        return refusal

    def restart(self) -> None:
        """Saved, forgotten, restored."""
        self.engine = Engine(DEFAULT, json.loads(json.dumps(self.engine.save())))
        self.said += self.engine.resume(instant(self.t))

    @property
    def lines(self) -> list[str]:
        """What was said after the watch began."""
        told = [
            f"{seconds(e.at):g} {e.happening.value} {e.level.word} {e.reason}".strip()
            for e in self.said
            if e.family == "spo2_low"
        ]
        return told[next(n for n, line in enumerate(told) if "acknowledge" in line) :]


def steady(below: float = 91) -> Room:
    """Somebody steady at 93 who has been watched for from 120 s on."""
    room = Room()
    room.hear(97, 20)
    room.hear(93, 100)
    assert room.watch(below) == ""
    return room


def test_a_person_steady_beyond_a_limit_is_announced_once_in_half_an_hour() -> None:
    """An ordinary acknowledgement would have ended after five minutes."""
    room = steady()
    room.hear(93, 1799)
    early = room.lines
    room.hear(93, 1)

    assert early == ["120 acknowledge caution"]
    assert room.lines[1:] == ["1920 reannounce caution expired"]
    assert [e.watch for e in room.said if e.happening.value == "acknowledge"] == [91]


def test_the_watched_number_is_told_with_its_first_reading() -> None:
    """Below 91 means below 91; the caution speaks again at once."""
    room = steady()
    room.hear(91, 60)
    early = len(room.lines)
    room.hear(90.5, 1)

    assert early == 1
    assert room.lines[1:] == ["181 reannounce caution worse"]


def test_what_is_urgent_is_told_as_ever() -> None:
    """A watch covers the caution alone: ten seconds below 90 raise through it."""
    room = steady(90)
    room.hear(89, 12)

    assert "escalate urgent" in " ".join(room.lines)


def test_a_watch_ends_with_the_episode() -> None:
    """The next caution is a new one, and unseen."""
    room = steady()
    room.hear(97, 30)
    room.hear(93, 30)

    assert [line.split(maxsplit=1)[1] for line in room.lines[1:]] == [
        "close caution over",
        "raise caution",
    ]


@pytest.mark.parametrize(
    ("spo2", "for_s", "below", "word"),
    [
        (88, 100, 85, "Only a caution"),
        (93, 40, 91, "too fresh"),
        (93, 100, 89, "between 94 and 90"),
        (93, 100, 94, "between 94 and 90"),
        (91, 100, 92, "has been at 91"),
        (97, 100, 91, "Already over"),
    ],
)
def test_what_cannot_be_watched_is_refused(spo2: float, for_s: int, below: float, word: str) -> None:
    """Urgent, fresh, past the urgent limit, short of its own, been there already, or not there at all."""
    room = Room()
    room.hear(97, 20)
    room.hear(spo2, for_s)

    assert word in room.watch(below)


def test_a_family_without_an_urgent_level_cannot_be_watched() -> None:
    """Nothing would speak behind it."""
    room = Room()
    room.hear(97, 20)
    for t in range(21, 200):
        room.said += room.engine.take(room.script.reading(instant(t), battery=9))
    room.t = 199

    assert "no more urgent level" in room.watch(91, "s-A-battery-1")


def test_a_short_restart_keeps_the_watch() -> None:
    """As it keeps an acknowledgement: same boot, under a minute."""
    room = steady()
    room.restart()
    room.hear(93, 600)
    room.hear(90.5, 1)

    assert room.lines[1:] == ["721 reannounce caution worse"]


def test_a_restart_without_its_state_takes_the_watch_from_the_journal() -> None:
    """The event of the acknowledgement holds it."""
    station = Station()
    station.open(("A",))
    for t in range(120):
        station.step(Beat(t=t * 1000, spo2=97 if t < 20 else 93))
    assert station.alerts.acknowledge(LOW, "f", watch=91)
    station.tape.states.clear()
    station.kill(0)
    for t in range(120, 600):
        station.step(Beat(t=t * 1000, spo2=93))

    assert station.tape.alerts()[-1].watch == 91


def test_all_cautions_are_seen_and_nothing_that_is_or_was_urgent() -> None:
    """Each gets its own acknowledgement; an urgent alert that became milder unseen still asks."""
    room = Room("ABC")
    room.hear(97, 20)
    for _ in range(40):
        room.t += 1
        for seat, spo2 in (("A", 93), ("B", 88), ("C", 92)):
            room.said += room.engine.take(room.script.reading(instant(room.t), seat, spo2=spo2))
    before = [one for one in room.engine.cautions if "spo2_low" in one]
    for _ in range(14):
        room.t += 1
        for seat, spo2 in (("A", 93), ("B", 92), ("C", 92)):
            room.said += room.engine.take(room.script.reading(instant(room.t), seat, spo2=spo2))
    milder = [event.level.word for event in room.said if event.episode == "s-B-spo2_low-1"][-1]

    assert before == [LOW, "s-C-spo2_low-1"]
    assert milder == "caution"
    assert [one for one in room.engine.cautions if "spo2_low" in one] == before
