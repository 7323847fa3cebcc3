"""Scenario files are read as written, and what is wrong in them is said in one sentence."""

import math
from pathlib import Path

import pytest

from collector.errors import ConfigError
from collector.radio.scenario import (
    TURNS,
    Event,
    Kind,
    load_scenario,
    read_scenario,
    scenario_names,
)

NAMED = (
    "battery_low",
    "calm",
    "deep",
    "desaturation",
    "finger_off",
    "frozen",
    "link_lost",
    "mixed",
    "motion",
    "silent",
)


def test_named_scenarios_come_with_the_package() -> None:
    """Each scenario of the issue is there under its name and can be read."""
    assert scenario_names() == NAMED
    assert all(load_scenario(name).title for name in NAMED)


@pytest.mark.parametrize("name", sorted(set(NAMED) - {"calm", "mixed"}))
def test_named_scenario_does_what_its_name_says(name: str) -> None:
    """A scenario named after one trouble has that trouble and no other, in the first minute."""
    events = load_scenario(name).events

    assert [event.kind for event in events] == [Kind(name)]
    assert events[0].at <= 60


def test_mixed_is_a_group_of_six_with_everything() -> None:
    """A deep fall, a clip off and a lost link are over two minutes in, one of each kind by 25 min."""
    mixed = load_scenario("mixed")
    early = {event.kind for event in mixed.events if event.until <= 120}
    kinds = [event.kind for event in mixed.events]

    assert mixed.participants == 6
    assert early == {Kind.DEEP, Kind.FINGER_OFF, Kind.LINK_LOST}
    assert sorted(kinds) == sorted(set(Kind) - {Kind.DOUBLED})
    assert max(event.until for event in mixed.events) <= 1500


def test_person_can_write_a_scenario() -> None:
    """Every key of a file is understood, and what is left out has its default."""
    scenario = read_scenario(
        """
        title = "Two people"
        participants = 2
        dose_at = 90

        [families]
        A = "viatom_aa55"

        [[event]]
        seat = "B"
        kind = "desaturation"
        at = 20.5
        for = 100
        to = 85

        [[event]]
        seat = "A"
        kind = "frozen"
        at = 10
        """,
        source="two.toml",
    )

    assert (scenario.title, scenario.participants, scenario.dose_at) == ("Two people", 2, 90)
    assert scenario.events_of(0) == (Event(seat="A", kind=Kind.FROZEN, at=10, for_s=math.inf),)
    assert scenario.events_of(1) == (
        Event(seat="B", kind=Kind.DESATURATION, at=20.5, for_s=100, to=85),
    )
    assert [scenario.family(number) for number in range(3)] == ["viatom_aa55", TURNS[1], TURNS[2]]


def test_families_take_turns_far_beyond_the_seats() -> None:
    """A bench with thousands has all families and nothing happens to those without a seat."""
    scenario = load_scenario("mixed")

    assert scenario.family(3000) == TURNS[0]
    assert scenario.events_of(3000) == ()


EVENT = '[[event]]\nseat = "A"\nkind = "deep"\nat = 5\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title = ", "x.toml is not a TOML file: "),
        ("colour = 1", "x.toml: 'colour' is not known here; known: "),
        ("title = 4", "x.toml: 'title' must be text in quotes."),
        ("participants = 0", "x.toml: 'participants' must be a whole number, 1 to 32."),
        ("participants = 1.5", "x.toml: 'participants' must be a whole number, 1 to 32."),
        ("participants = true", "x.toml: 'participants' must be a whole number, 1 to 32."),
        ("dose_at = nan", "x.toml: 'dose_at' must be a number, 0 or more."),
        ("families = 3", "x.toml: families must be a table."),
        ('[families]\nI = "plx"', "x.toml: families, 'I' is not known here; seats are "),
        ('[families]\nA = "plc"', "x.toml: families, 'A' must be one of viatom_oxyii, viatom_oxy, "),
        ("event = 4", "x.toml: 'event' must be written as [[event]]."),
        ("event = [4]", "x.toml: event 1 must be a table."),
        (EVENT + "whose = 1", "x.toml: event 1, 'whose' is not known here; known: at, for, "),
        (EVENT + EVENT.replace("deep", "dip"), "x.toml: event 2, 'kind' must be one of desaturation, "),
        (EVENT.replace("A", "Z"), "x.toml: event 1, 'seat' does not exist; seats are A to M "),
        (EVENT.replace('seat = "A"\n', ""), "x.toml: event 1, 'seat' does not exist; "),
        (EVENT.replace("at = 5\n", ""), "x.toml: event 1, 'at' is missing."),
        (EVENT + "for = 0", "x.toml: event 1, 'for' must be a number, 1 or more."),
        (EVENT + "to = 101", "x.toml: event 1, 'to' must be a number, 1 to 100."),
        (
            EVENT.replace("deep", "silent") + "to = 9",
            "x.toml: event 1, 'to' has no meaning for silent.",
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, sentence: str) -> None:
    """A mistake becomes one sentence with the file, the place and the key."""
    with pytest.raises(ConfigError) as caught:
        read_scenario(text, source="x.toml")

    assert str(caught.value).startswith(sentence)
    assert str(caught.value).endswith(".")


def test_scenario_is_read_from_a_file(tmp_path: Path) -> None:
    """A path works where a name does."""
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"', encoding="utf-8")

    assert load_scenario(str(file)).title == "Mine"


@pytest.mark.parametrize("name", ["nothing", "", "a\0b", "/", "../calm"])
def test_unknown_name_lists_the_known(name: str) -> None:
    """A name that is neither a scenario nor a readable file is refused with what there is."""
    with pytest.raises(ConfigError, match="choose one of battery_low, calm, deep"):
        load_scenario(name)


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 lead to the same sentence, not to a traceback."""
    file = tmp_path / "bytes.toml"
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigError, match="name a readable scenario file"):
        load_scenario(str(file))
