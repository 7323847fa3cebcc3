"""One run of the bench: every set of courses under our rules and, beside them, under those of others."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from alerts.condition import Family
from alerts.rules import load_rules
from collector.reading import Flag
from tests.alerts.book import LIMITS, Limit
from tests.alerts.invariants import beyond
from tests.benchmarks.alerts import sets
from tests.benchmarks.alerts.cost import reading_us
from tests.benchmarks.alerts.own import Own, measure_own
from tests.benchmarks.alerts.rivals import RIVALS
from tests.benchmarks.alerts.score import Burden, Score, Silence, standing
from tests.benchmarks.alerts.sets import Set
from tests.benchmarks.alerts.watch import watch

OURS = "Holdspace"
DEEP = next(limit for limit in LIMITS if (limit.family, limit.limit) == (Family.SPO2_LOW, 90))
MARKED = frozenset({Flag.MOTION})


@dataclass(slots=True)
class Measured:
    """One set under our rules and beside them under those of others."""

    name: str
    burden: Burden = field(default_factory=Burden)
    silence: Silence = field(default_factory=Silence)
    scores: dict[tuple[str, Limit], Score] = field(default_factory=dict)

    def score(self, who: str, limit: Limit) -> Score:
        """The score of one way at one level."""
        return self.scores.setdefault((who, limit), Score())


def measure(courses: Set, limits: Iterable[Limit] = LIMITS, *, rivals: bool = True) -> Measured:
    """Play every course of the set."""
    found, rules = Measured(courses.name), load_rules()
    for course in courses.courses():
        signal = course.signal
        log = watch(signal, rules)
        found.burden.count(signal, log)
        found.silence.count(signal, log)
        for limit in limits:
            crossed = beyond(limit)
            mine = list(standing(log, limit, signal.end))
            found.score(OURS, limit).count(signal, limit.delay, crossed, mine, log)
            for rival in RIVALS if rivals else ():
                if rival.suits(limit):
                    others = list(rival.episodes(signal, "A", limit))
                    found.score(rival.name, limit).count(signal, limit.delay, crossed, others, None)
    return found


@dataclass(slots=True)
class Nearby:
    """How long after the true value has fallen a little below 90 each way has raised, s."""

    name: str
    burden: Burden = field(default_factory=Burden)
    delays: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    missed: Counter[str] = field(default_factory=Counter)


def measure_nearby(courses: Set) -> Nearby:
    """Play every course of the set; in each the value falls at the same second."""
    found, rules = Nearby(courses.name), load_rules()
    for course in courses.courses():
        log = watch(course.signal, rules)
        found.burden.count(course.signal, log)
        ways = {OURS: list(standing(log, DEEP, course.signal.end))}
        ways |= {rival.name: list(rival.episodes(course.signal, "A", DEEP)) for rival in RIVALS}
        for who, episodes in ways.items():
            onsets = [one.onset / 1000 - sets.NEARBY_FROM_S for one in episodes]
            first = next((onset for onset in onsets if onset >= 0), None)
            found.missed[who] += first is None
            found.delays[who] += [] if first is None else [first]
    return found


@dataclass(slots=True)
class Campaign:
    """Everything that is measured in one run of the bench."""

    falling: list[Measured]
    recordings: Measured | None
    left_out: str
    nearby: list[Nearby]
    quiet: list[Measured]
    moving: list[Measured]
    silences: Measured
    own: Own
    cost_us: dict[str, list[float]]


def campaign(short: bool) -> Campaign:
    """Run it all; `short` takes a tenth of the hours."""
    less = 10 if short else 1
    recordings, left_out = sets.recorded()
    motions = ((2, frozenset[Flag]()), (10, frozenset[Flag]()), (10, MARKED))
    return Campaign(
        falling=[measure(sets.falls(max(3, 21 // less), sd)) for sd in (0, 1)],
        recordings=measure(recordings) if recordings else None,
        left_out=left_out,
        nearby=[
            measure_nearby(sets.nearby(100 // less, true, memory))
            for true in sets.NEARBY
            for memory in (0.0, 0.7)
        ],
        quiet=[measure(sets.quiet(max(2, 16 // less), true)) for true in sets.TRUE],
        moving=[
            measure(sets.quiet(max(2, 12 // less), 97, per_hour=per_hour, flags=flags))
            for per_hour, flags in motions
        ],
        silences=measure(sets.silences(max(1, 8 // less)), (), rivals=False),
        own=measure_own(max(3, 24 // less)),
        cost_us={
            kind: reading_us(load_rules(), kind, 600 // less + 60) for kind in ("calm", "troubled")
        },
    )
