"""What is usual for each person, as the page knows and asks for it."""

from typing import Protocol

from alerts.baseline import Baseline, baseline_of
from collector.entry import Entry
from collector.errors import Refused
from collector.session import Session

Own = tuple[float | None, float | None]  # SpO2 in %, pulse rate per minute


class TakesBaselines(Protocol):
    """What is needed of the alerts."""

    def baseline(self, seat: str, by: str) -> Baseline:
        """Take the baseline of the person on `seat` from the newest readings, or raise `Refused`."""
        ...


class Usual:
    """The baselines of one session by participant: they belong to the person, not to seat or clip."""

    def __init__(self) -> None:
        self._own: dict[str, Own] = {}

    def begin(self) -> None:
        """Another session."""
        self._own = {}

    def take(self, entry: Entry) -> None:
        """Learn from a `baseline` entry; what it does not know stays as it was."""
        taken, who = baseline_of(entry), entry.participant or ""
        spo2, pulse = self._own.get(who, (None, None))
        self._own[who] = (taken.spo2 or spo2, taken.pulse_rate or pulse)

    def of(self, participant: str) -> Own | None:
        """What is usual for `participant`, or None."""
        return self._own.get(participant)


def take_baselines(
    alerts: TakesBaselines, session: Session | None, seat: str, *, by: str
) -> dict[str, object]:
    """Take the baseline of `seat`, or of every seat, and say of whom; raises `Refused` when of nobody."""
    seats = [seat] if seat else list(session.roster) if session else []
    taken: list[str] = []
    refused: dict[str, list[str]] = {}
    for one in seats:
        try:
            alerts.baseline(one, by=by)
            taken.append(one)
        except Refused as refusal:
            refused.setdefault(str(refusal), []).append(one)
    missing = [f"{', '.join(those)}: {why}" for why, those in refused.items()]
    if not taken:
        raise Refused(" · ".join(missing) or "There is no session; prepare one first.")
    words = " · ".join([f"Baseline taken: {', '.join(taken)}", *missing])
    return {"taken": taken, "words": words}
