"""From the instant bytes are due to alert decision and page state, a thousand participants at 1 Hz."""

import asyncio
import gc
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from collector.clock import Clock, LiveClock
from collector.entry import READING, Entry
from collector.radio.oximeter import Oximeter
from tests.benchmarks.queueing import WITH_OTHERS, Queueing
from tests.benchmarks.station import Second, Station, clips, seconds, station
from tests.benchmarks.table import Row, quantile, spread

PARTICIPANTS = 1000
WARM_UP_S = 3
Place = Callable[[Clock, list[Oximeter]], AbstractAsyncContextManager[Station]]


class Lateness(NamedTuple):
    """Milliseconds from due to done: as it was, and without the time that other processes took."""

    whole_ms: list[float]
    own_ms: list[float]

    def p99(self) -> float:
        """The figure that is promised."""
        return quantile(self.own_ms, 0.99)


class Watch:
    """When each clip's bytes were due, and how much later alerts and page had both taken them."""

    def __init__(self, subject: Station, *, from_s: float) -> None:
        self.late = Lateness([], [])
        self._queueing = Queueing()
        self._queued_ms = self._queueing.ms()  # as of the last time that the station had done something
        self._time = asyncio.get_running_loop().time
        self._from_s = from_s
        self._due: dict[str, tuple[float, float]] = {}
        self._left: dict[str, int] = {}
        self._undecided: list[str] = []
        self._subject = subject
        self._turn, self._take = subject.alerts.turn, subject.page.take
        # Probes around the two places where the services do their work.
        vars(subject.alerts)["turn"] = self._turned
        vars(subject.page)["take"] = self._taken

    def arrive(self, address: str, second: Second, due: float) -> None:
        """Let a clip's bytes of one second in, as the radio's callback does."""
        self._due[address], self._left[address] = (due, self._queued_ms), 2
        self._undecided.append(address)
        self._subject.hear(address, second, self._subject.clock.now())

    def _turned(self) -> None:
        self._turn()
        for address in self._undecided:
            self._one_done(address)
        self._undecided.clear()

    def _taken(self, entry: Entry) -> None:
        self._take(entry)
        if entry.kind == READING:
            self._one_done(entry.subject)

    def _one_done(self, address: str) -> None:
        self._left[address] -= 1
        if self._left[address] > 0:
            return
        due, queued_ms = self._due[address]
        self._queued_ms = self._queueing.ms()
        if due >= self._from_s:
            late_ms = (self._time() - due) * 1000
            self.late.whole_ms.append(late_ms)
            self.late.own_ms.append(max(0.0, late_ms - (self._queued_ms - queued_ms)))


async def measure(
    worn: list[Oximeter], sent: list[list[Second]], *, apart_s: float, on: Place = station
) -> Lateness:
    """Lateness of every reading; one clip's bytes come `apart_s` after its neighbour's."""
    loop = asyncio.get_running_loop()
    async with on(LiveClock(), worn) as subject, asyncio.TaskGroup() as tasks:
        services = [tasks.create_task(each.run()) for each in (subject.alerts, subject.pages)]
        gc.collect()
        gc.freeze()  # the bytes made beforehand are not the station's to look through
        begin = loop.time() + 0.5
        watch = Watch(subject, from_s=begin + WARM_UP_S)
        for number in range(len(sent[0])):
            for place, (clip, said) in enumerate(zip(worn, sent, strict=True)):
                due = begin + number + place * apart_s
                loop.call_at(due, watch.arrive, clip.device.address, said[number], due)
            await asyncio.sleep(begin + number + 0.5 - loop.time())
        await asyncio.sleep(1.0)
        for service in services:
            service.cancel()
    return watch.late


def rehearse(apart_s: float, short: bool) -> Lateness:
    """One round."""
    worn = clips(PARTICIPANTS)
    sent = [seconds(clip, 8 if short else 20) for clip in worn]
    return asyncio.run(measure(worn, sent, apart_s=apart_s))


def run(short: bool) -> Iterable[Row]:
    """Arrivals spread over the second, then all at once beside it; each the middle one of three rounds."""
    for label, apart_s in (("spread over the second", 1 / PARTICIPANTS), ("all at once", 0.0)):
        rounds = sorted((rehearse(apart_s, short) for _ in range(3)), key=Lateness.p99)
        late = rounds[1]
        promised = apart_s > 0
        yield Row(
            bench="latency",
            measured=f"bytes due to alerts and page state, {PARTICIPANTS} at 1 Hz, {label}, p99",
            promised="<= 5 ms" if promised else "",
            value=f"{late.p99():.2f} ms",
            spread=f"{spread(late.own_ms, 'ms')}; rounds {rounds[0].p99():.2f}-{rounds[2].p99():.2f} ms",
            met=late.p99() <= 5 if promised else None,
        )
        yield Row(
            bench="latency",
            measured=WITH_OTHERS,
            value=f"{quantile(late.whole_ms, 0.99):.2f} ms",
            spread=spread(late.whole_ms, "ms"),
        )
