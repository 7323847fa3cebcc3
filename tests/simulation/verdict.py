"""One run from plan to verdict, and what is told of a run that went wrong."""

import asyncio
import gc
from dataclasses import dataclass
from hashlib import blake2b

import structlog

from collector import supervision
from collector.entry import Entry
from collector.reading import Reading
from tests.simulation.loop import run_virtual
from tests.simulation.nemesis import Plan
from tests.simulation.oracle import Oracle
from tests.simulation.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one plan. `digest` covers every frame on the page and every entry kept."""

    plan: Plan
    digest: str
    readings: int
    violations: tuple[str, ...]
    trace: tuple[str, ...]

    def __str__(self) -> str:
        plan = self.plan
        lines = [
            f"seed {plan.seed}: {plan.seats} seats, clips {', '.join(plan.families)}",
            *(f"  falls   {event.seat} {event.at:.0f}-{event.until:.0f} s" for event in plan.events),
            *(f"  trouble {trouble}" for trouble in plan.troubles),
            *self.trace,
            *(f"WRONG: {violation}" for violation in self.violations),
        ]
        return "\n".join(lines)


def judge(plan: Plan) -> Verdict:
    """Run `plan` on virtual time and let the oracle judge it."""
    gc.disable()  # a run makes few cycles and is soon over; looking for them is a tenth of its time
    try:
        return run_virtual(lambda: _judge(plan))
    finally:
        gc.enable()


async def _judge(plan: Plan) -> Verdict:
    with structlog.testing.capture_logs():
        world = World(plan)
        oracle: Oracle | None = None

        def look(world: World) -> None:
            nonlocal oracle
            oracle = oracle or Oracle(world)
            oracle.look()

        failure = ""
        try:
            await world.run(look)
        except* Exception as failures:  # noqa: BLE001 - whatever stops a station is a finding
            failure = repr(failures.exceptions)
        oracle = oracle or Oracle(world)
        if not failure:
            oracle.finish()
        left = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    violations = [*oracle.violations]
    if failure:
        violations.append(f"the run failed: {failure}")
    if left or supervision._ending:
        violations.append(f"tasks are left: {left}")
    digest = world.page.digest
    journal = blake2b(digest_size=16)
    for entry in world.disk.entries:
        journal.update(_line(entry).encode())
    return Verdict(
        plan=plan,
        digest=f"{digest.hexdigest()} {journal.hexdigest()}",
        readings=sum(len(clip.arrivals) for clip in world.truth.clips.values()),
        violations=tuple(violations),
        trace=tuple(oracle.trace or world.trace),
    )


def _line(entry: Entry) -> str:
    """All of an entry, the same in every process."""
    reading = entry.reading
    said: object = entry.facts
    if reading is not None:
        said = (*_numbers(reading), sorted(reading.flags))
    return f"{entry.seq} {entry.instant} {entry.kind} {entry.subject} {entry.participant} {said}"


def _numbers(reading: Reading) -> tuple[object, ...]:
    """What a reading says, apart from its flags."""
    return (
        reading.spo2,
        reading.pulse_rate,
        reading.perfusion_index,
        reading.battery,
        reading.backfill,
    )
