"""Signals that random ones hit too rarely (alerts.md 4.13, weak spots found by mutation)."""

from collections.abc import Iterator
from dataclasses import replace

from alerts.condition import Family
from collector.reading import Flag
from tests.alerts.book import BOOK, Book, by_budget, explaining
from tests.alerts.signals import Act, Beat, Signal, Step

WEAK, OFF = frozenset({Flag.MOTION}), frozenset({Flag.FINGER_OFF})


def held(
    spo2: float | None, first: int, last: int, *, seat: str = "A", pulse: float = 70
) -> Iterator[Step]:
    """The same numbers each second from `first` s up to `last` s, excluded."""
    for second in range(first, last):
        yield Beat(t=second * 1000, seat=seat, spo2=spo2, pulse=pulse)


def signal(
    *parts: Iterator[Step] | Step, end: int, seats: tuple[str, ...] = ("A",), book: Book = BOOK
) -> Signal:
    """The parts in the order of time; ends at `end` s."""
    steps: list[Step] = []
    for part in parts:
        steps += [part] if isinstance(part, Beat | Act) else list(part)
    return Signal(
        steps=tuple(sorted(steps, key=lambda step: step.t)), end=end * 1000, seats=seats, book=book
    )


def acknowledge(second: float, family: str = "spo2_low", seat: str = "A") -> Act:
    """Somebody acknowledges the newest episode of `family`."""
    return Act(t=int(second * 1000), what="acknowledge", text=family, seat=seat)


def pause(second: float, reason: str = "toilet", seat: str = "A") -> Act:
    """Somebody pauses the seat, or ends its pause."""
    return Act(t=int(second * 1000), what="pause", text=reason, seat=seat)


def baseline(second: float, numbers: str = "97 70", seat: str = "A") -> Act:
    """The person's own numbers are known from here."""
    return Act(t=int(second * 1000), what="baseline", text=numbers, seat=seat)


def short_gaps() -> Iterator[Step]:
    """Low in stretches of 3 s with 9 s of silence between them."""
    for start in range(20, 140, 12):
        yield from held(89, start, start + 3)


def seesaw() -> Iterator[Step]:
    """Two seconds beyond each limit, one second back, for two minutes."""
    for second in range(20, 140):
        yield Beat(t=second * 1000, spo2=84 if second % 3 else 94, pulse=39 if second % 3 else 51)


HARD_CASES = {
    "a drop, seen, then worse": signal(
        held(99, 0, 20),
        baseline(5, "99 70"),
        held(95, 20, 50),
        acknowledge(42, "spo2_drop"),
        held(96, 50, 60),
        held(95, 60, 90),
        held(99, 90, 120),
        end=120,
    ),
    "a slow pulse under deep oxygen": signal(
        held(97, 0, 20),
        held(80, 20, 65, pulse=47),
        acknowledge(23),
        held(97, 65, 130, pulse=47),
        end=130,
    ),
    "urgent under deep oxygen, then milder": signal(
        held(97, 0, 20),
        held(80, 20, 60, pulse=35),
        held(80, 60, 110, pulse=48),
        held(97, 110, 160, pulse=48),
        end=160,
    ),
    "a shift while nobody is measured": signal(
        held(97, 0, 20),
        baseline(5),
        held(97, 20, 95, pulse=112),
        held(97, 115, 140, pulse=112),
        end=150,
    ),
    "an early word, merged": signal(held(97, 0, 20), held(89, 20, 60), held(97, 60, 90), end=90),
    "explained in a pause": signal(
        held(97, 0, 20),
        held(80, 20, 52, pulse=47),
        acknowledge(23),
        pause(45),
        held(97, 52, 130, pulse=47),
        end=130,
    ),
    "low in a pause": signal(held(97, 0, 20), pause(19, "cuff"), held(89, 20, 140), end=140),
    "deep in a pause": signal(
        held(97, 0, 20), pause(19), held(89, 20, 33), held(84, 33, 60), held(97, 60, 80), end=90
    ),
    "away in a pause, then back": signal(
        held(97, 0, 20),
        pause(19),
        pause(70),
        held(93, 90, 160),
        pause(130),
        pause(140, "back"),
        end=170,
    ),
    "acknowledge, then worse": signal(
        held(97, 0, 20), held(89, 20, 40), acknowledge(35), held(86, 40, 60), end=60
    ),
    "acknowledge, then long": signal(
        held(97, 0, 20), held(89, 20, 400), acknowledge(35), acknowledge(200), end=400
    ),
    "acknowledge, then silence, then still low": signal(
        held(97, 0, 20), held(89, 20, 40), acknowledge(35), held(89, 300, 340), end=340
    ),
    "acknowledge, then higher": signal(
        held(97, 0, 20), held(91, 20, 50), acknowledge(45), held(89, 50, 90), held(84, 90, 110), end=110
    ),
    "acknowledge what has ended": signal(
        held(97, 0, 20), held(93, 20, 45), held(97, 45, 90), acknowledge(80), held(93, 90, 120), end=120
    ),
    "latched, then seen": signal(
        held(97, 0, 20), held(88, 20, 35), held(97, 35, 90), acknowledge(80), end=90
    ),
    "latched, then again": signal(
        held(97, 0, 20), held(88, 20, 35), held(97, 35, 90), held(84, 90, 110), end=110
    ),
    "many short gaps": signal(held(97, 0, 20), short_gaps(), end=150),
    "levels up inside an episode": signal(
        held(97, 0, 20), held(93, 20, 45), held(89, 45, 60), held(80, 60, 70), held(30, 70, 75), end=75
    ),
    "levels down inside an episode": signal(
        held(97, 0, 20), held(84, 20, 45), held(88, 45, 60), held(92, 60, 80), held(96, 80, 99), end=99
    ),
    "never quite": signal(held(97, 0, 20), held(93, 20, 39), held(94, 39, 60), end=60),
    "seesaw": signal(held(97, 0, 20), seesaw(), end=140),
    "weak signal": signal(
        held(97, 0, 20),
        (Beat(t=t * 1000, spo2=88, flags=WEAK) for t in range(20, 40)),
        (Beat(t=t * 1000, spo2=97, flags=WEAK) for t in range(40, 80)),
        held(97, 80, 110),
        end=110,
    ),
    "low from the start": signal(held(82, 0, 30), held(97, 30, 60), end=60),
    "one deep reading": signal(held(97, 0, 20), held(70, 20, 21), end=60),
    "nothing at all": signal(end=400),
    "hardly believable": signal(held(97, 0, 20), held(30, 20, 30), held(97, 30, 60), end=60),
    "back to the limit only": signal(held(97, 0, 20), held(93, 20, 45), held(94, 45, 80), end=80),
    "better, then gone": signal(
        held(97, 0, 20), held(88, 20, 35), held(97, 35, 38), held(97, 70, 100), end=100
    ),
    "frames without numbers": signal(
        held(97, 0, 20),
        (Beat(t=t * 1000, spo2=None, pulse=None, flags=OFF) for t in range(20, 50)),
        end=50,
    ),
    "both seats low, one seen": signal(
        held(97, 0, 20),
        held(88, 20, 60),
        held(97, 0, 20, seat="B"),
        held(88, 20, 60, seat="B"),
        acknowledge(40),
        end=60,
        seats=("A", "B"),
    ),
    "low, then gone": signal(
        held(97, 0, 20), held(88, 20, 40), Act(t=5_000, what="dose", text="im"), end=300
    ),
    "caution unseen for long": signal(held(97, 0, 20), held(93, 20, 530), end=530),
    "three breaches in a minute": signal(
        *(held(97, t, t + 18) for t in (0, 20, 40)),
        *(held(88, t, t + 2) for t in (18, 38, 58)),
        held(97, 60, 90),
        end=90,
    ),
    "three breaches in more": signal(
        *(held(97, t, t + 38) for t in (0, 40, 80)),
        *(held(88, t, t + 2) for t in (38, 78, 118)),
        held(97, 120, 140),
        end=140,
    ),
    "two seats": signal(
        held(97, 0, 20),
        held(88, 20, 60),
        held(97, 0, 30, seat="B", pulse=45),
        held(92, 30, 80, seat="B", pulse=35),
        acknowledge(40),
        acknowledge(62, "spo2_low", "B"),
        acknowledge(63, "hr_low", "B"),
        end=130,
        seats=("A", "B"),
    ),
    "pulse goes where SpO2 is acknowledged": signal(
        held(97, 0, 20), held(88, 20, 200, pulse=150), acknowledge(40), end=200
    ),
}
HARD_CASES["a slow pulse under deep oxygen, which explains nothing here"] = replace(
    HARD_CASES["a slow pulse under deep oxygen"], book=explaining(Family.HR_LOW, Family.HR_HIGH)
)
HARD_CASES["dips that each stay within a budget"] = signal(
    held(97, 0, 20),
    *(held(88 if turn % 2 == 0 else 95, 20 + 5 * turn, 25 + 5 * turn) for turn in range(12)),
    held(97, 80, 100),
    end=100,
    book=by_budget(),
)
HARD_CASES["a budget spent long before its longest delay"] = signal(
    held(97, 0, 20), held(86, 20, 40), held(97, 40, 60), end=60, book=by_budget()
)
