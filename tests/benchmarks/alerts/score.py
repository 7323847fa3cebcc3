"""Counting: was each crossing told, how late, how often, and how much of it again at once."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from alerts.condition import Family, Level, Reason
from tests.alerts.book import Limit
from tests.alerts.invariants import ENDS, SPEAKING, no_end_without_good_data
from tests.alerts.oracle import Span, armed_at, monitored, ms, of, runs
from tests.alerts.signals import Signal
from tests.benchmarks.alerts.rivals import Episode
from tests.benchmarks.alerts.watch import Log

GRACE_MS = 1000  # alerts.md 4.8: onset at most a second after the delay
AGAIN_MS = 60_000  # raised again within this after its end: it flaps (alerts.md 6)
SILENT_MS, URGENT_MS, TOLD_MS = 15_000, 120_000, 2_000


@dataclass(slots=True)
class Score:
    """One level of one way to alert, over any number of courses. Times in s."""

    runs: int = 0  # beyond the limit for the delay and a second
    told: int = 0  # of those, raised by then
    delays: list[float] = field(default_factory=list)  # of the runs that found nothing raised
    shown: list[float] = field(default_factory=list)  # the same until a shell has given it out
    episodes: int = 0
    flaps: int = 0
    lost: int = 0  # ended because readings were missing

    def count(
        self,
        signal: Signal,
        delay: int,
        crossed: Callable[[Span], bool],
        episodes: list[Episode],
        log: Log | None,
    ) -> None:
        """Take one course: all runs of `crossed` have to be told after `delay` ms."""
        armed = armed_at(signal, "A")
        late = (
            {ms(event): wait for event, wait in zip(log.events, log.late, strict=True)} if log else {}
        )
        for start, end in runs(signal, "A", crossed):
            due = max(start + delay, armed) + GRACE_MS
            if end < due:
                continue
            self.runs += 1
            self.told += any(one.onset <= due <= one.end for one in episodes)
            fresh = not any(one.onset < start < one.end for one in episodes)
            onset = next((one.onset for one in episodes if start <= one.onset <= end), None)
            if fresh and onset is not None and start + delay >= armed:
                self.delays.append((onset - start) / 1000)
                self.shown.append((onset - start + late.get(onset, 0)) / 1000)
        self.episodes += len(episodes)
        self.lost += sum(one.lost for one in episodes)
        self.flaps += sum(b.onset - a.end <= AGAIN_MS for a, b in pairwise(episodes))


def standing(log: Log, limit: Limit, end: int) -> Iterator[Episode]:
    """When an alert of that level, or of a worse one of its family, stood."""
    onset: int | None = None
    for event in of(log.events, "A", limit.family):
        up = event.happening not in ENDS and limit.at_least(event.limit)
        if up and onset is None:
            onset = ms(event)
        elif not up and onset is not None:
            yield Episode(onset, ms(event))
            onset = None
    if onset is not None:
        yield Episode(onset, end)


@dataclass(slots=True)
class Burden:
    """What one set of courses has asked of the facilitator."""

    hours: float = 0.0
    announced: Counter[tuple[Family, Level]] = field(default_factory=Counter)
    raised: Counter[Family] = field(default_factory=Counter)
    again: Counter[Family] = field(default_factory=Counter)
    unfounded: int = 0  # courses with an end that no good data preceded

    def count(self, signal: Signal, log: Log) -> None:
        """Take one course."""
        self.hours += signal.end / 3_600_000
        ended: dict[Family, int] = {}
        for event in log.events:
            self.announced[event.family, event.level] += event.announce
            if event.happening in ENDS and event.reason == Reason.OVER:
                ended[event.family] = ms(event)
            if event.happening.value == "raise":
                self.raised[event.family] += 1
                self.again[event.family] += ms(event) - ended.get(event.family, -AGAIN_MS) < AGAIN_MS
        try:
            no_end_without_good_data(signal, log.events)
        except AssertionError:
            self.unfounded += 1

    def hourly(self, level: Level, families: Iterable[Family] = Family) -> float:
        """Announcements of a level per participant-hour, repeats included."""
        return sum(self.announced[family, level] for family in families) / self.hours

    def flap(self, families: Iterable[Family] = Family) -> float:
        """Episodes raised again within 60 s of an end, as a share of all."""
        all_ = sum(self.raised[family] for family in families)
        return sum(self.again[family] for family in families) / all_ if all_ else 0.0


@dataclass(slots=True)
class Silence:
    """Whether missing readings were told in time."""

    hours: float = 0.0
    silences: int = 0
    told: int = 0
    urgent: int = 0
    urgent_told: int = 0
    delays: list[float] = field(default_factory=list)
    silent_s: float = 0.0

    def count(self, signal: Signal, log: Log) -> None:
        """Take one course that begins with readings."""
        self.hours += signal.end / 3_600_000
        raised = [
            event for event in of(log.events, "A", Family.UNMONITORED) if event.happening in SPEAKING
        ]
        heard = [span.start for span in monitored(signal, "A")]
        for last, following in pairwise([*heard, signal.end]):
            if following - last < SILENT_MS + TOLD_MS:
                continue
            self.silent_s += (following - last) / 1000
            mine = [event for event in raised if last < ms(event) <= following]
            first = next((ms(event) - last for event in mine), None)
            self.silences += 1
            self.told += first is not None and first <= SILENT_MS + TOLD_MS
            self.delays += [first / 1000] if first is not None else []
            if following - last > URGENT_MS + TOLD_MS and last < signal.end:
                self.urgent += 1
                latest = last + URGENT_MS + TOLD_MS
                self.urgent_told += any(e.level is Level.URGENT and ms(e) <= latest for e in mine)
