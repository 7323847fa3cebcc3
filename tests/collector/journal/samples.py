"""Entries for the journal's tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from collector.clock import SECOND, Instant
from collector.entry import READING, Entry
from collector.journal.file import NAME, Waiting
from collector.journal.rows import body_text
from collector.reading import Flag, Reading
from collector.session import SESSION, Source, prepare_body

ROOM_ID = "20260921-141320"
CLIP = "C0:FF:EE:00:00:01"


def instant(second: float = 0, *, boot: str = "boot-1") -> Instant:
    """A moment `second` after the beginning of the sample session."""
    ns = int(second * SECOND)
    return Instant(boot=boot, running_ns=1_000 * SECOND + ns, utc_ns=1_790_000_000 * SECOND + ns)


def reading(
    seq: int,
    *,
    second: float | None = None,
    device: str = CLIP,
    participant: str | None = "P1",
    session: str = ROOM_ID,
    spo2: float | None = 97.0,
    flags: frozenset[Flag] = frozenset(),
) -> Entry:
    """A reading with the seq as its second unless told otherwise."""
    at = instant(seq if second is None else second)
    body = Reading(at=at, spo2=spo2, pulse_rate=61.0, perfusion_index=2.1, battery=80, flags=flags)
    return Entry(
        seq=seq,
        session=session,
        instant=at,
        kind=READING,
        subject=device,
        participant=participant,
        body=body,
    )


def fact(
    seq: int,
    kind: str = "alert",
    body: Mapping[str, object] | None = None,
    *,
    session: str = ROOM_ID,
    subject: str = "A",
    participant: str | None = None,
) -> Entry:
    """An entry that is not a reading."""
    return Entry(
        seq=seq,
        session=session,
        instant=instant(seq),
        kind=kind,
        subject=subject,
        participant=participant,
        body={"seq": seq} if body is None else body,
    )


def prepare(seq: int, *, session: str = ROOM_ID, roster: Mapping[str, str] | None = None) -> Entry:
    """The entry that begins a session."""
    body = prepare_body(
        title="Evening", source=Source.DEMO, roster=roster or {"A": "P1"}, speed=1.0, by="f"
    )
    return fact(seq, SESSION, body, session=session, subject="")


def waiting(entries: Sequence[Entry]) -> list[Waiting]:
    """`entries` as the writer takes them."""
    return [(entry, body_text(entry.body)) for entry in entries]


def files(directory: Path) -> list[str]:
    """The names in a data directory, without side files and the lock, the journal first."""
    skipped = ("-wal", "-shm", "lock")
    names = [path.name for path in directory.iterdir() if not path.name.endswith(skipped)]
    return sorted(names, key=lambda name: (name != NAME, name))
