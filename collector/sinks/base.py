"""The seam between the delivery loop and a server: `Sink`, and the `Answer` it gives."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from collector.clock import Clock
from collector.entry import Entry


class Outcome(StrEnum):
    """What became of a batch, and so what is done next."""

    DELIVERED = "delivered"  # the server has it durably: the cursor moves
    AGAIN = "again"  # unknown or not now: the same batch once more, after a pause
    FAILED = "failed"  # the server failed over it: as AGAIN, but some row may be what it fails over
    HOLD = "hold"  # token, address or rights are wrong: nothing moves until somebody mends it
    TOO_LARGE = "too large"  # half of it
    REFUSED = "refused"  # some rows are bad, it is not known which: halve until they are found


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a sink says of one batch.

    `why` is one plain sentence for the page and the log: what is wrong and what to do; it names no secret
    and nothing about a participant. `after_s`: the server asked to be left alone for so long. `unfit`: seq
    and reason of entries that were not sent because they can never be; the rest has the `outcome`.
    """

    outcome: Outcome
    why: str = ""
    after_s: float | None = None
    unfit: Mapping[int, str] = field(default_factory=dict)


DELIVERED = Answer(outcome=Outcome.DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a sink may ask its station for beside the entries it gets.

    `clock` is the session's. `before(kinds)` gives what was delivered already of the newest session.
    """

    clock: Clock
    before: Callable[[Sequence[str]], Iterable[Entry]]


class Sink(Protocol):
    """A server that takes entries."""

    @property
    def name(self) -> str:
        """What the sink is called in words: "InfluxDB"."""
        ...

    @property
    def linger_s(self) -> float:
        """Real seconds from one batch to the next while it keeps up; 0 sends each commit at once."""
        ...

    async def deliver(self, entries: Sequence[Entry]) -> Answer:
        """Send `entries` (seq order, all committed; entries of no interest to it are skipped).

        Sending the same entries again has the same effect as once. Never raises for what a network or a
        server does, ends by itself within seconds, and can be cancelled at any time.
        """
        ...
