"""Readings per CPU second, all threads: raw bytes, decode, committed journal, engine, page state."""

import asyncio
import gc
import time
from collections.abc import Iterable
from dataclasses import dataclass

from collector.clock import SECOND, ManualClock
from collector.radio.oximeter import Oximeter
from tests.benchmarks.station import Second, Station, clips, seconds, station
from tests.benchmarks.table import Row

PARTICIPANTS = 250
# Other tenants of a machine lengthen CPU time too, by half and for minutes. They only ever add: the fastest
# of many rounds is what the program costs, as `timeit` says of its own. The others are printed beside it.
ROUNDS, SECONDS = 12, 60
# What a reading costs, in the order of its way. Decoding is measured on its own and taken off TAKE.
DECODE, TAKE, ALERTS = "decode", "intake, recorder, journal queue", "alert engine and its state"
PAGE, JOURNAL, REST = "page state and frames", "journal writer", "the rest of the loop"
STAGES = (DECODE, TAKE, ALERTS, PAGE, JOURNAL, REST)


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


class Stages:
    """CPU seconds of the loop's thread by what it was doing; asked once per second of all clips."""

    def __init__(self) -> None:
        self.spent_s: dict[str, float] = {}
        self._since = time.thread_time()

    def end(self, stage: str) -> None:
        """What was spent since the last call belongs to `stage`."""
        now = time.thread_time()
        self.spent_s[stage] = self.spent_s.get(stage, 0.0) + now - self._since
        self._since = now


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Readings taken, CPU seconds of all threads and by stage, the widest gap between commits in s."""

    readings: int
    cpu_s: float
    stages_s: dict[str, float]
    gap_s: float


def decode_alone(worn: list[Oximeter], sent: list[list[Second]]) -> float:
    """CPU seconds that the decoders alone take for the same bytes."""
    decoders = [clip.driver.decoder() for clip in worn]
    stages, clock = Stages(), ManualClock()
    for number in range(len(sent[0])):
        clock.advance_to(clock.now().running_ns + SECOND)
        for clip, decoder, said in zip(worn, decoders, sent, strict=True):
            if clip.driver.poll:
                decoder.sent(clip.driver.poll.write.data)
            for characteristic, data in said[number]:
                decoder.feed(characteristic, data, clock.now())
    stages.end(DECODE)
    return stages.spent_s[DECODE]


async def measure(worn: list[Oximeter], sent: list[list[Second]]) -> Round:
    """Everything that was sent goes through a station as fast as it can."""
    clock = ManualClock()
    async with station(clock, worn) as subject:
        await subject.journal.committed_to(subject.journal.last_seq)
        commits, first = Commits(subject), subject.journal.last_seq
        gc.collect()
        gc.freeze()  # the bytes made beforehand are not the station's to look through
        cpu, stages = time.process_time(), Stages()
        for number in range(len(sent[0])):
            clock.advance_to(clock.now().running_ns + SECOND)
            at = clock.now()
            for clip, said in zip(worn, sent, strict=True):
                subject.hear(clip.device.address, said[number], at)
            stages.end(TAKE)
            subject.alerts.turn()
            stages.end(ALERTS)
            subject.pages.push()
            stages.end(PAGE)
            await subject.recorder.room()
            await asyncio.sleep(0)
            commits.look()
        last = subject.journal.last_seq
        await subject.journal.committed_to(last)
        commits.look()
        cpu_s = time.process_time() - cpu
        stages.end(REST)
        stages.spent_s[JOURNAL] = cpu_s - sum(stages.spent_s.values())
        return Round(
            readings=last - first, cpu_s=cpu_s, stages_s=stages.spent_s, gap_s=commits.widest_s
        )


def run(short: bool) -> Iterable[Row]:
    """Rounds over the same bytes, each with a journal of its own; the figure is the fastest one's."""
    rounds: list[Round] = []
    decode_s = 0.0
    for _ in range(2 if short else ROUNDS):
        worn = clips(PARTICIPANTS)
        sent = [seconds(clip, 40 if short else SECONDS) for clip in worn]
        decode_s += decode_alone(worn, sent)
        rounds.append(asyncio.run(measure(worn, sent)))
    rates = [one.readings / one.cpu_s for one in rounds]
    slowest, *_, middle = sorted(rates)[: len(rates) // 2 + 1]
    widest = max(one.gap_s for one in rounds)
    yield Row(
        bench="throughput",
        measured="readings per CPU second, bytes to committed journal, engine and page state",
        promised=">= 20000 /s",
        value=f"{max(rates):.0f} /s",
        spread=f"the fastest of {len(rates)} rounds; median {middle:.0f}, slowest {slowest:.0f} /s",
        met=max(rates) >= 20_000,
    )
    yield Row(
        bench="throughput",
        measured="widest time between commits, while going at full speed",
        promised="<= 1 s",
        value=f"{widest:.2f} s",
        spread=f"{PARTICIPANTS} participants, three families, pleth on",
        met=widest <= 1,
    )
    yield from by_stage(rounds, decode_s)


def by_stage(rounds: list[Round], decode_s: float) -> Iterable[Row]:
    """Where the CPU time goes: a slower figure is explained by the stage whose row has grown."""
    spent_s = {stage: sum(one.stages_s.get(stage, 0.0) for one in rounds) for stage in STAGES}
    spent_s[DECODE], spent_s[TAKE] = decode_s, spent_s[TAKE] - decode_s
    whole_s, readings = sum(spent_s.values()), sum(one.readings for one in rounds)
    for stage, stage_s in spent_s.items():
        yield Row(
            bench="throughput",
            measured=f"CPU time per reading: {stage}",
            value=f"{stage_s / readings * 1e6:.1f} us",
            spread=f"{stage_s / whole_s:.0%} of all",
        )
