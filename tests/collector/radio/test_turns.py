"""One at a time, whoever was heard and is longest without data first, and nobody is forgotten."""

import asyncio

import pytest

from collector.radio.turns import Turns
from tests.collector.radio.world import settle


class Queue:
    """Some who want a turn; `order` is who had it."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self.turns = Turns()
        self.order: list[str] = []
        self.at_once = 0
        self.done = asyncio.Event()
        self._group = group

    def wants(self, name: str, *, unheard: bool = False, data_ns: int = 0) -> asyncio.Task[None]:
        return self._group.create_task(self._take(name, unheard=unheard, data_ns=data_ns))

    async def _take(self, name: str, *, unheard: bool, data_ns: int) -> None:
        async with self.turns.mine(lambda: (unheard, data_ns)):
            self.order.append(name)
            self.at_once += 1
            assert self.at_once == 1
            try:
                await self.done.wait()
                await asyncio.sleep(0)
            finally:
                self.at_once -= 1


@pytest.mark.asyncio
async def test_longest_without_data_comes_first_and_unheard_last() -> None:
    """Of those who wait, the order is by being heard, then by the age of the newest data."""
    async with asyncio.TaskGroup() as group:
        queue = Queue(group)
        queue.wants("first")
        await settle()
        queue.wants("away", unheard=True)
        queue.wants("fresh", data_ns=90)
        queue.wants("old", data_ns=10)
        await settle()
        queue.done.set()

    assert queue.order == ["first", "old", "fresh", "away"]


@pytest.mark.asyncio
async def test_whoever_gives_up_waiting_is_passed_over() -> None:
    """A cancelled waiter neither gets the turn nor keeps it, not even when it has just been called."""
    async with asyncio.TaskGroup() as group:
        queue = Queue(group)
        holder = queue.wants("holder")
        await settle()
        gone = queue.wants("gone", data_ns=1)
        called = queue.wants("called", data_ns=2)
        queue.wants("last", data_ns=3)
        await settle()
        gone.cancel()
        await settle()
        holder.cancel()
        await asyncio.sleep(0)
        called.cancel()
        await settle()
        queue.done.set()

    assert "gone" not in queue.order
    assert queue.order[-1] == "last"
    assert queue.at_once == 0


@pytest.mark.asyncio
async def test_failure_inside_gives_the_turn_on() -> None:
    """An exception in a turn reaches its owner, and the next one is called."""
    turns = Turns()
    with pytest.raises(ValueError, match="lost"):
        async with turns.mine(lambda: (False, 0)):
            raise ValueError("lost")
    async with turns.mine(lambda: (False, 0)):
        pass
