"""What arrives is recorded once, by the link that stands, and a defect of one frame ends nothing."""

from dataclasses import replace

import pytest
import structlog

from collector.clock import Instant
from collector.device import LinkState
from collector.devices import plx
from collector.devices.base import Counts, Decoded
from collector.reading import Flag, Reading
from tests.collector.radio.stage import WELL, staged
from tests.collector.radio.world import elapse


@pytest.mark.asyncio
async def test_reading_is_recorded_with_the_instant_of_its_arrival() -> None:
    """Bytes that arrive become a recorded reading stamped with that moment."""
    async with staged() as stage:
        await elapse(stage.clock, 3)
        now = stage.clock.now()
        stage.say(WELL)

        assert [(r.at, r.spo2, r.pulse_rate) for r in stage.recorded.readings] == [(now, 97, 64)]
        assert stage.recorded.links == [LinkState.CONNECTING, LinkState.CONNECTED]


@pytest.mark.asyncio
async def test_doubled_notification_is_one_reading() -> None:
    """A notification that is delivered twice, at once or a moment later, is recorded once."""
    async with staged() as stage:
        stage.say(WELL)
        stage.say(WELL)
        await elapse(stage.clock, 0.3)
        stage.say(WELL)
        await elapse(stage.clock, 0.7)
        stage.say(WELL)

        assert len(stage.recorded.readings) == 2


@pytest.mark.asyncio
async def test_padding_is_no_duplicate() -> None:
    """Equal pieces of one byte value reach the decoder, since long replies are padded with them."""
    fragile = replace(plx.DRIVER, decoder=Counting, read=())
    async with staged(acquired=fragile) as stage:
        for data in (b"\0\0", b"\0\0", b"\0\0", b"\0\1", b"\0\1"):
            stage.radio.link.say(plx.CONTINUOUS, data)

        assert len(stage.recorded.readings) == 4


@pytest.mark.asyncio
async def test_callback_of_an_old_link_is_dropped() -> None:
    """What a link that was left still delivers is recorded nowhere."""
    async with staged() as stage:
        await stage.stream(3)
        old = stage.radio.link
        old.lose()
        await elapse(stage.clock, 1)
        for characteristic, data in stage.encoder.stream(WELL):
            if characteristic in old.receivers:
                old.say(characteristic, data)

        assert len(stage.recorded.readings) == 3


class Counting:
    """A decoder whose readings count what it was fed."""

    def __init__(self) -> None:
        self.counts = Counts()

    def sent(self, data: bytes) -> None:
        """Nothing."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        self.counts.frames += 1
        return [Reading(at=at, spo2=float(self.counts.frames))]


class Fragile:
    """A decoder that fails on the bytes `bad`."""

    def __init__(self) -> None:
        self.counts = Counts()

    def sent(self, data: bytes) -> None:
        """Nothing."""

    def feed(self, characteristic: str, data: bytes, at: Instant) -> list[Decoded]:
        if data == b"bad":
            raise IndexError("defect")
        self.counts.frames += 1
        return [Reading(at=at, spo2=float(data[0]))]


@pytest.mark.asyncio
async def test_defect_of_a_decoder_does_not_end_the_link() -> None:
    """An exception in a decoder is logged once with its bytes, and the next frames are recorded."""
    fragile = replace(plx.DRIVER, decoder=Fragile, read=())
    async with staged(acquired=fragile) as stage:
        with structlog.testing.capture_logs() as lines:
            for data in (b"\x61", b"bad", b"bad!", b"bad", b"\x60"):
                stage.radio.link.say(plx.CONTINUOUS, data)
                await elapse(stage.clock, 1)

        assert [reading.spo2 for reading in stage.recorded.readings] == [97, 98, 96]
        assert len(stage.radio.links) == 1
        assert [line["data"] for line in lines if line["log_level"] == "error"] == [b"bad".hex()]


@pytest.mark.asyncio
async def test_failing_recorder_is_no_sign_of_life() -> None:
    """Readings that cannot be recorded do not count as good data, and the radio sees no error."""
    async with staged() as stage:
        stage.recorded.broken = True
        with structlog.testing.capture_logs():
            await stage.stream(26)

        assert len(stage.radio.links) == 2


@pytest.mark.asyncio
async def test_numbers_a_clip_was_stuck_on_stay_withdrawn_over_links() -> None:
    """Frozen numbers are no news after a reconnect, and the first other number is."""
    async with staged() as stage:
        await stage.stream(120, lambda _: replace(WELL, repeat=True))
        tail = stage.recorded.readings[-60:]
        assert len(stage.radio.links) >= 2
        assert not any(reading.valid for reading in tail)
        assert all(Flag.FROZEN in reading.flags for reading in tail)
        await stage.stream(2, lambda _: replace(WELL, pulse_rate=70, repeat=False))

        assert stage.recorded.readings[-1].pulse_rate == 70
