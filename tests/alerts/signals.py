"""Signals for the properties: what devices and people do over a few minutes, and how to play it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from alerts.condition import AlertEvent, Family
from alerts.engine import Engine
from alerts.rules import Rules
from collector.clock import Instant
from collector.entry import Entry
from collector.reading import NO_FLAGS, Flag
from tests.alerts.book import BOOK, Book
from tests.alerts.world import Script, instant, seconds

SPO2 = (97, 97, 95, 94, 93, 91, 90, 89, 86, 85, 84, 80, 45)
PULSE = (70, 70, 70, 120, 125, 141, 160, 52, 49, 39, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A reading at `t` (ms since the start); numbers None = a frame without them."""

    t: int
    seat: str = "A"
    spo2: float | None = 97.0
    pulse: float | None = 70.0
    flags: frozenset[Flag] = NO_FLAGS
    backfill: bool = False
    battery: int | None = None
    index: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something done at `t` ms: acknowledge FAMILY, dose TEXT, link STATE, pause REASON, back, baseline."""

    t: int
    what: str
    text: str = ""
    seat: str = "A"


Step = Beat | Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Steps in the order of time, when the session ends (ms), and the rules it is played under."""

    steps: tuple[Step, ...]
    end: int
    seats: tuple[str, ...] = ("A",)
    book: Book = BOOK
    memo: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def beats(self, seat: str = "A") -> list[Beat]:
        """The readings of one seat."""
        return [step for step in self.steps if isinstance(step, Beat) and step.seat == seat]

    def with_steps(self, more: Iterable[Step]) -> "Signal":
        """The same with further steps; among those of one time the new ones come last."""
        return replace(self, steps=tuple(sorted([*self.steps, *more], key=lambda step: step.t)))


@dataclass(slots=True, kw_only=True)
class Play:
    """How to play a signal: other rules, extra ticks, restarts, clocks."""

    rules: Rules | None = None
    ticks: Sequence[int] = ()
    restarts: bool = False
    shift_s: float = 0
    step_utc_at: int | None = None
    acknowledged: list[str] = field(default_factory=list)


def play(signal: Signal, how: Play | None = None) -> list[AlertEvent]:
    """All events, with times as if nothing had been shifted; the session is ended at the end."""
    how = how or Play()
    rules = how.rules or signal.book.rules
    script, engine = Script(), Engine(rules)
    events: list[AlertEvent] = []
    steps: list[Step] = [Act(t=t, what="tick") for t in how.ticks]
    steps = sorted([*signal.steps, *steps, Act(t=signal.end, what="end")], key=lambda step: step.t)
    for entry in script.opening(signal.seats, instant(0, shift_s=how.shift_s)):
        events += engine.take(entry)
    for step in steps:
        if how.restarts:
            engine = Engine(rules, json.loads(json.dumps(engine.save())))
        events += _one(engine, script, step, events, how)
    return events


def _one(
    engine: Engine, script: Script, step: Step, events: list[AlertEvent], how: Play
) -> list[AlertEvent]:
    stepped = how.step_utc_at is not None and step.t >= how.step_utc_at
    at = instant(step.t / 1000, shift_s=how.shift_s, step_s=3600 if stepped else 0)
    entry = entry_of(script, step, at)
    if entry is not None:
        return engine.take(entry)
    before = engine.advance(at)
    if not isinstance(step, Act) or step.what != "acknowledge":
        return before
    episode = next(
        (
            event.episode
            for event in reversed(events + before)
            if (event.seat, event.family) == (step.seat, Family(step.text))
        ),
        "none",
    )
    return before + engine.acknowledge(episode, by="f", now=at)


def entry_of(  # noqa: PLR0911 - one row per act
    script: Script, step: Step, at: Instant
) -> Entry | None:
    """The entry that `step` leaves in the journal; None for a tick and an acknowledgement."""
    match step:
        case Beat():
            return script.reading(
                at,
                step.seat,
                spo2=step.spo2,
                pulse=step.pulse,
                flags=step.flags,
                backfill=step.backfill,
                battery=step.battery,
                index=step.index,
            )
        case Act(what="dose"):
            return script.mark(at, "dose", step.text, step.seat)
        case Act(what="baseline"):
            spo2, pulse = step.text.split()
            return script.baseline(at, step.seat, float(spo2), float(pulse))
        case Act(what="link"):
            return script.link(at, step.seat, step.text)
        case Act(what="pause"):
            return script.pause(at, step.seat, step.text, 1)
        case Act(what="end"):
            return script.end(at)
        case _:
            return None


def shape(events: Iterable[AlertEvent], *, shift_s: float = 0) -> list[tuple[object, ...]]:
    """What two plays must have in common: everything but UTC."""
    return [
        (
            round(seconds(event.at) - shift_s, 6),
            event.episode,
            event.happening.value,
            event.level.word,
            str(event.reason),
            event.value,
            event.worst,
            event.limit,
            event.cause,
            event.announce,
            event.explained,
            event.reference,
            round(seconds(event.since) - shift_s, 6),
        )
        for event in events
    ]


@st.composite
def signals(
    draw: st.DrawFn,
    seats: tuple[str, ...] = ("A",),
    *,
    acts: bool = True,
    written: st.SearchStrategy[Book] | None = None,
) -> Signal:
    """Up to some three minutes of steps, wobble, weak signal, gaps and invalid frames per seat.

    `written` draws the rules that they are played under; the values lie about their limits.
    """
    book = BOOK if written is None else draw(written)
    values = (SPO2, PULSE) if book is BOOK else about(book)
    steps: list[Step] = []
    end = 0
    for seat in seats:
        t = draw(st.sampled_from((0, 250, 900)))
        for _ in range(draw(st.integers(2, 7))):
            t = _stretch(draw, steps, seat, t, values)
        end = max(end, t)
    end += draw(st.sampled_from((500, 30_000)))
    if acts:
        count = draw(st.integers(0, 3))
        steps += [_act(draw, end, draw(st.sampled_from(seats))) for _ in range(count)]
    steps = sorted(steps, key=lambda step: step.t)
    return Signal(steps=tuple(steps), end=end, seats=seats, book=book)


def about(book: Book) -> tuple[Sequence[float], Sequence[float]]:
    """Values of SpO2 and pulse rate on both sides of each limit and of each clear_at."""
    spo2, pulse = {97.0, 45.0}, {70.0, 20.0}
    for one in {*book.limits, *(level for levels in book.own.values() for level in levels)}:
        side = -1 if not one.above else 1
        near = {one.limit, one.limit + side, one.clear_at, one.clear_at + side}
        (spo2 if one.family is Family.SPO2_LOW else pulse).update(near)
    return sorted(min(100.0, value) for value in spo2), sorted(pulse)


def _stretch(
    draw: st.DrawFn,
    steps: list[Step],
    seat: str,
    t: int,
    values: tuple[Sequence[float], Sequence[float]],
) -> int:
    """One stretch of readings of one kind; where it ends."""
    kind = draw(st.sampled_from(("plain", "plain", "wobble", "gap", "invalid", "weak", "no_spo2")))
    length = draw(st.sampled_from((1, 2, 3, 4, 9, 11, 12, 14, 16, 21, 35)))
    spo2, pulse = (float(draw(st.sampled_from(choice))) for choice in values)
    late = draw(st.sampled_from((0, 0, 250)))
    battery = draw(st.sampled_from((None, None, 60, 26, 24, 20, 14, 10, 3)))
    index = draw(st.sampled_from((None, 2.0, 2.0, 0.2)))
    for second in range(length if kind != "gap" else 0):
        up = 2 if kind == "wobble" and second % 3 == 2 else 0
        flags = {
            "invalid": frozenset({draw(st.sampled_from((Flag.FINGER_OFF, Flag.SEARCHING)))}),
            "weak": frozenset({Flag.LOW_PERFUSION}),
        }.get(kind, NO_FLAGS)
        steps.append(
            Beat(
                t=t + second * 1000 + late * (second % 2),
                seat=seat,
                spo2=None if kind in {"invalid", "no_spo2"} else spo2 + up,
                pulse=None if kind == "invalid" else pulse,
                flags=flags,
                battery=battery if second == 0 else None,
                index=index,
            )
        )
    return t + length * 1000


def _act(draw: st.DrawFn, end: int, seat: str) -> Act:
    t = draw(st.integers(0, end // 250)) * 250
    what, text = draw(
        st.sampled_from(
            (
                ("acknowledge", "spo2_low"),
                ("acknowledge", "spo2_low"),
                ("acknowledge", "hr_low"),
                ("acknowledge", "unmonitored"),
                ("dose", "im"),
                ("link", "lost"),
                ("link", "connected"),
                ("baseline", "97 70"),
                ("baseline", "95 95"),
                ("acknowledge", "spo2_drop"),
                ("pause", "toilet"),
                ("pause", "cuff"),
                ("pause", "back"),
            )
        )
    )
    return Act(t=t, what=what, text=text, seat=seat)
