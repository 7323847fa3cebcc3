"""The delivery loop: everything committed reaches the sink, whatever the sink answers."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.entry import Entry
from collector.journal.memory import MemoryDisk
from collector.sinks.base import DELIVERED, Answer, Outcome
from collector.sinks.delivery import HOLD_S, LONGEST_ASKED_S, MOST, QUARANTINE, SINK
from collector.sinks.memory import MemorySink
from tests.collector.sinks.loop import KEY, room
from tests.simulation.loop import run_virtual

AGAIN = Answer(outcome=Outcome.AGAIN, why="InfluxDB cannot be reached.")
HOLD = Answer(outcome=Outcome.HOLD, why="The token is refused; put the right one into the file.")


class Picky(MemorySink):
    """Refuses each batch that holds one of `bad`, and takes at most `most` rows."""

    def __init__(self, bad: Sequence[int] = (), most: int = 1 << 20) -> None:
        super().__init__()
        self.bad, self.most = frozenset(bad), most

    def judge(self, entries: Sequence[Entry]) -> Answer:
        if len(entries) > self.most:
            return Answer(outcome=Outcome.TOO_LARGE, why="larger than the server takes")
        if any(entry.seq in self.bad for entry in entries):
            return Answer(outcome=Outcome.REFUSED, why="unable to parse")
        return DELIVERED


def test_every_committed_entry_is_delivered_once_and_in_order() -> None:
    """In batches of bounded size, from the first entry of the journal on."""

    async def main() -> None:
        sink = MemorySink()
        async with room(sink) as station:
            station.begin()
            station.read(3 * MOST)
            await station.committed()
            await station.delivery.settle()

            flat = [seq for batch in sink.batches for seq in batch]
            assert flat == list(range(1, station.journal.last_seq + 1))
            assert max(map(len, sink.batches)) == MOST

    run_virtual(main)


def test_nothing_is_sent_before_it_is_committed() -> None:
    """What the journal could still lose never leaves the machine."""

    async def main() -> None:
        sink, disk = MemorySink(), MemoryDisk(trouble="the disk is full")
        async with room(sink, disk) as station:
            station.begin()
            await asyncio.sleep(30)
            before = list(sink.batches)
            disk.trouble = ""
            await station.committed()
            await station.delivery.settle()

            assert before == []
            assert sink.taken

    run_virtual(main)


def test_a_restart_goes_on_behind_what_was_delivered() -> None:
    """The cursor is in the journal."""

    async def main() -> None:
        disk, first, second = MemoryDisk(), MemorySink(), MemorySink()
        async with room(first, disk) as station:
            station.begin()
            await station.committed()
            await station.delivery.settle()
            await asyncio.sleep(1)  # the cursor is committed with the next group
        async with room(second, disk) as station:
            station.read(2)
            await station.committed()
            await station.delivery.settle()

            assert second.batches == [[4, 5]]

    run_virtual(main)


@settings(max_examples=60)
@given(
    lives=st.lists(st.tuples(st.integers(0, 40), st.floats(0, 3)), min_size=1, max_size=6),
    answers=st.lists(st.sampled_from([None, None, AGAIN, HOLD]), max_size=12),
    bad=st.sets(st.integers(1, 120), max_size=3),
)
def test_after_any_kills_and_outages_nothing_is_missing(
    lives: list[tuple[int, float]], answers: list[Answer | None], bad: set[int]
) -> None:
    """Every committed entry was delivered at least once or is named in a quarantine entry, never both."""

    async def main() -> None:
        disk, sink = MemoryDisk(), Picky(sorted(bad))
        sink.answers.extend(answers)
        for readings, seconds in lives:
            async with room(sink, disk) as station:
                if station.recorder.session is None:
                    station.begin()
                station.read(readings)
                await asyncio.sleep(seconds)
        sink.answers.clear()
        async with room(sink, disk) as station:
            await station.until(lambda: station.delivery.waiting == 0)
            await asyncio.sleep(1)

        named = {
            int(seq)
            for entry in disk.entries
            if entry.kind == QUARANTINE
            for seq in dict(entry.facts["rows"])  # type: ignore[call-overload]  # a JSON object
        }
        there = {entry.seq for entry in disk.entries}
        assert there - set(sink.taken) == named == bad & there

    run_virtual(main)


def test_a_poison_row_is_set_aside_and_the_others_arrive() -> None:
    """It is named in the journal with the reason, durably before the cursor passes it."""

    async def main() -> None:
        sink = Picky(bad=[250])
        async with room(sink) as station:
            station.begin()
            station.read(497)
            await station.committed()
            await station.until(lambda: station.delivery.cursor >= 500)

            assert 250 not in sink.taken
            assert set(sink.taken.values()) == {1}
            assert len([seq for seq in sink.taken if seq <= 500]) == 499
            assert station.delivery.set_aside == 1
            told = station.heard.take()
            assert [e.facts for e in told if e.kind == QUARANTINE] == [
                {"rows": {"250": "unable to parse"}}
            ]
            assert [e.facts["refused"] for e in told if e.kind == SINK] == [1]

    run_virtual(main)


def test_a_row_that_the_server_fails_over_blocks_nothing_for_ever() -> None:
    """It is set aside by a server that takes others, and what follows arrives."""

    class Failing(MemorySink):
        def judge(self, entries: Sequence[Entry]) -> Answer:
            bad = any(entry.seq in poison for entry in entries)
            return Answer(outcome=Outcome.FAILED, why="status 500") if bad else DELIVERED

    async def main() -> None:
        sink = Failing()
        async with room(sink) as station:
            station.begin()
            await station.committed()
            await station.until(lambda: station.delivery.waiting == 0)
            poison.extend(station.read())
            following = station.read(3)
            await station.until(lambda: station.delivery.cursor >= following[-1])

            assert station.delivery.set_aside == 1
            assert all(sink.taken[seq] >= 1 for seq in following)
            assert not set(poison) & set(sink.taken)

    poison: list[int] = []
    run_virtual(main)


def test_a_batch_that_is_too_large_is_halved_and_later_ones_begin_smaller() -> None:
    """And grow again when the server takes them."""

    async def main() -> None:
        sink = Picky(most=100)
        async with room(sink) as station:
            station.begin()
            station.read(1000)
            await station.committed()
            await station.delivery.settle()

            sizes = [len(batch) for batch in sink.batches]
            assert sizes[:4] == [500, 250, 125, 62]
            assert sorted(sink.taken) == list(range(1, 1004))
            assert sum(size > 100 for size in sizes) < len(sizes) / 2

    run_virtual(main)


def test_pauses_grow_to_a_minute_and_a_delivery_resets_them() -> None:
    """With jitter: between half of the step and all of it."""

    async def main() -> list[float]:
        times: list[float] = []

        class Timed(MemorySink):
            def judge(self, entries: Sequence[Entry]) -> Answer:
                times.append(asyncio.get_running_loop().time())
                return AGAIN if len(times) <= 12 else DELIVERED

        async with room(Timed()) as station:
            station.begin()
            await station.until(lambda: station.delivery.cursor >= 3)
        return times

    times = run_virtual(main)
    pauses = [after - before for before, after in pairwise(times)][:12]
    steps = [min(60.0, 0.5 * 2**n) for n in range(12)]
    assert all(step / 2 <= pause <= step + 0.01 for pause, step in zip(pauses, steps, strict=True))


def test_a_server_that_asks_to_be_left_alone_is_left_alone_but_not_for_ever() -> None:
    """Retry-After is honoured up to five minutes."""

    async def main() -> list[float]:
        times: list[float] = []

        class Busy(MemorySink):
            def judge(self, entries: Sequence[Entry]) -> Answer:
                times.append(asyncio.get_running_loop().time())
                asked = {1: 7.0, 2: 86_400.0}.get(len(times))
                if asked is None:
                    return DELIVERED
                return Answer(outcome=Outcome.AGAIN, why="busy", after_s=asked)

        async with room(Busy()) as station:
            station.begin()
            await station.until(lambda: station.delivery.cursor >= 3)
        return times

    first, second, third = run_virtual(main)[:3]
    assert round(second - first, 2) == 7
    assert round(third - second, 2) == LONGEST_ASKED_S


def test_a_wrong_token_stops_everything_is_told_at_once_and_the_right_one_drains() -> None:
    """Nothing is dropped, the server is not hammered, and the page hears of the end, too."""

    async def main() -> None:
        sink = MemorySink(HOLD, HOLD, HOLD)
        async with room(sink) as station:
            station.begin()
            station.read(5)
            await station.committed()
            await asyncio.sleep(1)
            told = station.said(SINK)
            await asyncio.sleep(HOLD_S / 2 - 2)
            attempts = len(sink.batches)
            await station.until(lambda: station.delivery.waiting == 0)

            assert [entry.facts["why"] for entry in told] == [HOLD.why]
            assert told[0].facts["name"] == "Memory"
            assert told[0].subject == KEY
            assert attempts == 1
            assert set(range(1, 9)) <= set(sink.taken)
            assert [entry.facts["behind"] for entry in station.said(SINK)] == [False]

    run_virtual(main)


def test_what_was_told_before_a_restart_is_taken_back_after_it() -> None:
    """Whoever reads the journal must not find an outage without its end."""

    async def main() -> None:
        disk = MemoryDisk()
        async with room(MemorySink(*[HOLD] * 9), disk) as station:
            station.begin()
            await asyncio.sleep(2)
            before = [entry.facts["behind"] for entry in station.said(SINK)]
        async with room(MemorySink(), disk) as station:
            await station.until(lambda: station.delivery.waiting == 0)
            after = [entry.facts["behind"] for entry in station.said(SINK)]

        assert (before, after) == ([True], [False])

    run_virtual(main)


def test_a_sink_that_lingers_gets_one_batch_in_its_time_and_the_rest_at_the_end() -> None:
    """Four commits a second need not be four requests; leaving does not wait."""

    async def main() -> None:
        sink = MemorySink(linger_s=10.0)
        async with room(sink) as station:
            station.begin()
            for _ in range(80):
                station.read()
                await asyncio.sleep(0.25)
            batches = len(sink.batches)
            await station.committed()
            before = asyncio.get_running_loop().time()
            await station.delivery.settle()

            assert batches <= 3
            assert station.delivery.waiting == 0
            assert asyncio.get_running_loop().time() - before < 0.1

    run_virtual(main)


def test_settling_ends_at_the_first_failure() -> None:
    """A station that stops does not wait for a dead server."""

    async def main() -> None:
        sink = MemorySink(*[AGAIN] * 1000)
        async with room(sink) as station:
            station.begin()
            await station.committed()
            await station.delivery.settle()

            assert station.delivery.waiting == 3
            assert asyncio.get_running_loop().time() < 1

    run_virtual(main)
