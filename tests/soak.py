"""`python3 start.py soak [--days N] [--devices N]`: a server that is away for a month, then everything drains.

A station records a session of so many days while nothing answers at the address of its InfluxDB; it is
restarted again and again meanwhile. Then a server comes up, and the last life of the station delivers all
of it. Prints what was recorded, what arrived, how long it took and how much memory the station had; exit
code 1 when a single reading is missing or the station's memory grew beyond its bound.

Thirty days of eight devices are 25 million rows and about 2.5 GB in the folder for temporary files, and take
the better part of an hour.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psutil

from collector.clock import SECOND, ManualClock
from collector.commands import Bind, Prepare, Start
from collector.feed import Feed
from collector.journal.store import Journal
from collector.reading import Reading
from collector.recorder import Recorder
from collector.session import SEATS
from collector.settings import InfluxdbSettings
from collector.sinks.service import Sinks, start_sinks
from collector.supervision import Supervisor
from tests.benchmarks.receiver import serve
from tests.collector.sinks.influxd import free_port

HOUR_S = 3600
TOKEN_VARIABLE = "SOAK_INFLUXDB_TOKEN"  # noqa: S105 - a name
MEMORY_MB = 150
SEQ = re.compile(rb",seq=(\d+) ")
ROOT = Path(__file__).parents[1]


@dataclass(slots=True)
class Tally:
    """What the server got: which readings, how many rows twice."""

    seen: bytearray
    again: int = 0

    async def take(self, body: bytes) -> bool:
        """Note the seq of each reading."""
        for found in SEQ.findall(body):
            seq = int(found)
            if seq >= len(self.seen):
                self.seen.extend(bytes(max(1 << 20, seq + 1 - len(self.seen))))
            self.again += self.seen[seq]
            self.seen[seq] = 1
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the soak found."""

    recorded: int
    arrived: int
    recording_s: float
    draining_s: float
    rows: int
    journal_mb: float
    memory_mb: float

    @property
    def sound(self) -> bool:
        """Whether the promise was kept."""
        return self.arrived == self.recorded and self.memory_mb <= MEMORY_MB


class Life:
    """One life of the station."""

    def __init__(self, journal: Journal, recorder: Recorder, clock: ManualClock, sinks: Sinks) -> None:
        self.journal, self.recorder, self.clock, self.sinks = journal, recorder, clock, sinks

    def begin(self, devices: Sequence[str]) -> None:
        """Start the session, unless a former life did."""
        if self.recorder.session is None:
            seats = dict(zip(SEATS, devices, strict=False))
            self.recorder.execute(Prepare(roster={seat: f"P{seat}" for seat in seats}))
            for seat, device in seats.items():
                self.recorder.execute(Bind(seat=seat, participant=f"P{seat}", device=device))
            self.recorder.execute(Start())

    async def record(self, devices: Sequence[str], seconds: int) -> int:
        """A reading of each device per second; how many that are."""
        for second in range(seconds):
            self.clock.advance_to(self.clock.now().running_ns + SECOND)
            at = self.clock.now()
            reading = Reading(at=at, spo2=90.0 + second % 10, pulse_rate=60.0 + second % 7, battery=80)
            for device in devices:
                self.recorder.reading(device, reading)
            await self.recorder.room()
            await asyncio.sleep(0)
        return seconds * len(devices)

    @property
    def waiting(self) -> int:
        """Entries that the server does not have yet."""
        lag = self.sinks.lag()["influxdb"]
        assert isinstance(lag, dict)
        assert lag["set_aside"] == 0
        return int(lag["waiting"])


@asynccontextmanager
async def life(data: Path, url: str, clock: ManualClock) -> AsyncIterator[Life]:
    """The station while the block runs."""
    os.environ[TOKEN_VARIABLE] = "none"
    async with Journal(data) as journal, Supervisor(clock, random=Random(1)) as tasks:
        feed = Feed()
        recorder = Recorder(journal, feed, clock)
        section = InfluxdbSettings(url=url, token_env=TOKEN_VARIABLE)
        sinks = start_sinks(
            tasks,
            {"influxdb": section},
            station="soak",
            recorder=recorder,
            journal=journal,
            feed=feed,
            clock=clock,
        )
        yield Life(journal, recorder, clock, sinks)
        tasks.stop()


async def soak(data: Path, *, seconds: int, devices: int, lives: int) -> Report:
    """Record for so many seconds of session over so many lives while the server is away, then drain."""
    clips = [f"C0:FF:EE:00:00:{number:02X}" for number in range(devices)]
    clock, port, recorded = ManualClock(), free_port(), 0
    url, memory, began = f"http://127.0.0.1:{port}", 0.0, time.perf_counter()
    for number in range(lives):
        async with life(data, url, clock) as station:
            station.begin(clips)
            recorded += await station.record(clips, seconds // lives)
            memory = max(memory, resident_mb())
            tell(f"life {number + 1} of {lives}: {station.waiting} entries wait, {memory:.0f} MB")
    recording_s, began = time.perf_counter() - began, time.perf_counter()
    command = [sys.executable, "-m", "tests.soak", "--serve", str(port)]
    server = started(command)
    try:
        async with life(data, url, clock) as station:
            rows = station.waiting
            while station.waiting > 0:
                await asyncio.sleep(0.2)
                memory = max(memory, resident_mb())
        told, _ = await asyncio.to_thread(server.communicate, "tell\n")
    finally:
        server.kill()
    return Report(
        recorded=recorded,
        arrived=int(told.split()[-1]),
        recording_s=recording_s,
        draining_s=time.perf_counter() - began,
        rows=rows,
        journal_mb=size_mb(data),
        memory_mb=memory,
    )


async def serve_and_tell(port: int) -> None:
    """The server's process: take rows until a line comes in, then say how many readings there were."""
    tally = Tally(bytearray(1 << 20))
    serving = asyncio.get_running_loop().create_task(serve(tally.take, port=port))
    await asyncio.to_thread(sys.stdin.readline)
    serving.cancel()
    sys.stdout.write(f"{sum(tally.seen)}\n")


def started(command: list[str]) -> subprocess.Popen[str]:
    """A process to talk with."""
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def size_mb(data: Path) -> float:
    """What the journal takes on the disk."""
    return sum(file.stat().st_size for file in data.glob("*.db*")) / 1e6


def resident_mb() -> float:
    """Memory of this process."""
    return psutil.Process().memory_info().rss / 1e6


def tell(line: str) -> None:
    """Say how far it is."""
    sys.stderr.write(f"{line}\n")


def main() -> int:
    """Run it as asked; the exit code."""
    parser = argparse.ArgumentParser(prog="start.py soak", description=__doc__)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--devices", type=int, default=8, choices=range(1, 13), metavar="1-12")
    parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        asyncio.run(serve_and_tell(asked.serve))
        return 0
    seconds, lives = int(asked.days * 24 * HOUR_S), max(2, int(asked.days))
    with TemporaryDirectory() as folder:
        report = asyncio.run(
            soak(Path(folder) / "data", seconds=seconds, devices=asked.devices, lives=lives)
        )
    sys.stdout.write(
        f"{report.recorded} readings recorded in {report.recording_s:.0f} s, {report.arrived} arrived; "
        f"{report.rows} rows drained in {report.draining_s:.0f} s "
        f"({report.rows / report.draining_s:.0f} /s); journal {report.journal_mb:.0f} MB, "
        f"memory {report.memory_mb:.0f} MB (at most {MEMORY_MB})\n"
    )
    return 0 if report.sound else 1


if __name__ == "__main__":
    sys.exit(main())
