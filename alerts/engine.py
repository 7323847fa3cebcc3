"""The alert engine: entries in seq order and instants in, alert events out; no clock and no I/O.

Every timer fires at the instant it was due and its event carries that instant, never the tick's. Seats
know nothing of each other; a queue of (due, seat) keeps the order of time over all of them.
"""

import heapq
from collections.abc import Mapping, Sequence
from typing import Any

from alerts import watching
from alerts.alert import NEVER, Out, Who
from alerts.baseline import BASELINE, DOSE, Baseline, baseline_of
from alerts.condition import AlertEvent, Family
from alerts.overrides import OVERRIDE
from alerts.pause import PAUSE, PauseEnd, read_asked
from alerts.roster import pack_session, unpack_session
from alerts.rules import Rules, refusal_of
from alerts.seat import Found, Seat
from alerts.system import SYSTEM_KINDS, System
from collector.clock import SECOND, Instant
from collector.device import DEVICE, LinkState, read_status
from collector.entry import Entry
from collector.reading import Reading
from collector.session import BINDING, MARKER, SESSION, Binding, Phase, Session, fold, read_marker

TOO_LATE = 3 * SECOND  # a reading that arrives later than this is recorded, never alerted on
STEP = SECOND  # of the wall clock beside the running one; less is how clocks differ
EXPLAINING = frozenset({Family.UNMONITORED, Family.RADIO, Family.IDENTITY})
TRUSTED_GAP = 60 * SECOND  # an acknowledgement survives a restart of at most this, in the same boot


class Engine:
    """Watches the seats of the running session.

    `take` entries in seq order (its own alert entries change nothing) and call `advance` when time
    passes without any; both return what happened, in the order of time. `saved` is what `save` gave:
    the engine goes on as if nothing had been in between. After an absence call `resume`.
    """

    def __init__(self, rules: Rules, saved: Mapping[str, Any] | None = None) -> None:
        self.rules = rules
        self._session: Session | None = None
        self._seats: dict[str, Seat] = {}
        self._wearing: dict[str, Seat] = {}  # by participant
        self._links: dict[str, tuple[str, str]] = {}  # by device: link and why, also before the start
        self._system = System(rules.pressure_minutes)  # what belongs to no seat; first in the row
        self._order: list[Seat | System] = [self._system]
        self._queue: list[tuple[int, int]] = []  # due, place in _order
        self._boot = ""
        self._now = 0
        self._left = 0  # when the state that was taken over was saved
        self._offset = 0  # UTC minus running, as the newest entry told
        self._taken = 0
        self._found: list[Found] = []  # shared with the seats, which add to it
        if saved:
            self._restore(saved)

    @property
    def watching(self) -> bool:
        """Whether a session is running."""
        return self._session is not None and self._session.phase is Phase.RUNNING

    @property
    def seats(self) -> tuple[str, ...]:
        """The parts whose state is kept: the seats under watch and, without a name, the station's own."""
        return ("", *self._seats) if self._system.open else ()

    @property
    def taken(self) -> int:
        """The seq of the newest entry taken."""
        return self._taken

    def take(self, entry: Entry) -> list[AlertEvent]:
        """What happens up to and with `entry`."""
        out: Out = []
        body, at = entry.body, entry.instant
        if isinstance(body, Reading):
            if not body.backfill:
                self._move(at, out)
                self._hear(entry, body, out)
        elif entry.kind in {SESSION, BINDING, MARKER, DEVICE, PAUSE, BASELINE, OVERRIDE}:
            self._move(at, out)
            self._learn(entry, self._no_earlier(at), out)
        elif entry.kind in SYSTEM_KINDS:
            self._move(at, out)
            self._tell_system(entry, self._no_earlier(at), out)
        self._taken = max(self._taken, entry.seq)
        return out

    def advance(self, now: Instant) -> list[AlertEvent]:
        """What was due up to `now`; an earlier instant than before changes nothing."""
        out: Out = []
        if now.boot != self._boot:
            self._leave_boot(now, out)
        self._run(now.running_ns, out)
        return out

    def acknowledge(
        self, episode: str, *, by: str, now: Instant, watch: float | None = None
    ) -> list[AlertEvent]:
        """Somebody has seen `episode`: what follows; empty when it waits for nobody (any more).

        With `watch` (see `refuses_watch`) it counts as seen until a value beyond that, or half an hour.
        """
        if not any(seat.waits(episode) for seat in self._order):
            return []
        out = self.advance(now)
        for seat in self._order:
            if seat.waits(episode):
                for alert in seat.alerts():
                    if alert.episode == episode:
                        alert.watch = watch
                seat.acknowledge(episode, by, self._no_earlier(now), out)
                self._queue_up(seat)
        return out

    def refuses_watch(self, episode: str, watch: float, now: int) -> str:
        """Why `episode` cannot be acknowledged as a watch, in one sentence; empty = can be."""
        mine = (one for part in self._order for one in part.alerts() if one.episode == episode)
        return watching.refusal(next(mine, None), watch, now)

    @property
    def cautions(self) -> list[str]:
        """The cautions that nobody has seen."""
        return watching.waiting_cautions([one for part in self._order for one in part.alerts()])

    @property
    def last(self) -> Instant | None:
        """The newest instant known; None before any."""
        return self._instant(max(self._now, self._left)) if self._boot else None

    def doubts(self, seat: str) -> bool:
        """Whether it is in doubt who wears which clip on that seat."""
        return self._system.doubts(seat)

    def acknowledged(self, episode: str) -> bool:
        """Whether somebody has seen `episode` and it is still running."""
        return any(seat.has_acknowledged(episode) for seat in self._order)

    def refuses_pause(self, name: str) -> str:
        """Why the participant on that seat cannot be paused now, in one sentence; empty = can be."""
        seat = self._seats.get(name)
        if seat is None or not seat.running:
            return f"Nobody is watched on seat {name}; there is nothing to pause."
        seat.settle(max(self._now, seat.at))
        return seat.pause.refusal()

    def paused(self, name: str) -> bool:
        """Whether that seat is paused."""
        return name in self._seats and self._seats[name].pause.on

    def refuses_baseline(self, name: str, now: int) -> str:
        """Why no baseline can be taken on that seat at `now`, in one sentence; empty = can be."""
        seat = self._seats.get(name)
        return seat.person.gathering.refusal(now) if seat else f"Nobody sits on seat {name}."

    def baseline(self, name: str, now: int, *, by: str) -> Baseline | None:
        """The baseline that the newest readings on that seat give; to be recorded, which puts it in force."""
        return self._seats[name].person.gathering.baseline(now, by=by)

    def refuses_override(self, body: Mapping[str, Any]) -> str:
        """Why the limits of a person cannot be changed so, in one sentence; empty = they can be."""
        seat = self._seats.get(str(body.get("seat")))
        if seat is None:
            return f"Nobody sits on seat {body.get('seat')}."
        return refusal_of(self.rules, body, seat.person.overrides)

    def close_limits(self, name: str) -> list[str]:
        """Sentences on limits that equal what is usual for the person on that seat."""
        return self._seats[name].person.close_limits() if name in self._seats else []

    def found(self) -> list[Found]:
        """What was found out since the last call and is to be recorded: pauses over, baselines taken."""
        found = self._found.copy()
        self._found.clear()
        return found

    def know_found(self, recorded: set[tuple[type, str, int]]) -> None:
        """These (what, seat, running ns) have been recorded by a former run."""
        self._found += [
            one for one in self.found() if (type(one), one.seat, one.at.running_ns) not in recorded
        ]

    def resume(self, now: Instant) -> list[AlertEvent]:
        """Go on at `now` after an absence that began at the newest instant known."""
        out: Out = []
        gone = max(self._now, self._left)
        if now.boot != self._boot or now.running_ns < gone:
            self._leave_boot(now, out)
        else:
            self._return(gone, now, out, trusted=now.running_ns - gone < TRUSTED_GAP)
        return out

    def next_due(self) -> int | None:
        """When `advance` will have something to do, in running ns; None = only entries can."""
        while self._queue:
            due, place = self._queue[0]
            seat = self._order[place]
            if due == seat.queued == max(seat.due, seat.at):
                return due
            heapq.heappop(self._queue)
            if due == seat.queued:
                seat.queued = NEVER
                self._queue_up(seat)
        return None

    def _move(self, at: Instant, out: Out) -> None:
        """Let time pass to `at`, if that is not past already."""
        if at.boot != self._boot:
            self._leave_boot(at, out)
        if at.running_ns >= self._now:
            self._run(at.running_ns, out)
            offset = at.utc_ns - at.running_ns
            if abs(offset - self._offset) > STEP:
                self._system.step(offset - self._offset, at, out)
                self._queue_up(self._system)
            self._offset = offset

    def _run(self, now: int, out: Out) -> None:
        """Fire all that is due up to `now`, in the order of time, then of seats."""
        queue = self._queue
        while queue and queue[0][0] <= now:
            due, place = heapq.heappop(queue)
            seat = self._order[place]
            if due != seat.queued:
                continue  # a newer item of this seat stands further up
            seat.queued = NEVER
            if seat.due <= due:
                told = len(out)
                seat.fire(self._instant(due), out)
                self._spread(out, told)
            self._queue_up(seat)
        self._now = max(self._now, now)

    def _queue_up(self, seat: Seat | System) -> None:
        """See to it that the queue looks at `seat` no later than it is due; never needlessly."""
        due = max(seat.due, seat.at)
        if due < seat.queued:
            seat.queued = due
            heapq.heappush(self._queue, (due, seat.order))

    def _instant(self, running_ns: int) -> Instant:
        return Instant(boot=self._boot, running_ns=running_ns, utc_ns=running_ns + self._offset)

    def _no_earlier(self, at: Instant) -> Instant:
        """`at`, or the newest instant known: what comes late happens on arrival."""
        return at if at.running_ns >= self._now else self._instant(self._now)

    def _hear(self, entry: Entry, reading: Reading, out: Out) -> None:
        seat = self._wearing.get(entry.participant or "")
        if seat is None or entry.seq <= seat.taken:
            return
        heard = reading.at.running_ns
        if heard <= seat.newest or heard < self._now - TOO_LATE:
            return
        at = entry.instant if entry.instant.running_ns >= seat.at else self._instant(seat.at)
        told = len(out)
        seat.hear(reading, at, out)
        if len(out) > told:
            self._spread(out, told)
        if seat.due < seat.queued:
            self._queue_up(seat)
        if seat.due <= self._now:
            self._run(self._now, out)

    def _spread(self, out: Out, told: int) -> None:
        """Let the station know which seats are lost; what it explains of them is quiet meanwhile."""
        families = {event.family for event in out[told:]}
        if Family.UNMONITORED in families:
            for event in out[told:]:
                if event.family is Family.UNMONITORED:
                    self._system.hear(event, out)
            self._queue_up(self._system)
        if families & EXPLAINING:
            self._explain(out[-1].at, out)

    def _explain(self, at: Instant, out: Out) -> None:
        for name, seat in self._seats.items():
            by = Family.RADIO if name in self._system.explained else None
            if seat.monitor.alert.explained is not by:
                seat.monitor.alert.explain_by(by, at, out)
                seat.fire(self._instant(max(at.running_ns, seat.at)), out)
                self._queue_up(seat)
            if seat.held.doubt.open is not self._system.doubts(name):
                seat.held.doubt.open = self._system.doubts(name)
                seat.held.explain(at, out)
                self._queue_up(seat)

    def _tell_system(self, entry: Entry, at: Instant, out: Out) -> None:
        if entry.seq > self._system.taken:
            told = len(out)
            self._system.take(entry, at, out)
            self._spread(out, told)
            self._queue_up(self._system)
            self._run(self._now, out)

    def _learn(self, entry: Entry, at: Instant, out: Out) -> None:
        """Take an entry that is not a reading, and look again at the seats it concerns."""
        told = len(out)
        if entry.kind == MARKER:
            concerned: Sequence[Seat | System] = self._mark(entry, at, out)
        elif entry.kind == DEVICE:
            concerned = self._link(entry, at)
        elif entry.kind == PAUSE:
            concerned = self._pause(entry, at, out)
        elif entry.kind in {BASELINE, OVERRIDE}:
            concerned = self._adopt(entry)
        else:
            concerned = self._fold(entry, at, out)
        for seat in concerned:
            seat.fire(self._instant(max(at.running_ns, seat.at)), out)
            self._queue_up(seat)
        self._spread(out, told)
        self._run(self._now, out)

    def _fold(self, entry: Entry, at: Instant, out: Out) -> Sequence[Seat | System]:
        if entry.seq <= self._taken:
            return []
        before, self._session = self._session, fold(self._session, entry)
        session = self._session
        if session is None or session.phase is Phase.ENDED:
            self._close(at, out)
        else:
            if not self._system.open:
                self._system.begin(session.id, at, out)
            if before is not None and session.phase is not before.phase:
                self._start(at)
            self._follow(before, session, entry, at, out)
        return self._order

    def _start(self, at: Instant) -> None:
        """Rules run from here. What is known of batteries and of people at rest stays, all else begins."""
        former, self._seats = self._seats, {}
        self._empty_row()
        for name, old in former.items():
            self._sit(name, old.participant, at).follow(old)

    def _follow(
        self, before: Session | None, session: Session, entry: Entry, at: Instant, out: Out
    ) -> None:
        """Bring the seats in line with the running session."""
        old = before.bindings if before else {}
        for name, participant in session.roster.items():
            seat, held = self._seats.get(name), session.bindings.get(name)
            if seat is None:
                self._introduce(self._sit(name, participant, at), held, at)
            elif seat.taken < entry.seq and _other(old.get(name), held):
                seat.change(participant, at, out)
                self._system.settle(name, at, out)
                self._introduce(seat, held, at)
            elif entry.kind == SESSION:
                self._introduce(seat, held, at)
        self._wearing = {seat.participant: seat for seat in self._seats.values()}

    def _empty_row(self) -> None:
        """Nobody stands in the row but the station itself."""
        self._order, self._queue, self._system.queued = [self._system], [], NEVER
        self._queue_up(self._system)

    def _sit(self, name: str, participant: str, at: Instant) -> Seat:
        session = self._session.id if self._session else ""
        order = len(self._order)
        who = Who(session=session, seat=name, participant=participant)
        running = self._session is not None and self._session.phase is Phase.RUNNING
        seat = Seat(self.rules, who, at=at, order=order, running=running, found=self._found)
        self._seats[name] = seat
        self._order.append(seat)
        return seat

    def _introduce(self, seat: Seat, held: Binding | None, at: Instant) -> None:
        """Tell a seat what is known of its clip's link from before."""
        if held is not None and held.device in self._links:
            link, why = self._links[held.device]
            seat.monitor.link(LinkState(link), why, at)

    def _close(self, at: Instant, out: Out) -> None:
        for seat in self._order:
            seat.release(at, out)
        self._seats, self._wearing = {}, {}
        self._empty_row()

    def _mark(self, entry: Entry, at: Instant, out: Out) -> list[Seat]:
        marker, session = read_marker(entry), self._session
        if entry.seq > self._system.taken and session is not None and session.phase is Phase.RUNNING:
            self._system.mark(marker, session.roster, at, out)
            self._queue_up(self._system)
        if marker.what != DOSE:
            return []
        concerned = [
            seat
            for seat in self._seats.values()
            if marker.seat in {"", seat.name} and entry.seq > seat.taken
        ]
        for seat in concerned:
            seat.dose(marker.text, at)
        return concerned

    def _link(self, entry: Entry, at: Instant) -> list[Seat]:
        status = read_status(entry)
        self._links[entry.subject] = (status.link.value, status.why)
        seat = self._wearing.get(entry.participant or "")
        if seat is None or entry.seq <= seat.taken:
            return []
        seat.monitor.link(status.link, status.why, at)
        if status.battery is not None and seat.battery is not None:
            seat.battery.hear(status.battery, flagged=seat.battery.flagged, at=at)
        return [seat]

    def _adopt(self, entry: Entry) -> list[Seat]:
        seat = self._wearing.get(entry.participant or "")
        if seat is None or entry.seq <= seat.taken:
            return []
        if entry.kind == OVERRIDE:
            seat.person.override(dict(entry.facts))
        else:
            seat.vitals.adopt(baseline_of(entry))
        return [seat]

    def _pause(self, entry: Entry, at: Instant, out: Out) -> list[Seat]:
        seat = self._seats.get(entry.subject)
        if seat is None or entry.seq <= seat.taken:
            return []
        if (asked := read_asked(entry)) is not None:
            seat.begin_pause(asked, self._instant(max(at.running_ns, seat.at)), out)
        elif entry.facts["event"] == "back":
            seat.end_pause(PauseEnd.BACK, self._instant(max(at.running_ns, seat.at)), out)
        return [seat]

    def _leave_boot(self, now: Instant, out: Out) -> None:
        """Another boot counts from another zero: move everything by what UTC says has passed."""
        offset = now.utc_ns - now.running_ns
        shift = min(self._offset - offset, now.running_ns - self._now)  # time never runs backwards
        known, gone = bool(self._boot), self._now + shift
        self._left = 0
        self._boot, self._now, self._offset = now.boot, now.running_ns, offset
        if known:
            for seat in self._order:
                seat.shift(shift)
            self._return(gone, now, out, trusted=False)

    def _return(self, gone: int, now: Instant, out: Out, *, trusted: bool) -> None:
        self._now = max(self._now, now.running_ns)
        self._queue = []
        for seat in self._order:
            seat.queued = NEVER
            told = len(out)
            seat.resume(gone, now, out, trusted=trusted)
            self._spread(out, told)
            self._queue_up(seat)
        self._run(self._now, out)

    def save(self) -> dict[str, Any]:
        """Everything, as a plain JSON value."""
        return {
            "head": self.save_head(),
            "seats": {name: self.save_seat(name) for name in self.seats},
        }

    def save_head(self) -> dict[str, Any]:
        """Session and time without the seats."""
        return {
            "rules": self.rules.digest,
            "boot": self._boot,
            "now": self._now,
            "offset": self._offset,
            "taken": self._taken,
            "session": pack_session(self._session),
            "seats": list(self.seats),
            "links": {device: list(link) for device, link in self._links.items()},
        }

    def save_seat(self, name: str) -> dict[str, Any]:
        """One part alone: a seat or, without a name, the station's own; it may be newer than the others."""
        session = self._session.id if self._session else ""
        seat = self._seats[name].save() if name else self._system.save()
        when = {"boot": self._boot, "now": self._now, "offset": self._offset}
        return {**seat, **when, "session": session, "taken": self._taken}

    def _restore(self, saved: Mapping[str, Any]) -> None:
        head = saved["head"]
        self._boot, self._left = head["boot"], head["now"]
        # Back to the oldest part: what it has not taken yet is not late when it comes now.
        parts = [part for part in saved["seats"].values() if "now" in part]
        oldest = min([head, *parts], key=lambda part: int(part["now"]))
        self._now, self._offset = oldest["now"], oldest["offset"]
        self._taken = head["taken"]
        self._session = unpack_session(head["session"])
        self._links = {device: (link, why) for device, (link, why) in head["links"].items()}
        for name, body in saved["seats"].items():
            if not name:
                self._system.restore(body)
                self._queue_up(self._system)
                continue
            seat = self._sit(name, body["participant"], self._instant(self._now))
            seat.restore(body)
            self._queue_up(seat)
        self._wearing = {seat.participant: seat for seat in self._seats.values()}
        for name, seat in self._seats.items():
            seat.held.doubt.open = self._system.doubts(name)
            seat.held.recall()
        for name in self._system.explained & self._seats.keys():
            self._seats[name].monitor.alert.explained = Family.RADIO


def _other(before: Binding | None, after: Binding | None) -> bool:
    """Whether somebody else, or another clip, holds the seat."""
    old = (before.device, before.participant) if before else None
    new = (after.device, after.participant) if after else None
    return old != new
