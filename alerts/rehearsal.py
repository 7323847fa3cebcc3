"""The alerts that the engine would have raised on a recorded session."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alerts.condition import AlertEvent, Happening
from alerts.engine import Engine
from alerts.rules import Rules
from collector.clock import SECOND, Instant
from collector.entry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """One event; `t` in s since the session's first reading."""

    t: float
    event: AlertEvent


def rehearse(rules: Rules, entries: Iterable[Entry]) -> Iterator[Rehearsed]:
    """Run the engine over the entries of one session in seq order; its own recorded alerts are ignored.

    Changes of cause are left out: they are not announced and change neither level nor end.
    """
    engine = Engine(rules)
    first: Instant | None = None
    waiting: list[AlertEvent] = []
    for entry in entries:
        if first is None and entry.reading is not None:
            first = entry.instant
        waiting += engine.take(entry)
        if first is not None:
            yield from _told(waiting, first)
            waiting = []
    if waiting:  # a session without any reading counts from its first event
        yield from _told(waiting, waiting[0].at)


def _told(events: Iterable[AlertEvent], first: Instant) -> Iterator[Rehearsed]:
    for event in events:
        if event.happening is not Happening.CAUSE:
            yield Rehearsed(t=_seconds(event.at, first), event=event)


def _seconds(at: Instant, first: Instant) -> float:
    """Seconds between two instants; across boots only UTC can tell."""
    if at.boot == first.boot:
        return (at.running_ns - first.running_ns) / SECOND
    return (at.utc_ns - first.utc_ns) / SECOND
