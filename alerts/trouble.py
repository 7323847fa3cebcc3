"""One trouble of the station: how it stands, since when, and its alert. Pure."""

from collections.abc import Mapping
from typing import Any

from alerts.alert import NEVER, Alert, Out, Who
from alerts.condition import Family
from alerts.saved import pack, unpack
from alerts.technical import TECHNICAL
from collector.clock import Instant

OF_A_SEAT = frozenset({Family.IDENTITY, Family.BP_DUE})  # the key is a seat, and the alert is its own


class Trouble:
    """What is wrong with one thing (`key`: a target, a seat); entries say so, time does the rest.

    `about` are the newest words on it. A doubt about who wears which clip belongs to the seat that is its key.
    `rung` is the level at which it stands, as index into the family's levels; -1 = it is over. The alert
    exists while a session is open: `open` raises what stands already, `release` closes it.
    """

    __slots__ = (
        "about",
        "alert",
        "family",
        "key",
        "latching",
        "over_at",
        "participant",
        "rung",
        "silent",
        "since",
        "value",
    )

    def __init__(self, family: Family, key: str, participant: str = "") -> None:
        self.family = family
        self.key = key
        self.participant = participant
        self.about = ""
        self.rung = -1
        self.since: Instant | None = None
        self.value: float | None = None
        self.over_at = NEVER
        self.latching = False  # stays to be seen when it is over, if urgent and unseen
        self.silent = False  # recorded and shown, without signals
        self.alert: Alert | None = None

    def begin(self, session: str) -> None:
        """A session is open: there can be an alert, whose episodes are numbered under the key."""
        seat = self.key if self.family in OF_A_SEAT else ""
        who = Who(session=session, seat=seat, participant=self.participant)
        self.alert = Alert(TECHNICAL[self.family], who)
        if not seat:
            self.alert.prefix = f"{session}-{self.family.value}-{f'{self.key}-' if self.key else ''}"

    def stand(
        self, rung: int, at: Instant, out: Out, *, about: str = "", value: float | None = None
    ) -> None:
        """It stands at the level `rung`; `about` and `value` are the newest words on it."""
        if self.rung < 0:
            self.since = self.since or at
        news = (self.about, self.value) != (about, value)
        self.rung, self.about, self.value, self.over_at = rung, about, value, NEVER
        if self.alert is not None:
            self._tell(self.alert, at, out, news=news)

    def _tell(self, alert: Alert, at: Instant, out: Out, *, news: bool) -> None:
        alert.about, alert.value, alert.paused = self.about, self.value, self.silent
        alert.worst = max(
            (x for x in (alert.worst, self.value) if x is not None), key=abs, default=None
        )
        if not alert.open:
            alert.breach()
            alert.qualify(self.rung, self.since or at, at, out, value=self.value, worst=self.value)
        elif self.rung > alert.rung:
            alert.escalate(self.rung, at, out)
        elif self.rung < alert.rung:
            alert.deescalate(self.rung, at, out)
        elif news:
            alert.change(at, out)

    def open(self, at: Instant, out: Out) -> None:
        """A session has been opened: raise what stands."""
        if self.alert is not None and self.rung >= 0 and not self.alert.open:
            self._tell(self.alert, at, out, news=False)

    @property
    def told(self) -> int:
        """The level of its open alert, -1 when there is none."""
        return self.alert.rung if self.alert is not None and self.alert.open else -1

    def over(self, at: Instant) -> None:
        """It is over; the alert ends once that has lasted."""
        if self.rung >= 0:
            self.over_at = at.running_ns + TECHNICAL[self.family].levels[self.rung].law.clear
            self.rung, self.since = -1, None

    @property
    def due(self) -> int:
        """When something happens by itself, in running ns."""
        return min(self.over_at, self.alert.due) if self.alert is not None else NEVER

    def fire(self, at: Instant, out: Out) -> None:
        """Do what is due at `at`."""
        if self.alert is None:
            return
        if self.over_at <= at.running_ns:
            self.over_at = NEVER
            if self.alert.open:
                self.alert.recover(at, out, latching=self.latching)
            self.latching = False
        self.alert.fire(at, out)

    def release(self, at: Instant, out: Out) -> None:
        """The session is over; what is wrong stays known."""
        if self.alert is not None:
            self.alert.release(at, out)
        self.alert, self.over_at = None, NEVER

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        alert = self.alert
        return {
            "family": self.family.value,
            "key": self.key,
            "participant": self.participant,
            "about": self.about,
            "rung": self.rung,
            "since": pack(self.since),
            "value": self.value,
            "over_at": self.over_at,
            "latching": self.latching,
            "silent": self.silent,
            "alert": alert.save() if alert else None,
        }

    @staticmethod
    def restored(saved: Mapping[str, Any], session: str) -> "Trouble":
        """The trouble that `save` gave."""
        one = Trouble(Family(saved["family"]), saved["key"], saved["participant"])
        one.about, one.rung = saved["about"], saved["rung"]
        one.since, one.value = unpack(saved["since"]), saved["value"]
        one.over_at, one.latching, one.silent = saved["over_at"], saved["latching"], saved["silent"]
        if saved["alert"] is not None:
            one.begin(session)
            if one.alert is not None:
                one.alert.restore(saved["alert"])
                one.alert.about, one.alert.paused = one.about, one.silent
        return one

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        if self.over_at < NEVER:
            self.over_at += ns
        if self.alert is not None:
            self.alert.shift(ns)
