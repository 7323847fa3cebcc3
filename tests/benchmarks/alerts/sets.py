"""The sets of courses that the alerts are measured on, each with what is true in it.

falls        SpO2 or pulse rate goes beyond limits by steps and ramps, with noise and without
nearby       the true SpO2 lies a little below 90 for five minutes
quiet        nothing is wrong: 94 to 98 %, slow noise, dropouts, nobody moves
moving       the same with motion, 2 and 10 times an hour, marked by the clip or not
silences     after a dose, readings stop for up to six minutes
recordings   real oximeters on people who breathe too little oxygen on purpose; read where they lie
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from collector.reading import NO_FLAGS, Flag
from collector.recordings.csv import read_csv
from collector.recordings.recording import Recording, Sample
from tests.alerts.courses import (
    HOUR,
    LOST,
    Course,
    clip,
    dropouts,
    fall,
    motion,
    spread,
    steady,
)
from tests.alerts.signals import Act, Beat, Signal

SHARED = Path(__file__).resolve().parents[4] / "shared" / "recordings"
TRUE = (94, 95, 96, 97, 98)
PULSE, SPO2 = 70.0, 97.0
# Beyond each limit of the default rules by a little and by much.
LOWS = (93, 92, 91, 89, 88, 86, 84, 80, 70, 45)
PULSES = (48, 45, 39, 35, 20, 122, 135, 142, 180)
RATES = (0, 0, 0.2, 0.5, 1, 3)  # points per second; recorded falls reach 3
HELD_S = (3, 5, 8, 12, 18, 23, 33, 60, 120)
APART_S = 90  # long enough for any level to end
NEARBY, NEARBY_S, NEARBY_FROM_S = (89, 88, 87), 300, 20
SILENCE_S = (8, 360)


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """Courses of one kind; made anew, and alike, at each call of `courses`."""

    name: str
    courses: Callable[[], Iterator[Course]]


def seeded(name: str) -> Random:
    """The same numbers for the same name, on every machine."""
    return Random(name)


def falls(count: int, sd: float) -> Set:
    """`count` courses of 24 falls each; every third one is of the pulse rate."""

    def courses() -> Iterator[Course]:
        for number in range(count):
            random = seeded(f"falls/{sd}/{number}")
            still, to = (SPO2, LOWS) if number % 3 else (PULSE, PULSES)
            way = steady(still, 60)
            for _ in range(24):
                rate, held = random.choice(RATES), random.choice(HELD_S)
                way += fall(still, random.choice(to), rate=rate * (1 if number % 3 else 5), held=held)
                way += steady(still, APART_S)
            other = steady(PULSE if number % 3 else SPO2, len(way))
            spo2, pulse = (way, other) if number % 3 else (other, way)
            said = known(clip(random, spo2, pulse, sd=sd), SPO2, PULSE)
            yield Course(name=str(number), spo2=spo2, signal=said)

    return Set(name=f"falls, noise sd {sd:g}", courses=courses)


def nearby(count: int, true: float, memory: float) -> Set:
    """`count` times a true SpO2 of `true` for five minutes, after 20 s at 97."""

    def courses() -> Iterator[Course]:
        for number in range(count):
            random = seeded(f"nearby/{true}/{memory}/{number}")
            spo2 = [*steady(SPO2, NEARBY_FROM_S), *steady(true, NEARBY_S)]
            pulse = steady(PULSE, len(spo2))
            yield Course(name=str(number), spo2=spo2, signal=clip(random, spo2, pulse, memory=memory))

    return Set(name=f"{true:g}, {'AR(1) ' + str(memory) if memory else 'white'}", courses=courses)


def quiet(hours: int, true: float, *, per_hour: float = 0, flags: frozenset[Flag] = NO_FLAGS) -> Set:
    """`hours` courses of an hour in which nothing is wrong; motion comes `per_hour` times."""

    def courses() -> Iterator[Course]:
        for number in range(hours):
            random = seeded(f"quiet/{true}/{per_hour}/{number}")
            spo2, pulse = steady(true, HOUR), steady(PULSE, HOUR)
            moved = motion(random, HOUR, per_hour) if per_hour else []
            gaps = dropouts(random, HOUR, 4)
            said = clip(random, spo2, pulse, gaps=gaps, moved=moved, flags=flags)
            yield Course(name=str(number), spo2=spo2, signal=known(said, true, PULSE))

    marked = ", marked by the clip" if flags else ""
    return Set(
        name=f"true {true:g}" + (f", motion {per_hour:g}/h{marked}" if per_hour else ""),
        courses=courses,
    )


def silences(count: int) -> Set:
    """`count` courses of two hours after an injection, with some 40 silences each."""

    def courses() -> Iterator[Course]:
        for number in range(count):
            random, t = seeded(f"silences/{number}"), 60
            gaps: dict[int, frozenset[Flag] | None] = {}
            while t < 2 * HOUR:
                length = spread(random, *SILENCE_S)
                gaps.update(dict.fromkeys(range(t, t + length), random.choice(LOST)))
                t += length + random.randrange(20, 90)
            spo2 = steady(SPO2, 2 * HOUR)
            said = clip(random, spo2, steady(PULSE, 2 * HOUR), gaps=gaps)
            dosed = said.with_steps([Act(t=5_000, what="dose", text="oral")])
            yield Course(name=str(number), spo2=spo2, signal=dosed)

    return Set(name="silences after a dose", courses=courses)


def recorded() -> tuple[Set | None, str]:
    """The shared recordings with a reading a second, and one sentence on what was left out and why."""
    folder = Path(os.environ.get("HOLDSPACE_RECORDINGS", SHARED))
    found = [read_csv(path) for path in sorted(folder.glob("*.csv")) if "original" not in path.name]
    if not found:
        return (
            None,
            f"No recordings in {folder.name}/: set HOLDSPACE_RECORDINGS to measure on them too.",
        )
    prompt = [recording for recording in found if recording.step_s <= 1]
    slow = ", ".join(recording.path.stem for recording in found if recording.step_s > 1)

    def courses() -> Iterator[Course]:
        for recording in prompt:
            yield Course(name=recording.path.stem, spo2=(), signal=_signal(recording))

    left = f" Left out, because they have a reading in 5 s or a minute: {slow}." if slow else ""
    return Set(name="recordings", courses=courses), f"{len(prompt)} recordings at 1 Hz.{left}"


def known(signal: Signal, spo2: float, pulse: float) -> Signal:
    """The same with the person's own numbers taken after half a minute."""
    return signal.with_steps([Act(t=30_000, what="baseline", text=f"{spo2:g} {pulse:g}")])


def _signal(recording: Recording) -> Signal:
    """The recording; what is usual for that person are the medians of its first two minutes."""
    beats = tuple(_beat(sample) for sample in recording.samples)
    first = [beat for beat in beats if beat.t < 120_000]
    spo2 = median(beat.spo2 for beat in first if beat.spo2)
    pulse = median(beat.pulse for beat in first if beat.pulse)
    signal = Signal(steps=beats, end=beats[-1].t + 1000)
    return signal.with_steps([Act(t=120_000, what="baseline", text=f"{spo2:g} {pulse:g}")])


def _beat(sample: Sample) -> Beat:
    return Beat(t=round(sample.t_s * 1000), spo2=sample.spo2, pulse=sample.pulse_rate)
