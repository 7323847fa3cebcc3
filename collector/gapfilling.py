"""Gap filling: the moments of a session that only the clip's own memory knows, as backfill readings.

A stored sample becomes a reading when somebody wore the clip at that moment and nothing was heard of the clip
around it; what was heard live always stays as it is, also where it said "no value". Samples without a number
say nothing and are left out. What this gives is marked `backfill`: recorded, never alerted on.
"""

from bisect import bisect, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from collector.alignment import Alignment, NoFit, Series, align
from collector.clock import SECOND, Instant
from collector.entry import Entry
from collector.reading import Reading
from collector.recordings.recording import Recording, Sample
from collector.session import BINDING, SESSION, Binding, Session, fold

# A ring's clock is set by each connection and drifts by seconds; one set by hand is off by minutes.
REACH_S = 900
# Live readings come once a second with some jitter: further apart than this, something is missing between them,
# but not closer to either than a second less its jitter.
HOLE_S, CLEAR_S = 3.0, 0.75

Backfill = tuple[str, Reading]  # participant, reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What one stored recording adds for one clip, and how it was placed."""

    device: str
    alignment: Alignment
    readings: Sequence[Backfill]


class Axis:
    """One line of nanoseconds (UTC) over all boots of a session.

    Within a boot the running clock counts, so that a step of the wall clock moves nothing; from one boot to the
    next the wall clock at the first entry of each is all there is.
    """

    def __init__(self, instants: Iterable[Instant]) -> None:
        self._offsets: dict[str, int] = {}
        self._begins: list[tuple[int, str]] = []
        for instant in instants:
            if instant.boot not in self._offsets:
                self._offsets[instant.boot] = instant.utc_ns - instant.running_ns
                insort(self._begins, (instant.utc_ns, instant.boot))

    def ns(self, instant: Instant) -> int:
        """Where `instant`, of a boot of the session, lies."""
        return instant.running_ns + self._offsets[instant.boot]

    def instant(self, ns: int) -> Instant:
        """The moment at `ns`, in the boot that ran then or had run last."""
        later = bisect(self._begins, ns, key=lambda begin: begin[0])
        boot = self._begins[max(0, later - 1)][1]
        return Instant(boot=boot, running_ns=ns - self._offsets[boot], utc_ns=ns)


@dataclass(slots=True)
class _Worn:
    """Who wore a clip from when until when, on the axis."""

    binding: Binding
    since: int
    until: int


class Wearing:
    """Who wore each clip at which moment of a session, by its session and binding entries in order.

    A session that was not ended counts until its last entry.
    """

    def __init__(self, entries: Sequence[Entry], axis: Axis) -> None:
        self._worn: dict[str, list[_Worn]] = {}
        last = max((axis.ns(entry.instant) for entry in entries), default=0)
        session: Session | None = None
        for entry in entries:
            if entry.kind in (SESSION, BINDING):
                held = session.bindings if session else {}
                session = fold(session, entry)
                holds = session.bindings if session else {}
                now = axis.ns(entry.instant)
                for seat in {**held, **holds}:
                    self._change(held.get(seat), holds.get(seat), now, last)

    def _change(self, held: Binding | None, holds: Binding | None, now: int, last: int) -> None:
        if held is holds:
            return
        if held is not None:
            self._worn[held.device][-1].until = now
        if holds is not None:
            worn = _Worn(binding=holds, since=now, until=last + 1)
            self._worn.setdefault(holds.device, []).append(worn)

    @property
    def clips(self) -> dict[str, tuple[Binding, ...]]:
        """The bindings of each clip that anybody wore, in order."""
        return {clip: tuple(worn.binding for worn in every) for clip, every in self._worn.items()}

    def participant(self, device: str, ns: int) -> str | None:
        """Who wore `device` at `ns`; None when that is nobody."""
        for worn in reversed(self._worn.get(device, ())):
            if worn.since <= ns < worn.until:
                return worn.binding.participant
        return None


class Gaps:
    """One session as far as gap filling needs it; `entries` are its session, binding and reading entries."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._axis = Axis(entry.instant for entry in entries)
        self.wearing = Wearing(entries, self._axis)
        self._zero = self._axis.ns(entries[0].instant) if entries else 0
        self._readings: dict[str, list[tuple[int, Reading]]] = {}
        for entry in entries:
            if entry.reading is not None:
                place = (self._axis.ns(entry.instant), entry.reading)
                self._readings.setdefault(entry.subject, []).append(place)

    def fill(self, device: str, recording: Recording, *, ahead_s: float = 0.0) -> Filling | NoFit:
        """What `recording` adds for `device`, whose clock was `ahead_s` ahead of this machine's.

        A recording that does not know its time is looked for in the whole session.
        """
        heard = self._readings.get(device, [])
        live = [(ns, reading) for ns, reading in heard if not reading.backfill]
        if not live:
            return NoFit(why="nothing was heard of that clip to compare it with")
        start, reach_s = self._start(recording, live, ahead_s)
        stored = _stored(recording.samples, start)
        found = align(_live(live, self._zero), stored, reach_s=reach_s)
        if isinstance(found, NoFit):
            return found
        known = [sorted(ns for ns, one in heard if one.backfill is later) for later in (False, True)]
        begin = self._zero + round((start + found.offset_s) * SECOND)
        return Filling(
            device=device,
            alignment=found,
            readings=tuple(self._missing(device, recording, begin, *known)),
        )

    def _start(
        self, recording: Recording, live: Sequence[tuple[int, Reading]], ahead_s: float
    ) -> tuple[float, int]:
        """Where the recording begins, in s after the session's first entry, and how far off that may be."""
        if recording.start_utc_ns is not None:
            return (recording.start_utc_ns - self._zero) / SECOND - ahead_s, REACH_S
        first, last = live[0][0], live[-1][0]
        length_s = recording.samples[-1].t_s + (last - first) / SECOND
        return (first - self._zero) / SECOND, round(length_s)

    def _missing(
        self,
        device: str,
        recording: Recording,
        begin: int,
        live: Sequence[int],
        later: Sequence[int],
    ) -> Iterator[Backfill]:
        reach = round(max(HOLE_S, recording.step_s) * SECOND) // 2
        for sample in recording.samples:
            ns = begin + round(sample.t_s * SECOND)
            who = self.wearing.participant(device, ns)
            if who is None or (sample.spo2 is None and sample.pulse_rate is None):
                continue
            if _in_hole(live, ns) and not _near(later, ns, reach):
                yield who, _reading(sample, self._axis.instant(ns))


def _in_hole(moments: Sequence[int], ns: int) -> bool:
    """Whether `ns` lies between two of the sorted `moments` that are too far apart, or outside them all."""
    place = bisect(moments, ns)
    since = ns - moments[place - 1] if place else None
    until = moments[place] - ns if place < len(moments) else None
    clear = all(one is None or one >= CLEAR_S * SECOND for one in (since, until))
    return clear and (since is None or until is None or since + until > HOLE_S * SECOND)


def _near(moments: Sequence[int], ns: int, reach: int) -> bool:
    """Whether one of the sorted `moments` lies within `reach` of `ns`."""
    place = bisect(moments, ns - reach - 1)
    return place < len(moments) and moments[place] <= ns + reach


def _reading(sample: Sample, at: Instant) -> Reading:
    return Reading(at=at, spo2=sample.spo2, pulse_rate=sample.pulse_rate, backfill=True)


def _live(readings: Sequence[tuple[int, Reading]], zero: int) -> Series:
    return Series.of(((ns - zero) / SECOND, one.spo2, one.pulse_rate) for ns, one in readings)


def _stored(samples: Sequence[Sample], start: float) -> Series:
    return Series.of((start + one.t_s, one.spo2, one.pulse_rate) for one in samples)
