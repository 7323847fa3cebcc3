"""Is the disk fit for the journal: room, a true fsync in time, a file system that keeps what it says?"""

import asyncio
import os
import shutil
from pathlib import Path
from tempfile import TemporaryFile

from collector.checkup import Finding, Ground, Verdict
from collector.clock import LiveClock

NAME = "disk"
# 12 participants for 4 h take at most 25 MB; the database and the system want more than that.
SCARCE_BYTES, LITTLE_BYTES = 200_000_000, 2_000_000_000
# A group is committed every 250 ms; above 500 ms a notification no longer waits for its entry (DESIGN 4).
SLOW_S, TOO_SLOW_S = 0.25, 0.5
ROUNDS, PAGE = 100, 4096
NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "fuse.rclone"})
MEMORY = frozenset({"tmpfs", "ramfs"})


async def check(ground: Ground) -> list[Finding]:
    """Measure in the data directory, or the nearest folder above it that is there."""
    folder = next(f for f in (ground.data, *ground.data.absolute().parents) if f.is_dir())
    try:
        free = shutil.disk_usage(folder).free
        took_s = await asyncio.to_thread(fsyncs, folder)
    except OSError as error:
        says = (
            f"{folder} cannot be written ({error.strerror}); give this user the right, or use --data."
        )
        return [Finding(check=NAME, verdict=Verdict.FAULT, says=says)]
    kind = file_system(ground.text("proc/mounts"), folder.resolve())
    return [judge_room(free, folder), judge_speed(took_s), *judge_kind(kind, folder)]


def judge_room(free: int, folder: Path) -> Finding:
    """How many bytes are left."""
    says, verdict = f"{free / 1e9:.1f} GB are free in {folder}", Verdict.NOTED
    if free < LITTLE_BYTES:
        verdict = Verdict.FAULT if free < SCARCE_BYTES else Verdict.ADVICE
        says += "; make room before a session"
    return Finding(check=NAME, verdict=verdict, says=f"{says}.")


def judge_speed(took_s: list[float]) -> Finding:
    """The 99th percentile of the time that an fsync took."""
    p99 = sorted(took_s)[int(0.99 * (len(took_s) - 1))]
    says, verdict = f"Saving takes {1000 * p99:.0f} ms (99 of 100 times)", Verdict.NOTED
    if p99 > SLOW_S:
        verdict = Verdict.FAULT if p99 > TOO_SLOW_S else Verdict.ADVICE
        says += "; use another disk (an SSD, not a memory card) or stop what keeps it busy"
    return Finding(check=NAME, verdict=verdict, says=f"{says}.")


def judge_kind(kind: str, folder: Path) -> list[Finding]:
    """File systems that forget, or that lie about locks and fsync."""
    if kind in MEMORY:
        says = f"{folder} is in memory ({kind}) and gone at power-off; use a disk with --data."
        return [Finding(check=NAME, verdict=Verdict.FAULT, says=says)]
    if kind in NETWORK:
        says = f"{folder} is on a network disk ({kind}), which may lose what it said it had; use a local one."
        return [Finding(check=NAME, verdict=Verdict.FAULT, says=says)]
    return []


def fsyncs(folder: Path) -> list[float]:
    """Real seconds that each of some small appends with fsync took; leaves no file."""
    clock, took = LiveClock(), []
    with TemporaryFile(dir=folder) as file:
        for _ in range(ROUNDS):
            before = clock.now().running_ns
            file.write(bytes(PAGE))
            file.flush()
            os.fsync(file.fileno())
            took.append((clock.now().running_ns - before) / 1e9)
    return took


def file_system(mounts: str, folder: Path) -> str:
    """The type of the file system that holds `folder`, from the text of /proc/mounts; else empty."""
    found = ("", "")
    for line in mounts.splitlines():
        words = line.split(" ")
        if len(words) < 3:
            continue
        point = Path(words[1].replace("\\040", " "))
        if folder.is_relative_to(point) and len(str(point)) >= len(found[0]):
            found = (str(point), words[2])
    return found[1]
