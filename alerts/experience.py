"""What the last sessions say of the rules (W7): a rule that never came near, or one that raised all the time.

Only live sessions count, and only when there are enough of them. What was raised is taken from the record,
for a level with the same limit as today; how near the numbers came, from the readings.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from alerts.condition import ALERT, Family, Happening
from alerts.limits import FamilyRule
from alerts.rules import Rules
from alerts.store import decode
from collector.clock import SECOND, Instant
from collector.entry import Entry
from collector.session import Source

SESSIONS = 50  # alerts.md 4.12, W7
MOST_PER_HOUR = 2.0  # per participant

Which = tuple[Family, float]  # a level: its family and its limit


class Summary(Protocol):
    """What is needed of a line in the list of sessions."""

    @property
    def session(self) -> str: ...
    @property
    def source(self) -> Source: ...
    @property
    def started(self) -> Instant | None: ...
    @property
    def ended(self) -> Instant | None: ...
    @property
    def participants(self) -> Sequence[str]: ...


class Columns(Protocol):
    """The readings of one participant as parallel lists."""

    @property
    def spo2(self) -> Sequence[float | None]: ...
    @property
    def pulse_rate(self) -> Sequence[float | None]: ...


class Archive(Protocol):
    """What is needed of the journal's archive."""

    def sessions(self) -> Sequence[Summary]:
        """All sessions, oldest first."""
        ...

    def entries(self, session: str, *, kinds: Sequence[str] | None = None) -> Iterator[Entry]:
        """The entries of a session in seq order."""
        ...

    def columns(self, session: str, participant: str) -> Columns:
        """The readings of one participant of a session."""
        ...


@dataclass(slots=True)
class Experience:
    """So many sessions and hours of participants; what was raised, and the most extreme numbers."""

    sessions: int = 0
    hours: float = 0.0
    raised: Counter[Which] = field(default_factory=Counter)
    values: dict[Family, list[float]] = field(default_factory=dict)


def warnings(rules: Rules, archive: Archive) -> Iterator[str]:
    """One sentence per level that the last `SESSIONS` sessions speak against; none with fewer sessions."""
    live = [
        one for one in archive.sessions() if one.source is Source.LIVE and one.started and one.ended
    ]
    if len(live) < SESSIONS:
        return
    known = _experience(archive, live[-SESSIONS:])
    for family in rules.vitals:
        for rung, level in enumerate(family.levels):
            raised = known.raised[family.family, level.limit]
            name = f"{family.family.value} {level.level.word} {level.limit:g}"
            if raised > MOST_PER_HOUR * known.hours:
                rate = raised / known.hours if known.hours else float(raised)
                yield f"{name} was raised {rate:.1f} times an hour and person in {SESSIONS} sessions."
            elif not raised and not _came_near(family, rung, known):
                yield f"{name} was never raised nor came near in the last {SESSIONS} sessions."


def _experience(archive: Archive, sessions: Sequence[Summary]) -> Experience:
    known = Experience(sessions=len(sessions))
    for one in sessions:
        if one.started is not None and one.ended is not None:
            length = max(0, one.ended.utc_ns - one.started.utc_ns) / SECOND / 3600
            known.hours += length * len(one.participants)
        for entry in archive.entries(one.session, kinds=(ALERT,)):
            event = decode(entry)
            if event.happening in {Happening.RAISE, Happening.ESCALATE} and event.limit is not None:
                known.raised[event.family, event.limit] += 1
        for participant in one.participants:
            _extremes(archive.columns(one.session, participant), known)
    return known


def _extremes(columns: Columns, known: Experience) -> None:
    spo2 = [value for value in columns.spo2 if value is not None]
    pulse = [value for value in columns.pulse_rate if value is not None]
    for family, found in (
        (Family.SPO2_LOW, spo2 and [min(spo2)]),
        (Family.HR_LOW, pulse and [min(pulse)]),
        (Family.HR_HIGH, pulse and [max(pulse)]),
    ):
        known.values.setdefault(family, []).extend(found)


def _came_near(family: FamilyRule, rung: int, known: Experience) -> bool:
    """Whether any value lay beyond the number at which the level ends: inside its margin, or deeper."""
    return any(not family.recovered(value, rung) for value in known.values.get(family.family, ()))
