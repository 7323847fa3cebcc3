"""A seat without valid data: since when, why, and how urgent that is (alerts.md 4.3)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from alerts.alert import NEVER, Alert, Out, Who
from alerts.condition import Cause, Level
from alerts.limits import FamilyRule
from alerts.saved import pack, unpack
from collector.clock import SECOND, Instant
from collector.device import LinkState
from collector.reading import Flag

ARMS_AFTER = 60 * SECOND  # time to fit the clips after the start of a session
ENDS_AFTER = 5 * SECOND  # of uninterrupted valid readings
# A clip that is taken off drops its link soon after; the finger remains the explanation (DESIGN 5).
FINGER_EXPLAINS = 10 * SECOND
# How the acquisition begins its reason when it ends a link itself because nothing useful came over it.
GAVE_UP = "connected, but"
MINUTE = 60 * SECOND
RISK = {"injected": 60 * MINUTE, "swallowed": 120 * MINUTE}
_INJECTED = re.compile(
    r"\b(i\.?m|i\.?v|intra-?muscular(ly)?|intra-?venous(ly)?|inject\w*|infusion)\b", re.IGNORECASE
)
_SWALLOWED = re.compile(
    r"\b(oral(ly)?|p\.?o|sub-?lingual(ly)?|s\.?l|lozenges?|troches?)\b", re.IGNORECASE
)
_TOLD = {
    Flag.FINGER_OFF: Cause.FINGER_OFF,
    Flag.FROZEN: Cause.STALE,
    Flag.SEARCHING: Cause.NO_SIGNAL,
}
_WHY = {cause.value: cause for cause in (Cause.HOST_DOWN, Cause.ADAPTER_DOWN, Cause.DEVICE_PAUSED)}


def risk_window(text: str) -> int:
    """How long after a dose a seat may not go unwatched, in ns; the longer when `text` does not say."""
    if _INJECTED.search(text) and not _SWALLOWED.search(text):
        return RISK["injected"]
    return RISK["swallowed"]


class Unmonitored:
    """Watches one seat for valid data and keeps the best explanation of its absence."""

    __slots__ = (
        "alert",
        "arms_at",
        "counted_from",
        "down",
        "heard",
        "hold",
        "risk_until",
        "rule",
        "run",
        "silent_ns",
        "silent_since",
        "soonest",
        "spoke",
        "told",
    )

    def __init__(self, rule: FamilyRule, who: Who, *, at: Instant, hold: int) -> None:
        self.rule = rule
        self.hold = hold
        self.soonest = rule.levels[0].law.delay
        self.alert = Alert(rule, who)
        self.arms_at = at.running_ns + ARMS_AFTER
        self.risk_until = 0
        self.counted_from = 0  # silent_ns as it was when the open episode was raised
        self.begin(at)

    def begin(self, at: Instant) -> None:
        """Start afresh: another clip, or another person."""
        self.silent_since = at  # the newest valid reading, or the start without one
        self.silent_ns = at.running_ns  # the same on the count of the present boot
        self.run = (
            -1
        )  # ns of uninterrupted valid readings; -1 = the newest reading is not valid or too old
        self.heard = False  # any valid reading yet
        self.spoke: int | None = None  # the newest frame of any kind, or the newest connection
        self.told: Cause | None = None  # what the newest frame says
        self.down: Cause | None = None  # why there is no link; None = there is one, or nobody said

    def valid(self, at: Instant) -> None:
        """A valid reading."""
        self.silent_since = at
        self.silent_ns = at.running_ns
        self.spoke = at.running_ns
        self.heard = True
        self.told = None
        self.down = None
        self.run = max(self.run, 0)

    def invalid(self, at: Instant, flags: frozenset[Flag]) -> None:
        """A frame without a usable number."""
        self.spoke = at.running_ns
        self.told = next((cause for flag, cause in _TOLD.items() if flag in flags), Cause.NO_SIGNAL)
        self.down = None
        self.run = -1

    def lapse(self) -> None:
        """The newest reading has spoken for as long as one may."""
        self.run = -1

    def elapse(self, dt: int) -> None:
        """Let `dt` ns pass."""
        if self.run >= 0:
            self.run += dt

    def link(self, state: LinkState, why: str, at: Instant) -> None:
        """The radio says where the link stands."""
        now = at.running_ns
        if state is LinkState.CONNECTED:
            if self.down is not None or self.spoke is None:
                self.told = self.down
                self.spoke = now
            self.down = None
        elif self.down is None or why in _WHY:
            self.down = _WHY.get(why) or self._lost(why, now)

    def _lost(self, why: str, now: int) -> Cause:
        """Why there is no link: the finger that was off just before, or silence, or the radio."""
        recent = self.spoke is not None and now - self.spoke <= self._patience
        if recent and self.told is Cause.FINGER_OFF:
            return Cause.FINGER_OFF
        if why.startswith(GAVE_UP):
            return (self.told if recent else None) or Cause.STALE
        return Cause.LINK_LOST

    def dose(self, text: str, at: Instant) -> None:
        """A dose was given: the risk window runs from now."""
        self.risk_until = max(self.risk_until, at.running_ns + risk_window(text))

    @property
    def _patience(self) -> int:
        """How long the newest frame explains the silence after it."""
        return FINGER_EXPLAINS if self.told is Cause.FINGER_OFF else self.hold

    def cause(self, now: int) -> Cause:
        """The best explanation at `now`; link before silence before what the last frame said."""
        if self.down is not None:
            return self.down
        if self.spoke is None:
            return Cause.LINK_LOST
        if now - self.spoke >= self._patience:
            return Cause.STALE
        return self.told or self.alert.cause or Cause.STALE

    def due(self, now: int, until: int) -> int:
        """When something may happen if no reading comes."""
        alert = self.alert
        if not alert.open:
            return self._level_due(0)
        worse = range(alert.rung + 1, len(self.rule.levels))
        due = min((self._level_due(rung) for rung in worse), default=NEVER)
        due = min(due, alert.due)
        if self.run >= 0 and (end := now + max(0, ENDS_AFTER - self.run)) <= until:
            due = min(due, end)
        if self.down is None and self.spoke is not None and now < self.spoke + self._patience:
            due = min(due, self.spoke + self._patience)
        return due

    def _level_due(self, rung: int) -> int:
        """When the silence reaches the level at `rung`; NEVER when only a dose could make it so."""
        level = self.rule.levels[rung]
        due = (self.counted_from if self.alert.open else self.silent_ns) + level.law.delay
        if not self.heard:
            due = max(due, self.arms_at)
        if level.in_risk_window and due >= self.risk_until:
            return NEVER
        return due

    def fire(self, at: Instant, out: Out, inherited: Callable[[], Level]) -> None:
        """Do what is due at `at`; `inherited` tells the level of what else is open on this seat."""
        now = at.running_ns
        if self.alert.open:
            if self.run >= ENDS_AFTER:
                self.alert.recover(at, out, latching=False)
                return
            self._explain(at, out)
        elif now < self.silent_ns + self.soonest:
            return
        if (rung := self._reached(now, inherited)) > self.alert.rung:
            self._rise(rung, at, out)
        self.alert.fire(at, out)

    def _explain(self, at: Instant, out: Out) -> None:
        """While valid readings come the last explanation stands."""
        if self.run < 0:
            self.alert.explain(self.cause(at.running_ns), at, out)

    def _reached(self, now: int, inherited: Callable[[], Level]) -> int:
        """The highest level that the silence has reached; a new episode inherits what it hides."""
        levels = self.rule.levels
        reached = [rung for rung in range(len(levels)) if self._level_due(rung) <= now]
        if reached and not self.alert.open:
            hidden = inherited()
            reached += [rung for rung, level in enumerate(levels) if level.level <= hidden]
        return max(reached, default=-1)

    def _rise(self, rung: int, at: Instant, out: Out) -> None:
        if self.alert.open:
            self.alert.escalate(rung, at, out)
        else:
            self.counted_from = self.silent_ns
            self.alert.breach()
            cause = self.cause(at.running_ns)
            self.alert.qualify(rung, self.silent_since, at, out, cause=cause)

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        return {
            "alert": self.alert.save(),
            "arms_at": self.arms_at,
            "risk_until": self.risk_until,
            "counted_from": self.counted_from,
            "silent_since": pack(self.silent_since),
            "silent_ns": self.silent_ns,
            "run": self.run,
            "heard": self.heard,
            "spoke": self.spoke,
            "told": self.told.value if self.told else None,
            "down": self.down.value if self.down else None,
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave."""
        self.alert.restore(saved["alert"])
        self.arms_at, self.risk_until = saved["arms_at"], saved["risk_until"]
        self.silent_since = unpack(saved["silent_since"]) or self.silent_since
        self.silent_ns, self.counted_from = saved["silent_ns"], saved["counted_from"]
        self.run, self.heard, self.spoke = saved["run"], saved["heard"], saved["spoke"]
        self.told = Cause(saved["told"]) if saved["told"] else None
        self.down = Cause(saved["down"]) if saved["down"] else None

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self.alert.shift(ns)
        self.arms_at += ns
        self.risk_until += ns
        self.silent_ns += ns
        self.counted_from += ns
        if self.spoke is not None:
            self.spoke += ns
