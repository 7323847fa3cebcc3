"""From the instant bytes are due to alert decision and page state, a thousand participants at 1 Hz."""

import asyncio
import gc
from collections.abc import Iterable

from collector.clock import LiveClock
from collector.entry import READING, Entry
from collector.radio.oximeter import Oximeter
from tests.benchmarks.station import Second, Station, clips, seconds, station
from tests.benchmarks.table import Row, quantile, spread

PARTICIPANTS = 1000
WARM_UP_S = 3


class Watch:
    """When each clip's bytes were due, and how much later alerts and page had both taken them."""

    def __init__(self, subject: Station, *, from_s: float) -> None:
        self.late_ms: list[float] = []
        self._time = asyncio.get_running_loop().time
        self._from_s = from_s
        self._due: dict[str, float] = {}
        self._left: dict[str, int] = {}
        self._undecided: list[str] = []
        self._subject = subject
        self._turn, self._take = subject.alerts.turn, subject.page.take
        # Probes around the two places where the services do their work.
        vars(subject.alerts)["turn"] = self._turned
        vars(subject.page)["take"] = self._taken

    def arrive(self, address: str, second: Second, due: float) -> None:
        """Let a clip's bytes of one second in, as the radio's callback does."""
        self._due[address], self._left[address] = due, 2
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
        if self._left[address] == 0 and self._due[address] >= self._from_s:
            self.late_ms.append((self._time() - self._due[address]) * 1000)


async def measure(worn: list[Oximeter], sent: list[list[Second]], *, apart_s: float) -> list[float]:
    """Lateness of every reading in ms; one clip's bytes come `apart_s` after its neighbour's."""
    loop = asyncio.get_running_loop()
    async with station(LiveClock(), worn) as subject, asyncio.TaskGroup() as tasks:
        services = [tasks.create_task(each.run()) for each in (subject.alerts, subject.pages)]
        gc.collect()
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
    return watch.late_ms


def run(short: bool) -> Iterable[Row]:
    """Arrivals spread over the second, then all at once beside it; each the middle one of three rounds.

    Lateness is real time: other load on the machine shows in it, least in the best round.
    """
    for label, apart_s in (("spread over the second", 1 / PARTICIPANTS), ("all at once", 0.0)):
        rounds = sorted((rehearse(apart_s, short) for _ in range(3)), key=p99)
        late = rounds[1]
        promised = apart_s > 0
        yield Row(
            bench="latency",
            measured=f"bytes due to alerts and page state, {PARTICIPANTS} at 1 Hz, {label}, p99",
            promised="<= 5 ms" if promised else "",
            value=f"{p99(late):.2f} ms",
            spread=f"{spread(late, 'ms')}; rounds {p99(rounds[0]):.2f}-{p99(rounds[2]):.2f} ms",
            met=p99(late) <= 5 if promised else None,
        )


def rehearse(apart_s: float, short: bool) -> list[float]:
    """One round; lateness in ms."""
    worn = clips(PARTICIPANTS)
    sent = [seconds(clip, 8 if short else 20) for clip in worn]
    return asyncio.run(measure(worn, sent, apart_s=apart_s))


def p99(late: list[float]) -> float:
    """The figure that is promised."""
    return quantile(late, 0.99)
