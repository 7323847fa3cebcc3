"""What the rules in force promise, in plain sentences (alerts.md 4.8)."""

from collections.abc import Iterator

from alerts.condition import Family, Level
from alerts.fast import FastRule
from alerts.inhibition import Inhibition
from alerts.limits import FamilyRule, LevelRule
from alerts.overrides import LIMIT_KEYS, Override
from alerts.own import DropRule, ShiftRule
from alerts.perfusion import PerfusionRule
from alerts.qualify import TENTHS, Law
from alerts.rules import Rules
from collector.clock import SECOND

# From the decision to the page: at most a tick, the journal, the way to the browser, painting.
ON_SCREEN_S = 2
NAMES = {
    Family.SPO2_LOW: ("SpO2", "%"),
    Family.HR_LOW: ("pulse rate", "/min"),
    Family.HR_HIGH: ("pulse rate", "/min"),
}


def promises(rules: Rules) -> Iterator[str]:
    """One sentence per level, in the order of the families."""
    for family in rules.vitals:
        for level in family.levels:
            yield _vital(family, level)
    for own in rules.own:
        yield _drop(own) if isinstance(own, DropRule) else _shift(own)
    if rules.fast is not None:
        yield _fast(rules.fast)
    if rules.perfusion is not None:
        yield _perfusion(rules.perfusion)
    for level in rules.unmonitored.levels:
        yield _unmonitored(level)
    for level in rules.battery.levels if rules.battery else ():
        yield _battery(level)
    for override in rules.overrides:
        yield _override(override)
    for row in rules.inhibitions.rows:
        yield _explains(row)
    yield from _reminders(rules.pressure_minutes)


def _reminders(minutes: tuple[int, ...]) -> Iterator[str]:
    if minutes:
        when = ", ".join(str(minute) for minute in minutes)
        yield f"bp_due: a reminder {when} min after a dose, until a blood pressure is entered."


def _override(override: Override) -> str:
    limit = "" if override.limit is None else f" {LIMIT_KEYS[override.family]} {override.limit:g}"
    delay = "" if override.delay is None else f" after {_s(override.delay)}"
    whom = override.participant or f"whoever sits on seat {override.seat}"
    why = f" ({override.reason}; {override.by})" if override.reason else ""
    return f"override: {override.family.value} {override.level.word}{limit}{delay} for {whom}{why}."


def _explains(row: Inhibition) -> str:
    level = f" at level {row.level.word}" if row.level is Level.URGENT else ""
    cause = f" with cause {row.cause.value}" if row.cause else ""
    targets = ", ".join(target.value for target in row.targets)
    return f"{row.by.value}{level}{cause} explains {targets}: no signals of these meanwhile, unless urgent."


def _vital(family: FamilyRule, level: LevelRule) -> str:
    name, unit = NAMES[family.family]
    side, back = ("above", "below") if family.above else ("below", "above")
    law = level.law
    net = f" (or {_net(law)})" if law.net_count else ""
    if law.budget:
        points = law.budget / SECOND / TENTHS
        net += f" (or until {points:g} SatSeconds, points below times seconds, have gathered)"
    return (
        f"{family.family.value}: {level.level.word} when the {name} is {side} {level.limit:g} {unit}"
        f" for {_s(law.delay)}{net}, on screen at most {_s(law.delay + ON_SCREEN_S * SECOND)} after the"
        f" first such reading; ends after {_s(law.clear)} at {level.clear_at:g} {unit} or {back}."
    )


def _drop(own: DropRule) -> str:
    level = own.rule.levels[0]
    return (
        f"spo2_drop: {level.level.word} when the SpO2 is {own.fall:g} points or more below the person's own"
        f" baseline for {_bound(level)}; ends after {_s(level.law.clear)} at {own.clear_fall:g} points or"
        " less; off until there is a baseline."
    )


def _shift(own: ShiftRule) -> str:
    level = own.rule.levels[0]
    return (
        f"hr_shift: {level.level.word} when the pulse rate, with a good signal, is {own.up:g} /min and"
        f" {own.up_percent:g} % above the person's own baseline, or {own.down:g} /min below it and below"
        f" {own.down_below:g} /min, for {_bound(level)}; ends after {_s(level.law.clear)} half-way back;"
        " off until there is a baseline."
    )


def _fast(fast: FastRule) -> str:
    level = fast.rule.levels[0]
    return (
        f"spo2_fast: {level.level.word} when the SpO2, with a good signal, is below {level.limit:g} % and"
        f" {fast.fall:g} points or more below the highest of the last {_s(fast.within)}, while the pulse rate"
        f" changes by less than {fast.pulse_change:g} /min, for {_bound(level)}; ends after"
        f" {_s(level.law.clear)} at {level.clear_at:g} % or above, or with spo2_low."
    )


def _perfusion(perfusion: PerfusionRule) -> str:
    level = perfusion.rule.levels[0]
    return (
        f"low_perfusion: {level.level.word} when the perfusion index is below {level.limit:g} %, or the clip"
        f" says weak signal for {perfusion.share:.0%} of the time, for {_bound(level)}; ends after"
        f" {_s(level.law.clear)} of good readings."
    )


def _bound(level: LevelRule) -> str:
    """How long it takes, and until when it is on screen at most."""
    on_screen = _s(level.law.delay + ON_SCREEN_S * SECOND)
    return f"{_s(level.law.delay)}, on screen at most {on_screen} after the first such reading"


def _net(law: Law) -> str:
    return f"{law.net_count} times for {_s(law.net_min)} within {_s(law.net_within)}"


def _unmonitored(level: LevelRule) -> str:
    when = " during the risk window after a dose" if level.in_risk_window else ""
    return (
        f"unmonitored: {level.level.word} when a seat has had no valid reading for"
        f" {_s(level.law.delay)}{when}, on screen at most {_s(level.law.delay + ON_SCREEN_S * SECOND)}"
        " after the last one; ends after 5 s of valid readings."
    )


def _battery(level: LevelRule) -> str:
    return (
        f"battery: {level.level.word} when a clip has said {level.limit:g} % or less for"
        f" {_s(level.law.delay)}, from the preparation on, on screen at most"
        f" {_s(level.law.delay + ON_SCREEN_S * SECOND)} after it first said so; ends at"
        f" {level.clear_at:g} % or above."
    )


def _s(ns: int) -> str:
    return f"{ns / SECOND:g} s"
