"""One run from plan to verdict, and what is told of a run that went wrong."""

import asyncio
from dataclasses import dataclass
from hashlib import blake2b

import structlog

from collector import supervision
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
    return run_virtual(lambda: _judge(plan))


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
        journal.update(repr(entry).encode())
    return Verdict(
        plan=plan,
        digest=f"{digest.hexdigest()} {journal.hexdigest()}",
        readings=sum(len(clip.arrivals) for clip in world.truth.clips.values()),
        violations=tuple(violations),
        trace=tuple(oracle.trace or world.trace),
    )
