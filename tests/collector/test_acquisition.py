"""Acquisition trusts arriving data and nothing else, and comes back from everything a radio can do."""

import asyncio
from dataclasses import replace
from random import Random

import pytest

from collector.acquisition import Acquisitions, acquire
from collector.clock import ManualClock
from collector.device import LinkState
from collector.session import Binding, Session
from collector.supervision import Supervisor
from tests.collector.radio.stage import DEVICE, WELL, Stage, staged
from tests.collector.radio.world import elapse, settle


@pytest.mark.asyncio
async def test_lost_link_is_replaced_within_a_second() -> None:
    """A reported loss leads to a new link at once and is told with its reason."""
    async with staged() as stage:
        await stage.stream(3)
        stage.radio.link.lose("supervision timeout")
        await elapse(stage.clock, 0.3)

        assert len(stage.radio.links) == 2
        assert stage.radio.links[0].left
        told = [(status.link, status.why) for status in stage.recorded.statuses]
        assert told[2:] == [(LinkState.LOST, "supervision timeout"), (LinkState.CONNECTED, "")]


@pytest.mark.asyncio
async def test_clip_without_finger_is_alive() -> None:
    """A clip that says finger off for minutes is left connected."""
    async with staged() as stage:
        await stage.stream(5)
        await stage.stream(180, lambda _: replace(WELL, finger=False))

        assert len(stage.radio.links) == 1


@pytest.mark.asyncio
async def test_clip_taken_off_is_not_stormed() -> None:
    """When a clip nobody wears drops its link, the next attempt waits for seconds."""
    async with staged() as stage:
        await stage.stream(40)
        await stage.stream(5, lambda _: replace(WELL, finger=False))
        stage.radio.link.lose()
        await elapse(stage.clock, 2.4)
        assert len(stage.radio.links) == 1
        await elapse(stage.clock, 3)

        assert len(stage.radio.links) == 2


@pytest.mark.asyncio
async def test_stuck_clip_is_torn_down_less_and_less_often() -> None:
    """A clip that talks without saying anything costs only a few links in ten minutes."""
    async with staged() as stage:
        await stage.stream(600, lambda _: replace(WELL, repeat=True))

        assert 3 <= len(stage.radio.links) <= 14


@pytest.mark.asyncio
async def test_absent_clip_is_tried_seldom_and_found_soon() -> None:
    """A clip that is away is tried a few times a minute and connected soon after it advertises."""
    async with staged() as stage:
        await stage.stream(35)
        stage.radio.away = True
        stage.radio.link.lose()
        await elapse(stage.clock, 300)
        assert len(stage.radio.attempts) <= 2 + 5 * 8
        assert stage.recorded.links[2:] == [LinkState.LOST]
        stage.radio.away = False
        await elapse(stage.clock, 8)

        assert stage.recorded.links[2:] == [LinkState.LOST, LinkState.CONNECTED]


@pytest.mark.asyncio
async def test_clip_never_found_is_searched() -> None:
    """A clip that was never there is told as searched, not as lost."""
    stage = Stage(ManualClock())
    stage.radio.away = True
    async with asyncio.TaskGroup() as group:
        task = group.create_task(acquire(DEVICE, stage.around))
        await elapse(stage.clock, 60)

        assert stage.recorded.links == [LinkState.CONNECTING, LinkState.SEARCHING]
        task.cancel()


@pytest.mark.asyncio
async def test_strange_device_is_not_stormed() -> None:
    """A device without a known service is tried every few seconds and reported with the reason."""
    stage = Stage(ManualClock())
    stage.radio.services = frozenset({"something"})
    async with asyncio.TaskGroup() as group:
        task = group.create_task(acquire(DEVICE, stage.around))
        await elapse(stage.clock, 60)

        assert len(stage.radio.links) <= 25
        assert stage.radio.attempts[1] - stage.radio.attempts[0] >= 2.5
        assert "not an oximeter" in stage.recorded.statuses[-1].why
        task.cancel()


@pytest.mark.asyncio
async def test_good_data_makes_the_next_pause_short() -> None:
    """Failures long ago do not slow down the reconnect after 30 s of good data."""
    async with staged() as stage:
        for _ in range(8):
            stage.radio.link.lose()
            await elapse(stage.clock, 6)
        await stage.stream(35)
        stage.radio.link.lose()
        await elapse(stage.clock, 0.3)

        assert not stage.radio.link.left


def running(group: Supervisor) -> list[str]:
    """Names of the tasks at work."""
    return list(group.names)


def session(*devices: str) -> Session:
    """A session in which each of `devices` is bound to a seat."""
    now = ManualClock().now()
    bound = {
        seat: Binding(seat=seat, participant=f"P{seat}", device=device, since=now)
        for seat, device in zip("ABC", devices, strict=False)
    }
    return Session(id="one", bindings=bound)


@pytest.mark.asyncio
async def test_exactly_the_bound_devices_are_acquired() -> None:
    """Acquisitions begin with a binding, run on through a change of seat, and end with the release."""
    stage = Stage(ManualClock())
    async with Supervisor(stage.clock, random=Random(1)) as group:
        acquisitions = Acquisitions(group, stage.around)
        acquisitions.follow(None)
        assert running(group) == []
        acquisitions.follow(session("AA:BB"))
        await elapse(stage.clock, 1)
        acquisitions.follow(session("AA:BB"))
        await elapse(stage.clock, 1)
        assert running(group) == ["acquire AA:BB"]
        assert len(stage.radio.links) == 1
        acquisitions.follow(session())
        await settle()

        assert running(group) == []
        assert stage.radio.link.left


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", range(3))
async def test_same_seed_gives_same_attempts(seed: int) -> None:
    """Pauses follow from the generator given, so a run can be repeated."""

    async def attempts() -> list[float]:
        stage = Stage(ManualClock())
        stage.radio.away = True
        around = replace(stage.around, random=Random(seed))
        async with asyncio.TaskGroup() as group:
            task = group.create_task(acquire(DEVICE, around))
            await elapse(stage.clock, 60)
            task.cancel()
        return stage.radio.attempts

    assert await attempts() == await attempts()
