"""Readings per CPU second, all threads: raw bytes, decode, committed journal, engine, page state."""

import asyncio
import gc
import time
from collections.abc import Iterable

from collector.clock import SECOND, ManualClock
from collector.radio.oximeter import Oximeter
from tests.benchmarks.station import Second, Station, clips, seconds, station
from tests.benchmarks.table import Row

PARTICIPANTS = 250
ROUNDS = 5


class Commits:
    """Watches the journal from the loop: how far apart in real time `committed` moves."""

    def __init__(self, subject: Station) -> None:
        self._subject = subject
        self._seen = subject.journal.committed
        self._at = time.perf_counter()
        self.widest_s = 0.0

    def look(self) -> None:
        """Note a commit if there was one; the time without one counts as well."""
        now = time.perf_counter()
        self.widest_s = max(self.widest_s, now - self._at)
        if self._subject.journal.committed != self._seen:
            self._seen, self._at = self._subject.journal.committed, now


async def measure(worn: list[Oximeter], sent: list[list[Second]]) -> tuple[int, float, float]:
    """Readings taken, CPU seconds of all threads, the widest gap between commits in s."""
    clock = ManualClock()
    async with station(clock, worn) as subject:
        await subject.journal.committed_to(subject.journal.last_seq)
        commits, first = Commits(subject), subject.journal.last_seq
        gc.collect()
        gc.freeze()  # the bytes made beforehand are not the station's to look through
        cpu = time.process_time()
        for number in range(len(sent[0])):
            clock.advance_to(clock.now().running_ns + SECOND)
            at = clock.now()
            for clip, said in zip(worn, sent, strict=True):
                subject.hear(clip.device.address, said[number], at)
            subject.alerts.turn()
            subject.pages.push()
            await subject.recorder.room()
            await asyncio.sleep(0)
            commits.look()
        last = subject.journal.last_seq
        await subject.journal.committed_to(last)
        commits.look()
        return last - first, time.process_time() - cpu, commits.widest_s


def run(short: bool) -> Iterable[Row]:
    """Five rounds over the same bytes, each with a journal of its own."""
    rates: list[float] = []
    widest = 0.0
    for _ in range(2 if short else ROUNDS):
        worn = clips(PARTICIPANTS)
        sent = [seconds(clip, 40 if short else 120) for clip in worn]
        readings, cpu_s, gap_s = asyncio.run(measure(worn, sent))
        rates.append(readings / cpu_s)
        widest = max(widest, gap_s)
    middle = sorted(rates)[len(rates) // 2]
    yield Row(
        bench="throughput",
        measured="readings per CPU second, bytes to committed journal, engine and page state",
        promised=">= 20000 /s",
        value=f"{middle:.0f} /s",
        spread=f"{min(rates):.0f}-{max(rates):.0f} /s in {len(rates)} rounds",
        met=middle >= 20_000,
    )
    yield Row(
        bench="throughput",
        measured="widest time between commits, while going at full speed",
        promised="<= 1 s",
        value=f"{widest:.2f} s",
        spread=f"{PARTICIPANTS} participants, three families, pleth on",
        met=widest <= 1,
    )
