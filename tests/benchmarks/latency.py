"""From the instant bytes are due to alert decision and page state, a thousand participants at 1 Hz."""

import asyncio
import gc
from collections.abc import Callable, Iterable

from collector.clock import LiveClock
from collector.entry import READING, Entry
from collector.feed import Subscription
from collector.radio.oximeter import Oximeter
from tests.benchmarks.station import Second, Station, clips, seconds, station
from tests.benchmarks.table import Row, quantile, spread

PARTICIPANTS = 1000
WARM_UP_S = 3


class Watch:
    """When each clip's bytes were due, and how much later the last of both followers had taken them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.due: dict[str, float] = {}
        self.late_ms: list[float] = []
        self.from_s = loop.time() + WARM_UP_S
        self._once: set[int] = set()

    def taken(self, entry: Entry) -> None:
        """One of the two followers is done with `entry`; the second one's time counts."""
        if entry.kind != READING:
            return
        if entry.seq not in self._once:
            self._once.add(entry.seq)
            return
        self._once.remove(entry.seq)
        now = self.loop.time()
        if now >= self.from_s:
            self.late_ms.append((now - self.due[entry.subject]) * 1000)


async def follow(take: Callable[[], list[Entry]], wakes: Subscription, watch: Watch) -> None:
    """Take entries as they come, for ever; one's time is when the batch it came in was done."""
    while True:
        await wakes.arrived()
        for entry in take():
            watch.taken(entry)


async def measure(worn: list[Oximeter], sent: list[list[Second]], *, apart_s: float) -> list[float]:
    """Lateness of every reading in ms; one clip's bytes come `apart_s` after its neighbour's."""
    async with station(LiveClock(), worn) as subject, asyncio.TaskGroup() as tasks:
        watch = Watch(asyncio.get_running_loop())
        followers = [
            tasks.create_task(follow(take, wakes, watch), name=str(take))
            for take, wakes in subject.followers().items()
        ]
        gc.collect()
        begin = watch.loop.time() + 0.5
        watch.from_s = begin + WARM_UP_S
        for number in range(len(sent[0])):
            for place, (clip, said) in enumerate(zip(worn, sent, strict=True)):
                due = begin + number + place * apart_s
                watch.loop.call_at(due, arrive, subject, watch, clip.device.address, said[number], due)
            await asyncio.sleep(begin + number + 0.5 - watch.loop.time())
        await asyncio.sleep(1.0)
        for follower in followers:
            follower.cancel()
    return watch.late_ms


def arrive(subject: Station, watch: Watch, address: str, second: Second, due: float) -> None:
    """Let a clip's bytes of one second in, as the radio's callback does."""
    watch.due[address] = due
    subject.hear(address, second, subject.clock.now())


def run(short: bool) -> Iterable[Row]:
    """Arrivals spread over the second, then all at once beside it."""
    duration = 10 if short else 30
    for label, apart_s in (("spread over the second", 1 / PARTICIPANTS), ("all at once", 0.0)):
        worn = clips(PARTICIPANTS)
        sent = [seconds(clip, duration) for clip in worn]
        late = asyncio.run(measure(worn, sent, apart_s=apart_s))
        p99 = quantile(late, 0.99)
        promised = apart_s > 0
        yield Row(
            bench="latency",
            measured=f"bytes due to alerts and page state, {PARTICIPANTS} at 1 Hz, {label}, p99",
            promised="<= 5 ms" if promised else "",
            value=f"{p99:.2f} ms",
            spread=spread(late, "ms"),
            met=p99 <= 5 if promised else None,
        )
