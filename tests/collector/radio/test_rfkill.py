"""Off and blocked have different remedies, and unknown is not blocked."""

from pathlib import Path

import pytest

from collector.radio.adapter import Block
from collector.radio.rfkill import read_block


def switch(root: Path, name: str, **files: str) -> None:
    """One switch as the kernel shows it."""
    (root / name).mkdir()
    for file, text in files.items():
        (root / name / file).write_text(f"{text}\n", encoding="ascii")


@pytest.mark.parametrize(
    ("hard", "soft", "block"),
    [("0", "0", Block.NONE), ("0", "1", Block.SOFT), ("1", "0", Block.HARD), ("1", "1", Block.HARD)],
)
def test_bluetooth_switch_is_read(tmp_path: Path, hard: str, soft: str, block: Block) -> None:
    """A hard block counts for more than a soft one."""
    switch(tmp_path, "rfkill0", type="wlan", hard="1", soft="1")
    switch(tmp_path, "rfkill1", type="bluetooth", hard=hard, soft=soft)

    assert read_block(tmp_path) is block


def test_unknown_is_no_block(tmp_path: Path) -> None:
    """Without switches, or with unreadable ones, nothing is said to be blocked."""
    switch(tmp_path, "rfkill0", type="bluetooth")

    assert read_block(tmp_path) is Block.NONE
    assert read_block(tmp_path / "absent") is Block.NONE
