"""The Bluetooth radio keeps its promises beside recovery: no doubles, no leaks, one station, plain words."""

from pathlib import Path

import pytest

from collector.device import ADAPTER_DOWN, LinkState
from collector.radio.adapter import Trouble
from collector.radio.bluetooth import ABSENT, REFUSES, BluetoothRadio
from collector.radio.settings import RadioSettings
from tests.radio.failures import BUSY, lost
from tests.radio.fakebluez import OWN_ADAPTER, FakeBlueZ
from tests.radio.scene import Scene, scene


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def all_away(bluez: FakeBlueZ) -> None:
    for clip in bluez.clips.values():
        clip.away = True


def first_refuses(bluez: FakeBlueZ) -> None:
    next(iter(bluez.clips.values())).refusal = BUSY


def told(stage: Scene, number: int = 0) -> list[tuple[LinkState, str]]:
    """The states of a clip's link so far, with their reasons."""
    address = stage.clips[number].address
    return [(one.link, one.why) for one in stage.recorded.statuses if one.device == address]


@pytest.mark.asyncio
async def test_each_frame_is_recorded_once_after_many_links() -> None:
    """Links that were made anew leave no callback behind that speaks (bleak's clients do)."""
    async with scene() as stage:
        await stage.flowing()
        for _ in range(4):
            stage.clip.silent = True
            await stage.elapse(9)
            stage.clip.silent = False
            await stage.flowing()
        said, before = stage.clip.said, len(stage.recorded.readings)
        await stage.elapse(10)
        recorded, said = len(stage.recorded.readings) - before, stage.clip.said - said

        assert stage.bluez.calls["Connect"] == 5
        assert recorded <= said
        assert recorded >= 8


@pytest.mark.asyncio
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
async def test_reconnects_leave_no_descriptor_open() -> None:
    """Six more links cost no file descriptor (row 20)."""
    async with scene() as stage:
        await stage.flowing()
        await lost(stage, away_s=1)
        await stage.flowing()
        before = open_descriptors()
        for _ in range(6):
            await lost(stage, away_s=1)
            await stage.flowing()

        assert open_descriptors() - before <= 2


@pytest.mark.asyncio
async def test_second_station_is_told_that_the_adapter_is_taken() -> None:
    """It takes the adapter up when the first station has stopped."""
    async with scene() as stage:
        await stage.flowing()
        second = BluetoothRadio(stage.clock)
        task = stage.group.create_task(second.run())
        await second.looked()
        assert second.trouble is Trouble.TAKEN
        assert stage.radio.trouble is None
        stage.stop_radio()
        took = await stage.until(lambda: second.trouble is None, within=10)

        assert took <= 10
        task.cancel()


@pytest.mark.asyncio
async def test_seats_are_unmonitored_because_of_the_radio() -> None:
    """With the adapter gone each clip is told as lost for that reason, and as connected afterwards."""
    async with scene(families=("plx", "viatom_oxy")) as stage:
        await stage.flowing()
        stage.bluez.pull_out("hci0")
        await stage.elapse(5)
        assert stage.radio.trouble is Trouble.NO_ADAPTER
        assert [told(stage, number)[-1] for number in (0, 1)] == [(LinkState.LOST, ADAPTER_DOWN)] * 2
        stage.bluez.plug_in("hci0")
        await stage.flowing()

        assert [told(stage, number)[-1][0] for number in (0, 1)] == [LinkState.CONNECTED] * 2


@pytest.mark.asyncio
async def test_absent_clip_asks_for_help_after_half_a_minute() -> None:
    """What a person can do is told once, not with every try."""
    async with scene(arrange=all_away) as stage:
        await stage.elapse(55)

        assert told(stage) == [
            (LinkState.CONNECTING, ""),
            (LinkState.SEARCHING, "not heard lately"),
            (LinkState.SEARCHING, ABSENT),
        ]
        assert stage.recorded.statuses[-1].extra == {"ask": ABSENT}


@pytest.mark.asyncio
async def test_refusing_clip_asks_for_help_after_the_ladder() -> None:
    """When all has been tried that a program can try, a person is asked."""
    async with scene(arrange=first_refuses) as stage:
        took = await stage.until(lambda: (LinkState.SEARCHING, REFUSES) in told(stage), within=90)

        assert took >= 5
        assert stage.bluez.calls["RemoveDevice"] >= 1
        assert stage.bluez.calls["Set"] >= 2


@pytest.mark.asyncio
async def test_adapter_is_not_switched_off_under_others() -> None:
    """A clip that refuses every connection never costs another one its link."""
    async with scene(families=("plx", "viatom_aa55"), arrange=first_refuses) as stage:
        await stage.flowing(stage.clips[1])
        await stage.until(lambda: (LinkState.SEARCHING, REFUSES) in told(stage), within=90)

        assert "Set" not in stage.bluez.calls
        assert [link for link, _ in told(stage, 1)].count(LinkState.CONNECTED) == 1


@pytest.mark.asyncio
async def test_clip_beyond_the_slots_is_told_so() -> None:
    """An adapter with one place takes one clip, and says so for the other."""
    async with scene(families=("plx", "viatom_oxy"), settings=RadioSettings(slots=1)) as stage:
        await stage.until(lambda: bool(stage.recorded.readings), within=20)
        await stage.elapse(8)
        reasons = [why for number in (0, 1) for _, why in told(stage, number)]

        assert [why for why in reasons if "carries 1 clips at once" in why]
        assert stage.bluez.calls["Connect"] == 1


@pytest.mark.asyncio
async def test_named_adapter_is_used_wherever_it_is() -> None:
    """The adapter of the configuration is found by its address, not by its number."""
    settings = RadioSettings(adapter=OWN_ADAPTER[:-2] + "02")
    async with scene(settings=settings) as stage:
        await stage.radio.looked()
        assert stage.radio.trouble is Trouble.NOT_THERE
        stage.bluez.plug_in("hci7", address=settings.adapter)
        await stage.flowing()

        assert stage.clip.path is not None
        assert stage.clip.path.startswith("/org/bluez/hci7/")
