"""How frames reach the pages: once for all, the latest first, nobody delayed. On virtual time."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest

from collector.commands import Bind, Prepare, Start
from collector.reading import Reading
from dashboards.bedside.pushes import COALESCE_S, HEARTBEAT_S, MOST_CLIENTS, UNSENT_S, Pushes
from dashboards.bedside.state import State
from tests.dashboards.bedside.desk import Desk
from tests.simulation.loop import run_virtual


class Page:
    """A page that keeps what it gets; it takes nothing while it is not `free`."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.times: list[float] = []
        self.free = asyncio.Event()
        self.free.set()

    @property
    def frames(self) -> list[dict[str, Any]]:
        """What has come, read."""
        return [json.loads(text) for text in self.texts]

    async def send(self, text: str) -> None:
        await self.free.wait()
        self.texts.append(text)
        self.times.append(asyncio.get_running_loop().time())


class Room:
    """A running session on seat A with pages looking at it."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.pushes = self.desk.pushes()
        self.desk.execute(Prepare(roster={"A": "P1"}))
        self.desk.execute(Bind(seat="A", participant="P1", device="clip"))
        self.desk.execute(Start())
        self.pushes.push()

    def read(self, spo2: float) -> None:
        """A reading now."""
        assert self.desk.session is not None
        reading = Reading(at=self.desk.clock.now(), spo2=spo2, pulse_rate=70)
        self.desk.publish(self.desk.session.id, "reading", "clip", "P1", reading)


def watch(story: Callable[[Room, Page], Awaitable[None]]) -> Page:
    """Run `story` with one page open; the page afterwards."""

    async def main() -> Page:
        room, page = Room(), Page()
        client = room.pushes.join()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(room.pushes.run())
            writing = tasks.create_task(client.write(page.send))
            await asyncio.sleep(0.001)
            await story(room, page)
            running.cancel()
            writing.cancel()
        return page

    return run_virtual(main)


def test_the_first_frame_is_whole() -> None:
    """A page that opens knows everything at once."""

    async def story(room: Room, page: Page) -> None:
        assert page.frames[0]["seats"]["A"]["who"] == "P1"

    assert len(watch(story).frames) == 1


def test_a_change_goes_out_at_once_and_further_ones_together() -> None:
    """The first reading of a burst is not held back, the others share one frame."""

    async def story(room: Room, page: Page) -> None:
        for spo2 in (97, 96, 95):
            room.read(spo2)
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)

    page = watch(story)
    assert [frame["seats"]["A"]["spo2"][0] for frame in page.frames[1:]] == [97, 95]
    assert page.times[1] == pytest.approx(0.001, abs=0.001)
    assert page.times[2] - page.times[1] == pytest.approx(COALESCE_S, abs=0.001)


def test_there_is_a_frame_at_least_each_second() -> None:
    """With nothing to say a page still hears that the station lives."""

    async def story(room: Room, page: Page) -> None:
        await asyncio.sleep(10)

    times = watch(story).times
    assert max(b - a for a, b in pairwise(times)) <= HEARTBEAT_S + 0.1
    assert len(times) >= 9


def test_heartbeats_are_small() -> None:
    """A frame without news is a header only."""

    async def story(room: Room, page: Page) -> None:
        await asyncio.sleep(3)

    assert all(len(text) < 80 for text in watch(story).texts[1:])


def test_a_page_that_missed_a_frame_gets_the_whole_state_next() -> None:
    """Latest wins: nothing is queued for a slow page, and it is never left with half the truth."""

    async def story(room: Room, page: Page) -> None:
        page.free.clear()
        for spo2 in (97, 96, 95, 94):
            room.read(spo2)
            await asyncio.sleep(0.1)
        page.free.set()
        await asyncio.sleep(0.001)

    page = watch(story)
    assert [frame["seats"]["A"]["spo2"][0] for frame in page.frames[1:]] == [97, 94]
    assert "session" in page.frames[2]


def test_a_slow_page_delays_nobody() -> None:
    """Another page gets every frame at its time."""

    async def main() -> tuple[Page, Page]:
        room, slow, quick = Room(), Page(), Page()
        slow.free.clear()
        async with asyncio.TaskGroup() as tasks:
            held = [
                tasks.create_task(room.pushes.run()),
                tasks.create_task(room.pushes.join().write(slow.send)),
                tasks.create_task(room.pushes.join().write(quick.send)),
            ]
            for spo2 in (97, 96, 95):
                await asyncio.sleep(0.5)
                room.read(spo2)
            await asyncio.sleep(0.1)
            for task in held:
                task.cancel()
        return slow, quick

    slow, quick = run_virtual(main)
    assert slow.texts == []
    assert [frame["seats"]["A"]["spo2"][0] for frame in quick.frames[1:]] == [97, 96, 95]


def test_a_page_that_takes_nothing_is_dropped() -> None:
    """A frame unsent for five seconds ends the client."""

    async def main() -> float:
        room, page = Room(), Page()
        page.free.clear()
        with pytest.raises(TimeoutError):
            await room.pushes.join().write(page.send)
        return asyncio.get_running_loop().time()

    assert run_virtual(main) == pytest.approx(UNSENT_S)


def test_a_frame_is_made_once_for_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four pages cost one serialisation."""
    made = 0
    real = State.delta

    def counted(state: State) -> str:
        nonlocal made
        made += 1
        return real(state)

    monkeypatch.setattr(State, "delta", counted)  # counts calls; nothing else can see them

    async def main() -> list[Page]:
        room, pages = Room(), [Page() for _ in range(4)]
        async with asyncio.TaskGroup() as tasks:
            held = [tasks.create_task(room.pushes.join().write(page.send)) for page in pages]
            await asyncio.sleep(0)
            room.read(96)
            room.pushes.push()
            await asyncio.sleep(0.01)
            for task in held:
                task.cancel()
        return pages

    pages = run_virtual(main)
    assert made == 1
    assert {page.texts[-1] for page in pages} == {pages[0].texts[-1]}


def test_clients_have_a_bound() -> None:
    """Pages beyond the bound are refused instead of slowing the others."""

    async def main() -> Pushes:
        pushes = Room().pushes
        clients = [pushes.join() for _ in range(MOST_CLIENTS)]
        assert pushes.full
        pushes.leave(clients[0])
        return pushes

    assert not run_virtual(main).full
