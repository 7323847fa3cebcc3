"""Capturing: known devices speak as in a session, unknown ones are only listened to."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from collector.__main__ import main
from collector.capture_cli import keep
from collector.capturing import HEAR_S, Tape, record
from collector.clock import SECOND, ManualClock
from collector.device import Advertisement, Device
from collector.devices import DECODERS, DRIVERS, plx
from collector.devices.base import Driver
from collector.errors import LinkLost, Unavailable
from collector.radio.scenario import Event, Kind, Scenario
from collector.radio.simulated import SimulatedRadio
from collector.reading import Reading
from collector.recordings import capture
from collector.recordings.family import family_of
from tests.collector.radio.scripted import ScriptedRadio
from tests.collector.radio.world import elapse

LAMP = "0000fe95-0000-1000-8000-00805f9b34fb"
ADDRESS = "c0:ff:ee:00:00:00"  # as a person may type the simulated clip's


async def captured(
    family: str,
    *events: Event,
    driver: Driver | None = None,
    address: str = ADDRESS,
    seconds: float = 20,
) -> tuple[Tape, Exception | None]:
    """The tape of a simulated clip, and how the capture failed, if it did."""
    clock = ManualClock()
    scenario = Scenario(participants=1, families={"A": family}, events=events)
    drivers = [replace(driver, family=family)] if driver else DRIVERS
    radio = SimulatedRadio(clock, scenario, drivers=drivers)
    tape = Tape(clock)
    failures: list[Exception] = []

    async def work() -> None:
        try:
            await record(radio, clock, address, tape, seconds=seconds)
        except (LinkLost, Unavailable) as failure:
            failures.append(failure)

    async with asyncio.TaskGroup() as group:
        running = group.create_task(radio.run())
        working = group.create_task(work())
        await elapse(clock, seconds + HEAR_S + 30)
        assert working.done()
        running.cancel()
    return tape, failures[0] if failures else None


@pytest.mark.asyncio
@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.family)
async def test_every_family_is_captured_as_it_speaks(driver: Driver, tmp_path: Path) -> None:
    """The file decodes to a reading a second, and says by itself which family it is."""
    tape, failure = await captured(driver.family)
    file = tmp_path / "clip.jsonl"

    keep(tape, file)

    taken = capture.read(file)
    decoder = DECODERS[family_of(file, taken)]()
    readings = []
    for moment in taken.moments:
        if moment.sent:
            decoder.sent(moment.data)
            continue
        decoded = decoder.feed(moment.characteristic, moment.data, moment.at)
        readings += [item for item in decoded if isinstance(item, Reading) and item.valid]
    assert failure is None
    assert (tape.family, family_of(file, taken)) == (driver.family, driver.family)
    assert taken.address == "C0:FF:EE:00:00:00"
    assert taken.services == driver.services
    assert taken.characteristics >= set(driver.subscribe)
    assert 14 <= len(readings) <= 21
    assert any(moment.sent for moment in taken.moments) == bool(driver.start(0) or driver.poll)


@pytest.mark.asyncio
async def test_an_unknown_device_is_listened_to_and_never_written_to() -> None:
    """Its services are of no family: what it notifies is kept, and nothing leaves."""
    strange = replace(plx.DRIVER, services=frozenset((LAMP,)), model="Lamp")

    tape, failure = await captured("plx", driver=strange)

    assert failure is None
    assert tape.family is None
    assert len(tape.moments) >= 18
    assert not any(moment.sent for moment in tape.moments)
    assert tape.capture().services == {LAMP}


@pytest.mark.asyncio
async def test_a_lost_link_keeps_what_came() -> None:
    """The clip goes away in the middle: the tape holds the seconds before."""
    gone = Event(seat="A", kind=Kind.LINK_LOST, at=10)

    tape, failure = await captured("viatom_oxy", gone, seconds=60)

    assert failure is None
    assert 5 <= tape.moments[-1].t_s <= 20


@pytest.mark.asyncio
async def test_a_device_that_is_not_there_is_said() -> None:
    """One sentence with what to do."""
    tape, failure = await captured("plx", address="00:00:00:00:00:01")

    assert str(failure) == (
        "00:00:00:00:00:01 was not heard in 30 s: wake it with a finger, close its maker's app, "
        "come nearer."
    )
    assert tape.moments == []


@pytest.mark.asyncio
async def test_a_tape_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that talks without end fills the tape and no more."""
    monkeypatch.setattr("collector.capturing.MOST_MOMENTS", 12)  # five hundred thousand take long

    tape, failure = await captured("viatom_aa55")

    assert failure is None
    assert len(tape.moments) == 12


def test_what_was_kept_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How much, of whom, and what to do next."""
    clock = ManualClock()
    tape = Tape(clock)
    tape.take("2a5f", b"\x00\x61\x00\x48\x00", clock.now())
    tape.sent("2a5f", b"\x01")

    keep(tape, tmp_path / "a.jsonl")

    said = capsys.readouterr().out
    assert said.startswith(f"{tmp_path / 'a.jsonl'}: 1 notifications and 0 different advert")
    assert f"`holdspace decode {tmp_path / 'a.jsonl'}` shows what they say." in said


def test_a_folder_that_is_not_there_is_said_before_the_radio_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of three minutes is lost in the end."""
    output = tmp_path / "nowhere" / "a.jsonl"

    assert main(["capture", ADDRESS, "-o", str(output)]) == 2

    assert capsys.readouterr().err == (
        f"holdspace: There is no folder {output.parent}; choose another -o.\n"
    )


@pytest.mark.asyncio
async def test_a_connection_that_never_comes_is_said() -> None:
    """It is heard, and then nothing: the capture does not wait for ever."""
    clock, device = ManualClock(), Device(address="AA:BB", name="PM100")
    radio = ScriptedRadio(clock, device, plx.DRIVER)
    radio.hang, radio.hangs = "connect", 1

    work = asyncio.gather(
        record(radio, clock, "aa:bb", Tape(clock), seconds=5),
        elapse(clock, 90),
        return_exceptions=True,
    )
    failure, _ = await work

    assert str(failure) == "aa:bb gave nothing: it did not connect in 60 s."


def advertised(second: int, name: str = "Ring 0001", data: bytes = b"") -> tuple[int, Advertisement]:
    """What a clip sends before it is connected, or instead."""
    makers = frozenset({(76, data)}) if data else frozenset()
    return second, Advertisement(address=ADDRESS, name=name, data=makers)


def test_advertisements_are_kept_when_they_change(tmp_path: Path) -> None:
    """Some clips put their numbers into them; a name once heard stays known."""
    clock, file = ManualClock(), tmp_path / "a.jsonl"
    tape, began = Tape(clock), clock.now().running_ns
    for second, heard in (
        advertised(0),
        advertised(1, data=b"\x61"),
        advertised(2, data=b"\x61"),
        advertised(3, name="", data=b"\x60"),
    ):
        clock.advance_to(began + second * SECOND)
        tape.overhear(heard)
    keep(tape, file)

    taken = capture.read(file)
    assert [(one.t_s, one.makers) for one in taken.heard] == [
        (0, {}),
        (1, {76: b"\x61"}),
        (3, {76: b"\x60"}),
    ]
    assert (taken.name, taken.address, taken.company) == ("Ring 0001", ADDRESS, frozenset({76}))


@pytest.mark.asyncio
async def test_what_is_sent_without_a_connection_is_kept() -> None:
    """A clip that nobody can connect to has still said something."""
    clock, device = ManualClock(), Device(address="AA:BB", name="PM100")
    radio = ScriptedRadio(clock, device, plx.DRIVER)
    radio.hang, radio.hangs = "connect", 1
    tape = Tape(clock)

    await asyncio.gather(
        record(radio, clock, "aa:bb", tape, seconds=5), elapse(clock, 90), return_exceptions=True
    )

    assert (tape.moments, len(tape.advertisements), tape.address) == ([], 1, "AA:BB")
