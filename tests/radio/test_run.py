"""The commands themselves on real bleak: a scan, and a station that is killed and goes on."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collector.clock import LiveClock
from collector.commands import Bind, Prepare, Start
from collector.feed import Feed
from collector.journal.archive import Archive, SessionSummary
from collector.journal.store import Journal
from collector.recorder import Recorder
from collector.session import Phase, Source
from tests.radio.bus import SYSTEM_BUS, PrivateBus, private_bus
from tests.radio.clip import Clip
from tests.radio.fakebluez import FakeBlueZ
from tests.radio.quick import QuickClock

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0  # real seconds, on a machine with other work

pytestmark = pytest.mark.process


@asynccontextmanager
async def room(*families: str) -> AsyncIterator[tuple[PrivateBus, tuple[Clip, ...]]]:
    """A bus with bluetoothd and clips, in real time."""
    clips = tuple(Clip(number, family) for number, family in enumerate(families))
    async with private_bus() as bus, asyncio.TaskGroup() as group:
        bluez = FakeBlueZ(bus.address, QuickClock(1))
        bluez.clips = {clip.address: clip for clip in clips}
        await bluez.start("hci0")
        ticking = group.create_task(bluez.run())
        yield bus, clips
        ticking.cancel()
        await bluez.die()


async def holdspace(bus: PrivateBus, *words: str) -> asyncio.subprocess.Process:
    """The command as a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "collector", *words),
        cwd=ROOT,
        env={**os.environ, SYSTEM_BUS: bus.address},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def open_session(directory: Path, clip: Clip, source: Source = Source.LIVE) -> None:
    """A running session, as a station leaves it that was killed."""

    async def make() -> None:
        async with Journal(directory) as journal:
            recorder = Recorder(journal, Feed(), LiveClock())
            recorder.execute(Prepare(roster={"A": "P1"}, source=source))
            device = clip.oximeter.device
            recorder.execute(
                Bind(seat="A", participant="P1", device=device.address, family=device.family)
            )
            recorder.execute(Start())
            await journal.committed_to(journal.last_seq)

    asyncio.run(make())


def only_session(directory: Path) -> SessionSummary:
    with Archive(directory) as archive:
        (session,) = archive.sessions()
    return session


async def grown(directory: Path, beyond: int) -> int:
    """Wait until more readings than `beyond` are in the journal; how many there are."""
    async with asyncio.timeout(PATIENCE_S):
        while (readings := only_session(directory).readings) <= beyond:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.3)
    return readings


async def ended(process: asyncio.subprocess.Process, by: signal.Signals) -> str:
    """Send `by`; what the process had printed."""
    process.send_signal(by)
    async with asyncio.timeout(PATIENCE_S):
        out, _ = await process.communicate()
    return out.decode()


def test_killed_station_goes_on_with_its_session(tmp_path: Path) -> None:
    """After kill -9 and after SIGTERM the next run takes up the session; Ctrl+C ends it."""
    clip = Clip(0, "plx")
    open_session(tmp_path, clip)
    words = ("run", "--port", "0", "--no-browser", "--data", str(tmp_path))

    async def lives() -> list[str]:
        said, readings = [], 0
        async with room("plx") as (bus, _):
            for by in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
                process = await holdspace(bus, *words)
                readings = await grown(tmp_path, readings + 2)
                said.append(await ended(process, by))
        return said

    _, terminated, interrupted = asyncio.run(lives())

    assert "stays open" in terminated
    assert "is over" in interrupted
    assert only_session(tmp_path).phase is Phase.ENDED


def test_a_demo_that_was_left_open_is_ended(tmp_path: Path) -> None:
    """People are not watched by going on with it; the run after that tells of it no more."""
    clip = Clip(0, "plx")
    open_session(tmp_path, clip, Source.DEMO)
    words = ("run", "--port", "0", "--no-browser", "--for", "1", "--data", str(tmp_path))

    async def lives() -> list[str]:
        said = []
        async with room("plx") as (bus, _):
            for _life in range(2):
                process = await holdspace(bus, *words)
                async with asyncio.timeout(PATIENCE_S):
                    said.append((await process.communicate())[0].decode())
        return said

    first, second = asyncio.run(lives())

    assert only_session(tmp_path).phase is Phase.ENDED
    assert only_session(tmp_path).readings == 0
    assert ("is over" in first, "is over" in second) == (True, False)


def test_scan_lists_what_is_in_range_with_its_numbers() -> None:
    """One JSON document: family, signal, and what each clip says."""

    async def scanned() -> tuple[bytes, int | None]:
        async with room("plx", "viatom_oxy") as (bus, _):
            process = await holdspace(bus, "scan", "--json", "--for", "8")
            out, _ = await process.communicate()
            return out, process.returncode

    out, code = asyncio.run(scanned())
    found = json.loads(out)["oximeters"]

    assert code == 0
    assert [(one["family"], one["would_use"]) for one in found] == [
        ("viatom_oxy", True),
        ("plx", True),
    ]
    assert all(one["spo2"] >= 90 and one["rssi"] < 0 for one in found)


def test_scan_without_a_radio_is_one_sentence(tmp_path: Path) -> None:
    """Exit code 1, nothing on stdout, and the remedy."""

    async def scanned() -> tuple[bytes, bytes, int | None]:
        process = await holdspace(PrivateBus(tmp_path), "scan", "--json", "--for", "1")
        out, err = await process.communicate()
        return out, err, process.returncode

    out, err, code = asyncio.run(scanned())

    assert (code, out) == (1, b"")
    assert err.decode().startswith("holdspace: The system's message bus cannot be reached")
    assert err.decode().count("\n") == 1
