"""Clock times as recordings write them.

A file is read in the one way that fits its first time. Times without a date stand on `NO_DATE`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

FORMATS = (
    "%H:%M:%S %b %d %Y",  # ViHealth
    "%I:%M:%S%p %b %d, %Y",  # O2 Insight
    "%m/%d/%Y %I:%M:%S %p",  # EMAY, date and time columns joined
    "%H:%M:%S %d/%m/%Y",  # ViHealth in other languages
    "%H:%M:%S",
)
SLASHED = re.compile(r"\b([0-9]{1,2})/([0-9]{1,2})/[0-9]{4}\b")
DAY_S = 86_400.0
# Numbers in a column of clock times: from EPOCH_S on they count from 1970, from FAR on in milliseconds.
EPOCH_S, FAR = 1e8, 1e11
# A ring whose clock was never set says 2000 or 2015 (reference protocols, 4.10).
OLDEST_YEAR, NEWEST_YEAR = 2016, 2099
NAME_DIGITS = 14
NO_DATE = datetime(1900, 1, 1)  # noqa: DTZ001 - what strptime gives for a time without a date


def reader(first: str) -> Callable[[str], datetime]:
    """How the clock times of a file are written, by its first one; `ValueError` for what is not one."""
    for read in READERS:
        try:
            zone = read(first).tzinfo
        except ValueError:
            continue
        return partial(_in_zone, read, aware=zone is not None)
    raise ValueError(first)


def _counted(cell: str) -> datetime:
    """Seconds since 1970 (milliseconds when there are too many of them), or since anything."""
    seconds = float(cell.replace(",", "."))
    if not 0 <= seconds < FAR * 1000:
        raise ValueError(cell)
    if seconds < EPOCH_S:
        return NO_DATE + timedelta(seconds=seconds)
    return datetime.fromtimestamp(seconds if seconds < FAR else seconds / 1000, UTC)


def _written(form: str, cell: str) -> datetime:
    return datetime.strptime(cell, form)  # noqa: DTZ007 - the wall clock of whoever recorded it


def _in_zone(read: Callable[[str], datetime], cell: str, *, aware: bool) -> datetime:
    moment = read(cell)
    if (moment.tzinfo is not None) is not aware:
        raise ValueError(cell)
    return moment


def ambiguous(cells: Iterable[str]) -> int | None:
    """The first cell whose date, such as 01/05/2026, reads as another day with the month elsewhere.

    None when there is none, or when any date of the file (13/05/2026) shows which number is the month.
    """
    first: int | None = None
    for at, found in enumerate(map(SLASHED.search, cells)):
        if found is not None:
            one, other = int(found[1]), int(found[2])
            if max(one, other) > 12:
                return None
            first = at if first is None and one != other else first
    return first


def by_name(name: str) -> datetime | None:
    """The local time that a ring gives to a file as its name, such as 20260928221507; None for another name."""
    digits = name[:NAME_DIGITS]
    if len(digits) < NAME_DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        local = _written("%Y%m%d%H%M%S", digits)
    except ValueError:
        return None
    return local if OLDEST_YEAR <= local.year <= NEWEST_YEAR else None


def since_first(moments: Sequence[datetime]) -> list[float]:
    """Seconds since the first; clock times without a date run on over midnight."""
    times, days = [0.0], timedelta()
    for before, after in pairwise(moments):
        if after.year == NO_DATE.year and (before - after).total_seconds() > DAY_S / 2:
            days += timedelta(days=1)
        times.append((after + days - moments[0]).total_seconds())
    return times


READERS: tuple[Callable[[str], datetime], ...] = (
    _counted,
    datetime.fromisoformat,
    *(partial(_written, form) for form in FORMATS),
)
