"""What somebody has to accept before a session starts: R14 and the session part of R12 (alerts.md 4.12).

They are no faults of the rules file: they depend on who sits here and on whether anybody can be reached.
The entry kind `accepted` belongs here; its subject is the point. It holds no code of a person, so that
nothing of one who was never here is left when somebody is erased.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from alerts.notifications import NOTIFICATION, Occasion, confirmed_by
from alerts.overrides import Override
from collector.entry import Entry
from collector.session import SESSION, Phase, Session

ACCEPTED = "accepted"  # the entry kind


class Point(StrEnum):
    """What a notice is about."""

    ALONE = "alone"  # nobody is told of an urgent alert but by the page (R14)
    ABSENT = "absent"  # the rules file has limits for somebody who is not here (R12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One sentence to be accepted with one tap."""

    point: Point
    text: str


class Preparation:
    """A fold over the entries of one preparation: was a test sent, did it arrive, what was accepted."""

    def __init__(self, overrides: Iterable[Override] = ()) -> None:
        """`overrides` are those of the rules file."""
        self._overrides = tuple(overrides)
        self._begin()

    def take(self, entry: Entry) -> None:
        """Fold in an entry of the kinds session, notification and accepted; others change nothing."""
        if entry.kind == SESSION and entry.facts.get("event") == "prepare":
            self._begin()
        elif entry.kind == ACCEPTED:
            self._accepted.add(entry.subject)
        elif entry.kind == NOTIFICATION:
            self._notification(entry)

    def notices(self, session: Session | None) -> tuple[Notice, ...]:
        """What is still to be accepted before `session` starts; nothing once it runs."""
        if session is None or session.phase is not Phase.PREPARING:
            return ()
        texts = {Point.ALONE: self._alone(), Point.ABSENT: absent(self._overrides, session)}
        return tuple(
            Notice(point=point, text=text)
            for point, text in texts.items()
            if text and point.value not in self._accepted
        )

    def _begin(self) -> None:
        self._tested = self._arrived = False
        self._accepted: set[str] = set()

    def _notification(self, entry: Entry) -> None:
        if confirmed_by(entry) is not None:
            self._arrived = True
        elif entry.facts.get("occasion") == Occasion.TEST.value:
            self._tested = True

    def _alone(self) -> str:
        if self._arrived:
            return ""
        if self._tested:
            return (
                "Nobody has seen the test notification arrive: urgent alerts may reach this page only."
            )
        return "Urgent alerts reach this page only: nobody is notified elsewhere."


def absent(overrides: Iterable[Override], session: Session) -> str:
    """A sentence on limits of the file that are for nobody in `session`; empty when there are none."""
    people, seats = set(session.roster.values()), session.roster
    missing = dict.fromkeys(
        one.participant or f"seat {one.seat}"
        for one in overrides
        if (one.participant not in people if one.participant else one.seat not in seats)
    )
    if not missing:
        return ""
    if len(missing) > 1:
        end = "none of them in this session"
    else:
        end = f"{'which' if next(iter(missing)).startswith('seat ') else 'who'} is not in this session"
    return f"The rules file has limits for {', '.join(missing)}, {end}."
