"""How far each sink has come and what it refused, as the journal tells it, also beside a running station."""

from dataclasses import dataclass
from pathlib import Path

from collector.entry import Entry
from collector.journal.archive import Archive
from collector.journal.following import Follower
from collector.sinks.delivery import QUARANTINE, STATE

PREFIX = STATE.format("")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A row that a server refused for good: `entry` is None where it was erased since."""

    seq: int
    why: str
    entry: Entry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkReport:
    """One sink: everything up to seq `cursor` is there, apart from what was `set_aside`."""

    sink: str
    cursor: int
    waiting: int
    set_aside: tuple[SetAside, ...]


def report(directory: Path) -> list[SinkReport]:
    """Every sink that was ever configured for the journal in `directory`; raises `JournalError`."""
    with Archive(directory) as archive:
        cursors = {
            name.removeprefix(PREFIX): seq
            for name, (seq, _) in archive.states().items()
            if name.startswith(PREFIX)
        }
        refused: dict[str, dict[int, str]] = {sink: {} for sink in cursors}
        for entry in archive.everywhere(QUARANTINE):
            rows = entry.facts.get("rows")
            if isinstance(rows, dict):
                refused.setdefault(entry.subject, {}).update({int(seq): str(rows[seq]) for seq in rows})
        last = archive.last_seq
    rows = _entries(directory, sorted({seq for named in refused.values() for seq in named}))
    return [
        SinkReport(
            sink=sink,
            cursor=cursors.get(sink, 0),
            waiting=last - cursors.get(sink, 0),
            set_aside=tuple(
                SetAside(seq=seq, why=why, entry=rows.get(seq)) for seq, why in sorted(named.items())
            ),
        )
        for sink, named in refused.items()
    ]


def _entries(directory: Path, seqs: list[int]) -> dict[int, Entry]:
    follower = Follower(directory)
    try:
        found = [one for seq in seqs for one in follower.read(seq - 1, committed=seq, limit=1).entries]
    finally:
        follower.close()
    return {entry.seq: entry for entry in found}
