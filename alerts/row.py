"""All parts on one time line: the station itself and the seats, each fired at the instant it is due.

A queue of (due, place) keeps the order of time over all of them. Parts know nothing of each other: what
one of them explains of another is passed on here. No clock: the present is what the engine was last told.
"""

import heapq
from collections.abc import Iterable, Mapping
from typing import Any

from alerts.alert import NEVER, Out
from alerts.condition import Family
from alerts.seat import Seat
from alerts.system import System
from collector.clock import SECOND, Instant

STEP = SECOND  # of the wall clock beside the running one; less is how clocks differ
EXPLAINING = frozenset({Family.UNMONITORED, Family.RADIO, Family.IDENTITY})
TRUSTED_GAP = 60 * SECOND  # an acknowledgement survives a restart of at most this, in the same boot


class Row:
    """Who is to be fired when. Mutable; owned by the engine.

    Whoever changes a part calls `queue_up` with it, and `spread` with what it said. What happens is
    added to `out`, in the order of time; every event carries the instant it was due.
    """

    def __init__(self, station: System) -> None:
        self.station = station  # what belongs to no seat; first in the row
        self.seats: dict[str, Seat] = {}
        self.parts: list[Seat | System] = [station]
        self.boot = ""
        self.now = 0
        self._queue: list[tuple[int, int]] = []  # due, place in `parts`
        self._left = 0  # when the state that was taken over was saved
        self._offset = 0  # UTC minus running, as the newest entry told

    @property
    def names(self) -> tuple[str, ...]:
        """The parts whose state is kept: the seats and, without a name, the station's own."""
        return ("", *self.seats) if self.station.open else ()

    @property
    def newest(self) -> int:
        """The newest instant known, in running ns; that of the saved state counts."""
        return max(self.now, self._left)

    def instant(self, running_ns: int) -> Instant:
        """That instant of this boot, with UTC as the newest entry told it."""
        return Instant(boot=self.boot, running_ns=running_ns, utc_ns=running_ns + self._offset)

    def no_earlier(self, at: Instant) -> Instant:
        """`at`, or the newest instant known: what comes late happens on arrival."""
        return at if at.running_ns >= self.now else self.instant(self.now)

    def join(self, seat: Seat) -> None:
        """A seat takes the last place."""
        self.seats[seat.name] = seat
        self.parts.append(seat)

    def clear(self) -> None:
        """Nobody stands in the row but the station itself."""
        self.seats, self.parts = {}, [self.station]
        self._queue, self.station.queued = [], NEVER
        self.queue_up(self.station)

    def queue_up(self, part: Seat | System) -> None:
        """See to it that the queue looks at `part` no later than it is due; never needlessly."""
        due = max(part.due, part.at)
        if due < part.queued:
            part.queued = due
            heapq.heappush(self._queue, (due, part.order))

    def next_due(self) -> int | None:
        """When `advance` will have something to do, in running ns; None = only entries can."""
        while self._queue:
            due, place = self._queue[0]
            part = self.parts[place]
            if due == part.queued == max(part.due, part.at):
                return due
            heapq.heappop(self._queue)
            if due == part.queued:
                part.queued = NEVER
                self.queue_up(part)
        return None

    def run(self, now: int, out: Out) -> None:
        """Fire all that is due up to `now`, in the order of time, then of places."""
        queue = self._queue
        while queue and queue[0][0] <= now:
            due, place = heapq.heappop(queue)
            part = self.parts[place]
            if due != part.queued:
                continue  # a newer item of this part stands further up
            part.queued = NEVER
            if part.due <= due:
                told = len(out)
                part.fire(self.instant(due), out)
                self.spread(out, told)
            self.queue_up(part)
        self.now = max(self.now, now)

    def fire(self, parts: Iterable[Seat | System], at: Instant, out: Out) -> None:
        """Look again at `parts`, which an entry at `at` has changed."""
        for part in parts:
            part.fire(self.instant(max(at.running_ns, part.at)), out)
            self.queue_up(part)

    def move(self, at: Instant, out: Out) -> None:
        """Let time pass to an entry at `at`, if that is not past already."""
        if at.boot != self.boot:
            self._leave_boot(at, out)
        if at.running_ns >= self.now:
            self.run(at.running_ns, out)
            offset = at.utc_ns - at.running_ns
            if abs(offset - self._offset) > STEP:
                self.station.step(offset - self._offset, at, out)
                self.queue_up(self.station)
            self._offset = offset

    def advance(self, now: Instant, out: Out) -> None:
        """Let time pass to `now` without an entry; an earlier instant than before changes nothing."""
        if now.boot != self.boot:
            self._leave_boot(now, out)
        self.run(now.running_ns, out)

    def resume(self, now: Instant, out: Out) -> None:
        """Go on at `now` after an absence that began at the newest instant known."""
        gone = self.newest
        if now.boot != self.boot or now.running_ns < gone:
            self._leave_boot(now, out)
        else:
            self._return(gone, now, out, trusted=now.running_ns - gone < TRUSTED_GAP)

    def _leave_boot(self, now: Instant, out: Out) -> None:
        """Another boot counts from another zero: move everything by what UTC says has passed."""
        offset = now.utc_ns - now.running_ns
        shift = min(self._offset - offset, now.running_ns - self.now)  # time never runs backwards
        known, gone = bool(self.boot), self.now + shift
        self._left = 0
        self.boot, self.now, self._offset = now.boot, now.running_ns, offset
        if known:
            for part in self.parts:
                part.shift(shift)
            self._return(gone, now, out, trusted=False)

    def _return(self, gone: int, now: Instant, out: Out, *, trusted: bool) -> None:
        self.now = max(self.now, now.running_ns)
        self._queue = []
        for part in self.parts:
            part.queued = NEVER
            told = len(out)
            part.resume(gone, now, out, trusted=trusted)
            self.spread(out, told)
            self.queue_up(part)
        self.run(self.now, out)

    def spread(self, out: Out, told: int) -> None:
        """Let the station know which seats are lost; what it explains of them is quiet meanwhile.

        Only what was added to `out` after the first `told` events is looked at.
        """
        families = {event.family for event in out[told:]}
        if Family.UNMONITORED in families:
            for event in out[told:]:
                if event.family is Family.UNMONITORED:
                    self.station.hear(event, out)
            self.queue_up(self.station)
        if families & EXPLAINING:
            self._explain(out[-1].at, out)

    def _explain(self, at: Instant, out: Out) -> None:
        for name, seat in self.seats.items():
            by = Family.RADIO if name in self.station.explained else None
            if seat.monitor.alert.explained is not by:
                seat.monitor.alert.explain_by(by, at, out)
                self.fire([seat], at, out)
            if seat.held.doubt.open is not self.station.doubts(name):
                seat.held.doubt.open = self.station.doubts(name)
                seat.held.explain(at, out)
                self.queue_up(seat)

    def save(self) -> dict[str, Any]:
        """The present, as a plain JSON value; the parts are saved one by one."""
        return {"boot": self.boot, "now": self.now, "offset": self._offset}

    def restore(self, head: Mapping[str, Any], parts: Iterable[Mapping[str, Any]]) -> None:
        """Take over the present that `head` and the saved parts tell; nobody is in the row yet."""
        self.boot, self._left = head["boot"], head["now"]
        # Back to the oldest part: what it has not taken yet is not late when it comes now.
        dated = [head, *(part for part in parts if "now" in part)]
        oldest = min(dated, key=lambda part: int(part["now"]))
        self.now, self._offset = oldest["now"], oldest["offset"]

    def recall(self) -> None:
        """All parts are restored and in their places: what explains them is known again."""
        for name, seat in self.seats.items():
            seat.held.doubt.open = self.station.doubts(name)
            seat.held.recall()
        for name in self.station.explained & self.seats.keys():
            self.seats[name].monitor.alert.explained = Family.RADIO
