"""`Portion`: what of one batch is still to be delivered. Pure."""

from collections.abc import Mapping, Sequence

from collector.entry import Entry


class Portion:
    """A batch on its way: its parts in seq order, and the rows that the server will never take.

    `part` is what to send next, None when all of it is settled. After each answer call one of `delivered`
    and `halve`.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._parts = [tuple(entries)] if entries else []
        self.set_aside: dict[int, str] = {}

    @property
    def part(self) -> tuple[Entry, ...] | None:
        """What to send next."""
        return self._parts[-1] if self._parts else None

    def delivered(self, unfit: Mapping[int, str]) -> None:
        """The server has the part, apart from `unfit` rows."""
        self.set_aside |= unfit
        self._parts.pop()

    def halve(self, why: str) -> None:
        """Some row of the part is bad, or it is too large: its halves follow; a single row is set aside."""
        part = self._parts.pop()
        if len(part) == 1:
            self.set_aside[part[0].seq] = why
        else:
            middle = len(part) // 2
            self._parts += [part[middle:], part[:middle]]
