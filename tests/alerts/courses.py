"""Seeded people with a known truth: steps, ramps, noise that remembers, motion, dropouts.

A clip speaks once a second in whole numbers. Lists hold one item per second; `random` alone decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from random import Random

from collector.reading import NO_FLAGS, Flag
from tests.alerts.signals import Beat, Signal, Step

HOUR = 3600
# Tobin 2002 (PMID 11900040), 350 patients: 62 % of all motions last under 10 s, 5 % over a minute. How
# the lengths lie inside these bounds is not published; the longest is ours.
SHORT, SHORT_S, LONG, LONG_S, LONGEST_S = 0.62, 10, 0.05, 60, 120
POINTS = (4, 15)  # how far motion pulls SpO2 down
DROPOUT_S = (2, 90)
# What a clip sends while it has no number: nothing at all, or frames that say why.
LOST: tuple[frozenset[Flag] | None, ...] = (
    None,
    frozenset({Flag.FINGER_OFF}),
    frozenset({Flag.SEARCHING}),
)

JITTER_MS = 150  # how unpunctual the radio is

Gaps = Mapping[int, frozenset[Flag] | None]  # second -> flags of its empty frame; None = no frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What was true of one person each second, and what the clip on seat A made of it."""

    name: str
    spo2: Sequence[float]
    signal: Signal

    @property
    def hours(self) -> float:
        """How long it is."""
        return self.signal.end / 1000 / HOUR


def noise(random: Random, *, sd: float = 1.0, memory: float = 0.7) -> Iterator[float]:
    """AR(1): each value keeps `memory` of the one before; `sd` is that of the values themselves."""
    value = random.gauss(0, sd)
    while True:
        yield value
        value = memory * value + random.gauss(0, sd * sqrt(1 - memory**2))


def steady(value: float, length: int) -> list[float]:
    """The same for `length` seconds."""
    return [value] * length


def fall(high: float, low: float, *, rate: float, held: int) -> list[float]:
    """From `high` to `low` and back at `rate` points per second (0 = at once), `held` s at the bottom."""
    steps = int(abs(high - low) / rate) if rate else 0
    sign = 1 if low > high else -1
    way = [high + sign * rate * step for step in range(1, steps + 1)]
    return [*way, *steady(low, held), *reversed(way)]


def happenings(random: Random, length: int, per_hour: float) -> Iterator[int]:
    """The seconds at which something begins that comes `per_hour` times, by chance."""
    t = random.expovariate(per_hour / HOUR) if per_hour else length
    while t < length:
        yield int(t)
        t += random.expovariate(per_hour / HOUR)


def motion(random: Random, length: int, per_hour: float) -> list[float]:
    """How many points motion takes away from SpO2 each second."""
    lost = steady(0.0, length)
    for start in happenings(random, length, per_hour):
        depth = random.uniform(*POINTS)
        for second in range(start, min(length, start + _moving_s(random))):
            lost[second] = max(lost[second], depth)
    return lost


def _moving_s(random: Random) -> int:
    chance = random.random()
    if chance < SHORT:
        return random.randrange(1, SHORT_S)
    if chance < 1 - LONG:
        return spread(random, SHORT_S, LONG_S)
    return spread(random, LONG_S, LONGEST_S)


def spread(random: Random, least: float, most: float) -> int:
    """A length between two others, short ones as likely as long ones (log-uniform), in whole s."""
    return round(least * exp(random.random() * log(most / least)))


def dropouts(random: Random, length: int, per_hour: float) -> dict[int, frozenset[Flag] | None]:
    """Seconds without numbers."""
    gaps: dict[int, frozenset[Flag] | None] = {}
    for start in happenings(random, length, per_hour):
        kind = random.choice(LOST)
        gaps.update(dict.fromkeys(range(start, start + spread(random, *DROPOUT_S)), kind))
    return gaps


def clip(
    random: Random,
    spo2: Sequence[float],
    pulse: Sequence[float],
    *,
    sd: float = 1.0,
    memory: float = 0.7,
    gaps: Gaps | None = None,
    moved: Sequence[float] = (),
    flags: frozenset[Flag] = NO_FLAGS,
    index: Sequence[float] = (),
) -> Signal:
    """What a clip says of these true values; `flags` are those of the seconds in which one `moved`.

    `index` is the perfusion index, which it says as it is, if at all.
    """
    gaps = gaps or {}
    wobble, beating = noise(random, sd=sd, memory=memory), noise(random, sd=2 * sd, memory=memory)
    steps: list[Step] = []
    for second, (oxygen, rate, dx, dr) in enumerate(zip(spo2, pulse, wobble, beating, strict=False)):
        t = second * 1000 + random.randrange(JITTER_MS)
        off = moved[second] if moved else 0.0
        if second not in gaps:
            said = float(max(1, min(100, round(oxygen + dx - off))))
            beat = Beat(
                t=t,
                spo2=said,
                pulse=float(round(rate + dr)),
                flags=flags if off else NO_FLAGS,
                index=index[second] if index else None,
            )
            steps.append(beat)
        elif (empty := gaps[second]) is not None:
            steps.append(Beat(t=t, spo2=None, pulse=None, flags=empty))
    return Signal(steps=tuple(steps), end=len(spo2) * 1000)
