"""A recording plays at its own pace into the station and is over when it ends."""

import asyncio
from dataclasses import dataclass
from random import Random

import pytest

from collector.acquisition import acquire
from collector.clock import SECOND, ManualClock
from collector.device import Device, LinkState
from collector.devices import plx
from collector.devices.base import Vitals
from collector.intake import Surroundings
from collector.radio.captured import CapturedRadio
from tests.collector.radio.world import Recorded, elapse


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One notification of a recording, or one write."""

    t_s: float
    characteristic: str
    data: bytes
    sent: bool = False


def moment(t_s: float, spo2: int, *, sent: bool = False) -> Moment:
    said = plx.Encoder().stream(Vitals(spo2=spo2, pulse_rate=64))
    data = next(data for characteristic, data in said if characteristic == plx.CONTINUOUS)
    return Moment(t_s=t_s, characteristic=plx.CONTINUOUS, data=data, sent=sent)


async def play(*moments: Moment, seconds: float) -> tuple[Recorded, CapturedRadio, int]:
    """What acquisition records of `moments`, the radio, and the running time of the beginning."""
    clock, recorded = ManualClock(), Recorded()
    began = clock.now().running_ns
    device = Device(address="AA:BB", name="PM100", family="plx")
    radio = CapturedRadio(clock, device, moments, services=plx.DRIVER.services)
    around = Surroundings(radio=radio, recording=recorded, clock=clock, random=Random(1))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(radio.run()), group.create_task(acquire(device, around))]
        await elapse(clock, seconds)
        for task in tasks:
            task.cancel()
    return recorded, radio, began


@pytest.mark.asyncio
async def test_moments_come_at_their_times() -> None:
    """Readings keep the distances of the recording, whatever its clock says; writes are left out."""
    recorded, _, began = await play(
        moment(101.25, 96), moment(100, 97), moment(101, 50, sent=True), moment(103, 95), seconds=10
    )

    assert [
        ((reading.at.running_ns - began) / SECOND, reading.spo2) for reading in recorded.readings
    ] == [(0, 97), (1.25, 96), (3, 95)]


@pytest.mark.asyncio
async def test_end_of_the_recording_ends_the_link() -> None:
    """After the last moment the link is lost with that reason and the device is not found again."""
    recorded, radio, _ = await play(moment(0, 97), moment(1, 96), seconds=60)

    assert radio.finished.is_set()
    assert recorded.links == [LinkState.CONNECTING, LinkState.CONNECTED, LinkState.LOST]
    assert recorded.statuses[-1].why == "the recording is over"


@pytest.mark.asyncio
async def test_empty_recording_is_over_at_once() -> None:
    """A recording without moments gives nothing and is finished."""
    recorded, radio, _ = await play(seconds=30)

    assert recorded.readings == []
    assert radio.finished.is_set()
