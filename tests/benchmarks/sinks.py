"""Sinks: how fast a backlog drains, what that does to the readings that come in, how large a journal gets."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from collector.clock import SECOND, Clock, Instant, LiveClock
from collector.entry import READING, Entry
from collector.feed import Feed
from collector.journal.file import NAME, JournalFile
from collector.journal.rows import body_text
from collector.journal.store import Journal
from collector.radio.oximeter import Oximeter
from collector.reading import Reading
from collector.recorder import Recorder
from collector.session import SESSION, Source, phase_body, prepare_body
from collector.settings import InfluxdbSettings
from collector.sinks.delivery import Delivery
from collector.sinks.influxdb import open_sink
from tests.benchmarks.latency import Lateness, measure
from tests.benchmarks.queueing import WITH_OTHERS, Queueing
from tests.benchmarks.station import Station, clips, seconds
from tests.benchmarks.table import Row, quantile, spread
from tests.collector.sinks.influxd import Influxd

BACKLOG = 200_000
PEOPLE = 12
VARIABLE = "BENCH_INFLUXDB_TOKEN"
FOUR_HOURS_S = 4 * 3600


def backlog(directory: Path, rows: int) -> None:
    """A journal that holds one session of twelve people with so many readings."""
    directory.mkdir(parents=True)
    file = JournalFile(directory / NAME)
    begin = prepare_body(title="", source=Source.LIVE, roster={}, speed=1.0, by="bench")
    entries = [_fact(1, begin)]
    entries += [_reading(seq) for seq in range(2, rows + 2)]
    entries.append(_fact(rows + 2, phase_body("end", by="bench")))
    for at in range(0, len(entries), 4096):
        file.write([(entry, body_text(entry.body)) for entry in entries[at : at + 4096]], {})
    file.close()


def _instant(seq: int) -> Instant:
    ns = seq * SECOND // PEOPLE
    return Instant(boot="before", running_ns=ns, utc_ns=1_780_000_000 * SECOND + ns)


def _fact(seq: int, body: dict[str, object]) -> Entry:
    return Entry(seq=seq, session="backlog", instant=_instant(seq), kind=SESSION, body=body)


def _reading(seq: int) -> Entry:
    at, who = _instant(seq), seq % PEOPLE
    return Entry(
        seq=seq,
        session="backlog",
        instant=at,
        kind=READING,
        subject=f"C0:FF:EE:00:00:{who:02X}",
        participant=f"P-{who:02}",
        body=Reading(at=at, spo2=97.0, pulse_rate=60.0 + who, perfusion_index=2.1, battery=80),
    )


@contextmanager
def receiver(influxd: str | None = None) -> Iterator[str]:
    """The address of a server in a process of its own; `influxd` puts a real InfluxDB 1.6 behind it."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        behind: list[str] = []
        if influxd:
            server = Influxd(influxd, Path(folder))
            stack.callback(server.kill)
            asyncio.run(server.start())
            asyncio.run(server.make())
            behind.append(server.url)
        command = [sys.executable, "-m", "tests.benchmarks.receiver", *behind]
        process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        stack.callback(process.kill)
        assert process.stdout is not None
        yield process.stdout.readline().strip()


def delivery(url: str, journal: Journal, recorder: Recorder, clock: Clock) -> Delivery:
    """What delivers the journal to the server at `url`."""
    os.environ[VARIABLE] = "none"
    return Delivery(
        partial(open_sink, InfluxdbSettings(url=url, token_env=VARIABLE), "bench"),
        key="influxdb",
        recorder=recorder,
        journal=journal,
        clock=clock,
        real=clock,
        random=Random(1),
    )


async def drain(directory: Path, url: str) -> tuple[float, float, float]:
    """Rows per second of the clock, without the time that other processes took, and of the CPU."""
    clock = LiveClock()
    async with Journal(directory) as journal:
        recorder = Recorder(journal, Feed(), clock)
        sending = delivery(url, journal, recorder, clock)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(sending.run())
            await asyncio.sleep(0.5)  # connected, the first rows are there
            rows, began, cpu = sending.waiting, time.perf_counter(), time.process_time()
            queueing = Queueing()
            queued_s = -queueing.ms() / 1000
            await sending.settle()
            took, used = time.perf_counter() - began, time.process_time() - cpu
            queued_s += queueing.ms() / 1000
            running.cancel()
        return rows / took, rows / (took - queued_s), rows / used


def rates(short: bool) -> Iterable[Row]:
    """Rows per second into a server that only takes them, and into a real one."""
    rows = BACKLOG // 4 if short else BACKLOG
    found = shutil.which("influxd")
    servers: list[tuple[str, str | None]] = [("a server that takes them and does nothing", None)]
    servers += [("InfluxDB 1.6.7", found)] if found else []
    for label, influxd in servers:
        with TemporaryDirectory() as folder, receiver(influxd) as url:
            backlog(Path(folder) / "data", rows)
            whole, own, cpu = asyncio.run(drain(Path(folder) / "data", url))
        yield Row(
            bench="sinks",
            measured=f"rows per second from a backlog into {label}",
            promised=">= 20000 /s",
            value=f"{own:.0f} /s",
            spread=f"{cpu:.0f} rows per CPU second of the station",
            met=own >= 20_000,
        )
        yield Row(bench="sinks", measured=WITH_OTHERS, value=f"{whole:.0f} /s")


@asynccontextmanager
async def draining(url: str, clock: Clock, worn: list[Oximeter]) -> AsyncIterator[Station]:
    """A station in session whose backlog drains all the while; when it is empty it begins anew."""
    with TemporaryDirectory() as folder:
        backlog(Path(folder) / "data", BACKLOG // 2)
        async with Journal(Path(folder) / "data") as journal, asyncio.TaskGroup() as tasks:
            subject = Station(journal, clock, worn)
            sending = delivery(url, journal, subject.recorder, clock)

            async def again() -> None:
                while True:
                    await asyncio.sleep(0.05)
                    if sending.waiting < 1000:
                        sending.cursor = 0

            running = [tasks.create_task(sending.run()), tasks.create_task(again())]
            yield subject
            for task in running:
                task.cancel()


def lateness(people: int, url: str, short: bool) -> Lateness:
    """Lateness of readings spread over each second, while a backlog drains."""
    worn = clips(people)
    sent = [seconds(clip, 8 if short else 20) for clip in worn]
    return asyncio.run(measure(worn, sent, apart_s=1 / people, on=partial(draining, url)))


def promptness(short: bool) -> Iterable[Row]:
    """From bytes to page state while a backlog drains, for a room and for a thousand."""
    for people, limit in ((PEOPLE, 5), (1000, 10)):
        with receiver() as url:
            rounds = sorted((lateness(people, url, short) for _ in range(3)), key=Lateness.p99)
        late = rounds[1]
        yield Row(
            bench="sinks",
            measured=f"bytes due to alerts and page state while a backlog drains, {people} at 1 Hz, p99",
            promised=f"<= {limit} ms",
            value=f"{late.p99():.2f} ms",
            spread=f"{spread(late.own_ms, 'ms')}; with other processes {quantile(late.whole_ms, 0.99):.2f} ms",
            met=late.p99() <= limit,
        )


def size(short: bool) -> Row:
    """The journal of twelve people, a demo with all that a sink adds to it.

    A short run is not judged: what a file grows by at once, its log among it, would count eight times.
    """
    asked_s = FOUR_HOURS_S // 8 if short else FOUR_HOURS_S
    with TemporaryDirectory() as folder:
        config, data = Path(folder) / "holdspace.toml", Path(folder) / "data"
        config.write_text(f'[influxdb]\nurl = "http://127.0.0.1:9"\ntoken_env = "{VARIABLE}"\n')
        command = [sys.executable, "-m", "collector", "demo", "--participants", str(PEOPLE)]
        command += ["--scenario", "mixed", "--speed", "600", "--for", str(asked_s), "--no-browser"]
        command += ["--port", "0", "--data", str(data), "--config", str(config)]
        environment = {**os.environ, VARIABLE: "none"}
        subprocess.run(command, check=True, capture_output=True, env=environment)
        megabytes = sum(file.stat().st_size for file in data.glob("*.db*")) / 1e6
    return Row(
        bench="sinks",
        measured=f"journal of {PEOPLE} people over {asked_s / 3600:g} h, with the health of each clip",
        promised="" if short else "<= 25 MB",
        value=f"{megabytes:.1f} MB",
        spread=f"{megabytes / asked_s * 3600:.1f} MB an hour",
        met=None if short else megabytes <= 25,
    )


def run(short: bool) -> Iterable[Row]:
    """All of it."""
    yield from rates(short)
    yield from promptness(short)
    yield size(short)
