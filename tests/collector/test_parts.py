"""What came of a download that broke off is there for the next one, and for an erasure."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.devices.stored import Part
from collector.journal.written import written
from collector.parts import Parts

ONE = Part("20261126160000", 1000, 100, bytes(range(200)))
TWO = Part("../../etc/passwd", 300, 100, b"\n" * 100)


def files(directory: Path) -> list[Path]:
    """Every file there."""
    return sorted(path for path in directory.rglob("*") if path.is_file())


def test_parts_come_back_to_their_clip(tmp_path: Path) -> None:
    """Whatever its names are; another clip, and another session, have none."""
    Parts(tmp_path, "one").put("AA", [ONE, TWO])

    assert sorted(Parts(tmp_path, "one").parts("AA")) == sorted([ONE, TWO])
    assert Parts(tmp_path, "one").parts("BB") == []
    assert Parts(tmp_path, "two").parts("AA") == []


def test_new_parts_take_the_place_of_the_old(tmp_path: Path) -> None:
    """Of this clip only."""
    parts = Parts(tmp_path, "one")
    parts.put("AA", [ONE, TWO])
    parts.put("BB", [ONE])
    parts.put("AA", [ONE._replace(data=b"x" * 300)])

    assert [part.data for part in parts.parts("AA")] == [b"x" * 300]
    assert parts.parts("BB") == [ONE]


def test_forgotten_parts_leave_nothing(tmp_path: Path) -> None:
    """Not the folder, and what another session has stays."""
    Parts(tmp_path, "one").put("AA", [ONE])
    Parts(tmp_path, "two").put("AA", [ONE])
    Parts(tmp_path, "one").forget()
    assert Parts(tmp_path, "two").parts("AA") == [ONE]
    Parts(tmp_path, "two").forget()
    assert not (tmp_path / "unfinished").exists()


def test_an_erasure_finds_them(tmp_path: Path) -> None:
    """They hold a person's numbers: noted as made of that session."""
    Parts(tmp_path, "one").put("AA", [ONE, TWO])

    assert set(written(tmp_path).values()) == {"one"}
    assert len(written(tmp_path)) == 2


@given(data=st.binary(max_size=300))
def test_a_damaged_file_counts_for_nothing(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever stands in it."""
    folder = tmp_path_factory.mktemp("parts")
    Parts(folder, "one").put("AA", [ONE])
    (kept,) = (file for file in files(folder) if file.suffix == ".part")
    kept.write_bytes(data)

    assert Parts(folder, "one").parts("AA") == []


def test_a_disk_that_fails_costs_only_time(tmp_path: Path) -> None:
    """A folder that cannot be made: nothing is raised, nothing is kept."""
    (tmp_path / "unfinished").write_text("in the way", encoding="utf-8")
    parts = Parts(tmp_path, "one")

    parts.put("AA", [ONE])

    assert parts.parts("AA") == []
