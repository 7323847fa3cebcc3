"""All families of one seat on one time line: settle, hear, fire, due.

`at` is how far the seat has been evaluated. A reading speaks until the next one, at most `hold`; inside
such a stretch everything is linear, so `due` computes the instant of the next crossing and nothing
needs to be looked at before.
"""

from collections.abc import Mapping
from typing import Any

from alerts.alert import NEVER, Alert, Out, Who
from alerts.baseline import BaselineTaken
from alerts.battery import Battery
from alerts.held import Held
from alerts.pause import Pause, PauseAsked, PauseEnd, PauseOver
from alerts.person import Person
from alerts.rules import Rules
from alerts.state import State
from alerts.unmonitored import Unmonitored
from alerts.vitals import Vitals
from collector.clock import SECOND, Instant
from collector.reading import Flag, Reading

ARMED_AFTER = 10 * SECOND  # of valid readings, so that fitting the clip raises nothing (alerts.md 4.5)
UNUSABLE = frozenset({Flag.FINGER_OFF, Flag.SEARCHING, Flag.FROZEN})


Found = PauseOver | BaselineTaken  # what a seat finds out that is an entry of its own


class Seat:
    """One seat while rules run. Mutable; owned by the engine."""

    __slots__ = (
        "at",
        "battery",
        "due",
        "found",
        "has_spo2",
        "held",
        "hold",
        "monitor",
        "name",
        "newest",
        "order",
        "participant",
        "person",
        "queued",
        "running",
        "speaking",
        "taken",
        "until",
        "valid",
        "valid_for",
        "vitals",
    )

    def __init__(  # noqa: PLR0913 - what a seat is made with
        self,
        rules: Rules,
        who: Who,
        *,
        at: Instant,
        order: int,
        running: bool,
        found: list[Found],
    ) -> None:
        """`found` takes what is to be recorded beside the events; all seats of an engine share it."""
        self.running = running  # before the start only the clip itself is watched
        self.name = who.seat
        self.participant = who.participant
        self.order = order
        self.hold = rules.hold
        self.vitals = Vitals(rules, who)
        self.person = Person(rules, who, self.vitals)
        self.monitor = Unmonitored(rules.unmonitored, who, at=at, hold=rules.hold)
        self.battery = Battery(rules.battery, who) if rules.battery else None
        self.held = Held(rules.inhibitions, self.alerts())
        self.found = found
        self.taken = 0  # seq up to which a restored seat has seen everything
        self.queued = NEVER  # when the engine's queue will look at this seat at the latest
        self._begin(at)

    def _begin(self, at: Instant) -> None:
        self.at = at.running_ns
        self.newest = -1  # instant of the newest reading of any kind
        self.until = at.running_ns  # how long that one speaks
        self.speaking = False  # whether it holds any number and has not lapsed
        self.valid = False  # whether it makes the seat monitored
        self.valid_for = 0  # ns of valid readings, until armed
        self.has_spo2 = False  # whether this clip has ever given one
        self._plan()

    @property
    def armed(self) -> bool:
        """Whether there have been enough valid readings to believe the numbers."""
        return self.valid_for >= ARMED_AFTER

    @property
    def pause(self) -> Pause:
        """The pause of the participant."""
        return self.held.pause

    def alerts(self) -> tuple[Alert, ...]:
        """The alerts of all families."""
        clip = (self.battery.alert,) if self.battery else ()
        return (self.monitor.alert, *(vital.alert for vital in self.vitals.all), *clip)

    def hear(self, reading: Reading, at: Instant, out: Out) -> None:
        """Take a reading that is newer than all before it; `at` is not before `self.at`."""
        self.settle(at.running_ns)
        self.newest = reading.at.running_ns
        self.until = self.newest + self.hold
        flags = reading.flags
        if self.battery is not None:
            self.battery.hear(reading.battery, flagged=Flag.LOW_BATTERY in flags, at=at)
        usable = not (flags and flags & UNUSABLE)
        spo2 = reading.spo2 if usable else None
        pulse = reading.pulse_rate if usable else None
        self.person.gathering.hear(at.running_ns, spo2, pulse)
        if self.running:
            self._listen(reading, at, spo2, pulse)
            index = reading.perfusion_index if usable else None
            self.vitals.hear(spo2, pulse, index, at, out, flags=flags)
        self._act(at, out)

    def _listen(self, reading: Reading, at: Instant, spo2: float | None, pulse: float | None) -> None:
        """Whether the seat is monitored: by SpO2, or by pulse where the clip never gave any."""
        self.has_spo2 = self.has_spo2 or spo2 is not None
        self.speaking = spo2 is not None or pulse is not None
        self.valid = spo2 is not None or (pulse is not None and not self.has_spo2)
        if self.valid:
            self.monitor.valid(at)
        else:
            self.monitor.invalid(at, reading.flags)

    def settle(self, now: int) -> None:
        """Let time pass up to `now`."""
        if self.speaking and now > self.until:
            self._elapse(self.until)
            self._lapse()
        self._elapse(now)

    def _elapse(self, now: int) -> None:
        dt = now - self.at
        if dt <= 0:
            return
        self.vitals.elapse(self.at, dt)
        self.monitor.elapse(dt)
        if self.pause.in_row:
            self.pause.elapse(dt, valid=self.valid)
        if self.valid and self.valid_for < ARMED_AFTER:
            self.valid_for += dt
        self.at = now

    def _lapse(self) -> None:
        self.speaking = self.valid = False
        self.monitor.lapse()
        self.vitals.lapse()

    def fire(self, at: Instant, out: Out) -> None:
        """Do everything that is due at `at`, and plan what comes next."""
        self.settle(at.running_ns)
        self._act(at, out)

    def _act(self, at: Instant, out: Out) -> None:
        if self.running:
            self._watch(at, out)
        if self.battery is not None and not self.battery.resting:
            self.battery.fire(at, out)
        self._plan()

    def _watch(self, at: Instant, out: Out) -> None:
        paused = self.pause.on
        if paused:
            self.held.speak_up()
        self.monitor.fire(at, out, self.vitals.hidden)
        if self.vitals.awake or self.held.explains or self.monitor.alert.open:
            self.held.explain(at, out)
        if self.vitals.awake:
            watched = not self.monitor.alert.open
            self.vitals.fire(at, out, self.held.explain, armed=self.armed, watched=watched)
        if paused:
            if (why := self.held.over(at.running_ns, self.monitor.run)) is not None:
                self._unpause(why, at, out)
            self.held.speak_up()

    def dose(self, text: str, at: Instant) -> None:
        """A dose was given: the risk window begins, and what was usual before it is the baseline."""
        if self.running:
            self.monitor.dose(text, at)
        if (baseline := self.person.dose(at.running_ns)) is not None:
            self.found.append(
                BaselineTaken(at=at, seat=self.name, participant=self.participant, baseline=baseline)
            )

    def follow(self, former: "Seat") -> None:
        """Rules run from here: keep what is known of the clip's battery and of the person."""
        self.battery = former.battery
        self.held.watch(self.alerts())
        self.person.follow(former.person, former.vitals.baseline)

    def begin_pause(self, asked: PauseAsked, at: Instant, out: Out) -> None:
        """No signals from `at` on, but for what no pause covers."""
        self.settle(at.running_ns)
        self.held.begin(asked, at, out)
        self._act(at, out)

    def end_pause(self, why: PauseEnd, at: Instant, out: Out) -> None:
        """End the pause, if there is one, and announce what stands."""
        self.settle(at.running_ns)
        if self.pause.on:
            self._unpause(why, at, out)
            self._plan()

    def _unpause(self, why: PauseEnd, at: Instant, out: Out) -> None:
        self.found.append(PauseOver(at=at, seat=self.name, participant=self.participant, why=why))
        self.held.end(at, out)

    def _plan(self) -> None:
        """Compute when something happens if nothing comes in."""
        now, until = self.at, self.until if self.speaking else -1
        low = self.battery is not None and not self.battery.resting
        clip = self.battery.due() if self.battery is not None and low else NEVER
        if not self.running:
            self.due = clip
            return
        due = min(clip, self.monitor.due(now, until))
        if self.pause.on:
            due = min(due, self.pause.due(now, self.monitor.run, until))
        armed = self.armed
        if self.vitals.awake:
            watched = not self.monitor.alert.open
            due = min(due, self.vitals.due(now, until, armed=armed, watched=watched))
        if not armed and self.valid and now + ARMED_AFTER - self.valid_for <= until:
            due = min(due, now + ARMED_AFTER - self.valid_for)
        self.due = due

    def waits(self, episode: str) -> bool:
        """Whether that episode is here and not acknowledged."""
        return any(
            alert.episode == episode and alert.state in {State.ACTIVE, State.LATCHED}
            for alert in self.alerts()
        )

    def has_acknowledged(self, episode: str) -> bool:
        """Whether that episode is running here and acknowledged."""
        return any(
            alert.episode == episode and alert.state is State.ACKNOWLEDGED for alert in self.alerts()
        )

    def acknowledge(self, episode: str, by: str, at: Instant, out: Out) -> None:
        """Acknowledge that episode."""
        self.settle(at.running_ns)
        for alert in self.alerts():
            if alert.episode == episode:
                alert.acknowledge(by, at, out)
        self._plan()

    def release(self, at: Instant, out: Out) -> None:
        """Nobody is watched here any more: close everything."""
        self._give_up_pause(at)
        self._close(at, out)

    def _give_up_pause(self, at: Instant) -> None:
        if self.pause.on:
            over = PauseOver(at=at, seat=self.name, participant=self.participant, why=PauseEnd.RELEASED)
            self.found.append(over)
        self.held.give_up()

    def _close(self, at: Instant, out: Out) -> None:
        self.vitals.release(at, out)
        self.monitor.alert.release(at, out)
        if self.battery is not None:
            self.battery.alert.release(at, out)
            self.battery.begin()
        self.held.explain(at, out)

    def change(self, participant: str, at: Instant, out: Out) -> None:
        """Another clip or another person: close everything and start afresh."""
        self.settle(at.running_ns)
        self._close(at, out)
        if participant != self.participant:
            self._give_up_pause(at)
            self.participant = participant
            self.monitor.risk_until = 0
            self.person.change(participant)
            for alert in self.alerts():
                alert.participant = participant
        self.monitor.begin(at)
        self._begin(at)

    def resume(self, gone: int, at: Instant, out: Out, *, trusted: bool) -> None:
        """Go on after an absence since `gone`: nothing is known of that time."""
        self.settle(gone)
        if self.speaking and (at.running_ns > gone or not trusted):
            self._lapse()
        self.settle(at.running_ns)
        for alert in self.alerts():
            alert.resume(at, out, trusted=trusted)
        if self.pause.on and not trusted:
            self._unpause(PauseEnd.RESTART, at, out)
        self.fire(at, out)

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        return {
            "participant": self.participant,
            "at": self.at,
            "newest": self.newest,
            "until": self.until,
            "speaking": self.speaking,
            "valid": self.valid,
            "valid_for": self.valid_for,
            "has_spo2": self.has_spo2,
            "running": self.running,
            "battery": self.battery.save() if self.battery else None,
            "pause": self.pause.save(),
            "monitor": self.monitor.save(),
            "vitals": self.vitals.save(),
            "judges": self.vitals.save_judges(),
            **self.person.save(),
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave."""
        self.taken, self.at, self.newest = saved["taken"], saved["at"], saved["newest"]
        self.until, self.speaking, self.valid = saved["until"], saved["speaking"], saved["valid"]
        self.valid_for, self.has_spo2 = saved["valid_for"], saved["has_spo2"]
        self.running = saved.get("running", True)
        if self.battery is not None and saved.get("battery"):
            self.battery.restore(saved["battery"])
        self.monitor.restore(saved["monitor"])
        self.person.restore(saved)
        self.vitals.restore(saved["vitals"])
        self.vitals.restore_judges(saved.get("judges", {}))
        self.held.restore(saved["pause"])
        self._plan()

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self.at += ns
        self.newest += ns
        self.until += ns
        self.pause.shift(ns)
        if self.battery is not None:
            self.battery.shift(ns)
        self.monitor.shift(ns)
        self.person.gathering.shift(ns)
        self.vitals.shift(ns)
