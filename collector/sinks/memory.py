"""`MemorySink`: keeps what it gets, answers as it is told; for tests and simulations."""

from collections import deque
from collections.abc import Sequence

from collector.entry import Entry
from collector.sinks.base import DELIVERED, Answer


class MemorySink:
    """A `Sink` whose server is a list.

    `answers` are given in turn (None and all later ones are `judge`d). `batches` holds the seqs of each call,
    `taken` how often each seq was said to be delivered.
    """

    name = "Memory"

    def __init__(self, *answers: Answer | None, linger_s: float = 0.0) -> None:
        self.linger_s = linger_s
        self.answers = deque(answers)
        self.batches: list[list[int]] = []
        self.taken: dict[int, int] = {}

    async def deliver(self, entries: Sequence[Entry]) -> Answer:
        """Take the batch as the next answer says."""
        self.batches.append([entry.seq for entry in entries])
        prepared = self.answers.popleft() if self.answers else None
        answer = prepared or self.judge(entries)
        if answer.outcome is DELIVERED.outcome:
            for entry in entries:
                if entry.seq not in answer.unfit:
                    self.taken[entry.seq] = self.taken.get(entry.seq, 0) + 1
        return answer

    def judge(self, entries: Sequence[Entry]) -> Answer:
        """The answer when none was prepared; tests put their server's rules here."""
        del entries
        return DELIVERED
