"""The virtual loop itself."""

import asyncio

import pytest

from collector.clock import SECOND, ManualClock, pace
from tests.simulation.loop import Deadlock, VirtualLoop, run_virtual


def test_an_hour_of_sleep_takes_no_time_and_moves_the_loop_by_an_hour() -> None:
    """Virtual time passes exactly as asked."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        before = loop.time()
        await asyncio.sleep(3600)
        return loop.time() - before

    assert run_virtual(main) == pytest.approx(3600)


def test_tasks_wake_in_the_order_of_their_times() -> None:
    """Two sleepers wake by time, not by creation."""
    seen: list[str] = []

    async def sleeper(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        seen.append(name)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(sleeper("late", 2))
            group.create_task(sleeper("early", 1))

    run_virtual(main)

    assert seen == ["early", "late"]


def test_waiting_for_nothing_is_an_error_and_not_a_hang() -> None:
    """A deadlock is reported."""

    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    loop = VirtualLoop()
    try:
        with pytest.raises(Deadlock):
            loop.run_until_complete(main())
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def test_the_manual_clock_is_paced_at_the_asked_speed() -> None:
    """At speed 60 two minutes of session take two seconds of the loop."""

    async def main() -> tuple[float, float]:
        clock = ManualClock()
        loop = asyncio.get_running_loop()
        start = clock.now().running_ns
        await pace(clock, speed=60, until_ns=start + 120 * SECOND)
        return loop.time(), (clock.now().running_ns - start) / SECOND

    real, session = run_virtual(main)

    assert session == pytest.approx(120)
    assert real == pytest.approx(2, abs=0.05)


def test_a_sleeper_on_the_manual_clock_wakes_exactly_when_due() -> None:
    """The pacer steps to the due time of a sleeper and not beyond it."""

    async def main() -> float:
        clock = ManualClock()
        start = clock.now().running_ns
        async with asyncio.TaskGroup() as group:
            pacer = group.create_task(pace(clock, speed=1))
            await clock.sleep_until(start + int(0.37 * SECOND))
            woken = clock.now().running_ns
            pacer.cancel()
        return (woken - start) / SECOND

    assert run_virtual(main) == pytest.approx(0.37)
