"""The synthetic person is plausible, never stands still, and follows the script."""

from itertools import groupby, pairwise
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.devices.base import Vitals
from collector.radio.physiology import FLAT, PLETH_HZ, Person
from collector.radio.scenario import LOWEST, Event, Kind


def life(seed: str, seconds: int, *events: Event, dose_at: float | None = None) -> list[Vitals]:
    """The vitals of each second from 0."""
    person = Person(seed, dose_at=dose_at, events=events)
    return [person.second(float(t)) for t in range(seconds)]


def event(kind: Kind, *, at: float = 20, for_s: float = 100) -> Event:
    return Event(seat="A", kind=kind, at=at, for_s=for_s, to=LOWEST.get(kind, 0))


def spo2(vitals: Vitals) -> float:
    assert vitals.spo2 is not None
    return vitals.spo2


def pulse_rate(vitals: Vitals) -> float:
    assert vitals.pulse_rate is not None
    return vitals.pulse_rate


@given(seed=st.text(max_size=8))
@settings(max_examples=15)
def test_calm_person_stays_well(seed: str) -> None:
    """Twenty minutes of a calm person, dose included, cross no limit that an alert has."""
    lived = life(seed, 1200, dose_at=60)

    assert all(94 < spo2(vitals) <= 100 for vitals in lived)
    assert all(52 < pulse_rate(vitals) < 118 for vitals in lived)
    assert 96 <= fmean(map(spo2, lived)) <= 98.5


@given(seed=st.text(max_size=8))
@settings(max_examples=15)
def test_perfusion_index_keeps_changing(seed: str) -> None:
    """Rounded as clips send it, the perfusion index with the two numbers never repeats for 10 s."""
    sent = [
        (round(spo2(vitals)), round(pulse_rate(vitals)), round(vitals.perfusion_index or 0, 1))
        for vitals in life(seed, 1200)
    ]

    assert max(len(list(run)) for _, run in groupby(sent)) <= 10


def test_same_seed_is_the_same_person() -> None:
    """A seed gives one life, another seed another one."""
    assert life("a", 60) == life("a", 60)
    assert life("a", 60) != life("b", 60)


def test_pulse_rises_gently_after_the_dose() -> None:
    """Some ten minutes after the dose the pulse rate is higher by 8 to 20."""
    without, dosed = life("a", 1200), life("a", 1200, dose_at=300)
    rise = [pulse_rate(b) - pulse_rate(a) for a, b in zip(without, dosed, strict=True)]

    assert rise[:300] == [0] * 300
    assert 7 < rise[1100] <= 20
    assert max(later - before for before, later in pairwise(rise)) < 0.2


def test_slow_fall_reaches_82_and_recovers() -> None:
    """SpO2 falls over more than half a minute to about 82 % and comes back."""
    lived = life("a", 260, event(Kind.DESATURATION, for_s=200))
    low = [t for t, vitals in enumerate(lived) if spo2(vitals) < 90]

    assert 81 <= min(map(spo2, lived)) <= 83
    assert low[0] - 20 >= 30
    assert spo2(lived[-1]) > 95


def test_deep_fall_stays_below_85_for_twenty_seconds() -> None:
    """SpO2 is below 85 % ten seconds after the beginning and for at least 20 s on end."""
    lived = life("a", 140, event(Kind.DEEP, for_s=60))
    runs = [len(list(run)) for deep, run in groupby(spo2(v) < 85 for v in lived) if deep]

    assert spo2(lived[30]) < 85
    assert len(runs) == 1
    assert runs[0] >= 20
    assert spo2(lived[-1]) > 95


def test_clip_off_keeps_the_last_numbers_then_searches() -> None:
    """Without a finger the numbers stand still and the wave is flat; then a pulse is searched."""
    lived = life("a", 60, event(Kind.FINGER_OFF, for_s=30))

    assert {vitals.spo2 for vitals in lived[20:50]} == {lived[19].spo2}
    assert all(not v.finger and v.pleth == FLAT for v in lived[20:50])
    assert all(v.searching and v.spo2 is None for v in lived[50:54])
    assert lived[54].finger
    assert lived[54].spo2 is not None


def test_moving_person_is_noisy_but_not_low() -> None:
    """Motion is flagged and shakes the numbers, without inventing a desaturation."""
    lived = life("a", 120, event(Kind.MOTION))[20:]
    steps = [abs(pulse_rate(b) - pulse_rate(a)) for a, b in pairwise(lived)]

    assert all(vitals.motion for vitals in lived)
    assert fmean(steps) > 5
    assert min(map(spo2, lived)) > 91


def test_battery_runs_down_and_stays_down() -> None:
    """The battery falls to the level of the script and does not recover with the end of the event."""
    lived = life("a", 200, event(Kind.BATTERY_LOW, for_s=60))

    assert lived[0].battery > 20
    assert [vitals.battery for vitals in lived[80:]] == [6] * 120


def test_stuck_clip_repeats_for_ever() -> None:
    """Frozen means the same numbers and a flat wave from then on."""
    lived = life("a", 300, event(Kind.FROZEN, for_s=float("inf")))[20:]

    assert len({(vitals.spo2, vitals.pulse_rate, vitals.perfusion_index) for vitals in lived}) == 1
    assert all(vitals.repeat and vitals.pleth == FLAT for vitals in lived)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_keeps_values_possible(kind: Kind) -> None:
    """Whatever happens, pleth stays in 0-100 with 50 samples a second, and numbers stay possible."""
    for vitals in life("a", 200, event(kind)):
        assert len(vitals.pleth) == PLETH_HZ
        assert all(0 <= sample <= 100 for sample in vitals.pleth)
        assert vitals.spo2 is None or 70 < vitals.spo2 <= 100
        assert vitals.pulse_rate is None or 30 < vitals.pulse_rate < 150
        assert 0 <= vitals.battery <= 100


def test_pleth_beats_at_the_pulse_rate() -> None:
    """The peaks of a minute's waveform are as many as the pulse rate says."""
    lived = life("a", 60)
    wave = [sample for vitals in lived for sample in vitals.pleth]
    beats = sum(a < 60 <= b for a, b in pairwise(wave))

    assert beats == pytest.approx(fmean(map(pulse_rate, lived)), abs=3)
