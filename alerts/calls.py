"""Calls: what the companion told people by itself while the station was gone or its alerts stood still.

It keeps what became of them and says so to the next station that it hears; here they are matched to the
alert on that outage, so that page and review can say who has been told. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.condition import ALERT, Family, Happening, Level
from alerts.notifications import NOTIFICATION, Notification, Occasion, State
from alerts.outbox import Letter, read_letter
from alerts.store import decode
from collector.clock import Instant
from collector.entry import Entry

STOOD = frozenset({Family.COLLECTOR_DEAD, Family.ENGINE_DEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The newest word on one target: `outage` names the outage, `utc_ns` is when the try ended."""

    target: str
    outage: str
    utc_ns: int
    state: State

    @property
    def key(self) -> str:
        """That of its notification; no key of an episode's own, so that nothing is taken back."""
        return f"station/{self.outage}/{self.target}"


def call_facts(call: Call) -> dict[str, object]:
    """A call as it travels between processes."""
    return {
        "target": call.target,
        "outage": call.outage,
        "utc_ns": call.utc_ns,
        "state": call.state.value,
    }


def read_call(facts: Mapping[str, Any]) -> Call:
    """The inverse of `call_facts`; `ValueError` for anything else."""
    try:
        return Call(
            target=str(facts["target"]),
            outage=str(facts["outage"]),
            utc_ns=int(facts["utc_ns"]),
            state=State(facts["state"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not a call") from error


class Calls:
    """Follows alerts and notifications of the session, and what the companion says of its calls."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._episodes: dict[str, str] = {}  # open alert on an outage -> name of the outage, once known
        self._known: dict[str, State] = {}

    def take(self, entry: Entry) -> None:
        """Fold one entry in; of other kinds than alert and notification nothing is learnt."""
        if entry.kind == ALERT:
            event = decode(entry)
            if event.happening is Happening.CLOSE:
                self._episodes.pop(event.episode, None)
            elif event.family in STOOD:
                self._episodes.setdefault(event.episode, "")
        elif entry.kind == NOTIFICATION and (letter := read_letter(entry)) is not None:
            told = letter.notification
            if told.key.startswith("station/") and told.episode in self._episodes:
                self._episodes[told.episode] = told.key.split("/")[1]
                self._known[told.key] = letter.state

    def heard(self, call: Call) -> None:
        """The companion says what became of a call."""
        self._calls[call.key] = call

    def letters(self, now: Instant, utc_ns: int) -> list[tuple[Instant, Letter]]:
        """What is to be recorded, with its instant; `now` and the real time `utc_ns` are the present.

        A call belongs to the newest alert on an outage that is not known to be of another one.
        """
        found: list[tuple[Instant, Letter]] = []
        for call in list(self._calls.values()):
            episode = self._about(call)
            if episode is None:
                continue
            del self._calls[call.key]
            if self._known.get(call.key) is call.state:
                continue
            at = now.plus(max(-now.running_ns, min(0, call.utc_ns - utc_ns)))
            told = Notification(
                key=call.key,
                episode=episode,
                target=call.target,
                occasion=Occasion.FIRST,
                level=Level.URGENT,
                at=at,
            )
            found.append((at, Letter(notification=told, attempt=1, state=call.state)))
        return found

    def _about(self, call: Call) -> str | None:
        for episode, outage in reversed(self._episodes.items()):
            if outage in ("", call.outage):
                return episode
        return None
