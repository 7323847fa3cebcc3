"""Importing: foreign recordings become one session of the journal, whole or not at all.

Every file is read before the journal is opened, and all entries are one transaction. The session has the
source `import`, so that every page and report says so; an import raises no alerts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import count, islice
from pathlib import Path

import apsw

from collector.clock import SECOND, Instant, ManualClock
from collector.commands import Bind, End, Prepare, Start, decide
from collector.device import DeviceStatus, LinkState
from collector.entry import Entry
from collector.errors import BadInput, NotSaved, Refused
from collector.feed import Feed
from collector.journal.archive import Archive
from collector.journal.file import JournalFile, Waiting
from collector.journal.health import why
from collector.journal.hold import hold
from collector.journal.rows import body_text
from collector.reading import Reading
from collector.recorder import Recorder
from collector.recordings.foreign import read
from collector.recordings.recording import Recording, Sample
from collector.session import SEATS, Source

BY = "import"
BATCH = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import made, and in `remarks` what was decided for the person, one sentence each."""

    session: str
    participants: tuple[str, ...]
    readings: int
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One file in its place: `offset_ns` after the session's start."""

    recording: Recording
    seat: str
    participant: str
    device: str
    offset_ns: int

    @property
    def end_ns(self) -> int:
        """Where the last sample's own step ends, after the session's start."""
        last = self.recording.samples[-1].t_s + self.recording.step_s
        return self.offset_ns + round(last * SECOND)


def import_files(
    paths: Sequence[Path],
    *,
    directory: Path,
    participants: Sequence[str] = (),
    title: str = "",
    start: datetime | None = None,
) -> Imported:
    """Make one session of `paths`, one participant each, in the journal of `directory`.

    `participants` are codes in the order of the files (default P1, P2, ...). The session begins at `start`,
    else at the first time in the files, else at the date of the first file, marked "time unknown".

    Raises `BadInput` naming file and line, `JournalLocked` while a station runs, `JournalError` for a
    journal that cannot be used, `NotSaved` when the disk fails. In each case nothing was written.
    """
    codes = _codes(paths, participants)
    recordings = [read(path) for path in paths]
    begin_ns, known = _begin(recordings, start)
    parts = _parts(recordings, codes, None if start else begin_ns)
    title = title or ", ".join(path.stem for path in paths)
    prepare = Prepare(
        title=title if known else f"{title} (time unknown)",
        source=Source.IMPORT,
        roster={part.seat: part.participant for part in parts},
        by=BY,
    )
    try:
        decide(None, prepare, now=ManualClock(utc_ns=begin_ns).now())
    except Refused as error:
        raise BadInput(str(error)) from error
    session = _save(directory, parts, prepare, ManualClock(utc_ns=begin_ns, boot=BY))
    readings = sum(len(recording.samples) for recording in recordings)
    return Imported(
        session=session,
        participants=tuple(codes),
        readings=readings,
        remarks=tuple(_remarks(recordings, timed=start is not None, begin=None if known else begin_ns)),
    )


def _remarks(recordings: Sequence[Recording], *, timed: bool, begin: int | None) -> Iterator[str]:
    """`timed`: the person said when; `begin` is the date of the first file, where that had to do."""
    for recording in recordings:
        if recording.impossible:
            values = (
                "1 impossible value"
                if recording.impossible == 1
                else (f"{recording.impossible} impossible values")
            )
            yield f'{recording.path}: {values} became "no value".'
        for remark in recording.remarks:
            yield f"{recording.path}: {remark}."
        if recording.doubt and not timed:
            yield f"{recording.path}: {recording.doubt}; use --start if it was another day."
    if begin is not None:
        when = datetime.fromtimestamp(begin // SECOND).astimezone()
        yield (
            f"No time is known: the date of the file {recordings[0].path}, {when:%Y-%m-%d %H:%M},"
            " was used; --start says a better one."
        )


def _codes(paths: Sequence[Path], given: Sequence[str]) -> list[str]:
    if len(paths) > len(SEATS):
        raise BadInput(f"An import takes at most {len(SEATS)} files, not {len(paths)}.")
    if len(given) > len(paths):
        files = "1 file" if len(paths) == 1 else f"{len(paths)} files"
        raise BadInput(f"There are {len(given)} participants for {files}.")
    free = (code for code in map("P{}".format, count(len(given) + 1)) if code not in given)
    return [*given, *islice(free, len(paths) - len(given))]


def _begin(recordings: Sequence[Recording], start: datetime | None) -> tuple[int, bool]:
    """When the session begins (UTC ns), and whether that is known or only the file's date."""
    if start is not None:
        return round(start.timestamp() * 1000) * 1_000_000, True
    told = [r.start_utc_ns for r in recordings if r.start_utc_ns is not None]
    if told:
        return min(told), True
    return int(recordings[0].path.stat().st_mtime) * SECOND, False


def _parts(recordings: Sequence[Recording], codes: Sequence[str], begin_ns: int | None) -> list[_Part]:
    """The files on their seats; with `begin_ns` at the distances that their own times give."""
    taken: set[str] = set()
    parts = []
    for seat, recording, code in zip(SEATS, recordings, codes, strict=False):
        device = _device(recording.path, taken)
        taken.add(device)
        own = recording.start_utc_ns
        parts.append(
            _Part(
                recording=recording,
                seat=seat,
                participant=code,
                device=device,
                offset_ns=own - begin_ns if own is not None and begin_ns is not None else 0,
            )
        )
    return parts


def _device(path: Path, taken: set[str]) -> str:
    """Two files of one name from two folders are two devices."""
    first = f"import:{path.name}"
    return next(name for n in count(1) if (name := first if n == 1 else f"{first} ({n})") not in taken)


def _save(directory: Path, parts: Sequence[_Part], prepare: Prepare, clock: ManualClock) -> str:
    """The id of the session that now holds everything."""
    lock, file = hold(directory)
    try:
        sink = _WholeSink(file, directory)

        def work() -> None:
            _record(Recorder(sink, Feed(), clock), parts, prepare, clock)
            sink.flush()

        file.transact(work)
    except apsw.Error as error:
        raise NotSaved(f"The import was not saved, nothing of it: {why(error)}.") from error
    finally:
        file.close()
        lock.release()
    return sink.session


def _record(recorder: Recorder, parts: Sequence[_Part], prepare: Prepare, clock: ManualClock) -> None:
    recorder.execute(prepare)
    begin = clock.now()
    for part in parts:
        recorder.execute(Bind(seat=part.seat, participant=part.participant, device=part.device, by=BY))
        recorder.status(_status(part, begin))
    recorder.execute(Start(by=BY))
    for offset_ns, _, part, sample in merge(*(_samples(n, part) for n, part in enumerate(parts))):
        recorder.reading(part.device, _reading(begin.plus(offset_ns), sample))
    last_ns = max(part.end_ns for part in parts)
    clock.advance_to(begin.running_ns + last_ns)
    recorder.execute(End(by=BY, reason="the recording ends here"))


def _samples(n: int, part: _Part) -> Iterator[tuple[int, int, _Part, Sample]]:
    """The samples of one file with their distance from the session's start, for merging by time."""
    for sample in part.recording.samples:
        yield part.offset_ns + round(sample.t_s * SECOND), n, part, sample


def _reading(at: Instant, sample: Sample) -> Reading:
    return Reading(
        at=at,
        spo2=sample.spo2,
        pulse_rate=sample.pulse_rate,
        perfusion_index=sample.perfusion_index,
    )


def _status(part: _Part, at: Instant) -> DeviceStatus:
    """What a reader of the session may want to know about the file."""
    told = "file" if part.recording.start_utc_ns is not None else "unknown"
    return DeviceStatus(
        at=at,
        device=part.device,
        link=LinkState.CONNECTED,
        why=BY,
        extra={"step_s": str(part.recording.step_s), "time": told},
    )


class _WholeSink:
    """Where the recorder of an import writes: into one transaction (an `EntrySink`)."""

    def __init__(self, file: JournalFile, directory: Path) -> None:
        self._file = file
        self.session = ""
        self.last_seq = file.last_seq
        with Archive(directory) as archive:
            self.sessions, _ = archive.opening()
        self.opening: Sequence[Entry] = ()  # a session that a crash left open is not ours
        self._batch: list[Waiting] = []

    def append(self, entry: Entry, *, urgent: bool = False) -> None:  # noqa: ARG002 - all or nothing
        self._batch.append((entry, body_text(entry.body)))
        self.last_seq, self.session = entry.seq, entry.session
        if len(self._batch) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what was collected, into the open transaction."""
        self._file.put(self._batch, {})
        self._batch = []

    async def room(self) -> None:
        """There always is."""
