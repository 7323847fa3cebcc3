"""Tasks come back or end the group, never hang it, and deadlines hold on the clock given."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import SECOND, ManualClock
from collector.supervision import BackOff, Policy, Supervisor, either, run_until, within
from tests.collector.radio.world import elapse, settle
from tests.simulation.loop import run_virtual


class Flaky:
    """Fails at the times of its list, then runs for ever."""

    def __init__(self, clock: ManualClock, lives_s: list[float]) -> None:
        self.begun: list[float] = []
        self._clock = clock
        self._lives_s = lives_s

    async def __call__(self) -> None:
        now = self._clock.now().running_ns
        self.begun.append(now / SECOND)
        if len(self.begun) > len(self._lives_s):
            await asyncio.Event().wait()
        await self._clock.sleep_until(now + int(self._lives_s[len(self.begun) - 1] * SECOND))
        raise RuntimeError("flaky")


async def deaf(release: asyncio.Event) -> None:
    """Ends when released and not before, whoever cancels it."""
    while not release.is_set():
        try:
            await release.wait()
        except asyncio.CancelledError:
            continue


async def for_ever() -> None:
    await asyncio.Event().wait()


def supervised(clock: ManualClock) -> Supervisor:
    return Supervisor(clock, random=Random(1))


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """On virtual time: the loop's own deadlines pass without waiting."""
    run_virtual(main)


def test_failed_task_is_started_again_after_growing_pauses() -> None:
    """A restarting task comes back after pauses that double up to the cap."""

    async def main() -> None:
        clock = ManualClock()
        work = Flaky(clock, [0.0] * 12)
        async with supervised(clock) as group:
            group.start("flaky", work, policy=Policy.RESTART)
            await elapse(clock, 60)
            group.stop()
        pauses = [later - before for before, later in zip(work.begun, work.begun[1:], strict=False)]

        assert len(pauses) == 12
        assert all(
            min(5.0, 0.25 * 2**n) / 2 <= pause <= min(5.0, 0.25 * 2**n)
            for n, pause in enumerate(pauses)
        )

    run(main)


def test_first_failure_and_recovery_are_logged_once() -> None:
    """Five failures in a row and 30 good seconds after them make two lines."""

    async def main() -> None:
        clock = ManualClock()
        async with supervised(clock) as group:
            group.start("flaky", Flaky(clock, [0.0] * 5), policy=Policy.RESTART)
            with structlog.testing.capture_logs() as lines:
                await elapse(clock, 60)
            group.stop()

        assert [line["event"] for line in lines] == [
            "task failed, starting it again",
            "task runs again",
        ]

    run(main)


def test_lasting_success_makes_the_next_pause_short_again() -> None:
    """After 30 s without failure the back-off begins anew."""

    async def main() -> None:
        clock = ManualClock()
        work = Flaky(clock, [0.0] * 6 + [40.0])
        async with supervised(clock) as group:
            group.start("flaky", work, policy=Policy.RESTART)
            await elapse(clock, 120)
            group.stop()

        assert work.begun[7] - work.begun[6] - 40.0 <= 0.25

    run(main)


async def neighbours(group: Supervisor, work: Flaky) -> None:
    """A task that runs for ever beside one whose failure escalates."""
    async with group:
        group.start("neighbour", for_ever, policy=Policy.RESTART)
        group.start("fatal", work, policy=Policy.ESCALATE)


def test_escalating_failure_ends_the_group() -> None:
    """The failure of an escalating task cancels its neighbours and comes out."""

    async def main() -> None:
        clock = ManualClock()
        group = supervised(clock)
        with pytest.raises(ExceptionGroup, match="unhandled") as caught:
            await neighbours(group, Flaky(clock, [0.0]))

        assert group.names == ()
        assert caught.value.subgroup(RuntimeError) is not None

    run(main)


def test_returning_work_is_over() -> None:
    """A task whose work returns is not started again."""

    async def main() -> None:
        clock = ManualClock()
        begun: list[int] = []

        async def once() -> None:
            begun.append(1)

        async with supervised(clock) as group:
            group.start("once", once, policy=Policy.RESTART)
            await elapse(clock, 60)

        assert begun == [1]
        assert group.names == ()

    run(main)


@pytest.mark.parametrize("policy", Policy)
def test_cancelled_task_ends_alone(policy: Policy) -> None:
    """Cancelling one task ends its work and leaves the others running."""

    async def main() -> None:
        clock = ManualClock()
        async with supervised(clock) as group:
            one = group.start("one", for_ever, policy=policy)
            group.start("other", for_ever, policy=policy)
            await settle()
            one.cancel()
            await settle()

            assert one.cancelled()
            assert group.names == ("other",)
            group.stop()

    run(main)


@pytest.mark.parametrize("policy", Policy)
def test_task_that_does_not_end_is_left_behind(policy: Policy) -> None:
    """Shutdown does not wait for ever, although nobody advances the clock, and says what it left."""

    async def main() -> None:
        clock = ManualClock()
        began = asyncio.get_running_loop().time()
        release = asyncio.Event()
        with structlog.testing.capture_logs() as lines:
            async with supervised(clock) as group:
                group.start("deaf", lambda: deaf(release), policy=policy)
                await settle()
                group.stop()

        assert asyncio.get_running_loop().time() - began == pytest.approx(10.0, abs=0.1)
        assert [line.get("task") for line in lines] == ["deaf"]
        release.set()

    run(main)


def test_within_gives_result_or_deadline() -> None:
    """What is in time comes back, what is late raises TimeoutError at the session second given."""

    async def main() -> None:
        clock = ManualClock()

        async def answer(after_s: float) -> str:
            await clock.sleep_until(clock.now().running_ns + int(after_s * SECOND))
            return "answer"

        async with asyncio.TaskGroup() as group:
            early = group.create_task(within(clock, 5, answer(4), name="early"))
            late = group.create_task(_outcome(within(clock, 5, answer(6), name="late")))
            await elapse(clock, 4.9)
            assert early.result() == "answer"
            assert not late.done()
            await elapse(clock, 0.2)

        assert late.result() == "TimeoutError"

    run(main)


async def _outcome(work: Coroutine[Any, Any, object]) -> str:
    try:
        return str(await work)
    except TimeoutError as error:
        return type(error).__name__


def test_moving_deadline_is_asked_again() -> None:
    """Work whose deadline moves on is not ended at the old one, and `late` is told at the new one."""

    async def main() -> None:
        clock = ManualClock()
        due = [clock.now().running_ns + 5 * SECOND]
        told: list[int] = []
        async with asyncio.TaskGroup() as group:
            work = run_until(
                clock,
                lambda: due[0],
                for_ever(),
                name="work",
                late=lambda: told.append(clock.now().running_ns),
            )
            task = group.create_task(_outcome(work))
            await elapse(clock, 4)
            due[0] += 5 * SECOND
            await elapse(clock, 5)
            assert not task.done()
            await elapse(clock, 2)

        assert task.result() == "TimeoutError"
        assert told == [due[0]]

    run(main)


def test_either_ends_with_the_first() -> None:
    """The first failure comes out and the other work is cancelled."""

    async def main() -> None:
        clock = ManualClock()
        ended: list[str] = []

        async def other() -> None:
            try:
                await for_ever()
            finally:
                ended.append("other")

        with pytest.raises(RuntimeError, match="flaky"):
            await either(Flaky(clock, [0.0])(), other(), clock=clock, name="pair")

        assert ended == ["other"]

    run(main)


@given(seed=st.integers(), attempts=st.integers(1, 40))
def test_pauses_stay_between_half_a_step_and_the_cap(seed: int, attempts: int) -> None:
    """However often something fails, the pause is at least half the first step and at most the cap."""
    back_off = BackOff(Random(seed))

    pauses = [back_off.next_s() for _ in range(attempts)]

    assert all(0.125 <= pause <= 5.0 for pause in pauses)
    back_off.reset()
    assert back_off.next_s() <= 0.25
    assert back_off.longest_s() >= 2.5


def test_failure_at_the_moment_of_being_cancelled_is_not_reported_as_lost() -> None:
    """Work that has just failed when its waiter is cancelled leaves no complaint of the loop behind."""
    complaints: list[str] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: complaints.append(context["message"])
        )
        clock = ManualClock()
        begin = asyncio.Event()

        async def fail() -> None:
            await begin.wait()
            raise RuntimeError("just now")

        async with asyncio.TaskGroup() as group:
            waiter = group.create_task(run_until(clock, lambda: 1 << 62, fail(), name="work"))
            await settle()
            begin.set()
            await asyncio.sleep(0)
            waiter.cancel()
        gc.collect()

    run_virtual(main)

    assert complaints == []
