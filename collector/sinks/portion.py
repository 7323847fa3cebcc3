"""`Portion`: what of one batch is still to be delivered. Pure."""

from collections.abc import Mapping, Sequence

from collector.entry import Entry

# So many equal failures over the same rows, and they are looked at in halves (reliability.md S18).
FAILURES = 5


class Portion:
    """A batch on its way: its parts in seq order, and the rows that the server will never take.

    `part` is what to send next, None when all of it is settled. After each answer call one of `delivered`,
    `halve` and `failed`.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._parts = [tuple(entries)] if entries else []
        self.set_aside: dict[int, str] = {}
        self._taken = False  # whether the server has taken any row since parts were last divided
        self._failure, self._failures = "", 0
        self._passed_over = 0  # rows that were put back since then

    @property
    def part(self) -> tuple[Entry, ...] | None:
        """What to send next."""
        return self._parts[-1] if self._parts else None

    def delivered(self, unfit: Mapping[int, str]) -> None:
        """The server has the part, apart from `unfit` rows."""
        self.set_aside |= unfit
        self._parts.pop()
        self._taken = True
        self._failures = self._passed_over = 0

    def halve(self, why: str) -> None:
        """Some row of the part is bad, or it is too large: its halves follow; a single row is set aside."""
        part = self._parts.pop()
        if len(part) == 1:
            self.set_aside[part[0].seq] = why
        else:
            middle = len(part) // 2
            self._parts += [part[middle:], part[:middle]]

    def failed(self, why: str) -> bool:
        """The server failed over the part; whether more rows are needed to find out if it is to blame.

        A row is set aside only by a server that takes others: one that fails over everything is sick, and
        loses nothing.
        """
        self._failures = self._failures + 1 if why == self._failure else 1
        self._failure = why
        if self._failures < FAILURES:
            return False
        self._failures = 0
        if len(self._parts[-1]) == 1 and self._taken:
            self.halve(why)
            return False
        self._taken = False
        if len(self._parts[-1]) > 1:
            self.halve(why)
            self._passed_over = 0
            return False
        self._parts.insert(0, self._parts.pop())  # the others first
        self._passed_over += 1
        return self._passed_over >= len(self._parts)
