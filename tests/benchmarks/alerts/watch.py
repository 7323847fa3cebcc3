"""The real engine on one course, with somebody who acknowledges, and a shell that looks once a second."""

import heapq
from dataclasses import dataclass

from alerts.condition import AlertEvent
from alerts.engine import Engine
from alerts.rules import Rules
from tests.alerts.oracle import ms
from tests.alerts.signals import Act, Signal, entry_of
from tests.alerts.world import Script, instant

TICK_MS = 1000  # the shell looks at the latest after this (DESIGN 4, point 3)
BETWEEN_MS = 500  # and here never when a reading comes
# A facilitator who is doing well: alerts.md section 6 asks for nine in ten within 20 s.
SEEN_AFTER_MS = 20_000


@dataclass(frozen=True, slots=True)
class Log:
    """All events of one course, and how long after its instant the engine has given out each (ms)."""

    events: list[AlertEvent]
    late: list[int]


def watch(signal: Signal, rules: Rules, *, seen_after: int | None = SEEN_AFTER_MS) -> Log:
    """Play `signal`; each announcement is acknowledged `seen_after` ms later (None = never)."""
    script, engine, log = Script(), Engine(rules), Log([], [])
    seen: list[tuple[int, str]] = []

    def note(events: list[AlertEvent], now: int) -> None:
        for event in events:
            log.events.append(event)
            log.late.append(now - ms(event))
            if event.announce and seen_after is not None:
                heapq.heappush(seen, (now + seen_after, event.episode))

    for entry in script.opening(signal.seats, instant(0)):
        note(engine.take(entry), 0)
    ticks = [Act(t=t, what="tick") for t in range(BETWEEN_MS, signal.end, TICK_MS)]
    steps = sorted([*signal.steps, *ticks], key=lambda step: step.t)
    for step in [*steps, Act(t=signal.end, what="end")]:
        at = instant(step.t / 1000)
        while seen and seen[0][0] <= step.t:
            note(engine.acknowledge(heapq.heappop(seen)[1], by="f", now=at), step.t)
        done = entry_of(script, step, at)
        note(engine.take(done) if done else engine.advance(at), step.t)
    return log
