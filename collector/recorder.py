"""The recorder: the single write path. It alone gives seq and participant."""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.clock import Clock, Instant
from collector.commands import Command, Draft, decide
from collector.device import DEVICE, DeviceStatus, status_body
from collector.entry import READING, Entry
from collector.feed import Feed
from collector.journal.port import EntrySink
from collector.reading import Reading
from collector.session import BINDING, MARKER, SESSION, Binding, Phase, Session, fold


class Recorder:
    """Turns readings, statuses and commands into entries: seq, fold, journal, feed, in this order.

    Every method is synchronous and returns with the entry published; it is on disk when
    `journal.committed` has reached its seq. A restart continues from what the journal holds.
    """

    def __init__(self, journal: EntrySink, feed: Feed, clock: Clock) -> None:
        self.session: Session | None = None
        self._journal, self._feed, self._clock = journal, feed, clock
        self._boot = clock.now().boot
        self._seq = journal.last_seq
        self._taken = set(journal.sessions)
        # Device -> its bindings in this session, latest last, each with the instant at which it ended:
        # a reading that comes late belongs to whoever wore the clip when it was measured.
        self._worn: dict[str, list[_Worn]] = {}
        for entry in journal.opening:
            self._apply(entry)

    def execute(self, command: Command) -> list[Entry]:
        """Carry out `command` now; raises `Refused` and changes nothing when it does not fit."""
        now = self._clock.now()
        drafts = decide(self.session, command, now=now, taken=frozenset(self._taken))
        return [self._record(draft, now, urgent=True) for draft in drafts]

    def reading(self, device: str, reading: Reading) -> Entry | None:
        """Record a reading for whoever wore `device` at its instant; None when that is nobody."""
        participant = self._wearer(device, reading.at)
        if participant is None or self.session is None:
            return None
        self._seq += 1
        entry = Entry(
            seq=self._seq,
            session=self.session.id,
            instant=reading.at,
            kind=READING,
            subject=device,
            participant=participant,
            body=reading,
        )
        self._journal.append(entry)
        self._feed.publish(entry)
        return entry

    def status(self, status: DeviceStatus) -> Entry | None:
        """Record what became known about a device; None when nobody wears it."""
        participant = self._wearer(status.device, status.at)
        if participant is None:
            return None
        return self.add(
            kind=DEVICE,
            subject=status.device,
            participant=participant,
            body=status_body(status),
            instant=status.at,
        )

    def add(  # noqa: PLR0913 - the fields of an entry
        self,
        *,
        kind: str,
        subject: str,
        participant: str | None,
        body: Mapping[str, object],
        instant: Instant,
        urgent: bool = False,
    ) -> Entry:
        """Record a fact whose owner knows its instant; `urgent` commits at once."""
        draft = Draft(
            session=self.session.id if self.session else "",
            kind=kind,
            subject=subject,
            participant=participant,
            body=body,
        )
        return self._record(draft, instant, urgent=urgent)

    async def room(self) -> None:
        """Wait until the journal is not far behind; for whoever can wait (replay, import, demo)."""
        await self._journal.room()

    def _record(self, draft: Draft, instant: Instant, *, urgent: bool) -> Entry:
        entry = Entry(
            seq=self._seq + 1,
            session=draft.session,
            instant=instant,
            kind=draft.kind,
            subject=draft.subject,
            participant=draft.participant,
            body=draft.body,
        )
        self._journal.append(entry, urgent=urgent)
        self._seq = entry.seq
        self._apply(entry)
        self._feed.publish(entry)
        return entry

    def _wearer(self, device: str, at: Instant) -> str | None:
        if self.session is None or self.session.phase is Phase.ENDED:
            return None
        for worn in reversed(self._worn.get(device, ())):
            if not _before(at, worn.binding.since, self._boot):
                over = worn.until is not None and not _before(at, worn.until, self._boot)
                return None if over else worn.binding.participant
        return None

    def _apply(self, entry: Entry) -> None:
        if entry.kind not in (SESSION, BINDING, MARKER):
            return
        held = self.session.bindings if self.session else {}
        self.session = fold(self.session, entry)
        if self.session is not None and self.session.id not in self._taken:
            self._taken.add(self.session.id)
            self._worn = {}
        if entry.kind != MARKER:
            self._rebind(held, self.session.bindings if self.session else {}, entry.instant)

    def _rebind(self, held: Mapping[str, Binding], holds: Mapping[str, Binding], now: Instant) -> None:
        for seat, binding in held.items():
            if holds.get(seat) is not binding and binding.device in self._worn:
                self._worn[binding.device][-1].until = now
        for seat, binding in holds.items():
            if held.get(seat) is not binding:
                self._worn.setdefault(binding.device, []).append(_Worn(binding))


@dataclass(slots=True)
class _Worn:
    binding: Binding
    until: Instant | None = None


def _before(one: Instant, other: Instant, present: str) -> bool:
    """Whether `one` lies before `other`, which was recorded already.

    What was recorded in another boot lies before everything of the `present` one, whatever the wall
    clock says: a machine may well wake up in 1970. Between two former boots only UTC can tell.
    """
    if one.boot == other.boot:
        return one.running_ns < other.running_ns
    if present in (one.boot, other.boot):
        return other.boot == present
    return one.utc_ns < other.utc_ns
