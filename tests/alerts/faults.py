"""Faults to plant into the engine, each a named monkeypatch, and the invariant that must find it.

`python3 start.py bench faults` plants them all and prints who was found where.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import alerts.alert
import alerts.qualify
import alerts.rules
import alerts.seat
import alerts.unmonitored
import alerts.vital
from alerts.alert import Alert
from alerts.baseline import Baseline
from alerts.battery import Battery
from alerts.condition import Family, Level
from alerts.engine import Engine
from alerts.fast import Fast
from alerts.held import Held
from alerts.inhibition import Inhibitions
from alerts.limits import FamilyRule
from alerts.own import DropRule
from alerts.pause import Pause
from alerts.qualify import FALSE, UNKNOWN, Evidence, Law
from alerts.row import Row
from alerts.rules import Rules
from alerts.seat import Seat
from alerts.seating import Seating
from alerts.state import State
from alerts.unmonitored import Unmonitored
from alerts.vital import Vital
from alerts.vitals import Vitals
from collector.reading import Flag
from tests.alerts import invariants
from tests.alerts.invariants import Check

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


def strict_timer(patch: Patch) -> None:
    """One reading back within the limit takes all evidence away."""
    whole = Evidence.elapse

    def elapse(self: Evidence, law: Law, start: int, dt: int) -> None:
        whole(self, law, start, dt)
        if self.condition is FALSE:
            self.on = 0

    patch.setattr(Evidence, "elapse", elapse)


def evidence_that_does_not_leak(patch: Patch) -> None:
    """Time back within the limit costs nothing."""
    whole = Evidence.elapse

    def elapse(self: Evidence, law: Law, start: int, dt: int) -> None:
        on = self.on
        whole(self, law, start, dt)
        if self.condition is FALSE:
            self.on = on

    patch.setattr(Evidence, "elapse", elapse)


def gaps_drop_evidence(patch: Patch) -> None:
    """Any gap resets what was gathered."""
    whole = Evidence.lapse

    def lapse(self: Evidence) -> None:
        whole(self)
        self.clear()

    patch.setattr(Evidence, "lapse", lapse)


def silence_counts_as_recovery(patch: Patch) -> None:
    """Missing data lets the clear time run on."""
    whole = Evidence.elapse

    def lapse(self: Evidence) -> None:
        self.condition = UNKNOWN

    def elapse(self: Evidence, law: Law, start: int, dt: int) -> None:
        whole(self, law, start, dt)
        if self.condition is UNKNOWN and self.good:
            self.off += dt

    patch.setattr(Evidence, "lapse", lapse)
    patch.setattr(Evidence, "elapse", elapse)


def one_reading_is_enough(patch: Patch) -> None:
    """The deep level needs no second reading."""
    patch.setattr(alerts.qualify, "FEWEST_READINGS", 1)


def limits_include_their_value(patch: Patch) -> None:
    """Exactly 90 counts as below 90."""

    def beyond(self: FamilyRule, value: float, level: int) -> bool:
        limit = self.levels[level].limit
        return value >= limit if self.above else value <= limit

    patch.setattr(FamilyRule, "beyond", beyond)


def no_hysteresis(patch: Patch) -> None:
    """An episode ends at its limit instead of beyond it."""

    def recovered(self: FamilyRule, value: float, level: int) -> bool:
        return not self.beyond(value, level)

    patch.setattr(FamilyRule, "recovered", recovered)


def weak_signal_ends_episodes(patch: Patch) -> None:
    """A questionable reading counts as a good one."""
    whole = Vital._judge

    def judge(self: Vital, index: int, value: float | None, *, questionable: bool) -> Any:
        urgent = self.levels[index][1]
        return whole(self, index, value, questionable=questionable and not urgent)

    patch.setattr(Vital, "_judge", judge)


def weak_signal_hides_urgent(patch: Patch) -> None:
    """A questionable reading counts for nothing at all."""
    whole = Vital._judge

    def judge(self: Vital, index: int, value: float | None, *, questionable: bool) -> Any:
        return whole(self, index, None if questionable else value, questionable=questionable)

    patch.setattr(Vital, "_judge", judge)


def implausible_is_rejected(patch: Patch) -> None:
    """SpO2 below 50 is taken for no value."""
    whole = Vital.hear

    def hear(self: Vital, value: float | None, *args: Any, **more: Any) -> None:
        whole(self, None if value is not None and value < self.believable else value, *args, **more)

    patch.setattr(Vital, "hear", hear)


def raises_while_fitting(patch: Patch) -> None:
    """Nothing has to be armed."""
    patch.setattr(alerts.seat, "ARMED_AFTER", 0)


def acknowledgement_for_ever(patch: Patch) -> None:
    """It never expires."""
    whole = Alert.acknowledge

    def acknowledge(self: Alert, *args: Any) -> bool:
        done = whole(self, *args)
        self.expires = alerts.alert.NEVER
        return done

    patch.setattr(Alert, "acknowledge", acknowledge)


def acknowledgement_survives_escalation(patch: Patch) -> None:
    """A higher level is announced, but stays acknowledged."""
    whole = Alert.escalate

    def escalate(self: Alert, *args: Any) -> None:
        was = self.state
        whole(self, *args)
        self.state = was

    patch.setattr(Alert, "escalate", escalate)


def worse_is_not_told(patch: Patch) -> None:
    """Once acknowledged, deeper values are quiet."""
    patch.setattr(Alert, "compare", lambda *_: None)


def acknowledging_one_acknowledges_all(patch: Patch) -> None:
    """The episode is not looked at, only the seat."""

    def acknowledge(self: Seat, episode: str, by: str, at: Any, out: Any) -> None:
        for alert in self.alerts():
            alert.acknowledge(by, at, out)
        self._plan()

    patch.setattr(Seat, "acknowledge", acknowledge)


def acknowledging_one_seat_acknowledges_all(patch: Patch) -> None:
    """The seat is not looked at, only the family and number."""

    def waits(self: Seat, episode: str) -> bool:
        return any(
            alert.episode.split("-")[2:] == episode.split("-")[2:] and alert.state is State.ACTIVE
            for alert in self.alerts()
        )

    def acknowledge(self: Seat, episode: str, by: str, at: Any, out: Any) -> None:
        for alert in self.alerts():
            if alert.episode.split("-")[2:] == episode.split("-")[2:]:
                alert.acknowledge(by, at, out)
        self._plan()

    patch.setattr(Seat, "waits", waits)
    patch.setattr(Seat, "acknowledge", acknowledge)


def timers_fire_at_the_tick(patch: Patch) -> None:
    """An event carries the instant at which somebody looked."""
    whole = Row.run

    def run(self: Row, now: int, out: Any) -> None:
        self.now = max(self.now, now)
        patched = self.instant(self.now)
        whole_instant = self.instant
        self.__dict__["instant"] = lambda _due: patched
        try:
            whole(self, now, out)
        finally:
            self.__dict__["instant"] = whole_instant

    patch.setattr(Row, "run", run)


def repeats_forget_their_cadence(patch: Patch) -> None:
    """Urgent is repeated like a caution."""
    patch.setitem(alerts.rules.REPEAT_S, Level.URGENT, 60)
    rules = alerts.rules.load_rules()
    whole = Engine.__init__

    def init(self: Engine, _rules: Rules, saved: Any = None) -> None:
        whole(self, rules, saved)

    patch.setattr(Engine, "__init__", init)


def repeats_go_on_when_seen(patch: Patch) -> None:
    """An acknowledgement does not stop the repeats."""

    def due(self: Alert) -> int:
        wait = 0 if not self.open or self._held else self.rule.levels[self.rung].repeat
        return self.announced + wait if wait else alerts.alert.NEVER

    patch.setattr(Alert, "due", property(due))


def first_reading_ends_unmonitored(patch: Patch) -> None:
    """One valid reading is taken for being back."""
    patch.setattr(alerts.unmonitored, "ENDS_AFTER", 0)


def frozen_silence(patch: Patch) -> None:
    """Invalid frames keep a seat monitored."""
    whole = Unmonitored.invalid

    def invalid(self: Unmonitored, at: Any, flags: frozenset[Flag]) -> None:
        whole(self, at, flags)
        self.silent_ns = at.running_ns

    patch.setattr(Unmonitored, "invalid", invalid)


def unmonitored_closes_what_it_hides(patch: Patch) -> None:
    """When data goes missing the low episode is over."""
    whole = Seat._lapse

    def lapse(self: Seat) -> None:
        whole(self)
        for vital in self.vitals.all:
            for evidence in vital.evidence:
                evidence.off, evidence.good = 1 << 60, True

    patch.setattr(Seat, "_lapse", lapse)


def late_readings_count(patch: Patch) -> None:
    """Whatever arrives is taken for the newest."""
    whole = Seat.hear

    def hear(self: Seat, *args: Any) -> None:
        whole(self, *args)
        self.newest = -1

    patch.setattr(Seat, "hear", hear)


def a_restart_forgets_evidence(patch: Patch) -> None:
    """What was pending is not saved."""
    whole = Vital.save

    def save(self: Vital) -> dict[str, Any] | None:
        saved = whole(self)
        return saved and {**saved, "evidence": []}

    patch.setattr(Vital, "save", save)


def a_restart_forgets_acknowledgements(patch: Patch) -> None:
    """Everything open is unseen after a restart."""
    whole = Alert.save

    def save(self: Alert) -> dict[str, Any] | None:
        saved = whole(self)
        return saved and {**saved, "state": saved["state"].replace("acknowledged", "active")}

    patch.setattr(Alert, "save", save)


def wall_clock_timers(patch: Patch) -> None:
    """Timers run on UTC."""
    whole = Engine.take

    def take(self: Engine, entry: Any) -> Any:
        at = entry.instant
        moved = replace(at, running_ns=at.utc_ns)
        body = entry.body if entry.reading is None else replace(entry.reading, at=moved)
        return whole(self, replace(entry, instant=moved, body=body))

    patch.setattr(Engine, "take", take)


def net_that_never_forgets(patch: Patch) -> None:
    """Three breaches raise, however far apart."""

    def caught(self: Evidence, law: Law, now: int) -> bool:
        return len(self.breaches) >= law.net_count

    patch.setattr(Evidence, "_caught", caught)
    patch.setattr(Vital, "_rest", lambda *_: None)


def ends_without_being_released(patch: Patch) -> None:
    """The end of the session forgets what is open."""

    def close(self: Seating, at: Any, out: Any) -> None:
        row = self._row
        row.seats, self.wearing, row.parts, row._queue = {}, {}, [], []

    patch.setattr(Seating, "_close", close)


def explained_for_ever(patch: Patch) -> None:
    """What was explained once stays quiet when the reason is over."""
    whole = Alert.explain_by

    def explain_by(self: Alert, family: Family | None, at: Any, out: Any) -> None:
        whole(self, family or self.explained, at, out)

    patch.setattr(Alert, "explain_by", explain_by)


def explained_in_silence(patch: Patch) -> None:
    """The reason ends, and what still stands is not announced."""

    def explain_by(self: Alert, family: Family | None, at: Any, out: Any) -> None:
        before, self.explained = self.explained, family
        if before is not family and self.open:
            self.change(at, out)

    patch.setattr(Alert, "explain_by", explain_by)


def nothing_is_urgent_enough(patch: Patch) -> None:
    """An explanation hides an urgent alert as well."""

    def held(self: Alert) -> bool:
        return self.explained is not None or (self.paused and self.pausable)

    patch.setattr(Alert, "_held", property(held))


def anything_explains(patch: Patch) -> None:
    """A source that is over goes on explaining."""

    def explanation(self: Inhibitions, target: Family, standing: Any) -> Family | None:
        rows = self.by_target.get(target, ())
        return next((row.by for row in rows if standing[row.by].level >= row.level), None)

    patch.setattr(Inhibitions, "explanation", explanation)


def a_drop_from_the_limit(patch: Patch) -> None:
    """Four points below the own number are not yet four points below."""
    whole = DropRule.under

    def under(self: DropRule, baseline: Any) -> FamilyRule:
        return replace(whole(self, baseline), inclusive=False)

    patch.setattr(DropRule, "under", under)


def falls_from_nowhere(patch: Patch) -> None:
    """The heights of the last seconds are forgotten with each reading."""
    whole = Fast.hear

    def hear(self: Fast, *args: Any, **more: Any) -> bool:
        self.begin()
        return whole(self, *args, **more)

    patch.setattr(Fast, "hear", hear)


def a_restart_forgets_the_baseline(patch: Patch) -> None:
    """What is usual for a person is not saved."""
    whole = Seat.save

    def save(self: Seat) -> dict[str, Any]:
        return {**whole(self), "baseline": None}

    patch.setattr(Seat, "save", save)


def pauses_cover_everything(patch: Patch) -> None:
    """Whatever the level, a pause keeps its signals back."""
    patch.setattr(Alert, "pausable", property(lambda _: True))


def pauses_never_end(patch: Patch) -> None:
    """A pause runs until somebody says `back`."""
    patch.setattr(Pause, "over", lambda *_: None)
    patch.setattr(Pause, "due", lambda *_: alerts.alert.NEVER)


def explanations_are_ignored(patch: Patch) -> None:
    """What is explained speaks all the same."""
    patch.setattr(Alert, "_held", property(lambda self: self.paused and self.pausable))


def drops_are_counted_from_anybody(patch: Patch) -> None:
    """Everybody is taken for somebody with 99 %."""
    whole = Vitals.__init__

    def init(self: Vitals, *args: Any) -> None:
        whole(self, *args)
        self.adopt(Baseline(spo2=99.0, pulse_rate=70.0, readings=60))

    patch.setattr(Vitals, "__init__", init)


def a_baseline_is_not_adopted(patch: Patch) -> None:
    """What is usual for a person is recorded and not used."""
    patch.setattr(Vitals, "adopt", lambda *_: None)


def batteries_have_no_hysteresis(patch: Patch) -> None:
    """A battery at its limit plus one is a full one."""

    def back(self: Battery, rung: int) -> bool:
        return not self._low(rung)

    patch.setattr(Battery, "_back", back)


def silence_counts_from_the_first_reading(patch: Patch) -> None:
    """A seat that has spoken once is taken for monitored."""
    whole = Unmonitored._level_due

    def level_due(self: Unmonitored, rung: int) -> int:
        return alerts.alert.NEVER if self.heard else whole(self, rung)

    patch.setattr(Unmonitored, "_level_due", level_due)


def nobody_is_told_twice(patch: Patch) -> None:
    """What is announced once is never announced again."""
    patch.setattr(Alert, "due", property(lambda _: alerts.alert.NEVER))


def repeats_without_end(patch: Patch) -> None:
    """Whatever stands is announced each second."""

    def due(self: Alert) -> int:
        waits = self.state is State.ACTIVE and not self._held and self.level > Level.ADVISORY
        return self.announced + 1_000_000_000 if waits else alerts.alert.NEVER

    patch.setattr(Alert, "due", property(due))


def everybody_has_the_same_limits(patch: Patch) -> None:
    """Limits of a person's own are read and not used."""
    patch.setattr(Rules, "of", lambda self, *_args, **_kwargs: self.vitals)


def a_budget_is_never_spent(patch: Patch) -> None:
    """Depth counts for nothing; only the longest delay is left."""
    whole = Evidence.elapse

    def elapse(self: Evidence, law: Law, start: int, dt: int) -> None:
        whole(self, law, start, dt)
        self.points = 0

    patch.setattr(Evidence, "elapse", elapse)


def a_budget_does_not_leak(patch: Patch) -> None:
    """Time back within the limit takes no depth away."""
    whole = Evidence.elapse

    def elapse(self: Evidence, law: Law, start: int, dt: int) -> None:
        points = self.points
        whole(self, law, start, dt)
        self.points = max(points, self.points) if self.condition is FALSE else self.points

    patch.setattr(Evidence, "elapse", elapse)


def the_written_table_is_ignored(patch: Patch) -> None:
    """What explains what is as by default, whatever the file says."""
    whole = Held.__init__
    patch.setattr(Held, "__init__", lambda self, _written, alerts: whole(self, Inhibitions(), alerts))


FAULTS: dict[Plant, Check] = {
    everybody_has_the_same_limits: invariants.sound,
    a_budget_is_never_spent: invariants.evidence_is_enough,
    a_budget_does_not_leak: invariants.sound,
    the_written_table_is_ignored: invariants.explained_is_not_lost,
    explained_for_ever: invariants.explained_is_not_lost,
    explained_in_silence: invariants.explained_is_not_lost,
    nothing_is_urgent_enough: invariants.announcements,
    anything_explains: invariants.explained_is_not_lost,
    a_drop_from_the_limit: invariants.own_is_told,
    falls_from_nowhere: invariants.falls_are_told,
    a_restart_forgets_the_baseline: invariants.no_restart_matters,
    strict_timer: invariants.evidence_is_enough,
    evidence_that_does_not_leak: invariants.sound,
    gaps_drop_evidence: invariants.evidence_is_enough,
    silence_counts_as_recovery: invariants.no_end_without_good_data,
    one_reading_is_enough: invariants.sound,
    limits_include_their_value: invariants.sound,
    no_hysteresis: invariants.no_end_without_good_data,
    weak_signal_ends_episodes: invariants.no_end_without_good_data,
    weak_signal_hides_urgent: invariants.complete_on_time,
    implausible_is_rejected: invariants.complete_on_time,
    raises_while_fitting: invariants.sound,
    acknowledgement_for_ever: invariants.told_again,
    acknowledgement_survives_escalation: invariants.told_again,
    worse_is_not_told: invariants.worse_is_told,
    acknowledging_one_acknowledges_all: invariants.families_are_strangers,
    acknowledging_one_seat_acknowledges_all: invariants.seats_are_strangers,
    timers_fire_at_the_tick: invariants.no_tick_matters,
    repeats_forget_their_cadence: invariants.told_again,
    repeats_go_on_when_seen: invariants.announcements,
    first_reading_ends_unmonitored: invariants.silence_is_told,
    frozen_silence: invariants.silence_is_told,
    unmonitored_closes_what_it_hides: invariants.no_end_without_good_data,
    late_readings_count: invariants.late_and_double_readings_matter_not,
    a_restart_forgets_evidence: invariants.no_restart_matters,
    a_restart_forgets_acknowledgements: invariants.no_restart_matters,
    wall_clock_timers: invariants.time_is_relative,
    net_that_never_forgets: invariants.sound,
    ends_without_being_released: invariants.one_episode,
    pauses_cover_everything: invariants.pauses_keep_nothing_for_long,
    pauses_never_end: invariants.pauses_keep_nothing_for_long,
    explanations_are_ignored: invariants.explained_is_not_lost,
    drops_are_counted_from_anybody: invariants.own_is_told,
    a_baseline_is_not_adopted: invariants.own_is_told,
    batteries_have_no_hysteresis: invariants.batteries_are_told,
    silence_counts_from_the_first_reading: invariants.silence_is_told,
    nobody_is_told_twice: invariants.told_again,
    repeats_without_end: invariants.output_is_bounded,
}
