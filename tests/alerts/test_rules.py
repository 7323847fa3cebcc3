"""Rules files: what is taken, what is refused and in which words."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.condition import Family, Level
from alerts.lines import Lines
from alerts.rules import DEFAULTS, load_rules, read
from collector.clock import SECOND
from collector.errors import ConfigError

TODAY = date(2026, 11, 23)
TEXT = DEFAULTS.read_text(encoding="utf-8")


def changed(*pairs: tuple[str, str]) -> str:
    """The default file with some text exchanged; every text must be there."""
    text = TEXT
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_the_defaults_are_those_of_the_specification() -> None:
    """Limits, delays and clear rules of alerts.md 4.3."""
    rules = load_rules()
    found = {
        (rule.family, level.limit): (
            level.level,
            level.law.delay / SECOND,
            level.clear_at,
            level.law.clear / SECOND,
        )
        for rule in rules.vitals
        for level in rule.levels
    }

    assert found == {
        (Family.SPO2_LOW, 94): (Level.CAUTION, 20, 95, 15),
        (Family.SPO2_LOW, 90): (Level.URGENT, 10, 91, 10),
        (Family.SPO2_LOW, 85): (Level.URGENT, 3, 86, 10),
        (Family.HR_HIGH, 120): (Level.CAUTION, 30, 115, 15),
        (Family.HR_HIGH, 140): (Level.URGENT, 15, 135, 15),
        (Family.HR_LOW, 50): (Level.CAUTION, 30, 53, 15),
        (Family.HR_LOW, 40): (Level.URGENT, 10, 43, 15),
    }
    assert [level.law.delay / SECOND for level in rules.unmonitored.levels] == [15, 120]
    assert (rules.hold / SECOND, rules.expiry / SECOND) == (3, 15)


REFUSED = {
    "R1 unknown key": ("pausable", "pausible", "did you mean 'pausable'?"),
    "R1 unknown unit": ("delay_s = 20", "delay_ms = 20", "did you mean 'delay_s'?"),
    "R1 unknown family": ("[families.hr_low]", "[families.hr_lo]", "did you mean 'hr_low'?"),
    "R1 later family": ("[families.hr_low]", "[families.bp_due]", "The family 'bp_due' is not"),
    "R1 unknown section": ("[defaults]", "[default]", "did you mean 'defaults'?"),
    "R1 unknown level": ('level = "caution", below = 94', 'level = "warn", below = 94', "'warn'"),
    "R1 missing level": ('level = "caution", below = 94,', "below = 94,", "The key level is missing"),
    "R1 missing limit": ("below = 94, ", "", "The key below is missing"),
    "R1 wrong side": ("below = 94", "above = 94", "The key 'above' is not known"),
    "R1 text for number": ("below = 94", 'below = "94"', "must be a number, not '94'"),
    "R1 true for number": ("below = 94", "below = true", "must be a number, not True"),
    "R1 number for flag": ("pausable = false", "pausable = 0", "must be true or false, not 0"),
    "R1 double key": ("hold_s = 3", "hold_s = 3\nhold_s = 4", "not valid TOML"),
    "R1 battery never urgent": (
        'level = "advisory"',
        'level = "urgent"',
        "known are advisory, caution",
    ),
    "R1 battery has no net": ("at_most = 10,", "at_most = 10, net = {},", "The key 'net' is not known"),
    "R2 battery": ("at_most = 20", "at_most = 95", "must be 1 to 90, not 95"),
    "R3 battery": ("at_most = 10", "at_most = 20", "20 is not stricter than 20"),
    "R4 battery": ("clear_at = 25", "clear_at = 20", "must end above its limit of 20"),
    "R1 schema": ("schema = 1", "schema = 2", "Schema 2 is not known here"),
    "R1 other window": ('window = "risk"', 'window = "night"', 'The only window is "risk"'),
    "R2 below its range": ("below = 94", "below = 49", "must be 50 to 100, not 49"),
    "R2 above its range": ("above = 140", "above = 251", "must be 25 to 250, not 251"),
    "R2 not a number": ("below = 94", "below = nan", "nan is not a number"),
    "R2 infinite delay": ("delay_s = 20", "delay_s = inf", "inf is not a number"),
    "R2 rate": ("recover_rate = 1", "recover_rate = 0", "whole number from 1 to 10, not 0"),
    "R2 grey": ("grey_s = 5", "grey_s = 30", "cannot be changed to 30 s"),
    "R3 not stricter": ('"urgent", below = 90', '"urgent", below = 94', "94 is not stricter than 94"),
    "R3 told later": ("delay_s = 3,", "delay_s = 12,", "worse would be told later"),
    "R4 no hysteresis": ("clear_at = 95", "clear_at = 94", "must end above its limit of 94, not at 94"),
    "R4 wrong side": ("clear_at = 115", "clear_at = 125", "must end below its limit of 120"),
    "R4 unreachable": (
        "below = 94, delay_s = 20, clear_at = 95",
        "below = 100, delay_s = 20, clear_at = 101",
        "No reading reaches 101",
    ),
    "R5 always active": ("clear_at = 53", "clear_at = 135", "some alert would always be active"),
    "R6 negative": ("delay_s = 20", "delay_s = -1", "must be 0 to 300 s, not -1 s"),
    "R6 urgent too late": (
        "above = 140, delay_s = 15",
        "above = 140, delay_s = 61",
        "must be 0 to 60 s",
    ),
    "R6 too late": ("delay_s = 20", "delay_s = 301", "must be 0 to 300 s, not 301 s"),
    "R6 clears too fast": ("clear_s = 15", "clear_s = 4", "5 to 300 s of good readings, not 4 s"),
    "R6 short hold": ("hold_s = 3", "hold_s = 1.5", "2 to 5 s, not 1.5 s"),
    "R6 long hold": ("hold_s = 3", "hold_s = 6", "2 to 5 s, not 6 s"),
    "R6 evidence dropped": (
        "pending_expiry_s = 15",
        "pending_expiry_s = 11",
        "at least 12 s are needed",
    ),
    "R7 no urgent": ('"urgent", below = 90', '"urgent", below = 84', "84 is too low; 85 is the least"),
    "R7 pausable": (", pausable = false", "", "cannot be paused; write pausable = false"),
    "R7 no unmonitored": ("[families.unmonitored]", "[families.hr_up]", "unmonitored is missing"),
    "R7 late unmonitored": (
        '"caution", delay_s = 15',
        '"caution", delay_s = 31',
        "within 30 s, not 31 s",
    ),
    "R7 at times": (
        '"caution", delay_s = 15',
        '"caution", delay_s = 15, window = "risk"',
        "at any time",
    ),
    "R8 no end": (
        "below = 94, delay_s = 20",
        "below = 94, satseconds = 25",
        "give max_delay_s as well",
    ),
    "R8 too late": (
        "below = 94, delay_s = 20",
        "below = 94, satseconds = 25, max_delay_s = 61",
        "2 to 60 s at most, not 61 s",
    ),
    "R8 budget": (
        "below = 90, delay_s = 10",
        "below = 90, satseconds = 101, max_delay_s = 10",
        "1 to 100 at this level, not 101",
    ),
    "R8 both": (
        "below = 94, delay_s = 20",
        "below = 94, delay_s = 20, satseconds = 25, max_delay_s = 30",
        "either delay_s or satseconds",
    ),
    "R8 longest alone": (
        "below = 94, delay_s = 20",
        "below = 94, delay_s = 20, max_delay_s = 30",
        "write delay_s",
    ),
    "R8 deepest": (
        "below = 85, delay_s = 3",
        "below = 85, satseconds = 10, max_delay_s = 3",
        "goes by its time alone",
    ),
    "R1 satseconds of a pulse": (
        "above = 120, delay_s = 30",
        "above = 120, satseconds = 9",
        "is not known",
    ),
    "R3 told later by budget": (
        "below = 90, delay_s = 10",
        "below = 90, satseconds = 25, max_delay_s = 30",
        "worse would be told later",
    ),
    "R9 nagging": ("delay_s = 20,", "delay_s = 20, repeat_s = 4,", "every 4 s is too often"),
    "R9 never again": ("delay_s = 10,", "delay_s = 10, repeat_s = 0,", "5 s is the least"),
    "R9 seen too long": ("delay_s = 10,", "delay_s = 10, acknowledged_s = 181,", "5 to 180 s at this"),
    "R1 seen for ever": ("delay_s = 20,", 'delay_s = 20, acknowledged_s = "forever",', "a number, not"),
    "R1 one level": ("[families.hr_shift]", "[families.hr_shift]\nlevels=[]", "not valid TOML"),
    "R1 missing fall": ("fall = 4, ", "", "The key fall is missing"),
    "R2 pulse shift": ("up = 40", "up = 9", "must be 10 to 150, not 9"),
    "R2 baseline readings": ("readings = 60", "readings = 60.5", "must be 30 to 600, not 60.5"),
    "R2 baseline time": ("window_s = 300", "window_s = 30", "must be 60 to 1800 s, not 30 s"),
    "R2 baseline spread": ("spread = 2", "spread = 9", "may spread 0 to 5 points, not 9"),
    "R4 drop": ("clear_fall = 2", "clear_fall = 4", "must end less than 4 below, not at 4"),
    "R11 window": ("readings = 60", "readings = 301", "Within 300 s no clip gives 301 readings"),
    "R11 drop": ("fall = 4", "fall = 1.5", "must be 2 to 20, not 1.5"),
    "R13 one bad reading": ("delay_s = 20", "delay_s = 1", "shorter than two readings"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    """A file with one thing wrong is refused in a sentence with its line; nothing of it is used."""
    old, new, sentence = REFUSED[name]
    checked = read(changed((old, new)), today=TODAY)
    told = [finding.sentence("rules.toml") for finding in checked.refusals]

    assert checked.rules is None
    assert any(sentence in one for one in told), told
    assert name.split(maxsplit=1)[0] in {finding.rule for finding in checked.refusals}


def test_levels_stand_from_mild_to_severe() -> None:
    """R3: the order of the levels is the order of the words."""
    text = changed(
        ('"caution", above = 120', '"urgent", above = 120'),
        ('"urgent", above = 140', '"caution", above = 140'),
    )

    assert [finding.text for finding in read(text, today=TODAY).refusals] == [
        "Levels must stand from mild to severe."
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("below = 94, delay_s = 20, clear_at = 95", "below = 95, delay_s = 20, clear_at = 96", "W1"),
        ("above = 120, delay_s = 30", "above = 120, delay_s = 15", None),
        ("above = 120", "above = 120", None),
        ('"caution", below = 50, delay_s = 30', '"caution", below = 50, delay_s = 10', None),
        ("above = 120, delay_s = 30, clear_at = 115", "above = 99, delay_s = 30, clear_at = 95", "W4"),
    ],
)
def test_warnings(old: str, new: str, rule: str | None) -> None:
    """What is unwise is taken, with a warning."""
    approved = changed((old, new), ('approved_by = ""', 'approved_by = "Dr A"'))
    approved = approved.replace('approved_on = ""', 'approved_on = "2026-10-01"')
    checked = read(approved, today=TODAY)

    assert checked.rules is not None
    assert [finding.rule for finding in checked.warnings] == ([rule] if rule else [])


def test_a_short_caution_is_a_warning() -> None:
    """W2: below 5 s a twitch raises it (the severe levels have to be as fast)."""
    text = changed(
        ("below = 94, delay_s = 20", "below = 94, delay_s = 4"), ("delay_s = 10,", "delay_s = 4,")
    )

    assert "W2" in {finding.rule for finding in read(text, today=TODAY).warnings}


@pytest.mark.parametrize(
    ("by", "on", "warned"),
    [
        ('""', '""', True),
        ('"Dr A"', '""', True),
        ('"Dr A"', '"last spring"', True),
        ('"Dr A"', "2025-11-22", True),
        ('"Dr A"', "2025-11-23", False),
        ('"Dr A"', '"2026-11-01"', False),
    ],
)
def test_approval(by: str, on: str, warned: bool) -> None:  # noqa: FBT001 - a table
    """W6: limits nobody has confirmed, or more than 12 months ago."""
    text = changed(
        ('approved_by = ""', f"approved_by = {by}"), ('approved_on = ""', f"approved_on = {on}")
    )
    checked = read(text, today=TODAY)

    assert [finding.rule for finding in checked.warnings] == (["W6"] if warned else [])


def test_a_sentence_names_file_line_and_key() -> None:
    """Counted from one, as people do."""
    key = "families.spo2_low.levels[2]"
    checked = read(changed(('"urgent", below = 90', '"urgent", below = 95')), today=TODAY)

    assert [finding.sentence("clinic.toml") for finding in checked.refusals] == [
        f"clinic.toml, line 17, {key}.clear_at: The alert must end above its limit of 95, not at 91.",
        f"clinic.toml, line 17, {key}.below: The limit 95 is not stricter than 94 of the milder level.",
    ]


def test_headers_of_tables_are_another_way_to_write_levels() -> None:
    """`[[families.x.levels]]` means the same, lines included."""
    text = """schema = 1
[[families.spo2_low.levels]]
level = "urgent"
below = 88
delay_s = 10
clear_at = 90
clear_s = 10
pausable = false

[[families.unmonitored.levels]]
level = "caution"
delay_s = 15
"""

    assert read(text, today=TODAY).rules is not None
    refused = read(text.replace("below = 88", "below = 84"), today=TODAY).refusals
    assert [(finding.line, finding.rule) for finding in refused] == [(4, "R7")]


def test_a_family_without_levels_is_refused() -> None:
    """An empty list would be a family that never speaks."""
    head, _, tail = TEXT.partition("[families.hr_low]")
    text = f"{head}[families.hr_low]\nlevels = []\n\n[families.unm" + tail.partition("[families.unm")[2]

    assert [finding.text for finding in read(text, today=TODAY).refusals] == [
        "At least one level is needed."
    ]


def test_loading_says_everything_that_is_wrong(tmp_path: Path) -> None:
    """One sentence per line; an unreadable file is named."""
    file = tmp_path / "clinic.toml"
    file.write_text(changed(("hold_s", "hold"), ("grey_s", "gray_s")), encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_rules(file)

    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "clinic.toml, line 10, defaults.hold",
        "clinic.toml, line 34, families.unmonitored.gray_s",
    ]
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_rules(tmp_path / "nothing.toml")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not a text file"):
        load_rules(file)


@given(st.text() | st.text(alphabet='[]{}="a.1,\n#'))
def test_any_text_is_taken_or_refused(text: str) -> None:
    """Garbage never raises anything else."""
    Lines(text)
    checked = read(text, today=TODAY)

    assert (checked.rules is None) == bool(checked.refusals)


@given(st.data())
def test_a_file_with_a_piece_missing_is_taken_or_refused(data: st.DataObject) -> None:
    """Cutting lines or characters out of a good file never raises anything else."""
    start = data.draw(st.integers(0, len(TEXT)))
    text = TEXT[:start] + TEXT[start + data.draw(st.integers(0, 200)) :]
    checked = read(text, today=TODAY)

    assert (checked.rules is None) == bool(checked.refusals)
