"""What is usual for each person, as the page knows and asks for it."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from alerts.baseline import Baseline, baseline_of
from alerts.condition import Family, Level
from alerts.overrides import OVERRIDE, Override, read_override
from collector.clock import SECOND
from collector.entry import Entry
from collector.errors import Refused
from collector.session import Session
from dashboards.bedside.words import FAMILIES

Own = tuple[float | None, float | None]  # SpO2 in %, pulse rate per minute


class TakesBaselines(Protocol):
    """What is needed of the alerts."""

    def baseline(self, seat: str, by: str) -> Baseline:
        """Take the baseline of the person on `seat` from the newest readings, or raise `Refused`."""
        ...

    def close_limits(self, seat: str) -> list[str]:
        """Sentences on limits that equal what is usual for the person on that seat."""
        ...


class Usual:
    """Baselines and limits of one session by participant: they belong to the person, not to seat or clip."""

    def __init__(self, overrides: Iterable[Override] = ()) -> None:
        """`overrides` are those of the rules file: they hold in every session."""
        self._overrides = tuple(overrides)
        self.begin()

    def begin(self) -> None:
        """Another session."""
        self._own: dict[str, Own] = {}
        self._limits: dict[str, dict[tuple[Family, Level], str]] = {}

    def take(self, entry: Entry) -> None:
        """Learn from a `baseline` or an `override` entry; what it does not know stays as it was."""
        who = entry.participant or ""
        if entry.kind == OVERRIDE:
            changed = read_override(entry.facts)
            mine = self._limits.setdefault(who, {})
            mine[changed.family, changed.level] = _limit(changed)
            return
        taken = baseline_of(entry)
        spo2, pulse = self._own.get(who, (None, None))
        self._own[who] = (taken.spo2 or spo2, taken.pulse_rate or pulse)

    def of(self, participant: str) -> Own | None:
        """What is usual for `participant`, or None."""
        return self._own.get(participant)

    def limits(self, participant: str, seat: str = "") -> str:
        """The limits that are this person's own on that seat, such as "pulse < 42"."""
        mine = [one for one in self._overrides if one.concerns(seat, participant)]
        filed = {(one.family, one.level): _limit(one) for one in mine}
        return " · ".join((filed | self._limits.get(participant, {})).values())


def _limit(changed: Override) -> str:
    field, name, sign = FAMILIES[changed.family]
    words = [name if field == "spo2" else name.lower()]
    words.append(changed.level.word if changed.limit is None else f"{sign} {changed.limit:g}")
    if changed.delay is not None:
        words.append(f"after {changed.delay / SECOND:g} s")
    return " ".join(words)


def take_baselines(
    alerts: TakesBaselines, session: Session | None, seat: str, *, by: str
) -> dict[str, object]:
    """Take the baseline of `seat`, or of every seat, and say of whom; raises `Refused` when of nobody."""
    seats = [seat] if seat else list(session.roster) if session else []
    taken: dict[str, Baseline] = {}
    refused: dict[str, list[str]] = {}
    for one in seats:
        try:
            taken[one] = alerts.baseline(one, by=by)
        except Refused as refusal:
            refused.setdefault(str(refusal), []).append(one)
    missing = [f"{', '.join(those)}: {why}" for why, those in refused.items()]
    if not taken:
        raise Refused(" · ".join(missing) or "There is no session; prepare one first.")
    near = [f"{one}: {sentence}" for one in taken for sentence in alerts.close_limits(one)]
    words = " · ".join([_of_whom(taken), *missing, *near])
    return {"taken": list(taken), "words": words}


def _of_whom(taken: Mapping[str, Baseline]) -> str:
    """Who has both numbers, and of whom only one is known: a half baseline never passes for a whole one."""
    whole = [one for one, own in taken.items() if own.spo2 is not None and own.pulse_rate is not None]
    pulse = [one for one, own in taken.items() if own.spo2 is None]
    spo2 = [one for one, own in taken.items() if own.spo2 is not None and own.pulse_rate is None]
    parts = [", ".join(whole)] if whole else []
    parts += [f"of {', '.join(pulse)} only the pulse"] if pulse else []
    parts += [f"of {', '.join(spo2)} only the SpO₂"] if spo2 else []
    return f"Baseline taken: {'; '.join(parts)}"
