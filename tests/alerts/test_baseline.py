"""A person's own numbers: when there are any, which they are, and what they outlive."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.baseline import (
    BASELINE,
    Baseline,
    BaselineTaken,
    BaselineTerms,
    Gathering,
    baseline_body,
    read_baseline,
)
from alerts.engine import Engine
from alerts.rules import load_rules
from collector.clock import SECOND
from collector.errors import Refused
from collector.reading import Reading
from tests.alerts.test_pause import Tape, running_tape, wait
from tests.alerts.world import DEFAULT, Script, instant, seconds

values = st.lists(st.integers(90, 99), min_size=0, max_size=400)


def gathered(spo2s: list[float], pulses: list[float] | None = None) -> Gathering:
    """One reading a second."""
    gathering = Gathering(BaselineTerms())
    for second, spo2 in enumerate(spo2s):
        pulse = pulses[second] if pulses else None
        gathering.hear((1000 + second) * SECOND, spo2, pulse)
    return gathering


def test_it_is_the_median_of_sixty_steady_readings() -> None:
    """59 are too few; each number stands on its own readings."""
    spo2s, pulses = [97.0, 98.0] * 30, [70.0, 71.0, 90.0] * 20
    now = 1060 * SECOND

    assert gathered(spo2s[:59]).baseline(now) is None
    assert gathered(spo2s[:59]).refusal(now) == "59 of 60 readings so far; wait a little."
    assert gathered(spo2s, pulses).baseline(now, by="M") == Baseline(
        spo2=97.5, pulse_rate=71, readings=60, by="M"
    )


def test_unsteady_spo2_has_no_median_worth_keeping() -> None:
    """An interquartile range of 3 is too wide; the pulse may be known all the same."""
    wide = [94.0, 97.0] * 30
    now = 1060 * SECOND

    assert gathered(wide).refusal(now) == "SpO2 has not been steady enough; wait until it is."
    assert gathered(wide, [60.0] * 60).baseline(now) == Baseline(pulse_rate=60, readings=60)
    assert gathered([95.0, 97.0] * 30).baseline(now) == Baseline(spo2=96, readings=60)


def test_only_the_newest_five_minutes_count() -> None:
    """What is older has left, also when nothing has come since."""
    gathering = gathered([90.0] * 100 + [98.0] * 300)

    assert gathering.baseline(1400 * SECOND) == Baseline(spo2=98, readings=280)
    assert gathering.baseline(1800 * SECOND) is None


@given(spo2s=values, cut=st.integers(0, 400))
def test_the_counts_give_the_median_of_the_readings(spo2s: list[int], cut: int) -> None:
    """As if all readings had been kept, and a restart in between changes nothing."""
    gathering = Gathering(BaselineTerms(window=1000 * SECOND, spread=100))
    for second, spo2 in enumerate(spo2s):
        if second == cut:
            saved = json.loads(json.dumps(gathering.save()))
            gathering = Gathering(gathering.terms)
            gathering.restore(saved)
        gathering.hear((7 + second) * SECOND, spo2, None)
    kept = sorted(spo2s[max(0, (len(spo2s) - 1) // 200 - 4) * 200 :])
    baseline = gathering.baseline((6 + len(spo2s)) * SECOND)

    if len(kept) < 60:
        assert baseline is None
    else:
        middle = (kept[(len(kept) - 1) // 2] + kept[len(kept) // 2]) / 2
        assert baseline == Baseline(spo2=middle, readings=len(kept))


def test_body_and_baseline_are_inverses() -> None:
    """What is recorded is what was taken."""
    baseline = Baseline(spo2=96.5, pulse_rate=None, readings=77, by="M")

    assert read_baseline(json.loads(json.dumps(baseline_body(baseline)))) == baseline
    assert replace(baseline, pulse_rate=60).over(None).pulse_rate == 60
    assert baseline.over(Baseline(spo2=90, pulse_rate=55)).pulse_rate == 55
    assert baseline.over(Baseline(spo2=90, pulse_rate=55)).spo2 == 96.5


def test_the_mark_of_a_dose_freezes_it() -> None:
    """From readings of the preparation on; a later dose changes nothing, nor does a restart."""
    script, engine = Script(), Engine(DEFAULT)
    for entry in script.opening(["A", "B"], instant(0))[:-1]:
        engine.take(entry)
    for second in range(1, 90):
        engine.take(script.reading(instant(second), spo2=97))
    engine.take(script.start(instant(90)))
    for second in range(91, 100):
        engine = Engine(DEFAULT, json.loads(json.dumps(engine.save())))
        engine.take(script.reading(instant(second), spo2=94))
    engine.take(script.mark(instant(100), "dose", "im"))
    first = engine.found()
    for second in range(101, 300):
        engine.take(script.reading(instant(second), spo2=94))
    engine.take(script.mark(instant(300), "dose", "im"))

    taken = Baseline(spo2=97, pulse_rate=70, readings=98)
    assert [type(one) for one in first] == [BaselineTaken]
    assert [(one.seat, seconds(one.at)) for one in first] == [("A", 100)]
    assert isinstance(first[0], BaselineTaken)
    assert first[0].baseline == taken
    assert engine.found() == []


def test_another_person_has_none() -> None:
    """What is usual belongs to the person; a new clip of the same person changes nothing."""
    script, engine = Script(), Engine(DEFAULT)
    for entry in script.opening(["A"], instant(0)):
        engine.take(entry)
    engine.take(script.baseline(instant(1), "A", 99, 60))
    engine.take(script.bind(instant(2), "A", "d9"))
    kept = engine.save_seat("A")["baseline"]
    other = script.bind(instant(3), "A", "d9")
    body = {**other.facts, "participant": "PX"}
    engine.take(replace(other, participant="PX", body=body))

    assert kept == baseline_body(Baseline(spo2=99, pulse_rate=60, readings=60, by="f"))
    assert engine.save_seat("A")["baseline"] is None


def hear(tape: Tape, first: int, last: int, spo2: float) -> None:
    """One reading a second on seat A."""
    for second in range(first, last):
        wait(tape, second)
        tape.put("reading", Reading(at=tape.clock.now(), spo2=spo2, pulse_rate=66))
        tape.alerts.turn()


def baselines(tape: Tape) -> list[tuple[object, ...]]:
    """What was recorded of baselines."""
    entries = [entry for entry in tape.entries if entry.kind == BASELINE]
    return [(e.subject, e.participant, e.facts["spo2"], e.facts["by"]) for e in entries]


def test_somebody_asks_for_it() -> None:
    """It is recorded with who asked; too few readings are refused in a sentence."""
    tape = running_tape()
    hear(tape, 1, 31, 97)
    with pytest.raises(Refused, match=r"30 of 60 readings so far; wait a little\."):
        tape.alerts.baseline("A", by="M")
    with pytest.raises(Refused, match=r"Nobody sits on seat Q\."):
        tape.alerts.baseline("Q", by="M")
    hear(tape, 31, 61, 98)

    assert tape.alerts.baseline("A", by="M").spo2 == 97.5
    assert baselines(tape) == [("A", "PA", 97.5, "M")]


def test_what_a_dose_froze_is_recorded_once() -> None:
    """Also over a restart that takes the mark of the dose again."""
    tape = running_tape()
    hear(tape, 1, 70, 97)
    tape.put("marker", {"what": "dose", "text": "im", "seat": "", "by": "M"}, "", "")
    tape.alerts.turn()
    tape.states.clear()
    tape.again()
    tape.alerts.turn()

    assert baselines(tape) == [("A", "PA", 97, "")]


def test_rules_say_how_many_readings_it_takes() -> None:
    """The defaults are those of the specification."""
    assert load_rules().baseline == BaselineTerms(readings=60, window=300 * SECOND, spread=2)
