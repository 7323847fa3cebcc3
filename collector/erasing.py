"""Erasing: a session or a person taken out of everything that this machine can reach.

Order: tombstones, journal, files made of it, then the servers. The journal needs the lock of the data
directory, so no station is running. A server that does not answer leaves the rest erased; the same
command, given again, does what is left.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from collector.clock import Instant
from collector.errors import Unavailable
from collector.journal.archive import Archive
from collector.journal.erasure import Eraser, Erasure
from collector.journal.file import NAME
from collector.journal.hold import hold
from collector.journal.written import written
from collector.session import Source
from collector.settings import SinkSettings
from collector.sinks import SINKS, station_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What went: entries of the journal, files; and in one sentence each what could not be erased."""

    entries: int
    files: tuple[Path, ...]
    copies: tuple[Path, ...]  # whole copies of the journal that still hold it
    failures: tuple[str, ...]


class ErasingModule(Protocol):
    """What the module of each kind of sink has for this."""

    async def erase(self, settings: SinkSettings, station: str, erasures: Sequence[Erasure]) -> None:
        """Remove what `station` has put there of `erasures`; raises `Unavailable` with one sentence."""
        ...


def erase(
    directory: Path,
    erasures: Sequence[Erasure],
    *,
    at: Instant,
    configured: Mapping[str, SinkSettings],
    station: str,
) -> Erased:
    """Erase for good; raises `JournalLocked` while a station runs, `NotSaved` when the disk fails."""
    for settings in configured.values():
        settings.check_secrets()
    lock, file = hold(directory)
    try:
        file.close()
        sessions = _sessions(directory, erasures)
        entries = _from_journal(directory, erasures, at)
        files, copies, failures = _from_files(directory, sessions)
        failures += asyncio.run(_from_servers(configured, station, erasures))
    finally:
        lock.release()
    return Erased(entries=entries, files=files, copies=copies, failures=tuple(failures))


def _sessions(directory: Path, erasures: Sequence[Erasure]) -> set[str]:
    """The sessions that lose something: a person stands on the page of the whole group too."""
    codes = {what.participant for what in erasures if not what.session}
    with Archive(directory) as archive:
        theirs = {one.session for one in archive.sessions() if codes.intersection(one.participants)}
    return theirs | {what.session for what in erasures} - {""}


def _from_journal(directory: Path, erasures: Sequence[Erasure], at: Instant) -> int:
    eraser = Eraser(directory / NAME)
    try:
        entries = sum(eraser.erase(what, at) for what in erasures)
        eraser.tidy()
    finally:
        eraser.close()
    return entries


def _from_files(
    directory: Path, sessions: Collection[str]
) -> tuple[tuple[Path, ...], tuple[Path, ...], list[str]]:
    """Reports and exports of the sessions go; a copy of the whole journal is only named."""
    found = written(directory)
    copies = tuple(path for path, session in found.items() if not session)
    gone, failures = [], []
    for path, session in found.items():
        if session in sessions:
            try:
                path.unlink()
                gone.append(path)
            except OSError as error:
                failures.append(f"{path} could not be removed: {error.strerror}.")
    return tuple(gone), copies, failures


async def _from_servers(
    configured: Mapping[str, SinkSettings], station: str, erasures: Sequence[Erasure]
) -> list[str]:
    """Demos and replays of this station are there under names of their own."""
    failures = []
    for key, settings in configured.items():
        module = cast("ErasingModule", import_module(SINKS[key].module))
        try:
            for source in Source:
                await module.erase(settings, station_name(station, source), erasures)
        except Unavailable as error:
            failures.append(str(error))
    return failures
