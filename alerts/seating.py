"""Who sits where: the seats as the open session has them, and what entries without numbers say of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from alerts.alert import Out, Who
from alerts.baseline import BASELINE, DOSE, baseline_of
from alerts.overrides import OVERRIDE
from alerts.pause import PAUSE, PauseEnd, read_asked
from alerts.roster import pack_session, unpack_session
from alerts.row import Row
from alerts.rules import Rules
from alerts.seat import Found, Seat
from alerts.system import System
from collector.clock import Instant
from collector.device import DEVICE, LinkState, read_status
from collector.entry import Entry
from collector.session import BINDING, MARKER, SESSION, Binding, Phase, Session, fold, read_marker

SEATING_KINDS = frozenset({SESSION, BINDING, MARKER, DEVICE, PAUSE, BASELINE, OVERRIDE})


class Seating:
    """Brings the seats of a row in line with the session. Mutable; owned by the engine.

    An entry may be taken again after a restart: each seat passes over what it has seen.
    """

    def __init__(self, rules: Rules, row: Row) -> None:
        self._rules = rules
        self._row = row
        self.session: Session | None = None
        self.wearing: dict[str, Seat] = {}  # by participant
        self.found: list[Found] = []  # shared with the seats, which add to it
        self._links: dict[str, tuple[str, str]] = {}  # by device: link and why, also before the start

    @property
    def running(self) -> bool:
        """Whether a session is running, so that rules hold."""
        return self.session is not None and self.session.phase is Phase.RUNNING

    @property
    def session_id(self) -> str:
        """The id of the newest session; empty before any."""
        return self.session.id if self.session else ""

    def learn(self, entry: Entry, at: Instant, out: Out, *, again: bool) -> Sequence[Seat | System]:
        """Take an entry of `SEATING_KINDS`; gives the parts it concerns, to be fired next.

        With `again` the session has it already, and only a seat may not.
        """
        match entry.kind:
            case kind if kind == MARKER:
                return self._mark(entry, at, out)
            case kind if kind == DEVICE:
                return self._link(entry, at)
            case kind if kind == PAUSE:
                return self._pause(entry, at, out)
            case kind if kind in {BASELINE, OVERRIDE}:
                return self._adopt(entry)
            case _:
                return [] if again else self._fold(entry, at, out)

    def _fold(self, entry: Entry, at: Instant, out: Out) -> Sequence[Seat | System]:
        before, self.session = self.session, fold(self.session, entry)
        session, station = self.session, self._row.station
        if session is None or session.phase is Phase.ENDED:
            self._close(at, out)
        else:
            if not station.open:
                station.begin(session.id, at, out)
            if before is not None and session.phase is not before.phase:
                self._start(at)
            self._follow(before, session, entry, at, out)
        return self._row.parts

    def _start(self, at: Instant) -> None:
        """Rules run from here. What is known of batteries and of people at rest stays, all else begins."""
        former = self._row.seats
        self._row.clear()
        for name, old in former.items():
            self._sit(name, old.participant, at).follow(old)

    def _follow(
        self, before: Session | None, session: Session, entry: Entry, at: Instant, out: Out
    ) -> None:
        """Bring the seats in line with the running session."""
        old = before.bindings if before else {}
        for name, participant in session.roster.items():
            seat, held = self._row.seats.get(name), session.bindings.get(name)
            if seat is None:
                self._introduce(self._sit(name, participant, at), held, at)
            elif seat.taken < entry.seq and _other(old.get(name), held):
                seat.change(participant, at, out)
                self._row.station.settle(name, at, out)
                self._introduce(seat, held, at)
            elif entry.kind == SESSION:
                self._introduce(seat, held, at)
        self._know_wearers()

    def _sit(self, name: str, participant: str, at: Instant) -> Seat:
        """A new seat of the session, last in the row."""
        who = Who(session=self.session_id, seat=name, participant=participant)
        order = len(self._row.parts)
        seat = Seat(self._rules, who, at=at, order=order, running=self.running, found=self.found)
        self._row.join(seat)
        return seat

    def _know_wearers(self) -> None:
        self.wearing = {seat.participant: seat for seat in self._row.seats.values()}

    def _introduce(self, seat: Seat, held: Binding | None, at: Instant) -> None:
        """Tell a seat what is known of its clip's link from before."""
        if held is not None and held.device in self._links:
            link, why = self._links[held.device]
            seat.monitor.link(LinkState(link), why, at)

    def _close(self, at: Instant, out: Out) -> None:
        """The session is over: release everybody."""
        for part in self._row.parts:
            part.release(at, out)
        self.wearing = {}
        self._row.clear()

    def _mark(self, entry: Entry, at: Instant, out: Out) -> list[Seat]:
        marker, station = read_marker(entry), self._row.station
        if entry.seq > station.taken and self.session is not None and self.running:
            station.mark(marker, self.session.roster, at, out)
            self._row.queue_up(station)
        if marker.what != DOSE:
            return []
        concerned = [
            seat
            for seat in self._row.seats.values()
            if marker.seat in {"", seat.name} and entry.seq > seat.taken
        ]
        for seat in concerned:
            seat.dose(marker.text, at)
        return concerned

    def _link(self, entry: Entry, at: Instant) -> list[Seat]:
        status = read_status(entry)
        self._links[entry.subject] = (status.link.value, status.why)
        seat = self.wearing.get(entry.participant or "")
        if seat is None or entry.seq <= seat.taken:
            return []
        seat.monitor.link(status.link, status.why, at)
        if status.battery is not None and seat.battery is not None:
            seat.battery.hear(status.battery, flagged=seat.battery.flagged, at=at)
        return [seat]

    def _pause(self, entry: Entry, at: Instant, out: Out) -> list[Seat]:
        seat = self._row.seats.get(entry.subject)
        if seat is None or entry.seq <= seat.taken:
            return []
        if (asked := read_asked(entry)) is not None:
            seat.begin_pause(asked, self._row.instant(max(at.running_ns, seat.at)), out)
        elif entry.facts["event"] == "back":
            seat.end_pause(PauseEnd.BACK, self._row.instant(max(at.running_ns, seat.at)), out)
        return [seat]

    def _adopt(self, entry: Entry) -> list[Seat]:
        seat = self.wearing.get(entry.participant or "")
        if seat is None or entry.seq <= seat.taken:
            return []
        if entry.kind == OVERRIDE:
            seat.person.override(dict(entry.facts))
        else:
            seat.vitals.adopt(baseline_of(entry))
        return [seat]

    def save(self) -> dict[str, Any]:
        """Session and links, as a plain JSON value; the seats are saved one by one."""
        return {
            "session": pack_session(self.session),
            "seats": list(self._row.names),
            "links": {device: list(link) for device, link in self._links.items()},
        }

    def restore(self, head: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]]) -> None:
        """Take over what `save` gave, and let everybody sit down whose state is among `parts`."""
        self.session = unpack_session(head["session"])
        self._links = {device: (link, why) for device, (link, why) in head["links"].items()}
        at = self._row.instant(self._row.now)
        for name, body in parts.items():
            part = self._sit(name, body["participant"], at) if name else self._row.station
            part.restore(body)
            self._row.queue_up(part)
        self._know_wearers()
        self._row.recall()


def _other(before: Binding | None, after: Binding | None) -> bool:
    """Whether somebody else, or another clip, holds the seat."""
    old = (before.device, before.participant) if before else None
    new = (after.device, after.participant) if after else None
    return old != new
