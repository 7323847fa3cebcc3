"""What must hold of any log, computed from the signal alone: it shares no code with the engine.

Times are ms. A reading speaks until the next one, at most 3 s (`hold`); then nothing is known.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from alerts.condition import AlertEvent, Family, Happening
from collector.reading import Flag
from tests.alerts.book import Limit
from tests.alerts.signals import Beat, Signal
from tests.alerts.world import seconds

ARMED_VALID = 10_000
WEAK = {Flag.LOW_PERFUSION, Flag.POOR_SIGNAL, Flag.MOTION}
NO_NUMBER = {Flag.FINGER_OFF, Flag.SEARCHING, Flag.FROZEN}


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end` the newest reading was `beat`; None = it had spoken long enough."""

    start: int
    end: int
    beat: Beat | None


def spans(signal: Signal, seat: str) -> list[Span]:
    """The whole session in stretches of one reading each; worked out once per signal."""
    if seat not in signal.memo:
        signal.memo[seat] = _spans(signal, seat)
    found: list[Span] = signal.memo[seat]
    return found


def _spans(signal: Signal, seat: str) -> list[Span]:
    beats = signal.beats(seat)
    hold = signal.book.hold
    found = [Span(0, beats[0].t if beats else signal.end, None)]
    for beat, following in pairwise([*beats, None]):
        end = following.t if following else signal.end
        if beat is not None:
            found.append(Span(beat.t, min(end, beat.t + hold), beat))
            found.append(Span(min(end, beat.t + hold), end, None))
    return [span for span in found if span.end > span.start]


def value(beat: Beat | None, family: Family) -> float | None:
    """The number a family looks at, if there is one."""
    if beat is None or beat.flags & NO_NUMBER:
        return None
    return beat.spo2 if family is Family.SPO2_LOW else beat.pulse


def monitored(signal: Signal, seat: str) -> list[Span]:
    """The stretches in which the seat had valid data: SpO2, or pulse before any SpO2 came."""
    has_spo2, found = False, []
    for span in spans(signal, seat):
        spo2, pulse = value(span.beat, Family.SPO2_LOW), value(span.beat, Family.HR_LOW)
        has_spo2 = has_spo2 or spo2 is not None
        if spo2 is not None or (pulse is not None and not has_spo2):
            found.append(span)
    return found


def armed_at(signal: Signal, seat: str) -> int:
    """When 10 s of valid readings have been there; the end if never."""
    total = 0
    for span in monitored(signal, seat):
        if total + span.end - span.start >= ARMED_VALID:
            return span.start + ARMED_VALID - total
        total += span.end - span.start
    return signal.end


def verdict(span: Span, limit: Limit) -> bool | None:
    """TRUE, FALSE or unknown for one level."""
    number = value(span.beat, limit.family)
    weak = span.beat is not None and bool(span.beat.flags & WEAK)
    if number is None or (weak and not limit.urgent):
        return None
    return limit.true(number)


def ms(event: AlertEvent) -> int:
    """When an event happened."""
    return round(seconds(event.at) * 1000)


def of(events: list[AlertEvent], seat: str, family: Family) -> list[AlertEvent]:
    """The log of one family on one seat."""
    return [event for event in events if (event.seat, event.family) == (seat, family)]


def standing(log: list[AlertEvent], t: int) -> AlertEvent | None:
    """The last event up to `t` of the episode running then."""
    past = [event for event in log if ms(event) <= t]
    over = {Happening.END, Happening.CLOSE}
    return past[-1] if past and past[-1].happening not in over else None


def runs(signal: Signal, seat: str, wanted: Callable[[Span], bool]) -> Iterator[tuple[int, int]]:
    """Maximal stretches in which every span is as wanted."""
    start: int | None = None
    for span in [*spans(signal, seat), Span(signal.end, signal.end + 1, None)]:
        if wanted(span) and span.start < signal.end:
            start = span.start if start is None else start
        elif start is not None:
            yield start, span.start
            start = None


def weight(signal: Signal, seat: str, limit: Limit, t: int, since: int = 0) -> int:
    """The most TRUE minus FALSE time of any window after `since` that ends at `t`.

    A window does not reach back over as much not knowing as drops evidence.
    """
    rate = signal.book.rate
    return int(
        _most(signal, seat, limit, t, since, lambda value, ms: ms if limit.true(value) else -ms * rate)
    )


def points(signal: Signal, seat: str, limit: Limit, t: int, since: int = 0) -> float:
    """The same for a budget: the most depth times time, in points times ms, rounded up by a ms."""
    return 1 + _most(signal, seat, limit, t, since, limit.amount)


def _most(  # noqa: PLR0917 - one sum over one window
    signal: Signal,
    seat: str,
    limit: Limit,
    t: int,
    since: int,
    amount: Callable[[float, int], float],
) -> float:
    best = total = 0.0
    unknown = 0
    for span in reversed(spans(signal, seat)):
        length = min(span.end, t) - max(span.start, since)
        if length <= 0:
            continue
        told = verdict(span, limit)
        if told is None:
            unknown += length
            if unknown >= signal.book.expiry:
                return best
            continue
        unknown = 0
        number = value(span.beat, limit.family)
        assert number is not None
        total += amount(number, length)
        best = max(best, total)
    return best


def twice(signal: Signal, seat: str, limit: Limit, t: int) -> bool:
    """Whether at least two readings up to `t` lie beyond the limit."""
    return len([s for s in spans(signal, seat) if s.start <= t and verdict(s, limit)]) >= 2


def netted(signal: Signal, seat: str, limit: Limit, t: int, since: int = 0) -> bool:
    """Whether as many runs as the net wants were completed after `since` and not too long before `t`.

    The last must still last. Not knowing does not end a run.
    """
    if limit.net is None:
        return False
    count, within, least = limit.net
    reached: list[int] = []
    length = unknown = 0
    for span in spans(signal, seat):
        start, end = max(span.start, since), min(span.end, t)
        if end <= start:
            continue
        told = verdict(span, limit)
        if told is None:
            unknown += end - start
            length = 0 if unknown >= signal.book.expiry else length
            continue
        unknown = 0
        if not told:
            length = 0
            continue
        if length < least <= length + end - start:
            reached.append(start + least - length)
        length += end - start
    recent = [moment for moment in reached if t - within < moment <= t]
    return len(recent) >= count and length >= least


def gathered(
    signal: Signal, seat: str, limit: Limit, forgotten: list[int]
) -> Iterator[tuple[Span, int, float, bool]]:
    """After each stretch beyond the limit: the leaky evidence, depth times time, whether the net is full.

    All begin anew where the evidence was `forgotten`.
    """
    count, within, least = limit.net or (1 << 30, 0, 0)
    on = unknown = run = 0
    depth = 0.0
    reached: list[int] = []
    for span in spans(signal, seat):
        told, length = verdict(span, limit), span.end - span.start
        unknown = unknown + length if told is None else 0
        if unknown >= signal.book.expiry or any(
            span.start <= moment <= span.end for moment in forgotten
        ):
            on = run = 0
            depth = 0.0
            reached = [] if unknown < signal.book.expiry else reached
        number = value(span.beat, limit.family)
        if told is not None and number is not None:
            depth = max(0.0, depth + limit.amount(number, length))
        if told is False:
            on, run = max(0, on - length * signal.book.rate), 0
        if told:
            if run < least <= run + length:
                reached.append(span.start + least - run)
            on, run = on + length, run + length
            recent = [moment for moment in reached if moment > span.end - within]
            yield span, on, depth, len(recent) >= count and run >= least
