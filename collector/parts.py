"""Parts: what has come of stored recordings whose download broke off, in files until their session is filled.

They are noted beside the journal, so that `holdspace erase` finds them.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import structlog

from collector.devices.stored import Part
from collector.journal.written import note

log = structlog.get_logger(__name__)

FOLDER = "unfinished"  # beside the journal


class Parts:
    """The parts of one session's recordings: one file each, a line of JSON and then the bytes."""

    def __init__(self, directory: Path, session: str) -> None:
        self._directory, self._session = directory, session
        self._folder = directory / FOLDER / session

    def parts(self, clip: str) -> Sequence[Part]:
        """What is kept of the clip at this address; a file that cannot be read counts for nothing."""
        found = (_read(file, clip) for file in sorted(self._folder.glob("*.part")))
        return [part for part in found if part is not None]

    def put(self, clip: str, parts: Sequence[Part]) -> None:
        """Keep these, in place of all that was there of the clip; a disk that fails only costs time later."""
        try:
            stay = {self._path(clip, part.name) for part in parts}
            for part in self.parts(clip):
                if (path := self._path(clip, part.name)) not in stay:
                    path.unlink()
            for part in parts:
                self._write(clip, part)
        except OSError as error:
            log.warning("download not kept for another try", why=error.strerror)
            return
        note(self._directory, self._session, stay)

    def forget(self) -> None:
        """Remove all of the session's."""
        for file in self._folder.glob("*"):
            file.unlink(missing_ok=True)
        for folder in (self._folder, self._folder.parent):
            try:
                folder.rmdir()
            except OSError:  # not there, or others have parts
                return

    def _path(self, clip: str, name: str) -> Path:
        # The name is the clip's word, and no path.
        return self._folder / f"{sha256(f'{clip} {name}'.encode()).hexdigest()[:20]}.part"

    def _write(self, clip: str, part: Part) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(clip, part.name)
        head = {"clip": clip, "name": part.name, "size": part.size, "piece": part.piece}
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(json.dumps(head).encode() + b"\n" + part.data)
        unfinished.replace(path)


def _read(file: Path, clip: str) -> Part | None:
    try:
        head, _, data = file.read_bytes().partition(b"\n")
        said = json.loads(head)
        if said["clip"] != clip:
            return None
        part = Part(str(said["name"]), int(said["size"]), int(said["piece"]), data)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return part if 0 < part.piece <= len(data) <= part.size else None
