"""Room, speed and kind of the disk, each one sentence."""

from pathlib import Path

import pytest

from collector.checkup import Ground, Verdict
from collector.journal.disk_check import check, file_system, judge_kind, judge_room, judge_speed

MOUNTS = """/dev/vda / ext4 rw 0 0
tmpfs /run tmpfs rw 0 0
nas:/x /srv/my\\040data nfs4 rw 0 0
odd line
"""


@pytest.mark.asyncio
async def test_a_real_folder_is_measured_and_left_as_it_was(tmp_path: Path) -> None:
    """Two findings at least, and no file stays behind; a folder that is not there yet is no fault."""
    found = await check(Ground(data=tmp_path / "not" / "yet"))

    assert [finding.check for finding in found][:2] == ["disk", "disk"]
    assert "GB are free" in found[0].says
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - of a test, not of a loop


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(100_000_000, Verdict.FAULT), (1_000_000_000, Verdict.ADVICE), (9_000_000_000, Verdict.NOTED)],
)
def test_room_is_judged(free: int, verdict: Verdict) -> None:
    """A full disk is a fault, a nearly full one gets advice."""
    assert judge_room(free, Path("/srv")).verdict is verdict


@pytest.mark.parametrize(
    ("slow_s", "verdict"), [(0.01, Verdict.NOTED), (0.3, Verdict.ADVICE), (0.8, Verdict.FAULT)]
)
def test_speed_is_judged_by_the_slow_ones(slow_s: float, verdict: Verdict) -> None:
    """One slow fsync in a hundred is forgiven, two are not."""
    assert judge_speed([0.001] * 98 + [slow_s] * 2).verdict is verdict
    assert judge_speed([0.001] * 99 + [slow_s]).verdict is Verdict.NOTED


@pytest.mark.parametrize(
    ("folder", "kind", "said"),
    [
        ("/home/f/data", "ext4", 0),
        ("/run/data", "tmpfs", 1),
        ("/running", "ext4", 0),
        ("/srv/my data/x", "nfs4", 1),
    ],
)
def test_a_disk_that_forgets_is_a_fault(folder: str, kind: str, said: int) -> None:
    """The innermost mount counts; memory and network disks are refused."""
    found = file_system(MOUNTS, Path(folder))

    assert found == kind
    assert len(judge_kind(found, Path(folder))) == said
