"""The alerts that belong to no seat's numbers: what is wrong with the station and its ways (alerts.md 4.3).

It stands in the engine's row like a seat, without a name and without numbers. Entries say what is wrong and
what is over; what stands before a session is prepared is raised with it.
"""

from collections.abc import Mapping
from typing import Any

from alerts.alert import NEVER, Out, Who
from alerts.channel import CHANNEL, read_channel
from alerts.condition import Family
from alerts.state import State
from alerts.trouble import Trouble
from collector.clock import Instant
from collector.entry import Entry

SYSTEM_KINDS = frozenset({CHANNEL})  # the entries it listens to


class System:
    """What is wrong, by family and thing. Mutable; owned by the engine."""

    name = participant = ""
    running = False

    def __init__(self) -> None:
        self.order, self.queued, self.due, self.at = 0, NEVER, NEVER, 0
        self.taken = 0  # seq up to which a restored one has seen everything
        self._session = ""  # the open session
        self._troubles: dict[tuple[Family, str], Trouble] = {}

    @property
    def open(self) -> bool:
        """Whether a session is open, so that there can be alerts."""
        return bool(self._session)

    def begin(self, session: str, at: Instant, out: Out) -> None:
        """A session has been prepared: raise what stands."""
        self._session, self.at = session, max(self.at, at.running_ns)
        for (_, key), trouble in self._troubles.items():
            trouble.begin(self._who(), key=key)
            trouble.open(at, out)
        self._plan()

    def take(self, entry: Entry, at: Instant, out: Out) -> None:
        """Take an entry of `SYSTEM_KINDS` that has not been taken."""
        self.at = max(self.at, at.running_ns)
        if entry.kind == CHANNEL:
            self._channel(entry, at, out)
        self.fire(at, out)

    def _channel(self, entry: Entry, at: Instant, out: Out) -> None:
        status = read_channel(entry)
        trouble = self._trouble(Family.CHANNEL_FAILED, status.target)
        if status.failed:
            trouble.stand(0, at, out, about=status.target)
        else:
            trouble.over(at)

    def _trouble(self, family: Family, key: str) -> Trouble:
        if (family, key) not in self._troubles:
            self._troubles[family, key] = Trouble(family, key)
        trouble = self._troubles[family, key]
        if self._session and trouble.alert is None:
            trouble.begin(self._who(), key=key)
        return trouble

    def _who(self) -> Who:
        return Who(session=self._session, seat="", participant="")

    def fire(self, at: Instant, out: Out) -> None:
        """Do everything that is due at `at`, and plan what comes next."""
        self.at = max(self.at, at.running_ns)
        for trouble in self._troubles.values():
            trouble.fire(at, out)
        self._plan()

    def _plan(self) -> None:
        self.due = min((trouble.due for trouble in self._troubles.values()), default=NEVER)

    def waits(self, episode: str) -> bool:
        """Whether that episode is here and not acknowledged."""
        return self._in(episode, {State.ACTIVE, State.LATCHED})

    def has_acknowledged(self, episode: str) -> bool:
        """Whether that episode is running here and acknowledged."""
        return self._in(episode, {State.ACKNOWLEDGED})

    def _in(self, episode: str, states: set[State]) -> bool:
        alerts = (trouble.alert for trouble in self._troubles.values())
        return any(one is not None and one.episode == episode and one.state in states for one in alerts)

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
        self._session, self.queued = "", NEVER
        self._plan()

    def resume(self, _gone: int, at: Instant, out: Out, *, trusted: bool) -> None:
        """Go on after an absence."""
        for trouble in self._troubles.values():
            if trouble.alert is not None:
                trouble.alert.resume(at, out, trusted=trusted)
        self.fire(at, out)

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        troubles = [[key, trouble.save()] for (_, key), trouble in self._troubles.items()]
        return {"at": self.at, "troubles": troubles}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave."""
        self.at, self.taken, self._session = saved["at"], saved["taken"], saved["session"]
        for key, body in saved["troubles"]:
            trouble = Trouble.restored(body, self._session)
            self._troubles[trouble.family, key] = trouble
        self._plan()

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self.at += ns
        for trouble in self._troubles.values():
            trouble.shift(ns)
        self._plan()
