"""The alerts that belong to no seat's numbers: what is wrong with the station and its ways (alerts.md 4.3).

It stands in the engine's row like a seat, without a name and without numbers. Entries say what is wrong and
what is over; what stands before a session is prepared is raised with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from alerts.alert import NEVER, Alert, Out
from alerts.baseline import DOSE
from alerts.channel import CHANNEL, read_channel
from alerts.condition import AlertEvent, Family
from alerts.outage import OUTAGE, Part, read_outage
from alerts.radio_loss import RadioLoss
from alerts.reminders import PRESSURE, Reminders
from alerts.state import State
from alerts.trouble import Trouble
from collector.clock import SECOND, Instant
from collector.entry import Entry
from collector.identity import IDENTITY, read_identity
from collector.saving import STORE, Saving, read_saving
from collector.session import Marker

SYSTEM_KINDS = frozenset({CHANNEL, STORE, IDENTITY, OUTAGE})  # the entries it listens to
# Real seconds that the oldest entry has been waiting to be saved (alerts.md 4.3, store_behind).
BEHIND_S, FAR_BEHIND_S = 10.0, 60.0
STEP_S, LARGE_STEP_S = 2.0, 60.0  # of the wall clock beside the running one (clock_step)


class System:
    """What is wrong, by family and thing. Mutable; owned by the engine."""

    name = participant = ""
    running = False

    def __init__(self, pressure_minutes: Sequence[int] = ()) -> None:
        self.order, self.queued, self.due, self.at = 0, NEVER, NEVER, 0
        self.taken = 0  # seq up to which a restored one has seen everything
        self._session = ""  # the open session
        self._troubles: dict[tuple[Family, str], Trouble] = {}
        self._radio = RadioLoss()
        self._reminders = Reminders(pressure_minutes)
        self._roster: dict[str, str] = {}
        self._lost = 0  # readings not saved, as the newest word on the disk counts them

    @property
    def open(self) -> bool:
        """Whether a session is open, so that there can be alerts."""
        return bool(self._session)

    def begin(self, session: str, at: Instant, out: Out) -> None:
        """A session has been prepared: raise what stands."""
        self._session, self.at = session, max(self.at, at.running_ns)
        self._radio.begin()
        for trouble in self._troubles.values():
            trouble.begin(session)
            trouble.open(at, out)
        self._plan()

    def take(self, entry: Entry, at: Instant, out: Out) -> None:
        """Take an entry of `SYSTEM_KINDS` that has not been taken."""
        self.at = max(self.at, at.running_ns)
        match entry.kind:
            case kind if kind == CHANNEL:
                self._channel(entry, at, out)
            case kind if kind == STORE:
                self._store(read_saving(entry), at, out)
            case kind if kind == IDENTITY:
                self._identity(entry, at, out)
            case _:
                self._outage(entry, at, out)
        self.fire(at, out)

    def step(self, ns: int, at: Instant, out: Out) -> None:
        """The wall clock has moved by `ns` beside the running one."""
        seconds = ns / SECOND
        if abs(seconds) <= STEP_S:
            return
        trouble = self._trouble(Family.CLOCK_STEP, "")
        rung = max(int(abs(seconds) > LARGE_STEP_S), trouble.told)
        trouble.stand(rung, at, out, value=round(seconds, 3))
        trouble.over(at)  # nothing to mend: it is told for a minute
        self.fire(at, out)

    def mark(self, marker: Marker, roster: Mapping[str, str], at: Instant, out: Out) -> None:
        """A dose begins the reminders of its seat (or of all); an entry ends the one that stands."""
        seats = [marker.seat] if marker.seat else list(roster)
        if marker.what == DOSE:
            self._reminders.dose(seats, at.running_ns)
        elif marker.what == PRESSURE:
            for seat in seats:
                if (Family.BP_DUE, seat) in self._troubles:
                    self._troubles[Family.BP_DUE, seat].over(at)
        self._roster = dict(roster)
        self.fire(at, out)

    def hear(self, event: AlertEvent, out: Out) -> None:
        """A seat has become unmonitored, or is watched again."""
        if not self._session or not self._radio.hear(event):
            return
        trouble, seats = self._trouble(Family.RADIO, ""), self._radio.seats
        if seats:
            trouble.stand(0, event.at, out, about=", ".join(sorted(seats)))
        else:
            trouble.over(event.at)
        self.fire(event.at, out)

    @property
    def explained(self) -> frozenset[str]:
        """The seats whose missing readings the radio explains, until its alert is over."""
        trouble = self._troubles.get((Family.RADIO, ""))
        alert = trouble.alert if trouble else None
        return self._radio.named if alert is not None and alert.open else frozenset()

    def settle(self, seat: str, at: Instant, out: Out) -> None:
        """A person has said who wears which clip on `seat`."""
        if (Family.IDENTITY, seat) in self._troubles:
            self._troubles[Family.IDENTITY, seat].over(at)
            self.fire(at, out)

    def doubts(self, seat: str) -> bool:
        """Whether it is in doubt who wears which clip on `seat`."""
        trouble = self._troubles.get((Family.IDENTITY, seat))
        return trouble is not None and trouble.rung >= 0

    def _channel(self, entry: Entry, at: Instant, out: Out) -> None:
        status = read_channel(entry)
        trouble = self._trouble(Family.CHANNEL_FAILED, status.target)
        if status.failed:
            trouble.stand(0, at, out, about=status.target)
        else:
            trouble.over(at)

    def _store(self, saving: Saving, at: Instant, out: Out) -> None:
        trouble, more = self._trouble(Family.STORE_BEHIND, ""), saving.lost > self._lost
        self._lost = saving.lost
        trouble.latching = trouble.latching or more
        if more or saving.failing or (saving.behind and saving.behind_s >= FAR_BEHIND_S):
            trouble.stand(1, at, out, about=saving.why, value=saving.behind_s)
        elif saving.behind and saving.behind_s >= BEHIND_S:
            trouble.stand(max(0, trouble.rung), at, out, about=saving.why, value=saving.behind_s)
        elif saving.full_in_s is not None:
            trouble.stand(0, at, out, about=f"disk full in {saving.full_in_s / 60:.0f} min")
        else:
            trouble.over(at)
        if more and not saving.behind:
            trouble.over(at)  # what was lost was lost before; it stays to be seen

    def _identity(self, entry: Entry, at: Instant, out: Out) -> None:
        word = read_identity(entry)
        if word.doubt is None:
            self.settle(word.seat, at, out)
        else:
            trouble = self._trouble(Family.IDENTITY, word.seat, entry.participant or "")
            trouble.stand(0, at, out, about=word.doubt.value)

    def _outage(self, entry: Entry, at: Instant, out: Out) -> None:
        outage = read_outage(entry)
        family = Family.COLLECTOR_DEAD if outage.part is Part.COLLECTOR else Family.ENGINE_DEAD
        trouble = self._trouble(family, "")
        # The companion has called everybody meanwhile, and says itself that the station is back.
        trouble.silent = trouble.latching = True
        trouble.since = outage.since
        trouble.stand(0, at, out, value=round(outage.seconds, 1))
        trouble.over(at)

    def _trouble(self, family: Family, key: str, participant: str = "") -> Trouble:
        """The trouble of that family with that thing, which for doubt about a clip is a seat."""
        if (family, key) not in self._troubles:
            self._troubles[family, key] = Trouble(family, key, participant)
        trouble = self._troubles[family, key]
        if self._session and trouble.alert is None:
            trouble.begin(self._session)
        return trouble

    def fire(self, at: Instant, out: Out) -> None:
        """Do everything that is due at `at`, and plan what comes next."""
        self.at = max(self.at, at.running_ns)
        for seat, minute in self._reminders.take(at.running_ns):
            trouble = self._trouble(Family.BP_DUE, seat, self._roster.get(seat, ""))
            trouble.stand(0, at, out, about=str(minute))
        for trouble in self._troubles.values():
            trouble.fire(at, out)
        self._plan()

    def _plan(self) -> None:
        dues = (trouble.due for trouble in self._troubles.values())
        self.due = min(self._reminders.due, min(dues, default=NEVER))

    def alerts(self) -> tuple[Alert, ...]:
        """The alerts of all troubles, while a session is open."""
        return tuple(one.alert for one in self._troubles.values() if one.alert is not None)

    def waits(self, episode: str) -> bool:
        """Whether that episode is here and not acknowledged."""
        return self._in(episode, {State.ACTIVE, State.LATCHED})

    def has_acknowledged(self, episode: str) -> bool:
        """Whether that episode is running here and acknowledged."""
        return self._in(episode, {State.ACKNOWLEDGED})

    def _in(self, episode: str, states: set[State]) -> bool:
        return any(one.episode == episode and one.state in states for one in self.alerts())

    def acknowledge(self, episode: str, by: str, at: Instant, out: Out) -> None:
        """Acknowledge that episode."""
        for trouble in self._troubles.values():
            if trouble.alert is not None and trouble.alert.episode == episode:
                trouble.alert.acknowledge(by, at, out)
        self._plan()

    def release(self, at: Instant, out: Out) -> None:
        """The session is over: close everything; what is wrong stays known."""
        for trouble in self._troubles.values():
            trouble.release(at, out)
        for key in [key for key in self._troubles if key[0] is Family.BP_DUE]:
            del self._troubles[key]
        self._radio.begin()
        self._reminders.begin()
        self._session, self.queued = "", NEVER
        self._plan()

    def resume(self, _gone: int, at: Instant, out: Out, *, trusted: bool) -> None:
        """Go on after an absence; a new station looks at its disk anew."""
        if (Family.STORE_BEHIND, "") in self._troubles:
            self._troubles[Family.STORE_BEHIND, ""].over(at)
        for trouble in self._troubles.values():
            if trouble.alert is not None:
                trouble.alert.resume(at, out, trusted=trusted)
        self.fire(at, out)

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        troubles = [trouble.save() for trouble in self._troubles.values()]
        return {
            "at": self.at,
            "troubles": troubles,
            "radio": self._radio.save(),
            "lost": self._lost,
            "reminders": self._reminders.save(),
            "roster": self._roster,
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave."""
        self.at, self.taken, self._session = saved["at"], saved["taken"], saved["session"]
        self._lost = saved["lost"]
        self._radio.restore(saved["radio"])
        self._reminders.restore(saved.get("reminders", {}))
        self._roster = dict(saved.get("roster", {}))
        for body in saved["troubles"]:
            trouble = Trouble.restored(body, self._session)
            self._troubles[trouble.family, trouble.key] = trouble
        self._plan()

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self.at += ns
        self._radio.shift(ns)
        self._reminders.shift(ns)
        for trouble in self._troubles.values():
            trouble.shift(ns)
        self._plan()
