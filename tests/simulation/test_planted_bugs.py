"""Does the oracle bite: bugs planted one at a time must be found within a few seeds.

Each bug is a patch of the product made here and nowhere else. The seeds are those whose swarm holds the
trouble that brings the bug to light, as a hunt over many seeds would meet them.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from alerts.engine import Engine
from alerts.qualify import Evidence
from alerts.service import Alerts
from alerts.unmonitored import Unmonitored
from collector import attempt, intake
from collector.clock import Instant
from collector.devices.repetition import Repetition
from collector.intake import Intake
from collector.journal.memory import MemoryJournal
from collector.recorder import Recorder
from dashboards.bedside.axis import Axis
from dashboards.bedside.state import State
from tests.simulation.browser import Browser
from tests.simulation.nemesis import Fault, Plan, draw
from tests.simulation.verdict import judge

Plant = Callable[[pytest.MonkeyPatch], None]
Wanted = Callable[[Plan], bool]
SEEDS = 4  # a bug is found within so many seeds that hold the trouble it needs


def no_stall_watchdog(patch: pytest.MonkeyPatch) -> None:
    """A link that says it is up is believed for ever."""
    patch.setattr(attempt.Attempt, "due", lambda self: 1 << 62)


def duplicates_are_kept(patch: pytest.MonkeyPatch) -> None:
    """Whatever comes twice is recorded twice."""
    patch.setattr(Intake, "_is_duplicate", lambda self, *_: False)
    patch.setattr(Intake, "_said_already", lambda self, reading: False)


def old_callbacks_speak(patch: pytest.MonkeyPatch) -> None:
    """A closed connection is not closed for its callback."""
    patch.setattr(Intake, "close", lambda self: None)
    patch.setattr(intake, "SAME_READING_NS", 0)


def frozen_numbers_are_readings(patch: pytest.MonkeyPatch) -> None:
    """What a clip merely repeats counts."""
    patch.setattr(Repetition, "judge", lambda self, reading, also=None: reading)


def unknown_counts_as_clear(patch: pytest.MonkeyPatch) -> None:
    """Missing data ends alerts."""

    def lapse(evidence: Evidence) -> None:
        hear = type(evidence).hear
        hear(evidence, evidence.condition.__class__("false"), good=True, at=_NEVER)

    patch.setattr(Evidence, "lapse", lapse)


def never_seen_counts_as_fine(patch: pytest.MonkeyPatch) -> None:
    """A seat whose clip has never spoken is not missed."""
    due = Unmonitored._level_due

    def level_due(self: Unmonitored, rung: int) -> int:
        return due(self, rung) if self.heard else 1 << 62

    patch.setattr(Unmonitored, "_level_due", level_due)


def wall_clock_for_age(patch: pytest.MonkeyPatch) -> None:
    """The page reckons age by UTC."""
    patch.setattr(Axis, "ms", lambda self, instant: instant.utc_ns // 1_000_000)


def page_keeps_values(patch: pytest.MonkeyPatch) -> None:
    """The page shows the last number until the next one comes."""

    def shown(self: Browser, seat: str, field: str) -> tuple[int, str] | None:
        said = self._values.get(seat, {}).get(field)
        return (said[0], "live") if said else None

    patch.setattr(Browser, "shown", shown)


def alerts_forgotten_on_restart(patch: pytest.MonkeyPatch) -> None:
    """A new start begins with an empty engine."""

    def take_up(self: Alerts, *args: Any, **known: Any) -> None:
        original(self, *args, **known)
        engine = Engine(self._engine.rules)
        seating, session = engine._seating, self._engine._seating.session
        seating.session = session
        for seat, participant in (session.roster if session else {}).items():
            seating._sit(seat, participant, self._clock.now())
        engine._row.boot = self._clock.now().boot
        self._engine = engine

    original = Alerts.__init__
    patch.setattr(Alerts, "__init__", take_up)


def binding_ignored(patch: pytest.MonkeyPatch) -> None:
    """The first who wore a clip gets its readings for ever."""
    patch.setattr(
        Recorder,
        "_wearer",
        lambda self, device, at: (
            worn[0].binding.participant if (worn := self._worn.get(device)) else None
        ),
    )


def old_person_on_the_tile(patch: pytest.MonkeyPatch) -> None:
    """A seat keeps its tile, numbers included, when another clip is bound to it."""
    seat_people = State._seat_people

    def keep(self: State, before: Any) -> None:
        tiles = dict(self.tiles)
        seat_people(self, before)
        self.tiles = {seat: tiles.get(seat, tile) for seat, tile in self.tiles.items()}

    patch.setattr(State, "_seat_people", keep)


def seq_from_memory(patch: pytest.MonkeyPatch) -> None:
    """A new start counts on from what was appended, not from what was committed."""
    numbers = itertools.count(1)

    def begin(self: Recorder, *args: Any) -> None:
        original(self, *args)
        if self._seq:
            self._seq += next(numbers)

    original = Recorder.__init__
    patch.setattr(Recorder, "__init__", begin)


def commit_is_a_claim(patch: pytest.MonkeyPatch) -> None:
    """With a sick disk entries are called committed and dropped."""
    commit = MemoryJournal._commit

    def pretend(self: MemoryJournal) -> None:
        if self.disk.trouble:
            self._waiting.clear()
        commit(self)

    patch.setattr(MemoryJournal, "_commit", pretend)


_NEVER = Instant(boot="", running_ns=0, utc_ns=0)


def holds(*needed: Fault) -> Wanted:
    """Plans with all of these faults."""
    return lambda plan: set(needed) <= {trouble.fault for trouble in plan.troubles}


def hangs_while_connecting(plan: Plan) -> bool:
    """Plans in which the station starts again while connecting to a clip hangs."""
    return any(
        hang.at < start.until < hang.until - 1
        for hang in plan.troubles
        for start in plan.troubles
        if hang.fault is Fault.HANG and start.fault in (Fault.KILL, Fault.REBOOT)
    )


def steps_back_without_data(plan: Plan) -> bool:
    """Plans in which the wall clock is put back while a seat has been without data for some time."""
    quiet = {Fault.SILENT, Fault.DROP, Fault.FINGER_OFF, Fault.ABSENT}
    return any(
        trouble.fault in quiet and trouble.at + 8 < step.at < trouble.until
        for trouble in plan.troubles
        for step in plan.troubles
        if step.fault is Fault.STEP_BACK
    )


BUGS: Mapping[Plant, Wanted] = {
    no_stall_watchdog: hangs_while_connecting,
    duplicates_are_kept: holds(Fault.DOUBLED),
    old_callbacks_speak: holds(Fault.LEAK, Fault.DROP),
    frozen_numbers_are_readings: holds(Fault.FROZEN),
    unknown_counts_as_clear: holds(Fault.SILENT),
    never_seen_counts_as_fine: holds(Fault.ABSENT),
    wall_clock_for_age: steps_back_without_data,
    page_keeps_values: holds(Fault.CUT),
    alerts_forgotten_on_restart: holds(Fault.KILL),
    binding_ignored: holds(Fault.SWAP),
    old_person_on_the_tile: holds(Fault.SWAP),
    seq_from_memory: holds(Fault.KILL),
    commit_is_a_claim: holds(Fault.DISK_FULL),
}


def plans(wanted: Wanted) -> Iterator[Plan]:
    """The plans of the seeds, in their order, that hold what is wanted; five minutes each."""
    return filter(wanted, (draw(seed, length_s=300.0) for seed in itertools.count()))


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found_within_a_few_seeds(bug: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle sees it from the outside."""
    bug(monkeypatch)

    tried = itertools.islice(plans(BUGS[bug]), SEEDS)

    assert any(judge(plan).violations for plan in tried)
