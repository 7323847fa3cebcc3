"""Limits for one person: in the file or asked for, with a reason and a name, to the end of the session."""

import json
from typing import Any

import pytest

from alerts.condition import Family
from alerts.engine import Engine
from alerts.overrides import OVERRIDE, applied, near, read_override, words_of
from alerts.promises import promises
from alerts.rules import DEFAULTS, read
from collector.errors import Refused
from tests.alerts.test_baseline import hear
from tests.alerts.test_pause import running_tape
from tests.alerts.timeline import timeline
from tests.alerts.world import DEFAULT, Script, instant, seconds

TEXT = DEFAULTS.read_text(encoding="utf-8")
ATHLETE: dict[str, Any] = {
    "seat": "A",
    "family": "hr_low",
    "level": "caution",
    "below": 42,
    "reason": "endurance athlete",
    "by": "Dr A",
}


def row(**changes: object) -> str:
    """The athlete's override as a rules file has it, with changes; None leaves a key out."""
    body = {key: value for key, value in {**ATHLETE, **changes}.items() if value is not None}
    return TEXT + "\n[[overrides]]\n" + "\n".join(f"{key} = {json.dumps(body[key])}" for key in body)


def test_a_file_may_have_limits_for_one_person() -> None:
    """The end moves with the limit; others keep theirs; the check says whose, which and why."""
    rules = read(row()).rules
    assert rules is not None
    (override,) = rules.overrides
    (changed,) = [r for r in rules.of("A", "PA", ()) if r.family is Family.HR_LOW]
    (kept,) = [r for r in rules.of("B", "PB", ()) if r.family is Family.HR_LOW]

    assert [(level.limit, level.clear_at) for level in changed.levels] == [(42, 45), (40, 43)]
    assert [(level.limit, level.clear_at) for level in kept.levels] == [(50, 53), (40, 43)]
    assert override.reason == "endurance athlete"
    told = "override: hr_low caution below 42 for whoever sits on seat A (endurance athlete; Dr A)."
    assert told in list(promises(rules))


def test_it_holds_for_the_person_wherever_they_sit() -> None:
    """A participant's code instead of a seat."""
    rules = read(row(seat=None, participant="PA")).rules
    assert rules is not None
    timeline(
        """
        0..20    pulse 60
        20..60   pulse 45
        0..20    pulse 60 B
        20..60   pulse 45 B
        => 50    raise caution hr_low B
        """,
        rules=rules,
    )


@pytest.mark.parametrize(
    ("changes", "rule", "sentence"),
    [
        ({"reason": None}, "R12", "looser than the file: it needs a reason, and by whom"),
        ({"by": None}, "R12", "looser than the file"),
        ({"below": 52, "reason": None, "by": None}, "", ""),
        ({"below": None, "delay_s": 60, "reason": None}, "R12", "looser than the file"),
        ({"below": None, "delay_s": 20, "reason": None, "by": None}, "", ""),
        ({"clear_at": 44}, "", ""),
        ({"below": None}, "R12", "Nothing changes; give below or delay_s"),
        ({"seat": None}, "R12", "either seat or participant"),
        ({"participant": "PA"}, "R12", "either seat or participant"),
        ({"seat": "I"}, "R12", "There is no seat I"),
        ({"below": 34}, "R12", "A limit below 35 /min is for nobody"),
        ({"below": 39}, "R3", "The limit 40 is not stricter than 39"),
        ({"clear_at": 40}, "R4", "must end above its limit of 42"),
        ({"below": 118}, "R5", "some alert would always be active"),
        ({"below": None, "delay_s": 5}, "R3", "what is worse would be told later"),
        (
            {"family": "spo2_low", "level": "urgent", "below": 84},
            "R7",
            "84 is too low; 85 is the least",
        ),
        ({"family": "spo2_low", "level": "urgent", "below": 88}, "", ""),
        ({"family": "spo2_low", "level": "advisory"}, "R1", "The level 'advisory' is not known"),
        ({"family": "battery"}, "R1", "The family 'battery' is not known"),
        ({"below": None, "above": 42}, "R1", "The key 'above' is not known"),
        ({"below": "low"}, "R1", "must be a number"),
        ({"level": None}, "R1", "The key level is missing"),
    ],
)
def test_what_is_refused(changes: dict[str, object], rule: str, sentence: str) -> None:
    """R12, and whatever would be wrong with such a limit for everybody."""
    told = [(finding.rule, finding.text) for finding in read(row(**changes)).refusals]

    if rule:
        assert any(one == rule and sentence in text for one, text in told), told
    else:
        assert told == []


def test_the_deepest_level_is_the_same_for_everybody() -> None:
    """A file whose only urgent level is the last one has none that may be changed."""
    text = "\n".join(line for line in row().splitlines() if "below = 90" not in line)
    text = text.replace('family = "hr_low"', 'family = "spo2_low"').replace(
        'caution"\nbelow = 42', 'urgent"\nbelow = 86'
    )
    told = [finding.text for finding in read(text).refusals]

    assert "spo2_low has no level urgent that may be changed for one person." in told


def test_asked_for_in_a_session() -> None:
    """It counts from the next reading on, survives a restart, and another person does not have it."""
    script, engine = Script(), Engine(DEFAULT)
    events = [e for entry in script.opening(["A", "B"], instant(0)) for e in engine.take(entry)]
    engine.take(script.entry(instant(1), OVERRIDE, dict(ATHLETE), subject="A", seat="A"))
    for second in range(2, 40):
        engine = Engine(DEFAULT, json.loads(json.dumps(engine.save())))
        for seat in "AB":
            events += engine.take(script.reading(instant(second), seat, pulse=45))

    assert [(seconds(e.at), e.seat, e.family.value) for e in events] == [(32, "B", "hr_low")]
    assert engine.save_seat("A")["overrides"] == [ATHLETE]


def test_the_service_records_it_or_refuses() -> None:
    """Who and why stand in the journal; a second one is judged together with the first."""
    tape = running_tape()
    with pytest.raises(Refused, match="needs a reason, and by whom"):
        tape.alerts.override("A", {"family": "hr_low", "level": "caution", "below": 42})
    with pytest.raises(Refused, match="Nobody sits on seat Q"):
        tape.alerts.override("Q", ATHLETE)
    tape.alerts.override("A", ATHLETE)
    with pytest.raises(Refused, match="The limit 43 is not stricter than 42"):
        tape.alerts.override("A", {"family": "hr_low", "level": "urgent", "below": 43, "by": "M"})

    recorded = [(e.subject, e.participant, e.facts) for e in tape.entries if e.kind == OVERRIDE]
    assert recorded == [("A", "PA", ATHLETE)]


def test_a_limit_at_the_own_number_is_a_warning() -> None:
    """W3: give or take one; said when the baseline is taken and when the limit is."""
    tape = running_tape()
    hear(tape, 1, 62, 97)
    tape.alerts.baseline("A", by="M")
    assert tape.alerts.close_limits("A") == []
    tape.alerts.override("A", {"family": "spo2_low", "level": "caution", "below": 96, "by": "M"})

    assert tape.alerts.close_limits("A") == [
        "The limit 96 of spo2_low is this person's own 97: it will raise again and again."
    ]
    assert tape.alerts.close_limits("Q") == []
    assert list(near(DEFAULT.vitals, 96, 51)) == [
        "The limit 50 of hr_low is this person's own 51: it will raise again and again."
    ]


def test_words() -> None:
    """What the review and the page say."""
    assert words_of(ATHLETE) == "hr_low caution below 42: endurance athlete"
    assert (
        words_of({"family": "hr_high", "level": "urgent", "delay_s": 10}) == "hr_high urgent after 10 s"
    )


def test_an_override_of_a_family_that_is_not_there_changes_nothing() -> None:
    """A file of other limits may have fewer families."""
    without = tuple(rule for rule in DEFAULT.vitals if rule.family is not Family.HR_LOW)

    assert applied(without, [read_override(ATHLETE)]) == without
