"""The only place where tasks are made: each has a name, a policy and an end.

Why not `asyncio.TaskGroup` alone: a child that does not end when cancelled would hold the station at
shutdown for ever (a Bluetooth disconnect without an answer does exactly that, reliability.md 1E), and a
device task that fails must come back by itself instead of ending its neighbours. Pauses and deadlines
are of the Clock given; only cleaning up is also bounded by the loop's own time, because at shutdown
nobody may be left to advance a manual clock.
"""

import asyncio
from collections.abc import Callable, Coroutine
from enum import StrEnum
from random import Random
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog

from collector.clock import SECOND, Clock

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
Work = Callable[[], Coroutine[Any, Any, None]]

# reliability.md row 34: a short cap, because a gap hurts more than radio noise; lasting success resets.
FIRST_S, CAP_S, GOOD_S = 0.25, 5.0, 30.0
# How long something cancelled may take to clean up before it is left behind (a disconnect: 10 s).
CLEAN_UP_S = 10.0
# A deadline that moves closer is noticed so soon; not more than the shortest moving one (a stall: 8 s).
LOOK_AGAIN_S = 8.0

# Keeps what did not end when told to from being collected in mid-air.
_ending: set[asyncio.Task[Any]] = set()


class Policy(StrEnum):
    """What the failure of a task means."""

    RESTART = "restart"  # it is started again after a pause
    ESCALATE = "escalate"  # it ends the whole group


class BackOff:
    """Pauses between attempts: doubling, capped, with jitter from the generator given."""

    def __init__(self, random: Random, *, first_s: float = FIRST_S, cap_s: float = CAP_S) -> None:
        self._random = random
        self._first_s = first_s
        self._cap_s = cap_s
        self._step_s = first_s

    def next_s(self) -> float:
        """Seconds to wait before the next attempt, between half of the present step and all of it."""
        step, self._step_s = self._step_s, min(self._cap_s, self._step_s * 2)
        return step * (0.5 + 0.5 * self._random.random())

    def longest_s(self) -> float:
        """Seconds of a pause at the cap, whatever happened before."""
        self._step_s = self._cap_s
        return self.next_s()

    def reset(self) -> None:
        """Begin again with the shortest pause."""
        self._step_s = self._first_s


class Supervisor:
    """A group of named tasks; an async context manager that ends with all of them ended.

    A task that escalates, or an exception in the body, cancels the rest; failures come out as an
    `ExceptionGroup`. Leaving the body waits for every task; `stop` cancels them all. A task that has
    not ended `CLEAN_UP_S` after it was cancelled is named in the log and left behind.
    """

    def __init__(self, clock: Clock, *, random: Random) -> None:
        self._clock = clock
        self._random = random
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._group.__aexit__(kind, failure, traceback)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tasks that have not ended, sorted."""
        return tuple(sorted(task.get_name() for task in self._tasks))

    def start(self, name: str, work: Work, *, policy: Policy) -> "asyncio.Task[None]":
        """Run `work()` as a task of this group until `work` returns; cancel it to end it alone."""
        supervised = self._restart(name, work) if policy is Policy.RESTART else self._once(name, work)
        task = self._group.create_task(supervised, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def stop(self) -> None:
        """Cancel every task of the group."""
        for task in list(self._tasks):
            task.cancel()

    async def _once(self, name: str, work: Work) -> None:
        task = _begin(work(), name)
        try:
            await asyncio.wait({task})
        finally:
            await _end(self._clock, task)
        task.result()

    async def _restart(self, name: str, work: Work) -> None:
        back_off = BackOff(self._random)
        failing = False
        while True:
            task = _begin(work(), name)
            try:
                if failing and not await _done_by(self._clock, task, _in(self._clock, GOOD_S)):
                    log.info("task runs again", task=name)
                    failing = False
                    back_off.reset()
                await asyncio.wait({task})
            finally:
                await _end(self._clock, task)
            failure = None if task.cancelled() else task.exception()
            if not isinstance(failure, Exception):
                task.result()
                return
            if not failing:
                log.error("task failed, starting it again", task=name, exc_info=failure)
                failing = True
            await self._clock.sleep_until(_in(self._clock, back_off.next_s()))


async def run_until(
    clock: Clock,
    due: Callable[[], int],
    work: Coroutine[Any, Any, Result],
    *,
    name: str,
    late: Callable[[], None] = lambda: None,
) -> Result:
    """What `work` returns or raises; `TimeoutError` once the moving deadline `due()` has passed.

    `due` (running ns) may move either way while `work` runs: it is asked again every `LOOK_AGAIN_S`
    and whenever its last answer has come. When it has passed, `late` is called first. Late or
    cancelled work gets `CLEAN_UP_S` to end and is left behind after that, whatever it hangs on.
    """
    task = _begin(work, name)
    try:
        while not await _done_by(clock, task, min(due(), _in(clock, LOOK_AGAIN_S))):
            if due() <= clock.now().running_ns:
                late()
                break
    finally:
        await _end(clock, task)
    if task.done() and not task.cancelled():
        return task.result()
    raise TimeoutError(f"{name} took too long")


async def within(
    clock: Clock, seconds: float, work: Coroutine[Any, Any, Result], *, name: str
) -> Result:
    """What `work` returns or raises; `TimeoutError` when it takes more than `seconds` on `clock`."""
    deadline = _in(clock, seconds)
    return await run_until(clock, lambda: deadline, work, name=name)


async def either(*works: Coroutine[Any, Any, Any], clock: Clock, name: str) -> None:
    """Run all of `works` until the first ends; end the others; raise what the first raised."""
    tasks = [_begin(work, name) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ended = [task for task in tasks if task.done()]
    finally:
        await _end(clock, *tasks)
    for task in ended:
        task.result()


def _in(clock: Clock, seconds: float) -> int:
    return clock.now().running_ns + int(seconds * SECOND)


def _begin(work: Coroutine[Any, Any, Result], name: str) -> "asyncio.Task[Result]":
    return asyncio.get_running_loop().create_task(work, name=name)


async def _done_by(
    clock: Clock, task: "asyncio.Task[Any]", deadline: int, *, real_s: float | None = None
) -> bool:
    """Whether `task` is done when `deadline` comes on `clock` or `real_s` are over on the loop."""
    timer = _begin(_sleep(clock, deadline), "timer")
    try:
        await asyncio.wait({task, timer}, timeout=real_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
    return task.done()


async def _sleep(clock: Clock, deadline: int) -> None:
    await clock.sleep_until(deadline)


async def _end(clock: Clock, *tasks: "asyncio.Task[Any]") -> None:
    """Cancel those of `tasks` that are not done and give them `CLEAN_UP_S` to clean up."""
    cancelled = [task for task in tasks if not task.done()]
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()  # whoever waits may be cancelled himself and never ask for the result
    for task in cancelled:
        _ending.add(task)
        task.add_done_callback(_ended)
        task.cancel()
    deadline = _in(clock, CLEAN_UP_S)
    for task in cancelled:
        if not await _done_by(clock, task, deadline, real_s=CLEAN_UP_S):
            log.warning("task does not end, leaving it behind", task=task.get_name())


def _ended(task: "asyncio.Task[Any]") -> None:
    _ending.discard(task)
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.debug("task failed while it was being ended", task=task.get_name(), exc_info=failure)
