"""Writing the pages of a report: each whole or not at all."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

from collector.errors import ConfigError, Unavailable
from dashboards.review.report import Page


def publish(pages: Iterable[Page], directory: Path) -> list[Path]:
    """Write `pages` into `directory`, made when it is not there; the paths in the same order.

    Each page is written beside its place and renamed, so that nobody ever reads half of one. Raises
    `ConfigError` when `directory` cannot be a directory, `Unavailable` when writing fails.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise ConfigError(f"{directory} is a file; name a directory with -o.") from None
    except OSError as error:
        raise ConfigError(f"{directory} cannot be made: {error.strerror}.") from error
    try:
        return [_write(page, directory) for page in pages]
    except OSError as error:
        raise Unavailable(f"The report cannot be written to {directory}: {error.strerror}.") from error


def _write(page: Page, directory: Path) -> Path:
    """The file is readable by its owner only (as temporary files are): it holds health data."""
    with NamedTemporaryFile("w", dir=directory, encoding="utf-8", delete=False) as file:
        beside = Path(file.name)
    try:
        beside.write_text(page.text, encoding="utf-8", newline="\n")
        return beside.replace(directory / page.name)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
