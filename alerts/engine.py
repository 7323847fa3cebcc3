"""The alert engine: entries in seq order and instants in, alert events out; no clock and no I/O.

Every timer fires at the instant it was due and its event carries that instant, never the tick's: the
`row` sees to that. Who sits on which seat is the business of the `seating`; the engine is what others call.
"""

from collections.abc import Mapping
from typing import Any

from alerts import watching
from alerts.alert import Out
from alerts.baseline import Baseline
from alerts.condition import AlertEvent
from alerts.row import Row
from alerts.rules import Rules, refusal_of
from alerts.seat import Found
from alerts.seating import SEATING_KINDS, Seating
from alerts.system import SYSTEM_KINDS, System
from collector.clock import SECOND, Instant
from collector.entry import Entry
from collector.reading import Reading

TOO_LATE = 3 * SECOND  # a reading that arrives later than this is recorded, never alerted on


class Engine:
    """Watches the seats of the running session.

    `take` entries in seq order (its own alert entries change nothing) and call `advance` when time
    passes without any; both return what happened, in the order of time. `saved` is what `save` gave:
    the engine goes on as if nothing had been in between. After an absence call `resume`.
    """

    def __init__(self, rules: Rules, saved: Mapping[str, Any] | None = None) -> None:
        self.rules = rules
        self._row = Row(System(rules.pressure_minutes))
        self._seating = Seating(rules, self._row)
        self._taken = 0
        if saved:
            self._restore(saved["head"], saved["seats"])

    @property
    def watching(self) -> bool:
        """Whether a session is running."""
        return self._seating.running

    @property
    def seats(self) -> tuple[str, ...]:
        """The parts whose state is kept: the seats under watch and, without a name, the station's own."""
        return self._row.names

    @property
    def taken(self) -> int:
        """The seq of the newest entry taken."""
        return self._taken

    def take(self, entry: Entry) -> list[AlertEvent]:
        """What happens up to and with `entry`."""
        out: Out = []
        body = entry.body
        if isinstance(body, Reading):
            if not body.backfill:
                self._row.move(entry.instant, out)
                self._hear(entry, body, out)
        elif entry.kind in SEATING_KINDS:
            self._row.move(entry.instant, out)
            self._learn(entry, out)
        elif entry.kind in SYSTEM_KINDS:
            self._row.move(entry.instant, out)
            self._tell_station(entry, out)
        self._taken = max(self._taken, entry.seq)
        return out

    def advance(self, now: Instant) -> list[AlertEvent]:
        """What was due up to `now`; an earlier instant than before changes nothing."""
        out: Out = []
        self._row.advance(now, out)
        return out

    def acknowledge(
        self, episode: str, *, by: str, now: Instant, watch: float | None = None
    ) -> list[AlertEvent]:
        """Somebody has seen `episode`: what follows; empty when it waits for nobody (any more).

        With `watch` (see `refuses_watch`) it counts as seen until a value beyond that, or half an hour.
        """
        if not any(part.waits(episode) for part in self._row.parts):
            return []
        out = self.advance(now)
        for part in self._row.parts:
            if part.waits(episode):
                for alert in part.alerts():
                    if alert.episode == episode:
                        alert.watch = watch
                part.acknowledge(episode, by, self._row.no_earlier(now), out)
                self._row.queue_up(part)
        return out

    def refuses_watch(self, episode: str, watch: float, now: int) -> str:
        """Why `episode` cannot be acknowledged as a watch, in one sentence; empty = can be."""
        mine = (one for part in self._row.parts for one in part.alerts() if one.episode == episode)
        return watching.refusal(next(mine, None), watch, now)

    @property
    def cautions(self) -> list[str]:
        """The cautions that nobody has seen."""
        return watching.waiting_cautions([one for part in self._row.parts for one in part.alerts()])

    @property
    def last(self) -> Instant | None:
        """The newest instant known; None before any."""
        return self._row.instant(self._row.newest) if self._row.boot else None

    def doubts(self, seat: str) -> bool:
        """Whether it is in doubt who wears which clip on that seat."""
        return self._row.station.doubts(seat)

    def acknowledged(self, episode: str) -> bool:
        """Whether somebody has seen `episode` and it is still running."""
        return any(part.has_acknowledged(episode) for part in self._row.parts)

    def refuses_pause(self, name: str) -> str:
        """Why the participant on that seat cannot be paused now, in one sentence; empty = can be."""
        seat = self._row.seats.get(name)
        if seat is None or not seat.running:
            return f"Nobody is watched on seat {name}; there is nothing to pause."
        seat.settle(max(self._row.now, seat.at))
        return seat.pause.refusal()

    def paused(self, name: str) -> bool:
        """Whether that seat is paused."""
        return name in self._row.seats and self._row.seats[name].pause.on

    def refuses_baseline(self, name: str, now: int) -> str:
        """Why no baseline can be taken on that seat at `now`, in one sentence; empty = can be."""
        seat = self._row.seats.get(name)
        return seat.person.gathering.refusal(now) if seat else f"Nobody sits on seat {name}."

    def baseline(self, name: str, now: int, *, by: str) -> Baseline | None:
        """The baseline that the newest readings on that seat give; to be recorded, which puts it in force."""
        return self._row.seats[name].person.gathering.baseline(now, by=by)

    def refuses_override(self, body: Mapping[str, Any]) -> str:
        """Why the limits of a person cannot be changed so, in one sentence; empty = they can be."""
        seat = self._row.seats.get(str(body.get("seat")))
        if seat is None:
            return f"Nobody sits on seat {body.get('seat')}."
        return refusal_of(self.rules, body, seat.person.overrides)

    def close_limits(self, name: str) -> list[str]:
        """Sentences on limits that equal what is usual for the person on that seat."""
        return self._row.seats[name].person.close_limits() if name in self._row.seats else []

    def found(self) -> list[Found]:
        """What was found out since the last call and is to be recorded: pauses over, baselines taken."""
        found = self._seating.found.copy()
        self._seating.found.clear()
        return found

    def know_found(self, recorded: set[tuple[type, str, int]]) -> None:
        """These (what, seat, running ns) have been recorded by a former run."""
        self._seating.found += [
            one for one in self.found() if (type(one), one.seat, one.at.running_ns) not in recorded
        ]

    def resume(self, now: Instant) -> list[AlertEvent]:
        """Go on at `now` after an absence that began at the newest instant known."""
        out: Out = []
        self._row.resume(now, out)
        return out

    def next_due(self) -> int | None:
        """When `advance` will have something to do, in running ns; None = only entries can."""
        return self._row.next_due()

    def _hear(self, entry: Entry, reading: Reading, out: Out) -> None:
        row, seat = self._row, self._seating.wearing.get(entry.participant or "")
        if seat is None or entry.seq <= seat.taken:
            return
        heard = reading.at.running_ns
        if heard <= seat.newest or heard < row.now - TOO_LATE:
            return
        at = entry.instant if entry.instant.running_ns >= seat.at else row.instant(seat.at)
        told = len(out)
        seat.hear(reading, at, out)
        if len(out) > told:
            row.spread(out, told)
        if seat.due < seat.queued:
            row.queue_up(seat)
        if seat.due <= row.now:
            row.run(row.now, out)

    def _learn(self, entry: Entry, out: Out) -> None:
        """Take an entry that is not a reading, and look again at the seats it concerns."""
        row, told = self._row, len(out)
        at = row.no_earlier(entry.instant)
        concerned = self._seating.learn(entry, at, out, again=entry.seq <= self._taken)
        row.fire(concerned, at, out)
        row.spread(out, told)
        row.run(row.now, out)

    def _tell_station(self, entry: Entry, out: Out) -> None:
        row, told = self._row, len(out)
        if entry.seq > row.station.taken:
            row.station.take(entry, row.no_earlier(entry.instant), out)
            row.spread(out, told)
            row.queue_up(row.station)
            row.run(row.now, out)

    def save(self) -> dict[str, Any]:
        """Everything, as a plain JSON value."""
        return {
            "head": self.save_head(),
            "seats": {name: self.save_seat(name) for name in self.seats},
        }

    def save_head(self) -> dict[str, Any]:
        """Session and time without the seats."""
        here = {"rules": self.rules.digest, **self._row.save(), "taken": self._taken}
        return {**here, **self._seating.save()}

    def save_seat(self, name: str) -> dict[str, Any]:
        """One part alone: a seat or, without a name, the station's own; it may be newer than the others."""
        part = self._row.seats[name] if name else self._row.station
        here = {**self._row.save(), "session": self._seating.session_id, "taken": self._taken}
        return {**part.save(), **here}

    def _restore(self, head: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]]) -> None:
        self._taken = head["taken"]
        self._row.restore(head, parts.values())
        self._seating.restore(head, parts)
