"""A session in memory that the review reads like the journal's archive."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from collector.clock import SECOND, Instant
from collector.commands import Bind, Command, End, Mark, Prepare, Release, Start, decide
from collector.entry import READING, Entry
from collector.reading import NO_FLAGS, Flag, Reading
from collector.session import Session, Source, fold

BOOT = "boot-1"
EVENING = 1_794_500_000 * SECOND


def instant(t: float, *, boot: str = BOOT, utc_off: float = 0) -> Instant:
    """The moment `t` s into the fake evening; `utc_off` s beside the true wall clock."""
    running = round(t * SECOND)
    return Instant(boot=boot, running_ns=running, utc_ns=EVENING + running + round(utc_off * SECOND))


@dataclass(frozen=True)
class FakeSummary:
    session: str
    participants: tuple[str, ...]


@dataclass
class FakeColumns:
    at: list[Instant] = field(default_factory=list)
    spo2: list[float | None] = field(default_factory=list)
    pulse_rate: list[float | None] = field(default_factory=list)
    flags: list[frozenset[Flag]] = field(default_factory=list)
    backfill: list[bool] = field(default_factory=list)


class FakeArchive:
    """Holds entries; records commands and readings as a recorder would."""

    def __init__(self) -> None:
        self.held: list[Entry] = []
        self.damaged: list[str] = []
        self._session: Session | None = None
        self._roster: dict[str, None] = {}

    def command(self, command: Command, at: Instant) -> None:
        """Carry out `command`."""
        taken = frozenset(entry.session for entry in self.held)
        for draft in decide(self._session, command, now=at, taken=taken):
            self.add(draft.kind, draft.subject, draft.participant, draft.body, at, draft.session)

    def prepare(self, roster: Mapping[str, str], at: Instant, source: Source = Source.LIVE) -> None:
        """Prepare a session, bind a clip to each seat and start it."""
        self._roster = {}
        self.command(Prepare(roster=roster, title="Evening group", source=source, speed=20), at)
        for seat, who in roster.items():
            self.command(Bind(seat=seat, participant=who, device=f"clip-{seat}", family="plx"), at)
        self.command(Start(), at)

    def end(self, at: Instant) -> None:
        """End the session."""
        self.command(End(), at)

    def mark(self, what: str, at: Instant, text: str = "", seat: str = "") -> None:
        """Mark a moment."""
        self.command(Mark(what=what, text=text, seat=seat, by="M"), at)

    def release(self, seat: str, at: Instant) -> None:
        """Take the clip off `seat`."""
        self.command(Release(seat=seat), at)

    def reading(
        self,
        who: str,
        at: Instant,
        spo2: float | None,
        pulse_rate: float | None = 70.0,
        flags: frozenset[Flag] = NO_FLAGS,
        *,
        backfill: bool = False,
    ) -> None:
        """Record one reading of `who`."""
        body = Reading(at=at, spo2=spo2, pulse_rate=pulse_rate, flags=flags, backfill=backfill)
        self.add(READING, "clip", who, body, at, self._id)

    def add(  # noqa: PLR0917 - an entry in one line
        self,
        kind: str,
        subject: str,
        participant: str | None,
        body: Reading | Mapping[str, object],
        at: Instant,
        session: str | None = None,
    ) -> None:
        """Record any entry."""
        entry = Entry(
            seq=len(self.held) + 1,
            session=session or self._id,
            instant=at,
            kind=kind,
            subject=subject,
            participant=participant,
            body=body,
        )
        self.held.append(entry)
        self._session = fold(self._session, entry)

    @property
    def _id(self) -> str:
        return self._session.id if self._session else "none"

    def sessions(self) -> list[FakeSummary]:
        """All sessions, oldest first."""
        found: dict[str, dict[str, None]] = {}
        present: Session | None = None
        for entry in self.held:
            present = fold(present, entry)
            roster = present.roster.values() if present else ()
            found.setdefault(entry.session, {}).update(dict.fromkeys(roster))
        return [FakeSummary(session, tuple(who)) for session, who in found.items()]

    def entries(self, session: str, *, kinds: Sequence[str] | None = None) -> Iterator[Entry]:
        """The entries of one session, in order."""
        for entry in self.held:
            if entry.session == session and (kinds is None or entry.kind in kinds):
                yield entry

    def columns(self, session: str, participant: str) -> FakeColumns:
        """The readings of one participant."""
        columns = FakeColumns()
        for entry in self.entries(session, kinds=(READING,)):
            reading = entry.reading
            if entry.participant != participant or reading is None:
                continue
            columns.at.append(entry.instant)
            columns.spo2.append(reading.spo2)
            columns.pulse_rate.append(reading.pulse_rate)
            columns.flags.append(reading.flags)
            columns.backfill.append(reading.backfill)
        return columns
