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
    counted = 0
    for entry in entries:
        period, behind, lost = _read(entry, seconds)
        if present is not None and behind and period.first != present.first:
            yield present  # its station was killed before it could tell the end
            present = None
        # The count goes on through a station's life and begins again with the next one.
        more, counted = (lost - counted if lost >= counted else lost), lost
        present = present or period
        present = replace(present, lost=present.lost + more)
        if not behind:
            yield replace(present, last=seconds(entry.instant))
            present = None
    if present is not None:
        yield present


def _read(entry: Entry, seconds: Seconds) -> tuple[Unsaved, bool, int]:
    facts = entry.facts
    since_ns, lost = facts.get("since_utc_ns"), facts.get("lost")
    since_ns = since_ns if isinstance(since_ns, int) else entry.instant.utc_ns
    first = seconds(entry.instant) - (entry.instant.utc_ns - since_ns) / SECOND
    period = Unsaved(first=first, why=str(facts.get("why", "")))
    return period, bool(facts.get("behind")), lost if isinstance(lost, int) else 0
