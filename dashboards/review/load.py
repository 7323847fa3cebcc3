"""A recorded session from the journal's archive: arrays, markers, alerts and times per participant."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from alerts.baseline import BASELINE
from alerts.condition import ALERT
from alerts.notifications import NOTIFICATION
from alerts.overrides import OVERRIDE
from alerts.pause import PAUSE
from alerts.preparation import ACCEPTED
from collector.backfill import BACKFILL, BackfillWord, read_backfill
from collector.clock import SECOND, Instant
from collector.entry import Entry
from collector.errors import BadInput
from collector.reading import Flag
from collector.saving import STORE
from collector.session import BINDING, MARKER, SESSION, Session, Source, fold
from dashboards.review.grid import Samples, samples
from dashboards.review.history import AlertEpisode
from dashboards.review.moments import Mark, moments
from dashboards.review.saving import Unsaved, unsaved
from dashboards.review.telling import alerts_of

KINDS = (
    SESSION,
    BINDING,
    MARKER,
    ACCEPTED,
    PAUSE,
    BASELINE,
    OVERRIDE,
    ALERT,
    NOTIFICATION,
    BACKFILL,
)
# What a device says of a reading whose numbers it doubts itself (review.md 5.3, artefact mark).
DOUBTED = frozenset({Flag.MOTION, Flag.LOW_PERFUSION, Flag.POOR_SIGNAL})


class Summary(Protocol):
    """What is needed of a line in the list of sessions."""

    @property
    def session(self) -> str: ...
    @property
    def participants(self) -> Sequence[str]: ...


class Columns(Protocol):
    """The readings of one participant as parallel lists, in seq order."""

    @property
    def at(self) -> Sequence[Instant]: ...
    @property
    def spo2(self) -> Sequence[float | None]: ...
    @property
    def pulse_rate(self) -> Sequence[float | None]: ...
    @property
    def flags(self) -> Sequence[frozenset[Flag]]: ...
    @property
    def backfill(self) -> Sequence[bool]: ...


class Archive(Protocol):
    """What is needed of the journal's archive."""

    def entries(self, session: str, *, kinds: Sequence[str] | None = None) -> Iterator[Entry]:
        """The entries of a session in seq order."""
        ...

    def columns(self, session: str, participant: str) -> Columns:
        """The readings of one participant of a session."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A device that a participant wore."""

    device: str
    name: str
    family: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """One participant's part of a session.

    Times are s since the session's first reading. `first` and `last` bound the time in which readings
    were due: from the first binding (or reading) to the end of the session, or to leaving it for good.
    `fetched` tells which readings came later, out of a clip's memory.
    """

    participant: str
    seat: str
    clips: tuple[Clip, ...]
    samples: Samples
    markers: tuple[Mark, ...]
    alerts: tuple[AlertEpisode, ...]
    first: float
    last: float
    fetched: tuple[BackfillWord, ...] = ()

    @property
    def dose(self) -> float | None:
        """The time of the first dose marker."""
        return next((mark.t for mark in self.markers if mark.what.casefold() == "dose"), None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recorded:
    """A whole session. `zero` is its first reading; all times are s from there.

    `interrupted` is when the recording stops in a session that nobody ended and nobody runs any more,
    else None; `unsaved` are the times in which readings were lost; `damaged` counts the entries of the
    session that the journal could not give. `alerts` are those of the station itself, of no participant.
    """

    session: Session
    zero: Instant
    started: float | None
    ended: float | None
    records: tuple[Record, ...]
    interrupted: float | None = None
    unsaved: tuple[Unsaved, ...] = ()
    damaged: int = 0
    alerts: tuple[AlertEpisode, ...] = ()


class Timeline:
    """Seconds since `zero` of any instant of the session.

    Within a boot the running clock counts, so that a step of the wall clock moves nothing; from one
    boot to the next the wall clock at the first entry of each is all there is.
    """

    def __init__(self, zero: Instant, instants: Iterable[Instant]) -> None:
        self._offsets: dict[str, int] = {}
        for instant in (zero, *instants):
            self._offsets.setdefault(instant.boot, instant.utc_ns - instant.running_ns)
        self._zero = zero.utc_ns

    def seconds(self, instant: Instant) -> float:
        """Seconds since `zero`; negative before it."""
        offset = self._offsets.get(instant.boot, instant.utc_ns - instant.running_ns)
        return (instant.running_ns + offset - self._zero) / SECOND


def load(archive: Archive, summary: Summary, *, running: bool = False) -> Recorded:
    """Everything the review needs of one session, which a station may be `running` at the moment."""
    entries = list(archive.entries(summary.session, kinds=KINDS))
    columns = {who: archive.columns(summary.session, who) for who in summary.participants}
    session: Session | None = None
    for entry in entries:
        session = fold(session, entry)
    if session is None:
        raise BadInput(f"Session {summary.session!r} has no beginning; it cannot be reviewed.")
    zero = _zero(columns.values(), entries)
    timeline = Timeline(zero, _instants(entries, columns.values()))
    due_until = _due_until(session, timeline, _instants(entries[-1:], columns.values()))
    ended = timeline.seconds(session.ended) if session.ended else None
    stores = archive.entries(summary.session, kinds=(STORE,))
    return Recorded(
        session=session,
        zero=zero,
        started=timeline.seconds(session.started) if session.started else None,
        ended=ended,
        interrupted=due_until if ended is None and not running else None,
        unsaved=tuple(unsaved(stores, timeline.seconds, ended=ended)),
        alerts=alerts_of(entries, None, timeline.seconds),
        records=tuple(
            _record(who, columns[who], entries, session, timeline, due_until)
            for who in summary.participants
        ),
    )


def _due_until(session: Session, timeline: Timeline, instants: Iterable[Instant]) -> float | None:
    """When recording stopped; None for an import, where each file has an end of its own."""
    if session.source is Source.IMPORT:
        return None
    if session.ended is not None:
        return timeline.seconds(session.ended)
    return max(timeline.seconds(instant) for instant in instants)


def _zero(columns: Iterable[Columns], entries: Sequence[Entry]) -> Instant:
    """The first reading seen live; without any, the first reading or entry at all."""
    every = [column for column in columns if column.at]
    live = [
        at
        for column in every
        for at, backfill in zip(column.at, column.backfill, strict=True)
        if not backfill
    ]
    candidates = live or [at for column in every for at in column.at] or [entries[0].instant]
    return min(candidates, key=lambda at: at.utc_ns)


def _instants(entries: Iterable[Entry], columns: Iterable[Columns]) -> Iterator[Instant]:
    yield from (entry.instant for entry in entries)
    for column in columns:
        yield from column.at


def _record(  # noqa: PLR0913, PLR0917 - the parts of one session, each used once
    who: str,
    columns: Columns,
    entries: Sequence[Entry],
    session: Session,
    timeline: Timeline,
    due_until: float | None,
) -> Record:
    series = _series(columns, timeline, due_until)
    bindings = [entry for entry in entries if entry.kind == BINDING and entry.participant == who]
    changes = [(timeline.seconds(entry.instant), entry) for entry in bindings]
    first, last = _span(series, changes if due_until is not None else [], due_until)
    return Record(
        participant=who,
        seat=session.seat_of(who) or next((entry.subject for entry in reversed(bindings)), ""),
        clips=_clips(bindings),
        samples=series,
        markers=tuple(moments(entries, who, timeline.seconds)),
        alerts=alerts_of(entries, who, timeline.seconds),
        first=first,
        last=last,
        fetched=tuple(
            read_backfill(entry)
            for entry in entries
            if entry.kind == BACKFILL and entry.participant == who
        ),
    )


def _series(columns: Columns, timeline: Timeline, due_until: float | None) -> Samples:
    """The participant's readings up to the session's end, whichever clip they came from."""
    t = np.array([timeline.seconds(at) for at in columns.at], dtype=np.float64)
    kept = t <= (np.inf if due_until is None else due_until)
    doubted = np.array([not DOUBTED.isdisjoint(flags) for flags in columns.flags], dtype=np.bool_)
    return samples(
        t[kept],
        np.array(columns.spo2, dtype=np.float64)[kept],
        np.array(columns.pulse_rate, dtype=np.float64)[kept],
        suspect=doubted[kept],
        backfill=np.array(columns.backfill, dtype=np.bool_)[kept],
    )


def _span(
    series: Samples, changes: Sequence[tuple[float, Entry]], due_until: float | None
) -> tuple[float, float]:
    """When readings were due: first binding or reading to `due_until`, or to a release for good.

    An imported file has neither: it is due from its first sample to its last.
    """
    t, step = series.t, series.step
    read = [float(t[0]), float(t[-1]) + step] if t.size else []
    first = min([*(at for at, _ in changes[:1]), *read[:1]], default=0.0)
    if changes and changes[-1][1].facts.get("event") == "release":
        return first, max([first, changes[-1][0], *read[1:]])
    return first, max([first, *(read[1:] if due_until is None else [due_until])])


def _clips(bindings: Sequence[Entry]) -> tuple[Clip, ...]:
    worn = {
        str(entry.facts["device"]): Clip(
            device=str(entry.facts["device"]),
            name=str(entry.facts.get("name", "")),
            family=str(entry.facts.get("family", "")),
        )
        for entry in bindings
        if entry.facts.get("event") == "bind"
    }
    return tuple(worn.values())
