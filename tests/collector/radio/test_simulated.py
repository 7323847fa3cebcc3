"""Simulated clips through the real decoders and acquisition: scripts arrive, and nothing else."""

import asyncio
from itertools import groupby
from random import Random

import pytest

from collector.acquisition import acquire
from collector.clock import SECOND, ManualClock
from collector.device import LinkState
from collector.intake import Surroundings
from collector.radio.oximeter import PAYLOAD
from collector.radio.scenario import FAMILIES, TURNS, Event, Kind, Scenario, load_scenario
from collector.radio.simulated import SLOTS, SimulatedRadio
from collector.reading import Flag
from tests.collector.devices.traits import TRAITS
from tests.collector.radio.story import tell
from tests.collector.radio.world import Recorded, elapse, settle

OXIMETERS = [family for family in FAMILIES if TRAITS[family].saturation]


def one(family: str, *events: Event) -> Scenario:
    """One person with a clip of `family`."""
    return Scenario(participants=1, families={"A": family}, events=events)


def event(kind: Kind, *, at: float = 20, for_s: float = 60, to: float = 0) -> Event:
    return Event(seat="A", kind=kind, at=at, for_s=for_s, to=to)


@pytest.mark.asyncio
async def test_group_of_twelve_is_read_once_a_second() -> None:
    """Each of twelve clips gives a reading a second, the streaming family its pleth."""
    story = await tell(load_scenario("calm"), 60, participants=12)

    for number in range(12):
        readings = story.readings(number)
        assert 56 <= len(readings) <= 60
        assert all(reading.valid and not reading.flags for _, reading in readings)
        assert story.links(number) == [LinkState.CONNECTING, LinkState.CONNECTED]
    assert [device.family for device in story.radio.devices] == list(TURNS) * 4
    assert story.pleth == pytest.approx(4 * 50 * 58, abs=4 * 50)


@pytest.mark.asyncio
async def test_twelve_clips_wake_the_station_about_ten_times_a_second() -> None:
    """The world has one tick; polls and timers of acquisition fall on it or are rare."""
    story = await tell(load_scenario("calm"), 60, participants=12)

    assert story.wakes <= 60 * (SLOTS + 2)


@pytest.mark.asyncio
async def test_same_seed_gives_same_session() -> None:
    """Every reading and link state of a session with faults follows from the seed."""
    first = await tell(load_scenario("mixed"), 130)
    again = await tell(load_scenario("mixed"), 130)
    other = await tell(load_scenario("mixed"), 130, seed=2)

    assert first.recorded.readings == again.recorded.readings
    assert first.recorded.statuses == again.recorded.statuses
    assert first.recorded.readings != other.recorded.readings


@pytest.mark.asyncio
@pytest.mark.parametrize("family", OXIMETERS)
async def test_deep_fall_arrives(family: str) -> None:
    """A fall below 85 % is seen by every family for at least 20 s."""
    story = await tell(one(family, event(Kind.DEEP, to=78)), 100)
    deep = [
        len(list(run))
        for low, run in groupby((reading.spo2 or 100) < 85 for _, reading in story.readings())
        if low
    ]

    assert len(deep) == 1
    assert deep[0] >= 20


@pytest.mark.asyncio
@pytest.mark.parametrize("family", FAMILIES)
async def test_clip_off_arrives_without_numbers(family: str) -> None:
    """While the finger is off every family says so, gives no number, and keeps its link."""
    story = await tell(one(family, event(Kind.FINGER_OFF)), 100)
    off = [reading for t, reading in story.readings() if 21.5 < t < 79.5]

    assert len(off) >= 55
    assert all(Flag.FINGER_OFF in reading.flags and not reading.valid for reading in off)
    assert story.links() == [LinkState.CONNECTING, LinkState.CONNECTED]
    assert all(reading.valid for t, reading in story.readings() if t > 87)


@pytest.mark.asyncio
@pytest.mark.parametrize("family", FAMILIES)
async def test_lost_clip_falls_silent_at_once_and_comes_back(family: str) -> None:
    """No reading while it is away, a lost link within 9 s, readings again within 15 s of its return."""
    story = await tell(one(family, event(Kind.LINK_LOST)), 100)
    times = [t for t, _ in story.readings()]

    assert [t for t in times if 21.2 < t < 80] == []
    assert story.links() == [
        LinkState.CONNECTING,
        LinkState.CONNECTED,
        LinkState.LOST,
        LinkState.CONNECTED,
    ]
    assert min(t for t in times if t > 80) < 95


@pytest.mark.asyncio
@pytest.mark.parametrize("family", FAMILIES)
async def test_silent_clip_connects_and_says_nothing(family: str) -> None:
    """The link comes back while the clip is silent; readings only come when it speaks again."""
    story = await tell(one(family, event(Kind.SILENT)), 110)
    links, times = story.links(), [t for t, _ in story.readings()]

    assert [t for t in times if 21.2 < t < 80] == []
    assert links.count(LinkState.LOST) >= 1
    assert links[-1] is LinkState.CONNECTED
    assert min(t for t in times if t > 80) < 95


@pytest.mark.asyncio
@pytest.mark.parametrize("family", FAMILIES)
async def test_stuck_clip_loses_its_numbers_for_good(family: str) -> None:
    """Numbers that repeat are withdrawn at the family's limit and stay so over every reconnect."""
    story = await tell(one(family, event(Kind.FROZEN, for_s=float("inf"))), 300)
    late = [reading for t, reading in story.readings() if t > 26 + TRAITS[family].frozen_s]

    assert len(late) > 80
    assert all(Flag.FROZEN in reading.flags and not reading.valid for reading in late)


@pytest.mark.asyncio
@pytest.mark.parametrize("family", FAMILIES)
async def test_doubled_notifications_are_recorded_once(family: str) -> None:
    """A clip whose notifications all come twice gives each reading once and no bad frame."""
    story = await tell(one(family, event(Kind.DOUBLED, at=0, for_s=1000)), 60)

    assert 56 <= len(story.readings()) <= 60
    assert all(reading.valid for _, reading in story.readings())
    rates = {"viatom_oxyii": 125, "berry_bci": 100, "fe_accurate": 51}
    rate = rates.get(family, 50 if TRAITS[family].pleth else 0)
    assert 57 * rate <= story.pleth <= 60 * rate


@pytest.mark.asyncio
@pytest.mark.parametrize("family", FAMILIES)
async def test_motion_keeps_the_numbers_coming(family: str) -> None:
    """A moving person is measured with noise, flagged where the family has a flag for it."""
    story = await tell(one(family, event(Kind.MOTION)), 90)
    moving = [reading for t, reading in story.readings() if 22 < t < 80]

    assert all(reading.valid for reading in moving)
    assert all(reading.flags == TRAITS[family].motion for reading in moving)


@pytest.mark.asyncio
async def test_low_battery_is_told_as_each_family_can() -> None:
    """An empty battery arrives as percent, or as a flag from the family that has four levels."""
    ring = await tell(one("viatom_oxy", event(Kind.BATTERY_LOW, to=6)), 90)
    clip = await tell(one("viatom_aa55", event(Kind.BATTERY_LOW, to=6)), 90)

    assert ring.readings()[-1][1].battery == 6
    assert Flag.LOW_BATTERY in clip.readings()[-1][1].flags
    assert Flag.LOW_BATTERY not in clip.readings()[5][1].flags


@pytest.mark.asyncio
@pytest.mark.parametrize("family", ["viatom_oxy", "viatom_aa55"])
async def test_streams_are_cut_as_on_air(family: str) -> None:
    """No notification of the byte-stream families has over 20 bytes, and frames straddle them."""
    clock = ManualClock()
    radio = SimulatedRadio(clock, one(family))
    heard: list[bytes] = []
    driver = radio._slots[0][0].driver
    async with asyncio.TaskGroup() as group:
        task = group.create_task(radio.run())
        entering = radio.connect(radio.devices[0].address)
        connecting = group.create_task(entering.__aenter__())
        await elapse(clock, 5)
        link = connecting.result()
        await link.subscribe(driver.subscribe[0], lambda _c, data, _at: heard.append(data))
        for _ in range(5):
            for write in driver.start(0):
                await link.write(write.characteristic, write.data, response=False)
            await elapse(clock, 1)
        await entering.__aexit__(None, None, None)
        task.cancel()

    assert max(map(len, heard)) == PAYLOAD
    assert len({len(data) for data in heard}) > 1


@pytest.mark.asyncio
async def test_scenario_begins_when_told() -> None:
    """Second 0 of the script can be set to the start of the session."""
    clock = ManualClock()
    radio = SimulatedRadio(clock, one("plx", event(Kind.LINK_LOST, at=5, for_s=10)))
    oximeter = radio._slots[0][0]
    away: list[bool] = []
    async with asyncio.TaskGroup() as group:
        task = group.create_task(radio.run())
        await elapse(clock, 30)
        radio.begin()
        for _ in range(4):
            away.append(oximeter.away_since is not None)
            await elapse(clock, 6)
        task.cancel()

    assert away == [False, True, True, False]


def test_thousands_have_addresses_of_their_own() -> None:
    """A bench can have thousands of clips, each under its own address."""
    radio = SimulatedRadio(ManualClock(), load_scenario("calm"), participants=3000)

    assert len({device.address for device in radio.devices}) == 3000


@pytest.mark.asyncio
async def test_simulation_counts_its_own_cost() -> None:
    """The time spent in the simulation is counted, and what a listener does with the bytes is not."""
    story = await tell(load_scenario("calm"), 20, participants=3)

    assert 0 < story.radio.cpu_ns < 2 * SECOND


@pytest.mark.asyncio
async def test_machine_that_slept_measures_nothing_meanwhile() -> None:
    """After a gap in time the clips go on at the present second instead of catching up."""
    clock = ManualClock()
    radio = SimulatedRadio(clock, one("plx"))
    recorded = Recorded()
    around = Surroundings(radio=radio, recording=recorded, clock=clock, random=Random(1))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(radio.run())]
        tasks += [group.create_task(acquire(device, around)) for device in radio.devices]
        await elapse(clock, 10)
        before = len(recorded.readings)
        clock.advance_to(clock.now().running_ns + 7 * SECOND)
        await settle()
        after = len(recorded.readings)
        for task in tasks:
            task.cancel()

    assert after - before <= 1
