"""When readings were not being saved, put together again from the `store` entries."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from collector.clock import SECOND, Instant
from collector.entry import Entry

Seconds = Callable[[Instant], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaved:
    """A time in which the disk refused; times in s on the session's axis.

    `last` is when saving went on, None when nothing tells that it did; `lost` counts the readings of the
    whole session that were given up in it; `why` is part of a sentence.
    """

    first: float
    last: float | None = None
    lost: int = 0
    why: str = ""


def unsaved(entries: Iterable[Entry], seconds: Seconds, *, ended: float | None) -> list[Unsaved]:
    """The times behind the `store` entries in which readings were lost or may have been.

    A delay alone is left out: what waited in memory was saved later. So is trouble without an end in a
    session whose end (`ended`, s) was saved, since entries are saved in order and the end is the last.
    """
    closed = (
        replace(one, last=ended) if one.last is None else one for one in _periods(entries, seconds)
    )
    return [one for one in closed if one.lost or one.last is None]


def _periods(entries: Iterable[Entry], seconds: Seconds) -> Iterator[Unsaved]:
    present: Unsaved | None = None
    counted, since_ns = 0, 0
    for entry in entries:
        since_before, since_ns = since_ns, _number(entry, "since_utc_ns", entry.instant.utc_ns)
        if present is not None and since_ns != since_before:
            yield present  # its station was killed before it could tell the end
            present = None
        lost = _number(entry, "lost", 0)
        # The count goes on through a station's life and begins again with the next one.
        more, counted = (lost - counted if lost >= counted else lost), lost
        present = present or _begin(entry, since_ns, seconds)
        present = replace(present, lost=present.lost + more)
        if not entry.facts.get("behind"):
            yield replace(present, last=seconds(entry.instant))
            present = None
    if present is not None:
        yield present


def _begin(entry: Entry, since_ns: int, seconds: Seconds) -> Unsaved:
    first = seconds(entry.instant) - (entry.instant.utc_ns - since_ns) / SECOND
    return Unsaved(first=first, why=str(entry.facts.get("why", "")))


def _number(entry: Entry, key: str, otherwise: int) -> int:
    number = entry.facts.get(key)
    return number if isinstance(number, int) else otherwise
