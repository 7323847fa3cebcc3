"""What a rules file promises, as the oracle knows it: written down a second time, not read by the engine.

Times are ms. `BOOK` is the default file in the words of alerts.md 4.2-4.5; `books` draws any valid file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from alerts.condition import AlertEvent, Family, Level
from alerts.rules import DEFAULTS, Rules, read
from tests.alerts.world import DEFAULT

VITALS = (Family.SPO2_LOW, Family.HR_LOW, Family.HR_HIGH)
# By level: announced again after this, and for how long an acknowledgement holds.
REPEAT = {Level.ADVISORY: 300_000, Level.CAUTION: 60_000, Level.URGENT: 15_000}
SEEN = {Level.ADVISORY: 300_000, Level.CAUTION: 300_000, Level.URGENT: 120_000}
FIXING = 60_000
NET = (3, 60_000, 2_000)
MORE = "[baseline]" + DEFAULTS.read_text(encoding="utf-8").partition("[baseline]")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One level of one family.

    `net` = so many breaches of `net[2]` within `net[1]` raise as well. Unseen it is announced again after
    `repeat` (0 = never; a caution three times, then each 5 min); an acknowledgement holds for `seen`.
    """

    family: Family
    limit: float
    delay: int
    clear_at: float
    clear: int
    urgent: bool
    net: tuple[int, int, int] | None = None
    pausable: bool = True
    repeat: int
    seen: int

    @property
    def above(self) -> bool:
        """Whether it is an upper limit."""
        return self.family is Family.HR_HIGH

    def true(self, value: float) -> bool:
        """Whether the limit is crossed."""
        return value > self.limit if self.above else value < self.limit

    def good(self, value: float) -> bool:
        """Whether the value is back with the margin, and believable."""
        if self.above:
            return 25 <= value <= self.clear_at
        return value >= self.clear_at

    def at_least(self, limit: float | None) -> bool:
        """Whether an event with `limit` is of this level or a worse one."""
        if limit is None:
            return False
        return limit >= self.limit if self.above else limit <= self.limit

    def text(self) -> str:
        """The level as a line of a rules file."""
        words = {
            "level": f'"{"urgent" if self.urgent else "caution"}"',
            "above" if self.above else "below": f"{self.limit:g}",
            "delay_s": _s(self.delay),
            "clear_at": f"{self.clear_at:g}",
            "clear_s": _s(self.clear),
            "repeat_s": _s(self.repeat),
            "acknowledged_s": _s(self.seen),
            "pausable": str(self.pausable).lower(),
        }
        if self.net:
            count, within, least = self.net
            words["net"] = f"{{ count = {count}, within_s = {_s(within)}, min_s = {_s(least)} }}"
        return "  { " + ", ".join(f"{key} = {value}" for key, value in words.items()) + " },"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One rules file: what the engine is given, and what the oracle expects of it."""

    rules: Rules
    limits: tuple[Limit, ...]
    hold: int = 3_000
    expiry: int = 15_000
    rate: int = 1
    unmonitored: int = 15_000

    def of(self, event: AlertEvent) -> Limit | None:
        """The level that a vital event tells of."""
        mine = (one for one in self.limits if (one.family, one.limit) == (event.family, event.limit))
        return next(mine, None)

    def mildest(self, family: Family) -> Limit:
        """The first level of a family."""
        return next(one for one in self.limits if one.family is family)

    def repeat(self, event: AlertEvent) -> int:
        """After how long what `event` says is announced again, if nobody has seen it; 0 = never."""
        level = self.of(event)
        return level.repeat if level else REPEAT[event.level]

    def seen(self, event: AlertEvent) -> int:
        """For how long the acknowledgement `event` holds."""
        level = self.of(event)
        if event.family is Family.UNMONITORED:
            return FIXING
        return level.seen if level else SEEN[event.level]


def limit(family: Family, *numbers: float, urgent: bool, pausable: bool = True) -> Limit:
    """A level from its limit, delay, clear_at and clear time (s), with the usual repeats."""
    beyond, delay_s, clear_at, clear_s = numbers
    level = Level.URGENT if urgent else Level.CAUTION
    return Limit(
        family=family,
        limit=beyond,
        delay=int(delay_s * 1000),
        clear_at=clear_at,
        clear=int(clear_s * 1000),
        urgent=urgent,
        net=NET if (family, beyond) == (Family.SPO2_LOW, 90) else None,
        pausable=pausable,
        repeat=REPEAT[level],
        seen=SEEN[level],
    )


LIMITS = (
    limit(Family.SPO2_LOW, 94, 20, 95, 15, urgent=False),
    limit(Family.SPO2_LOW, 90, 10, 91, 10, urgent=True),
    limit(Family.SPO2_LOW, 85, 3, 86, 10, urgent=True, pausable=False),
    limit(Family.HR_LOW, 50, 30, 53, 15, urgent=False),
    limit(Family.HR_LOW, 40, 10, 43, 15, urgent=True),
    limit(Family.HR_HIGH, 120, 30, 115, 15, urgent=False),
    limit(Family.HR_HIGH, 140, 15, 135, 15, urgent=True),
)
BOOK = Book(rules=DEFAULT, limits=LIMITS)


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Any rules file that is not refused: one to three levels of each family, and all the times."""
    hold, rate = draw(st.sampled_from((2_000, 3_000, 5_000))), draw(st.integers(1, 3))
    unmonitored = draw(st.sampled_from((10_000, 15_000, 30_000)))
    expiry = unmonitored - hold + draw(st.sampled_from((0, 3_000, 20_000)))
    limits = (
        *_levels(draw, Family.SPO2_LOW, (98, 94, 93), (92, 90, 88, 85)),
        *_levels(draw, Family.HR_LOW, (60, 52, 50), (45, 40, 38)),
        *_levels(draw, Family.HR_HIGH, (100, 120, 125), (135, 140, 150)),
    )
    whole = draw(st.booleans())
    text = _text(limits, hold=hold, rate=rate, expiry=expiry, unmonitored=unmonitored)
    found = read(text + MORE if whole else text)
    assert found.rules is not None, (found.refusals, text)
    return Book(
        rules=found.rules,
        limits=limits,
        hold=hold,
        expiry=expiry,
        rate=rate,
        unmonitored=unmonitored,
    )


def _levels(
    draw: st.DrawFn, family: Family, cautions: Sequence[float], urgents: Sequence[float]
) -> list[Limit]:
    """At most one caution and up to two urgent levels, each stricter and no slower than the one before."""
    mild = draw(st.lists(st.sampled_from(cautions), max_size=1))
    severe = draw(st.lists(st.sampled_from(urgents), min_size=1, max_size=2, unique=True))
    found: list[Limit] = []
    delay = draw(st.sampled_from((60_000, 20_000, 5_000)))
    for beyond in sorted([*mild, *severe], reverse=family is not Family.HR_HIGH):
        delay = draw(st.sampled_from([d for d in (60_000, 20_000, 10_000, 3_000, 2_000) if d <= delay]))
        found.append(_level(draw, family, beyond, delay, urgent=beyond in severe))
    if family is Family.SPO2_LOW:
        found[-1] = replace(
            found[-1], pausable=False, delay=draw(st.sampled_from((0, found[-1].delay)))
        )
    return found


def _level(draw: st.DrawFn, family: Family, beyond: float, delay: int, *, urgent: bool) -> Limit:
    margin = draw(st.sampled_from((1, 2, 6)))
    back = beyond - margin if family is Family.HR_HIGH else min(100, beyond + margin)
    net = draw(st.sampled_from((None, None, NET, (2, 30_000, 1_000), (4, 120_000, 5_000))))
    return Limit(
        family=family,
        limit=beyond,
        delay=delay,
        clear_at=back,
        clear=draw(st.sampled_from((5_000, 10_000, 40_000))),
        urgent=urgent,
        net=net,
        repeat=draw(st.sampled_from((5_000, 15_000, 60_000) if urgent else (0, 20_000, 60_000))),
        seen=draw(st.sampled_from((5_000, 60_000, 180_000))),
    )


def _text(limits: Sequence[Limit], *, hold: int, rate: int, expiry: int, unmonitored: int) -> str:
    """The whole file."""
    lines = ["schema = 1", "[defaults]"]
    lines += [f"hold_s = {_s(hold)}", f"pending_expiry_s = {_s(expiry)}", f"recover_rate = {rate}"]
    for family in VITALS:
        mine = [one.text() for one in limits if one.family is family]
        lines += [f"[families.{family.value}]", "levels = [", *mine, "]"]
    lines += ["[families.unmonitored]", "levels = ["]
    lines += [f'  {{ level = "caution", delay_s = {_s(unmonitored)} }},']
    lines += ['  { level = "urgent", delay_s = 120, window = "risk" },', "]"]
    lines += ["[families.battery]", "levels = ["]
    lines += ['  { level = "advisory", at_most = 20, delay_s = 60, clear_at = 25 },']
    lines += ['  { level = "caution", at_most = 10, delay_s = 60, clear_at = 15 },', "]"]
    return "\n".join(lines) + "\n"


def _s(ms: int) -> str:
    return f"{ms / 1000:g}"
