"""Alerts of the station itself, as events of the engine: raised, seen, over, and across a restart."""

import json
from dataclasses import replace

import pytest

from alerts.channel import CHANNEL, PAGE, ChannelStatus, channel_body
from alerts.condition import SYSTEM, AlertEvent
from alerts.engine import Engine
from alerts.outage import OUTAGE, Outage, Part, outage_body
from alerts.rules import read
from alerts.technical import TECHNICAL
from collector.entry import Entry
from collector.identity import IDENTITY, Doubt, doubt_body, settled_body
from collector.reading import Flag
from collector.saving import STORE
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

    def store(self, t: float, **facts: object) -> None:
        """The store watch says how saving fares."""
        body = {"behind": True, "why": "slow", "since_utc_ns": 0, "lost": 0, **facts}
        self.take(self.script.entry(instant(t), STORE, body))

    def doubt(self, t: float, seat: str, doubt: Doubt | None) -> None:
        """Somebody doubts who wears which clip, or has settled it."""
        body = doubt_body(doubt) if doubt else settled_body("f")
        self.take(self.script.entry(instant(t), IDENTITY, body, subject=seat, seat=seat))

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


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ({"behind_s": 5.0}, None),
        ({"behind_s": 10.0}, "caution"),
        ({"behind_s": 60.0}, "urgent"),
        ({"failing": True}, "urgent"),
        ({"behind": False, "lost": 3}, "urgent"),
        ({"behind": False, "full_in_s": 7000}, "caution"),
        ({"behind": False}, None),
    ],
)
def test_a_disk_that_falls_behind_is_a_caution_and_one_that_refuses_is_urgent(
    said: dict[str, object], level: str | None
) -> None:
    """More than 10 s behind, or full within two hours: caution; 60 s, an error or a loss: urgent."""
    room = Room()
    room.store(5, **said)

    assert [line.split()[2] for line in room.lines] == ([level] if level else [])


def test_it_is_over_when_all_was_well_for_30_s() -> None:
    """A disk at its limit would flicker otherwise; another word meanwhile keeps the episode open."""
    room = Room()
    room.store(5, behind_s=12.0)
    room.store(9, behind=False)
    room.wait(30)
    room.store(30, behind_s=11.0)
    room.store(40, behind=False)
    room.wait(69.9)
    early = len(room.lines)
    room.wait(70)

    assert early == 3  # raised, another word (how far behind), and once again after a minute
    assert room.lines[-1] == "70 close caution store_behind slow over"


def test_what_was_lost_stays_to_be_seen() -> None:
    """The alert ends and waits until somebody has seen that readings are missing."""
    room = Room()
    room.store(5, failing=True)
    room.store(9, behind=False, lost=40)
    room.wait(39)
    room.acknowledge(50, room.said[0].episode)

    assert room.lines[0] == "5 raise urgent store_behind slow"
    assert room.lines[-2:] == [
        "39 end urgent store_behind slow over",
        "50 close urgent store_behind slow seen",
    ]


@pytest.mark.parametrize(
    ("step_s", "level"), [(1.5, None), (3, "advisory"), (-3, "advisory"), (90, "caution")]
)
def test_a_step_of_the_wall_clock_is_recorded_and_ends_by_itself(
    step_s: float, level: str | None
) -> None:
    """With its size, so that the review can place what was before; timers do not feel it."""
    room = Room()
    room.take(room.script.reading(instant(5), "A"))
    room.take(room.script.reading(instant(6, step_s=step_s), "A"))
    room.wait(66)
    mine = [event for event in room.said if event.family == "clock_step"]
    silent = [event for event in mine if event.happening.value != "reannounce"]

    assert [event.level.word for event in silent] == ([level] * 2 if level else [])
    if level:
        assert mine[0].value == step_s
        assert [seconds(event.at) for event in silent] == [6, 66]
        assert silent[1].reason == "over"


def test_doubt_about_a_clip_belongs_to_its_seat_and_is_ended_by_a_person() -> None:
    """Time does not end it; a person's word does, and so does a new binding."""
    room = Room()
    room.doubt(5, "A", Doubt.SWAPPED)
    room.doubt(6, "B", Doubt.TWO_SEATS)
    room.doubt(7, "B", Doubt.TWO_SEATS)
    room.wait(50)
    before = room.engine.doubts("A"), room.engine.doubts("B")
    room.doubt(50, "A", None)
    room.take(room.script.bind(instant(51), "B", "another"))

    raised = [event for event in room.said if event.happening.value == "raise"]
    assert [(event.seat, event.participant, event.about) for event in raised[:2]] == [
        ("A", "PA", "swapped"),
        ("B", "PB", "two_seats"),
    ]
    assert before == (True, True)
    assert [line for line in room.lines if "close" in line] == [
        "50 close caution identity A swapped over",
        "51 close caution identity B two_seats over",
    ]


def test_an_outage_is_in_the_record_without_a_signal_and_stays_to_be_seen() -> None:
    """Since when, and how long; the companion has called everybody meanwhile."""
    room = Room()
    outage = Outage(part=Part.COLLECTOR, since=instant(20), until=instant(62))
    room.take(room.script.entry(instant(62), OUTAGE, outage_body(outage)))
    room.wait(200)
    mine = [event for event in room.said if event.family == "collector_dead"]
    room.acknowledge(201, mine[0].episode)

    assert [event.happening.value for event in mine] == ["raise", "end"]
    assert seconds(mine[0].since) == 20
    assert mine[0].value == 42
    assert not any(event.announce for event in mine)
    assert room.lines[-1] == "201 close urgent collector_dead seen"


def test_three_seats_lost_at_once_are_one_trouble_of_the_radio() -> None:
    """Their own cautions stand and are quiet; who comes back late is told of then."""
    room = Room(start=False)
    room.begin(0, "ABCD")
    for t in range(200):
        back = "ABD" if t >= 100 else "D"
        for n, seat in enumerate("ABCD"):
            if t < 15 + n or seat in back:
                room.take(room.script.reading(instant(t + n / 10), seat))
    room.wait(200)

    assert [line for line in room.lines if "reannounce" not in line] == [
        "31.2 raise caution radio A, B, C",
        "115 close caution radio A, B, C over",
    ]
    spoken = [
        f"{seconds(event.at):g} {event.seat} {event.happening.value}"
        for event in room.said
        if event.family == "unmonitored" and event.announce
    ]
    assert spoken[:4] == ["29 A raise", "30.1 B raise", "31.2 C raise", "115 C reannounce"]


def test_three_people_who_take_their_clips_off_are_no_trouble_of_the_radio() -> None:
    """The clips say so themselves."""
    room = Room(start=False)
    room.begin(0, "ABC")
    off = frozenset({Flag.FINGER_OFF})
    for t in range(60):
        for seat in "ABC":
            flags = off if t > 12 else frozenset[Flag]()
            room.take(room.script.reading(instant(t), seat, spo2=None if flags else 97.0, flags=flags))

    assert room.lines == []
    assert [event for event in room.said if event.family == "unmonitored"]


def test_a_restart_in_the_middle_of_a_lost_radio_changes_nothing() -> None:
    """What is explained stays quiet, and the radio's alert is the same one."""
    room = Room(start=False)
    room.begin(0, "ABC")
    for t in range(20):
        for seat in "ABC":
            room.take(room.script.reading(instant(t), seat))
    room.wait(40)
    room.restart(40)
    room.wait(300)

    spoken = [event for event in room.said if event.family == "unmonitored" and event.announce]
    assert [seconds(event.at) for event in spoken] == [34, 34, 34]
    assert len({event.episode for event in room.said if event.family == "radio"}) == 1


REMINDING = replace(DEFAULT, pressure_minutes=(0, 20, 40))


def reminded() -> Room:
    """Two seats under rules that remind; a dose for both at 10 s."""
    room = Room(start=False)
    room.engine = Engine(REMINDING)
    room.begin(0)
    room.take(room.script.mark(instant(10), "dose", "im"))
    return room


def of_pressure(room: Room) -> list[str]:
    """What was said of blood pressure."""
    return [line for line in room.lines if "bp_due" in line]


def test_a_blood_pressure_is_due_at_the_dose_and_after_until_it_is_entered() -> None:
    """An advisory of each seat, without a signal; an entry ends that of its seat alone."""
    room = reminded()
    room.take(room.script.mark(instant(60), "blood pressure", "120/80 mmHg", "A"))
    room.wait(10 + 20 * 60)
    room.take(room.script.mark(instant(10 + 21 * 60), "blood pressure", "118/79 mmHg", ""))

    assert of_pressure(room) == [
        "10 raise advisory bp_due A 0",
        "10 raise advisory bp_due B 0",
        "60 close advisory bp_due A 0 over",
        "1210 raise advisory bp_due A 20",
        "1210 cause advisory bp_due B 20",
        "1270 close advisory bp_due A 20 over",
        "1270 close advisory bp_due B 20 over",
    ]
    assert not any(event.announce for event in room.said if event.family == "bp_due")


def test_nobody_is_reminded_unless_the_rules_say_so() -> None:
    """Off by default."""
    room = Room()
    room.take(room.script.mark(instant(10), "dose", "im"))
    room.wait(3600)

    assert of_pressure(room) == []


def test_reminders_survive_a_restart_and_end_with_the_session() -> None:
    """What is still to come comes; the next session begins without."""
    room = reminded()
    room.engine = Engine(REMINDING, json.loads(json.dumps(room.engine.save())))
    room.said += room.engine.resume(instant(20))
    room.wait(10 + 20 * 60)
    room.take(room.script.end(instant(1300)))
    room.wait(10 + 41 * 60)

    assert of_pressure(room)[2:] == [
        "1210 cause advisory bp_due A 20",
        "1210 cause advisory bp_due B 20",
        "1300 close advisory bp_due A 20 released",
        "1300 close advisory bp_due B 20 released",
    ]


@pytest.mark.parametrize("minutes", ["[0, 20, 20]", "[20, 0]", "[-1]", "[0.5]", "[601]", "[true]", "5"])
def test_minutes_that_make_no_sense_are_refused(minutes: str) -> None:
    """With line and key; whole numbers that rise."""
    text = DEFAULT.text + f"\n[reminders]\nblood_pressure_min = {minutes}\n"
    (found,) = read(text).refusals

    assert found.key == "reminders.blood_pressure_min"
    assert read(DEFAULT.text + "\n[reminders]\nblood_pressure_min = [0, 20]\n").refusals == ()
