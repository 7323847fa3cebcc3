"""When the blood pressure is due to be taken after a dose (alerts.md 4.3, bp_due). Pure.

It is no measurement of ours: somebody takes it with a cuff and enters it as a marker. Off unless the rules
file names the minutes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from alerts.alert import NEVER
from collector.clock import SECOND

PRESSURE = "blood pressure"  # what the marker of an entry is called
MINUTE = 60 * SECOND


class Reminders:
    """Per seat the moments that are still to come, in running ns, with their minutes after the dose."""

    def __init__(self, minutes: Sequence[int] = ()) -> None:
        self._minutes = tuple(minutes)
        self._coming: dict[str, list[tuple[int, int]]] = {}

    def dose(self, seats: Iterable[str], at: int) -> None:
        """A dose was given on these seats: their minutes count from here."""
        for seat in seats if self._minutes else ():
            self._coming[seat] = [(at + minute * MINUTE, minute) for minute in self._minutes]

    @property
    def due(self) -> int:
        """When the next one is due."""
        return min((coming[0][0] for coming in self._coming.values() if coming), default=NEVER)

    def take(self, now: int) -> list[tuple[str, int]]:
        """The seats for which it is due now, and the minutes; each once."""
        found = []
        for seat, coming in self._coming.items():
            past = [minute for due, minute in coming if due <= now]
            if past:
                found.append((seat, past[-1]))
                self._coming[seat] = coming[len(past) :]
        return found

    def begin(self) -> None:
        """Another session."""
        self._coming = {}

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        return {seat: [list(one) for one in coming] for seat, coming in self._coming.items()}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave."""
        self._coming = {seat: [(due, minute) for due, minute in one] for seat, one in saved.items()}

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self._coming = {
            seat: [(due + ns, minute) for due, minute in one] for seat, one in self._coming.items()
        }
