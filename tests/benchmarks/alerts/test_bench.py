"""The bench counts what it says: courses are what was published, rivals do what their makers say."""

from itertools import pairwise
from random import Random
from statistics import fmean, pstdev

import pytest

from alerts.condition import Family, Level
from tests.alerts.book import LIMITS, Limit
from tests.alerts.courses import HOUR, clip, fall, motion, noise, steady
from tests.alerts.hard_cases import held, signal
from tests.alerts.invariants import beyond
from tests.alerts.world import DEFAULT
from tests.benchmarks.alerts import sets
from tests.benchmarks.alerts.campaign import OURS, measure
from tests.benchmarks.alerts.rivals import ContiguousTimer, Episode, SatSeconds, Threshold
from tests.benchmarks.alerts.score import Burden, Score, standing
from tests.benchmarks.alerts.watch import watch


def limit(number: float) -> Limit:
    """That level of low SpO2."""
    return next(one for one in LIMITS if (one.family, one.limit) == (Family.SPO2_LOW, number))


def test_sat_seconds_give_the_printed_example() -> None:
    """Limit 90, 2 s at 88, 3 s at 86, then 84, budget 50: 5 + 34/6 s after the first reading."""
    course = signal(held(97, 0, 20), held(88, 20, 22), held(86, 22, 25), held(84, 25, 40), end=40)

    (episode,) = SatSeconds(50).episodes(course, "A", limit(90))

    assert episode.onset == 20_000 + round(5_000 + 34_000 / 6)


def test_one_reading_back_resets_the_contiguous_timer_and_silence_ends_it() -> None:
    """9 s low, one reading at 90, 12 s low, then nothing."""
    course = signal(held(97, 0, 20), held(89, 20, 29), held(90, 29, 30), held(89, 30, 42), end=60)

    assert list(ContiguousTimer().episodes(course, "A", limit(90))) == [
        Episode(40_000, 44_000, lost=True)
    ]


def test_a_plain_threshold_follows_each_reading() -> None:
    """Two readings below with one between are two episodes."""
    course = signal(
        held(97, 0, 5), held(89, 5, 6), held(90, 6, 7), held(89, 7, 8), held(97, 8, 9), end=9
    )

    assert list(Threshold().episodes(course, "A", limit(90))) == [
        Episode(5_000, 6_000),
        Episode(7_000, 8_000),
    ]


def test_noise_has_the_spread_and_the_memory_it_promises() -> None:
    """AR(1) with 0.7 and a standard deviation of 1."""
    wobble = noise(Random(1))
    values = [next(wobble) for _ in range(20_000)]
    follow = fmean(a * b for a, b in pairwise(values))

    assert pstdev(values) == pytest.approx(1, abs=0.05)
    assert follow == pytest.approx(0.7, abs=0.05)


def test_motion_lasts_as_long_as_was_published() -> None:
    """62 % of all bursts are over within 10 s and 5 % last over a minute (Tobin 2002)."""
    lengths, run = [], 0
    for points in [*motion(Random(2), 2_000 * HOUR, 1), 0.0]:
        if points:
            run += 1
        elif run:
            lengths.append(run)
            run = 0

    assert sum(length < 10 for length in lengths) / len(lengths) == pytest.approx(0.62, abs=0.03)
    assert sum(length > 60 for length in lengths) / len(lengths) == pytest.approx(0.05, abs=0.015)


def test_a_fall_has_its_rate() -> None:
    """From 97 to 91 at 2 points a second, 2 s there, and back."""
    assert fall(97, 91, rate=2, held=2) == [95, 93, 91, 91, 91, 91, 93, 95]


def test_a_missed_crossing_is_counted_as_missed() -> None:
    """A run without any episode lowers the share that was told, and gives no delay."""
    course, score = signal(held(97, 0, 20), held(89, 20, 40), held(97, 40, 60), end=60), Score()

    score.count(course, 10_000, beyond(limit(90)), [], None)
    assert (score.runs, score.told, score.delays) == (1, 0, [])

    score.count(course, 10_000, beyond(limit(90)), [Episode(32_000, 50_000)], None)
    assert (score.runs, score.told, score.delays) == (2, 0, [12.0])


def test_an_episode_raised_again_within_a_minute_flaps() -> None:
    """Two cautions 50 s apart are one flap of two."""
    course = signal(held(97, 0, 20), held(93, 20, 45), held(97, 45, 65), held(93, 65, 90), end=100)
    log, burden = watch(course, DEFAULT), Burden()

    burden.count(course, log)

    assert burden.flap() == 0.5
    assert [one.onset for one in standing(log, limit(94), course.end)] == [40_000, 85_000]


def test_an_hour_in_which_nothing_is_wrong_is_without_an_urgent_announcement() -> None:
    """One course of the quiet set at its worst true value, and a few falls that are all told."""
    still = measure(sets.quiet(1, 94), rivals=False)
    falls = measure(sets.falls(2, 1), rivals=False)

    assert still.burden.hourly(Level.URGENT) == 0
    assert still.burden.unfounded == falls.burden.unfounded == 0
    assert all(score.told == score.runs for (who, _), score in falls.scores.items() if who == OURS)
    assert sum(score.runs for score in falls.scores.values()) > 20


def test_a_clip_says_nothing_in_a_gap_and_whole_numbers_elsewhere() -> None:
    """Seconds without frames have no reading."""
    said = clip(Random(3), steady(97, 10), steady(70, 10), gaps={4: None, 5: frozenset()})

    beats = {beat.t // 1000: beat for beat in said.beats()}
    assert set(beats) == set(range(10)) - {4}
    assert beats[5].spo2 is None
    assert all(beat.spo2 == round(beat.spo2) for beat in beats.values() if beat.spo2)
