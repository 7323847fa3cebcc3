"""What a rules file promises, as the oracle knows it: written down a second time, not read by the engine.

Times are ms. `BOOK` is the default file in the words of alerts.md 4.2-4.5; `books` draws any valid file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

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
LEVELS = ("advisory", "caution", "urgent")
EXPLAINS = (Family.SPO2_LOW, Family.HR_LOW, Family.HR_HIGH, Family.UNMONITORED, Family.BATTERY)
EXPLAINED = (Family.HR_LOW, Family.HR_HIGH, Family.BATTERY)
MORE = "[baseline]" + DEFAULTS.read_text(encoding="utf-8").partition("[baseline]")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One level of one family.

    `net` = so many breaches of `net[2]` within `net[1]` raise as well. Unseen it is announced again after
    `repeat` (0 = never; a caution three times, then each 5 min); an acknowledgement holds for `seen`.
    With a `budget` (SatSeconds, in points times ms) `delay` is the longest that it may take.
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
    budget: int = 0

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
            **self._delay(),
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

    def _delay(self) -> dict[str, str]:
        if self.budget:
            return {"satseconds": _s(self.budget), "max_delay_s": _s(self.delay)}
        return {"delay_s": _s(self.delay)}

    def amount(self, value: float, length: int) -> float:
        """What `length` ms at `value` add to the budget, or take away from it."""
        depth = abs(value - self.limit)
        return length * (max(0.1, depth) if self.true(value) else -max(1, depth))


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One rules file: what the engine is given, and what the oracle expects of it.

    `own` are the levels of a seat whose person has limits of their own, `explains` which family may explain
    which other where the file says so.
    """

    rules: Rules
    limits: tuple[Limit, ...]
    hold: int = 3_000
    expiry: int = 15_000
    rate: int = 1
    unmonitored: int = 15_000
    own: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    explains: frozenset[tuple[Family, Family]] = frozenset()

    def on(self, seat: str) -> tuple[Limit, ...]:
        """The levels of all families for whoever sits there."""
        return self.own.get(seat, self.limits)

    def of(self, event: AlertEvent) -> Limit | None:
        """The level that a vital event tells of."""
        mine = self.on(event.seat)
        told = (one for one in mine if (one.family, one.limit) == (event.family, event.limit))
        return next(told, None)

    def mildest(self, seat: str, family: Family) -> Limit:
        """The first level of a family."""
        return next(one for one in self.on(seat) if one.family is family)

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
    """Any rules file that is not refused: one to three levels of each family, and all the times.

    Some levels go by SatSeconds, the person on seat A may have limits of their own, and alerts may explain
    others by another table than the default.
    """
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
    more = MORE if whole else ""
    found = read(text + more)
    assert found.rules is not None, (found.refusals, text)
    # What is refused by itself, or with these levels, is left out of the file.
    table, explains = _explaining(draw)
    if table and read(text + _without_table(more) + table).rules is not None:
        more = _without_table(more)
    else:
        table, explains = "", frozenset()
    text += more
    override, levels = _personal(draw, limits)
    if read(text + table + override).rules is None:
        override, levels = "", None
    rules = read(text + table + override).rules
    assert rules is not None
    return Book(
        rules=rules,
        own={"A": levels} if levels else {},
        explains=explains,
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
            found[-1], pausable=False, delay=draw(st.sampled_from((0, found[-1].delay))), budget=0
        )
    return found


def _level(draw: st.DrawFn, family: Family, beyond: float, delay: int, *, urgent: bool) -> Limit:
    margin = draw(st.sampled_from((1, 2, 6)))
    budgets = (0, 0, 10_000, 25_000) if family is Family.SPO2_LOW else (0,)
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
        budget=draw(st.sampled_from(budgets)),
    )


def _without_table(more: str) -> str:
    """The rest of the default file without what explains what there."""
    return re.sub(r"\[\[inhibitions\]\]\n(\w.*\n)+", "", more)


def _explaining(draw: st.DrawFn) -> tuple[str, frozenset[tuple[Family, Family]]]:
    """A table of what explains what, as text and as pairs; empty = the default one."""
    rows: list[str] = []
    pairs: set[tuple[Family, Family]] = set()
    for by in draw(st.lists(st.sampled_from(EXPLAINS), max_size=2, unique=True)):
        targets = draw(st.lists(st.sampled_from(EXPLAINED), min_size=1, max_size=2, unique=True))
        rows += ["[[inhibitions]]", f'by = "{by.value}"', f'level = "{draw(st.sampled_from(LEVELS))}"']
        rows += ["targets = [" + ", ".join(f'"{one.value}"' for one in targets) + "]"]
        pairs |= {(by, target) for target in targets}
    return "\n".join([*rows, ""]), frozenset(pairs)


def _personal(draw: st.DrawFn, limits: tuple[Limit, ...]) -> tuple[str, tuple[Limit, ...] | None]:
    """Another limit, another delay, or both, for the person on seat A; as text and as levels."""
    if not draw(st.booleans()):
        return "", None
    chosen = draw(st.sampled_from([one for one in limits if one.pausable]))
    by, delay = draw(st.sampled_from((-2, -1, 0, 1, 2))), draw(st.sampled_from((0, 2_000, 60_000)))
    place = limits.index(chosen)
    changed = replace(
        chosen,
        limit=chosen.limit + by,
        clear_at=chosen.clear_at + by,
        delay=delay or chosen.delay,
    )
    key = "above" if chosen.above else "below"
    lines = ["[[overrides]]", 'seat = "A"', f'family = "{chosen.family.value}"']
    lines += [f'level = "{"urgent" if chosen.urgent else "caution"}"', f"{key} = {changed.limit:g}"]
    lines += [f"delay_s = {_s(changed.delay)}"] if delay else []
    lines += ['reason = "usual for this person"', 'by = "Dr A"', ""]
    same = [one for one in limits[:place] if (one.family, one.urgent) == (chosen.family, chosen.urgent)]
    if same:  # an override means the first level of its word
        return "", None
    return "\n".join(lines), (*limits[:place], changed, *limits[place + 1 :])


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


def explaining(by: Family, target: Family) -> Book:
    """The default file with another table: one row."""
    row = f'[[inhibitions]]\nby = "{by.value}"\ntargets = ["{target.value}"]\n'
    found = read(_without_table(DEFAULTS.read_text(encoding="utf-8")) + row)
    assert found.rules is not None, found.refusals
    return replace(BOOK, rules=found.rules, explains=frozenset({(by, target)}))


def by_budget() -> Book:
    """The default file with 25 SatSeconds below 90, in place of the delay and the net of that level."""
    text = DEFAULTS.read_text(encoding="utf-8")
    text = text.replace("below = 90, delay_s = 10", "below = 90, satseconds = 25, max_delay_s = 10")
    found = read(text.replace(", net = { count = 3, within_s = 60, min_s = 2 }", ""))
    assert found.rules is not None, found.refusals
    urgent = replace(LIMITS[1], net=None, budget=25_000)
    return replace(BOOK, rules=found.rules, limits=(LIMITS[0], urgent, *LIMITS[2:]))
