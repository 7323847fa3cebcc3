"""What others do with the same readings: one level of one limit each, raised or not.

They count like our level: from the first reading beyond the limit. None of them looks at what a clip says
of its signal, and none announces again, so that only raises can be compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from alerts.condition import Family
from tests.alerts.book import Limit
from tests.alerts.oracle import Span, spans, value
from tests.alerts.signals import Signal


@dataclass(frozen=True, slots=True)
class Episode:
    """One raise and its end, ms; `lost` = it ended because readings were missing."""

    onset: int
    end: int
    lost: bool = False


def beyond(span: Span, limit: Limit) -> bool | None:
    """Whether the number of that stretch lies beyond the limit; None without one."""
    number = value(span.beat, limit.family)
    return None if number is None else limit.true(number)


class Rival(Protocol):
    """A way to make an alert of readings."""

    name: str

    def suits(self, limit: Limit) -> bool:
        """Whether it can be asked about that level."""
        ...

    def episodes(self, signal: Signal, seat: str, limit: Limit) -> Iterator[Episode]:
        """The episodes of one level, in the order of time."""
        ...


class Threshold:
    """Raised while the newest reading is beyond the limit; without readings it stays as it is."""

    name = "plain threshold"

    def suits(self, limit: Limit) -> bool:
        """Any."""
        return True

    def episodes(self, signal: Signal, seat: str, limit: Limit) -> Iterator[Episode]:
        """Each change over the limit and back."""
        onset: int | None = None
        for span in spans(signal, seat):
            told = beyond(span, limit)
            if told and onset is None:
                onset = span.start
            elif told is False and onset is not None:
                yield Episode(onset, span.start)
                onset = None
        if onset is not None:
            yield Episode(onset, signal.end)


class ContiguousTimer:
    """Grafana's `for`: beyond the limit without a break for the delay.

    One reading back within the limit ends both waiting and alert; so does a series that has
    stopped (alerts.md 3.3), here after the time that a reading speaks.
    """

    name = "contiguous timer"

    def suits(self, limit: Limit) -> bool:
        """Any."""
        return True

    def episodes(self, signal: Signal, seat: str, limit: Limit) -> Iterator[Episode]:
        """Each unbroken run that is long enough, from the delay to its end."""
        start: int | None = None
        for span in [*spans(signal, seat), Span(signal.end, signal.end, None)]:
            told = beyond(span, limit)
            if told:
                start = span.start if start is None else start
            elif start is not None:
                if span.start - start >= limit.delay:
                    yield Episode(start + limit.delay, span.start, lost=told is None)
                start = None


class SatSeconds:
    """Points below the limit times seconds, up to a budget; back within it points are given back.

    As alerts.md 1.3 and 4.3 have it: max(1, v - limit) points per second are given back, the alert ends
    when none are left. Without the makers' net of three violations in a minute. SpO2 only.
    """

    def __init__(self, budget: float) -> None:
        self.name = f"SatSeconds {budget:g}"
        self.budget = budget * 1000

    def suits(self, limit: Limit) -> bool:
        """Those of SpO2."""
        return limit.family is Family.SPO2_LOW

    def episodes(self, signal: Signal, seat: str, limit: Limit) -> Iterator[Episode]:
        """From the instant at which the budget is spent until it is whole again."""
        spent, onset = 0.0, None
        for span in spans(signal, seat):
            told, length = beyond(span, limit), span.end - span.start
            if told is None or span.beat is None or span.beat.spo2 is None:
                continue  # nothing is known: nothing changes
            depth = limit.limit - span.beat.spo2
            if told:
                left = (self.budget - spent) / depth
                spent = min(self.budget, spent + depth * length)
                if onset is None and left <= length:
                    onset = span.start + round(left)
                continue
            rate = max(1.0, -depth)
            if onset is not None and spent <= rate * length:
                yield Episode(onset, span.start + round(spent / rate))
                onset = None
            spent = max(0.0, spent - rate * length)
        if onset is not None:
            yield Episode(onset, signal.end)


RIVALS: tuple[Rival, ...] = (Threshold(), ContiguousTimer(), SatSeconds(25), SatSeconds(50))
