"""Disks that fail: apsw VFSes over the real file system."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw

Name = apsw.URIFilename | str | None
_numbers = itertools.count(1)


class SickDisk(apsw.VFS):
    """Fails on command with the errors that SQLite gives for a real sick disk.

    `write_error` and `open_error` hold a result code (0: healthy); `syncs_until_error` counts down to
    one single failing sync, after which the disk pretends that nothing happened, as kernels do.
    """

    def __init__(self) -> None:
        self.name = f"sick-{next(_numbers)}"
        self.write_error = 0
        self.open_error = 0
        self.syncs_until_error = -1
        self.written: list[str] = []
        super().__init__(self.name, "")

    def xOpen(self, name: Name, flags: list[int]) -> "SickFile":  # noqa: N802
        if self.open_error:
            raise apsw.exception_for(self.open_error)
        return SickFile(self, name, flags)


class SickFile(apsw.VFSFile):
    """A file on a `SickDisk`."""

    def __init__(self, disk: SickDisk, name: Name, flags: list[int]) -> None:
        self._disk = disk
        self._name = _text(name)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if self._disk.write_error:
            raise apsw.exception_for(self._disk.write_error)
        self._disk.written.append(self._name)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.syncs_until_error -= 1
        if self._disk.syncs_until_error == 0:
            raise apsw.exception_for(apsw.SQLITE_IOERR_FSYNC)
        super().xSync(flags)


@dataclass(slots=True)
class Step:
    """One thing that happened to a file; `sync` makes what came before it durable."""

    file: str
    what: str  # write, truncate, sync, delete
    offset: int = 0
    data: bytes = b""


class PowerCutDisk(apsw.VFS):
    """Remembers every step and rebuilds the disk as a power cut at any point may leave it."""

    def __init__(self) -> None:
        self.name = f"power-{next(_numbers)}"
        self.steps: list[Step] = []
        super().__init__(self.name, "")

    def xOpen(self, name: Name, flags: list[int]) -> "PowerCutFile":  # noqa: N802
        return PowerCutFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, FBT001
        self.steps.append(Step(file=filename, what="delete"))
        super().xDelete(filename, syncdir)

    def after_cut(self, at: int, into: Path, chance: random.Random) -> None:
        """Rebuild in `into` what a power cut after step `at` may leave.

        What was synced is there; of what was not, each 512-byte sector may or may not be.
        """
        for file in {step.file for step in self.steps[:at]}:
            content = _rebuilt([s for s in self.steps[:at] if s.file == file], chance)
            if content is not None:
                (into / Path(file).name).write_bytes(content)


class PowerCutFile(apsw.VFSFile):
    """A file on a `PowerCutDisk`."""

    def __init__(self, disk: PowerCutDisk, name: Name, flags: list[int]) -> None:
        self._disk = disk
        self._name = _text(name)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.steps.append(Step(file=self._name, what="write", offset=offset, data=bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.steps.append(Step(file=self._name, what="truncate", offset=newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.steps.append(Step(file=self._name, what="sync"))
        super().xSync(flags)


SECTOR = 512


def _rebuilt(steps: list[Step], chance: random.Random) -> bytes | None:
    last_sync = max((n for n, step in enumerate(steps) if step.what == "sync"), default=-1)
    content: bytearray | None = bytearray()
    for n, step in enumerate(steps):
        if step.what == "delete":
            content = None
            continue
        content = bytearray() if content is None else content
        durable = n <= last_sync
        if step.what == "truncate" and (durable or chance.random() < 0.5):
            del content[step.offset :]
        if step.what == "write":
            for start, sector in _sectors(step):
                if durable or chance.random() < 0.5:
                    _put(content, start, sector)
    return None if content is None else bytes(content)


def _sectors(step: Step) -> Iterator[tuple[int, bytes]]:
    start, end = step.offset, step.offset + len(step.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield start, step.data[start - step.offset : stop - step.offset]
        start = stop


def _put(content: bytearray, start: int, data: bytes) -> None:
    if len(content) < start:
        content.extend(bytes(start - len(content)))
    content[start : start + len(data)] = data


def _text(name: Name) -> str:
    return name.filename() if isinstance(name, apsw.URIFilename) else str(name)
