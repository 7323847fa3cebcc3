"""Writing the pages."""

import os
from pathlib import Path

import pytest

from collector.errors import ConfigError, Unavailable
from dashboards.review.publish import publish
from dashboards.review.report import Page


def test_pages_are_written_and_replaced(tmp_path: Path) -> None:
    """The directory is made, a second report takes the place of the first, nothing else is left."""
    target = tmp_path / "new" / "report"
    publish([Page(name="P1.html", text="old")], target)

    (path,) = publish([Page(name="P1.html", text="Größe\n")], target)

    assert path == target / "P1.html"
    assert path.read_bytes() == "Größe\n".encode()
    assert [file.name for file in target.iterdir()] == ["P1.html"]


def test_a_report_is_for_its_owner_only(tmp_path: Path) -> None:
    """Health data on disk is not readable by other users of the machine."""
    (path,) = publish([Page(name="P1.html", text="x")], tmp_path)

    assert os.name == "nt" or path.stat().st_mode & 0o077 == 0


def test_a_file_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    """A file where the directory should be is named, and kept."""
    taken = tmp_path / "taken"
    taken.write_text("mine")

    with pytest.raises(ConfigError, match="is a file"):
        publish([Page(name="P1.html", text="x")], taken)
    assert taken.read_text() == "mine"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    """When a page cannot take its place the old one stays and no half file is left."""
    (tmp_path / "P1.html").mkdir()

    with pytest.raises(Unavailable, match="cannot be written"):
        publish([Page(name="P1.html", text="x")], tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["P1.html"]
