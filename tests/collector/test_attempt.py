"""Every call to the radio may hang and every reply be lost: a link is given up, never the device."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from collector.acquisition import acquire
from collector.clock import ManualClock
from collector.device import LinkState
from collector.devices import contec, viatom_aa55, viatom_oxy, viatom_oxy_frame, viatom_oxyii
from collector.devices.base import Driver, nothing
from collector.devices.viatom_oxyii_frame import KEY, Opcode, frame
from tests.collector.radio.stage import DEVICE, RING, Stage, polled, staged
from tests.collector.radio.world import elapse, settle

# What an encrypting ring answers to the greeting: a session key, itself under the greeting's key.
KEY_REPLY_OF_A_RING = bytes(
    byte ^ KEY[place % 16] for place, byte in enumerate(b"\x01\x10\0\0" + bytes(16))
)


@pytest.mark.asyncio
@pytest.mark.parametrize("deaf", [False, True])
@pytest.mark.parametrize("call", ["connect", "subscribe", "read", "disconnect"])
async def test_hanging_call_is_given_up(call: str, deaf: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Whichever call never returns, even when uncancellable, readings flow again within 45 s."""
    stage = Stage(ManualClock())
    stage.radio.hang, stage.radio.hangs, stage.radio.deaf = call, 1, deaf
    async with asyncio.TaskGroup() as group:
        task = group.create_task(acquire(DEVICE, stage.around))
        await settle()
        if call == "disconnect":
            await stage.stream(2)
            stage.radio.link.lose()
        await stage.stream(45)
        before = len(stage.recorded.readings)
        await stage.stream(5)

        assert len(stage.recorded.readings) == before + 5
        assert stage.recorded.links[-1] is LinkState.CONNECTED
        stage.radio.release.set()
        await settle()
        task.cancel()


@pytest.mark.asyncio
async def test_hanging_write_is_given_up() -> None:
    """A request that is never confirmed costs one link, not the device."""
    stage = Stage(ManualClock(), viatom_oxy.DRIVER)
    stage.radio.characteristics |= {viatom_oxy.WRITE}
    stage.radio.hang, stage.radio.hangs = "write", 1
    async with asyncio.TaskGroup() as group:
        task = group.create_task(acquire(RING, stage.around))
        await elapse(stage.clock, 27)

        assert len(stage.radio.links) == 2
        assert stage.radio.links[0].left
        assert stage.radio.link.written
        task.cancel()


@pytest.mark.asyncio
async def test_late_connection_of_a_given_up_attempt_is_left_at_once() -> None:
    """A connect that comes through after it was given up does not keep the clip to itself."""
    stage = Stage(ManualClock())
    stage.radio.hang, stage.radio.hangs, stage.radio.deaf = "connect", 1, True
    async with asyncio.TaskGroup() as group:
        task = group.create_task(acquire(DEVICE, stage.around))
        await elapse(stage.clock, 40)
        stage.radio.release.set()
        await settle()

        assert len(stage.radio.links) == 2
        assert stage.radio.link.left
        assert not stage.radio.link.receivers
        task.cancel()


@pytest.mark.asyncio
@pytest.mark.parametrize("call", ["subscribe", "write"])
async def test_late_call_of_a_given_up_attempt_ends_it(call: str) -> None:
    """A call that comes back after its attempt was given up leads to no status and no request."""
    stage = Stage(ManualClock(), viatom_oxy.DRIVER)
    stage.radio.characteristics |= {viatom_oxy.WRITE}
    stage.radio.hang, stage.radio.hangs, stage.radio.deaf = call, 1, True
    async with asyncio.TaskGroup() as group:
        task = group.create_task(acquire(RING, stage.around))
        await elapse(stage.clock, 20)
        stage.radio.away = True
        await elapse(stage.clock, 30)
        told = list(stage.recorded.statuses)
        stage.radio.release.set()
        await elapse(stage.clock, 0.1)

        assert len(stage.radio.attempts) > 1
        assert stage.radio.links[0].left
        assert len(stage.radio.links[0].written) <= 1
        assert stage.recorded.statuses == told
        task.cancel()


@pytest.mark.asyncio
async def test_disconnect_has_ten_seconds() -> None:
    """A disconnect may take its time after a loss, and the loss keeps its reason."""
    async with staged() as stage:
        await stage.stream(2)
        await elapse(stage.clock, 6)
        stage.radio.hang, stage.radio.hangs = "disconnect", 1
        stage.radio.link.lose("gone")
        await elapse(stage.clock, 9)
        assert not stage.radio.link.left
        stage.radio.release.set()
        await settle()

        assert stage.radio.links[0].left
        assert stage.recorded.statuses[-1].why == "gone"


@pytest.mark.asyncio
async def test_disconnect_without_end_is_given_up() -> None:
    """After ten seconds a disconnect is left behind, and the status tells both reasons."""
    async with staged() as stage:
        await stage.stream(2)
        stage.radio.hang, stage.radio.hangs = "disconnect", 1
        stage.radio.link.lose("gone")
        await elapse(stage.clock, 19)

        assert [s.why for s in stage.recorded.statuses[2:]] == [
            "gone; the radio does not disconnect",
            "",
        ]


@pytest.mark.asyncio
async def test_silent_link_is_torn_down_after_eight_seconds() -> None:
    """A link that stands and says nothing is left after 8 s without a sign of life, and not before."""
    async with staged() as stage:
        await stage.stream(10)
        await elapse(stage.clock, 6.9)
        assert not stage.radio.link.left
        await elapse(stage.clock, 0.2)

        assert stage.radio.links[0].left
        lost = stage.recorded.statuses[-1]
        assert (lost.link, lost.why) == (LinkState.LOST, "connected, but no reading for 8 s")
        await elapse(stage.clock, 1)
        assert len(stage.radio.links) == 2


def reply(spo2: int) -> bytes:
    """A reply of the O2 family to a request for its numbers."""
    return viatom_oxy_frame.reply(bytes((spo2, 64, 0, 0, 0, 0, 0, 90, 0, 4, 20, 1, 0)))


@pytest.mark.asyncio
async def test_polled_clip_is_asked_once_a_second() -> None:
    """Requests go out a second apart, each after the reply to the one before."""
    async with polled([reply(90 + n % 9) for n in range(10)]) as stage:
        await elapse(stage.clock, 8)
        request = viatom_oxy_frame.request(viatom_oxy_frame.Command.RT_PARAM)
        asked = [at for at, data in stage.radio.link.written if data == request]

        assert [round(later - before, 6) for before, later in pairwise(asked)] == [1.0] * 8
        assert len(stage.recorded.readings) == len(asked)


@pytest.mark.asyncio
async def test_two_lost_replies_are_borne() -> None:
    """A reply after two lost ones keeps the link."""
    async with polled([reply(97), None, None, reply(96), None, None, reply(95)]) as stage:
        await elapse(stage.clock, 6.5)

        assert [reading.spo2 for reading in stage.recorded.readings] == [97, 96, 95]
        assert len(stage.radio.links) == 1


@pytest.mark.asyncio
async def test_three_lost_replies_end_the_link() -> None:
    """After three requests without a reply a new link is made."""
    async with polled([reply(97), None, None, None]) as stage:
        await elapse(stage.clock, 5)

        assert stage.radio.links[0].left
        assert stage.recorded.statuses[2].why == "no reply to 3 requests"


@pytest.mark.asyncio
async def test_a_command_outside_the_allow_list_never_leaves() -> None:
    """A driver that means to write what its family must not be sent fails before anything is written."""
    driver = replace(viatom_oxy.DRIVER, allows=nothing)
    stage = Stage(ManualClock(), driver)
    stage.radio.characteristics |= {viatom_oxy.WRITE}

    with pytest.raises(ValueError, match="viatom_oxy must never be sent"):
        await acquire(RING, stage.around, driver=driver)

    assert stage.radio.link.written == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("driver", "said"),
    [
        (contec.DRIVER, bytes(range(20))),
        (viatom_aa55.DRIVER, bytes(range(20))),
        (viatom_oxyii.DRIVER, frame(Opcode.AUTH, KEY_REPLY_OF_A_RING, flag=1)),
    ],
    ids=lambda one: getattr(one, "family", ""),
)
async def test_bytes_that_nothing_can_read_are_said_to_be_so(driver: Driver, said: bytes) -> None:
    """A newer model that encrypts its frames is named as such, not as silent."""
    stage = Stage(ManualClock(), driver)
    stage.radio.characteristics |= {contec.WRITE, viatom_oxyii.WRITE}
    async with asyncio.TaskGroup() as group:
        task = group.create_task(acquire(DEVICE, stage.around, driver=driver))
        await elapse(stage.clock, 1)
        stage.radio.link.say(driver.subscribe[0], said)
        await elapse(stage.clock, 40)

        why = next(s.why for s in stage.recorded.statuses if s.link is LinkState.LOST)
        assert why.endswith("it sends what no driver here can read (a newer, encrypted model?)")
        task.cancel()
