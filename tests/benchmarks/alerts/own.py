"""The families that no fixed limit describes: own baseline, fast fall, weak perfusion; and courses for them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from alerts.condition import Family
from alerts.rules import load_rules
from tests.alerts.courses import Course, clip, fall, steady
from tests.alerts.invariants import ENDS
from tests.alerts.oracle import Span, ms, of
from tests.alerts.signals import Act, Signal
from tests.benchmarks.alerts.rivals import Episode
from tests.benchmarks.alerts.score import Burden, Score
from tests.benchmarks.alerts.sets import APART_S, seeded
from tests.benchmarks.alerts.watch import Log, watch

OWN_SPO2, OWN_PULSE, INDEX = 99.0, 75.0, 2.0
FALL, UP, DOWN, DOWN_BELOW, INDEX_LOW = 4, 40, 25, 60, 0.3  # alerts.md 4.3
FAST_BELOW, FAST_WITHIN_MS = 94, 20_000
FALLS, HELD_S, RATES = 8, (6, 12, 23, 33, 63, 90), (0, 0, 0.5, 2)

Crossed = Callable[[Span], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """What has to be told `delay` ms after it began, as an alert of `family` or of one that stands for it."""

    words: str
    family: Family
    delay: int
    crossed: Callable[[Signal], Crossed]
    instead: Family | None = None


def _drop(_signal: Signal) -> Crossed:
    return lambda span: _spo2(span) is not None and (_spo2(span) or 0) <= OWN_SPO2 - FALL


def _shift(_signal: Signal) -> Crossed:
    low = min(OWN_PULSE - DOWN, DOWN_BELOW - 1)

    def crossed(span: Span) -> bool:
        pulse = span.beat.pulse if span.beat else None
        return pulse is not None and (pulse >= OWN_PULSE + UP or pulse <= low)

    return crossed


def _fast(signal: Signal) -> Crossed:
    beats = signal.beats()
    high: dict[int, float] = {}
    for index, beat in enumerate(beats):
        first = beat.t - FAST_WITHIN_MS
        recent = [b.spo2 or 0.0 for b in beats[max(0, index - 25) : index + 1] if b.t >= first]
        high[beat.t] = max(recent)

    def crossed(span: Span) -> bool:
        number = _spo2(span)
        return number is not None and number < FAST_BELOW and high[span.start] - number >= FALL

    return crossed


def _weak(_signal: Signal) -> Crossed:
    def crossed(span: Span) -> bool:
        index = span.beat.index if span.beat else None
        return index is not None and index < INDEX_LOW

    return crossed


def _spo2(span: Span) -> float | None:
    return span.beat.spo2 if span.beat else None


CROSSINGS = (
    Crossing(words="4 below own SpO2", family=Family.SPO2_DROP, delay=20_000, crossed=_drop),
    Crossing(
        words="40 above or 25 below own pulse", family=Family.HR_SHIFT, delay=60_000, crossed=_shift
    ),
    Crossing(
        words="4 in 20 s, below 94",
        family=Family.SPO2_FAST,
        delay=4_000,
        crossed=_fast,
        instead=Family.SPO2_LOW,
    ),
    Crossing(words="perfusion below 0.3", family=Family.LOW_PERFUSION, delay=30_000, crossed=_weak),
)


def courses(count: int) -> Iterator[Course]:
    """`count` people whose baseline is known, each with falls, shifts of the pulse and cold hands."""
    for number in range(count):
        random = seeded(f"own/{number}")
        kind = number % 3
        spo2, pulse, index = (steady(base, 60) for base in (OWN_SPO2, OWN_PULSE, INDEX))
        for _ in range(FALLS):
            held, rate = random.choice(HELD_S), random.choice(RATES)
            low = {0: random.choice((95, 94, 92, 88)), 1: OWN_SPO2, 2: OWN_SPO2}[kind]
            beats = {0: OWN_PULSE, 1: random.choice((44, 49, 116, 119, 135)), 2: OWN_PULSE}[kind]
            way = fall(OWN_SPO2, low, rate=rate, held=held)
            spo2 += [*way, *steady(OWN_SPO2, APART_S)]
            pulse += [*steady(beats, len(way)), *steady(OWN_PULSE, APART_S)]
            index += [*steady(0.1 if kind == 2 else INDEX, len(way)), *steady(INDEX, APART_S)]
        said = clip(random, spo2, pulse, index=index)
        known = Act(t=30_000, what="baseline", text=f"{OWN_SPO2:g} {OWN_PULSE:g}")
        yield Course(name=str(number), spo2=spo2, signal=said.with_steps([known]))


@dataclass(slots=True)
class Own:
    """How the crossings were told."""

    burden: Burden = field(default_factory=Burden)
    scores: dict[Crossing, Score] = field(default_factory=dict)


def measure_own(count: int) -> Own:
    """Play `count` courses."""
    found, rules = Own(), load_rules()
    for course in courses(count):
        log = watch(course.signal, rules)
        found.burden.count(course.signal, log)
        for crossing in CROSSINGS:
            episodes = _standing(log, crossing, course.signal.end)
            score = found.scores.setdefault(crossing, Score())
            crossed = crossing.crossed(course.signal)
            score.count(course.signal, crossing.delay, crossed, episodes, log)
    return found


def _standing(log: Log, crossing: Crossing, end: int) -> list[Episode]:
    """When an alert of the family, or of the one that stands for it, was open."""
    found: list[Episode] = []
    for family in filter(None, (crossing.family, crossing.instead)):
        onset: int | None = None
        for event in of(log.events, "A", family):
            if event.happening in ENDS and onset is not None:
                found.append(Episode(onset, ms(event)))
                onset = None
            elif event.happening not in ENDS and onset is None:
                onset = ms(event)
        found += [] if onset is None else [Episode(onset, end)]
    return sorted(found, key=lambda episode: episode.onset)
