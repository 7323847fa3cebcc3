"""What waits for the disk, and what is given up when it waits too long."""

from collections.abc import Iterable

from collector.clock import SECOND
from collector.entry import READING
from collector.journal.file import Waiting

# With a sick disk each device keeps its last ten minutes of readings (reliability.md S1); everything
# else (alerts, bindings, markers) is small and always kept.
KEPT_NS = 600 * SECOND


def prune(waiting: Iterable[Waiting]) -> tuple[list[Waiting], int]:
    """`waiting` without readings older than their device's last ten minutes, and how many went."""
    entries = list(waiting)
    newest: dict[str, tuple[str, int]] = {}
    for entry, _ in entries:
        if entry.kind == READING:
            newest[entry.subject] = (entry.instant.boot, entry.instant.running_ns)
    kept = [one for one in entries if not _is_old(one, newest)]
    return kept, len(entries) - len(kept)


def _is_old(waiting: Waiting, newest: dict[str, tuple[str, int]]) -> bool:
    entry = waiting[0]
    if entry.kind != READING:
        return False
    boot, running_ns = newest[entry.subject]
    return entry.instant.boot == boot and entry.instant.running_ns < running_ns - KEPT_NS
