"""Filling: stored recordings of clips go into the gaps of a session of the journal, whole or not at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import apsw

from collector.alignment import Alignment, NoFit
from collector.backfill import BACKFILL, BackfillWord
from collector.device import Device
from collector.entry import READING, Entry
from collector.errors import BadInput, JournalLocked, NotSaved
from collector.gapfilling import Filling, Gaps
from collector.journal.archive import Archive
from collector.journal.file import JournalFile
from collector.journal.finding import find_session
from collector.journal.health import why
from collector.journal.hold import hold
from collector.journal.lock import station_holds
from collector.journal.rows import body_text
from collector.recordings.recording import Recording
from collector.session import BINDING, SESSION

KINDS = (SESSION, BINDING, READING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A recording out of a clip's memory; `device` is None for a file whose clip is not known.

    `ahead_s` is by how much the clip's clock was ahead of this machine's.
    """

    recording: Recording
    device: str | None = None
    ahead_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What became of one recording: placed on a clip with `readings` added, or `refused` for a reason."""

    path: Path
    device: str = ""
    participants: tuple[str, ...] = ()
    readings: int = 0
    alignment: Alignment | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worn:
    """The clips that were worn in a session, and from when until when it went (UTC ns)."""

    session: str
    clips: tuple[Device, ...]
    begin_ns: int
    end_ns: int


def worn_clips(directory: Path, name: str) -> Worn:
    """What has to be known of session `name` to ask its clips.

    Raises `JournalLocked` while a station runs, `BadInput` for an unknown session, `JournalError`.
    """
    if station_holds(directory):
        raise JournalLocked(f"Another station is using {directory}; stop it or choose another --data.")
    with Archive(directory) as archive:
        session = find_session(archive, name).session
        entries = list(archive.entries(session, kinds=KINDS))
    clips = Gaps(entries).wearing.clips
    moments = [entry.instant.utc_ns for entry in entries]
    return Worn(
        session=session,
        clips=tuple(
            Device(address=clip, name=worn[-1].name, family=worn[-1].family)
            for clip, worn in clips.items()
        ),
        begin_ns=min(moments, default=0),
        end_ns=max(moments, default=0),
    )


def fill_session(
    directory: Path, name: str, found: Sequence[Stored], *, utc_ns: int
) -> tuple[str, list[Filled]]:
    """Put what `found` knows better into session `name`; its id, and what became of each recording.

    `utc_ns` is the time at which that is done, for the record. Raises `JournalLocked` while a station runs,
    `BadInput` for an unknown session, `JournalError`, and `NotSaved` when the disk fails. In each case nothing
    was written; a second run adds nothing.
    """
    with Archive(directory) as archive:  # before a wrong --data is made into a journal
        find_session(archive, name)
    lock, file = hold(directory)
    try:
        with Archive(directory) as archive:
            session = find_session(archive, name).session
            entries = list(archive.entries(session, kinds=KINDS))
        filled, added = _place(session, entries, found, file.last_seq)
        if added:
            _write(file, [*added, *_words(filled, added, utc_ns)])
    finally:
        file.close()
        lock.release()
    return session, filled


def _place(
    session: str, entries: Sequence[Entry], found: Sequence[Stored], seq: int
) -> tuple[list[Filled], list[Entry]]:
    """Recording by recording, so that the second of two which overlap fills what the first left."""
    added: list[Entry] = []
    filled: list[Filled] = []
    for stored in found:
        placed = _fit(Gaps([*entries, *added]), stored)
        if isinstance(placed, NoFit):
            filled.append(Filled(path=stored.recording.path, refused=placed.why))
            continue
        added += _entries(session, placed, seq + len(added))
        filled.append(
            Filled(
                path=stored.recording.path,
                device=placed.device,
                participants=tuple(dict.fromkeys(who for who, _ in placed.readings)),
                readings=len(placed.readings),
                alignment=placed.alignment,
            )
        )
    return filled, added


def _fit(gaps: Gaps, stored: Stored) -> Filling | NoFit:
    """The only clip that the recording fits: the numbers decide whose it is, and in doubt nobody's."""
    clips = gaps.wearing.clips
    if stored.device is not None and stored.device not in clips:
        return NoFit(why="nobody wore that clip in this session")
    tried = {clip: gaps.fill(clip, stored.recording, ahead_s=stored.ahead_s) for clip in clips}
    fitting = [placed for placed in tried.values() if isinstance(placed, Filling)]
    if len(fitting) > 1:
        return NoFit(why="its numbers fit more than one clip of the session")
    if fitting and stored.device in (None, fitting[0].device):
        return fitting[0]
    if fitting:
        return NoFit(why="its numbers are those of another clip of the session")
    reasons = dict.fromkeys(placed.why for placed in tried.values() if isinstance(placed, NoFit))
    asked = tried.get(stored.device or "")
    if isinstance(asked, NoFit):
        return asked
    return NoFit(why=" and ".join(reasons) or "nobody wore a clip in this session")


def _entries(session: str, placed: Filling, seq: int) -> list[Entry]:
    return [
        Entry(
            seq=number,
            session=session,
            instant=reading.at,
            kind=READING,
            subject=placed.device,
            participant=who,
            body=reading,
        )
        for number, (who, reading) in enumerate(placed.readings, seq + 1)
    ]


def _words(filled: Sequence[Filled], added: Sequence[Entry], utc_ns: int) -> Iterator[Entry]:
    """An entry for each file and person, so that the session itself tells what came later."""
    seq, begin = added[-1].seq, 0
    for one in filled:
        theirs = added[begin : begin + one.readings]
        begin += one.readings
        for who in one.participants:
            readings = [entry for entry in theirs if entry.participant == who]
            if one.alignment is None or not readings:
                continue
            word = BackfillWord(
                file=one.path.name,
                readings=len(readings),
                offset_s=one.alignment.offset_s,
                agreement=one.alignment.agreement,
                utc_ns=utc_ns,
            )
            seq += 1
            yield replace(readings[-1], seq=seq, kind=BACKFILL, body=word.body)


def _write(file: JournalFile, added: Sequence[Entry]) -> None:
    try:
        file.write([(entry, body_text(entry.body)) for entry in added], {})
    except apsw.Error as error:
        raise NotSaved(f"The gaps were not filled, nothing of it was saved: {why(error)}.") from error


def require(filled: Sequence[Filled], session: str) -> None:
    """Raise `BadInput` when not one recording could be placed, with the first reason."""
    if filled and all(one.refused for one in filled):
        first = filled[0]
        raise BadInput(f"{first.path} does not fit session {session}, because {first.refused}.")
