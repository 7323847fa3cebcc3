"""The limits in force: Rules, and how a file becomes them.

A file is taken whole or not at all: `read` gives `Rules` only when `refusals.examine` found
nothing to refuse. `defaults.toml` beside this module goes the same way.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from alerts.baseline import BaselineTerms
from alerts.condition import Family, Level
from alerts.fast import FastRule
from alerts.inhibition import TABLE, Inhibitions, read_rows
from alerts.limits import WORSE, FamilyRule, LevelRule
from alerts.lines import Lines
from alerts.overrides import Override, applied, read_override
from alerts.own import NOTHING_CROSSES, DropRule, OwnRule, ShiftRule
from alerts.perfusion import PerfusionRule
from alerts.personal import examine_override
from alerts.qualify import TENTHS, Law
from alerts.refusals import Finding, examine, limits
from alerts.shape import shape_override, timed
from collector.clock import SECOND
from collector.errors import ConfigError

Judged = TypeVar("Judged")
DEFAULTS = Path(__file__).with_name("defaults.toml")
# Announcing again and the life of an acknowledgement (alerts.md 4.2 and 4.5), in seconds.
REPEAT_S = {Level.ADVISORY: 0, Level.CAUTION: 60, Level.URGENT: 15}
ACKNOWLEDGED_S = {Level.ADVISORY: 300, Level.CAUTION: 300, Level.URGENT: 120}
FIXING_S = 60  # who says "I see it, fixing" to a missing reading is asked again after a minute
DEFAULT_TIMES = {"hold_s": 3, "pending_expiry_s": 15, "recover_rate": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All limits in force. `digest` names the file's `text`; episodes are raised under it."""

    vitals: tuple[FamilyRule, ...]
    unmonitored: FamilyRule
    battery: FamilyRule | None = None
    own: tuple[OwnRule, ...] = ()
    fast: FastRule | None = None
    perfusion: PerfusionRule | None = None
    inhibitions: Inhibitions = field(default_factory=Inhibitions)
    overrides: tuple[Override, ...] = ()
    baseline: BaselineTerms = field(default_factory=BaselineTerms)
    hold: int
    expiry: int
    pressure_minutes: tuple[int, ...] = ()  # after a dose; empty = nobody is reminded
    approved_by: str = ""
    approved_on: str = ""
    digest: str = ""
    text: str = field(default="", repr=False)
    warnings: tuple[Finding, ...] = field(default=(), compare=False)

    def of(self, seat: str, participant: str, asked: Iterable[Override]) -> tuple[FamilyRule, ...]:
        """`vitals` for one person: with the overrides of the file and those `asked` for in the session."""
        mine = [one for one in self.overrides if one.concerns(seat, participant)]
        return applied(self.vitals, (*mine, *asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of reading a file: rules only when nothing was refused."""

    rules: Rules | None
    refusals: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


def load_rules(path: Path = DEFAULTS, *, today: date | None = None) -> Rules:
    """The rules in the file; raises `ConfigError` with one sentence per refusal, a line each."""
    checked = check(path, today=today)
    if checked.rules is None:
        raise ConfigError("\n".join(finding.sentence(path.name) for finding in checked.refusals))
    return checked.rules


def check(path: Path, *, today: date | None = None) -> Checked:
    """Read the file and say everything that is wrong with it; raises `ConfigError` if unreadable."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not a text file in UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    return read(text, today=today)


def read(text: str, *, today: date | None = None) -> Checked:
    """Rules from the text of a file, with all refusals and warnings."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        wrong = Finding(line=None, key="", rule="R1", text=f"This is not valid TOML: {error}")
        return Checked(rules=None, refusals=(wrong,), warnings=())
    found = examine(data, Lines(text), today=today or datetime.now(UTC).date())
    refusals = tuple(finding for finding in found if finding.refuses)
    warnings = tuple(finding for finding in found if not finding.refuses)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    rules = None if refusals else replace(_rules(timed(data), digest, warnings), text=text)
    return Checked(rules=rules, refusals=refusals, warnings=warnings)


def refusal_of(rules: Rules, body: Mapping[str, Any], before: Iterable[Mapping[str, Any]]) -> str:
    """Why an override cannot be taken under these rules and those `before` it; empty = it can."""
    wrong = list(shape_override(body, ()))
    if not wrong:
        data = timed(tomllib.loads(rules.text))
        wrong = list(examine_override(data, body, (), limits, before))
    return wrong[0][2] if wrong else ""


def _rules(data: Mapping[str, Any], digest: str, warnings: tuple[Finding, ...]) -> Rules:
    defaults = {**DEFAULT_TIMES, **data.get("defaults", {})}
    families: Mapping[str, Any] = data["families"]
    # The order of the enum, not of the file: events of one instant come in one order.
    present = [family for family in Family if family.value in families]
    made = {family: _family(family, families[family.value], defaults) for family in present}
    return Rules(
        vitals=tuple(rule for family, rule in made.items() if family in ABSOLUTE),
        unmonitored=made[Family.UNMONITORED],
        battery=made.get(Family.BATTERY),
        own=tuple(
            OWN[family](rule, families[family.value]["levels"][0])
            for family, rule in made.items()
            if family in OWN
        ),
        fast=_made(_fast, Family.SPO2_FAST, made, families),
        perfusion=_made(_perfusion, Family.LOW_PERFUSION, made, families),
        inhibitions=Inhibitions(read_rows(data["inhibitions"]) if "inhibitions" in data else TABLE),
        overrides=tuple(read_override(body) for body in data.get("overrides", ())),
        baseline=_baseline(data.get("baseline", {})),
        hold=_ns(defaults["hold_s"]),
        expiry=_ns(defaults["pending_expiry_s"]),
        pressure_minutes=tuple(data.get("reminders", {}).get("blood_pressure_min", ())),
        approved_by=str(data.get("approved_by", "")),
        approved_on=str(data.get("approved_on", "")),
        digest=digest,
        warnings=warnings,
    )


def _baseline(body: Mapping[str, Any]) -> BaselineTerms:
    terms = BaselineTerms()
    return BaselineTerms(
        readings=body.get("readings", terms.readings),
        window=_ns(body["window_s"]) if "window_s" in body else terms.window,
        spread=float(body.get("spread", terms.spread)),
    )


def _drop(rule: FamilyRule, body: Mapping[str, Any]) -> DropRule:
    return DropRule(rule=rule, fall=float(body["fall"]), clear_fall=float(body["clear_fall"]))


def _shift(rule: FamilyRule, body: Mapping[str, Any]) -> ShiftRule:
    return ShiftRule(
        rule=rule,
        up=float(body["up"]),
        up_percent=float(body["up_percent"]),
        down=float(body["down"]),
        down_below=float(body["down_below"]),
    )


def _fast(rule: FamilyRule, body: Mapping[str, Any]) -> FastRule:
    return FastRule(
        rule=rule,
        fall=float(body["fall"]),
        within=_ns(body["within_s"]),
        pulse_change=float(body["pulse_change"]),
    )


def _perfusion(rule: FamilyRule, body: Mapping[str, Any]) -> PerfusionRule:
    return PerfusionRule(rule=rule, share=body["share_percent"] / 100)


def _made(
    make: Callable[[FamilyRule, Mapping[str, Any]], Judged],
    family: Family,
    made: Mapping[Family, FamilyRule],
    families: Mapping[str, Any],
) -> Judged | None:
    """The rule of a family of one level, if the file has it."""
    return make(made[family], families[family.value]["levels"][0]) if family in made else None


# The families whose limits are the same for everybody, and those that follow the own baseline.
ABSOLUTE = frozenset({Family.SPO2_LOW, Family.HR_LOW, Family.HR_HIGH})
OWN: Mapping[Family, Callable[[FamilyRule, Mapping[str, Any]], OwnRule]] = {
    Family.SPO2_DROP: _drop,
    Family.HR_SHIFT: _shift,
}


def _family(family: Family, body: Mapping[str, Any], defaults: Mapping[str, Any]) -> FamilyRule:
    return FamilyRule(
        family=family,
        levels=tuple(_level(family, level, defaults) for level in body["levels"]),
        above=family is Family.HR_HIGH,
        inclusive=family is Family.BATTERY,
        worse=WORSE.get(family, 0.0),
    )


def _level(family: Family, body: Mapping[str, Any], defaults: Mapping[str, Any]) -> LevelRule:
    level = Level[body["level"].upper()]
    seen = FIXING_S if family is Family.UNMONITORED else ACKNOWLEDGED_S[level]
    net = body.get("net")
    law = Law(
        delay=_ns(body["delay_s"]),
        clear=_ns(body.get("clear_s", 0)),
        expiry=_ns(defaults["pending_expiry_s"]),
        rate=defaults["recover_rate"],
        budget=_ns(body.get("satseconds", 0)) * TENTHS,
        net=(net["count"], _ns(net["within_s"]), _ns(net["min_s"])) if net else (0, 0, 0),
    )
    return LevelRule(
        level=level,
        law=law,
        limit=_limit(family, body),
        clear_at=float(body.get("clear_at", 0)),
        repeat=_ns(body.get("repeat_s", REPEAT_S[level])),
        acknowledged=_ns(body.get("acknowledged_s", seen)),
        pausable=body.get("pausable", True),
        in_risk_window=body.get("window") == "risk",
    )


def _limit(family: Family, body: Mapping[str, Any]) -> float:
    if family in OWN:
        return NOTHING_CROSSES
    return float(body.get("below", body.get("above", body.get("at_most", 0))))


def _ns(seconds: float) -> int:
    return round(seconds * SECOND)
