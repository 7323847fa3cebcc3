"""A station in a process of its own that records readings and delivers them until it is killed.

Called as `python -m tests.collector.sinks.lives DATA URL ORG BUCKET TOKEN_FILE STATION`, it begins a life, a
child of its own, for each line on its input: the number of readings to record. A life says its process id,
then "up", "recorded", and "delivered" when all of it is there. Forking saves each life the imports.
"""

import asyncio
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from random import Random

import structlog

from collector.clock import LiveClock
from collector.commands import Bind, Prepare, Start
from collector.feed import Feed
from collector.journal.store import Journal
from collector.reading import Reading
from collector.recorder import Recorder
from collector.settings import InfluxdbSettings
from collector.sinks import SINKS
from collector.sinks.service import start_sinks
from collector.supervision import Supervisor

NOTHING_LEFT = {"waiting": 0, "set_aside": 0}
CLIP = "C0:FF:EE:00:00:01"


async def live(data: Path, settings: InfluxdbSettings, station: str, rows: int) -> None:
    """One life of a station."""
    clock = LiveClock()
    async with (
        Journal(data) as journal,
        Supervisor(clock, random=Random()) as tasks,
    ):
        feed = Feed()
        recorder = Recorder(journal, feed, clock)
        sinks = start_sinks(
            tasks,
            {"influxdb": settings},
            station=station,
            recorder=recorder,
            journal=journal,
            feed=feed,
            clock=clock,
        )
        if recorder.session is None:
            recorder.execute(Prepare(roster={"A": "P1"}))
            recorder.execute(Bind(seat="A", participant="P1", device=CLIP))
            recorder.execute(Start())
        say("up")
        for _ in range(rows):
            recorder.reading(CLIP, Reading(at=clock.now(), spo2=97.0, pulse_rate=61.0))
            await asyncio.sleep(0.001)
        await journal.committed_to(journal.last_seq)
        say("recorded")
        while sinks.lag()["influxdb"] != NOTHING_LEFT:  # noqa: ASYNC110 - a progress without an event
            await asyncio.sleep(0.05)
        say("delivered")
        tasks.stop()


def say(word: str) -> None:
    """Tell whoever watches."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    folder, url, org, bucket, token, name = sys.argv[1:]
    section = InfluxdbSettings(url=url, org=org, bucket=bucket, token_file=Path(token))
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    import_module(SINKS["influxdb"].module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    for count in sys.stdin:
        if os.fork() == 0:
            say(str(os.getpid()))
            asyncio.run(live(Path(folder), section, name, int(count)))
            os._exit(0)
