"""Which files with people's data were made of the journal, so that an erasure can find them again."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

NAME = "written.jsonl"  # beside the journal: {"session": id, or "" for all of them; "path": absolute}


def note(directory: Path, session: str, paths: Iterable[Path]) -> str:
    """Remember that `paths` hold data of `session` (empty = of every session: a copy of the journal).

    Returns what the person has to know when that fails (a read-only disk), else an empty text.
    """
    lines = [json.dumps({"session": session, "path": str(path.resolve())}) for path in paths]
    new = set(lines) - set(_lines(directory))
    try:
        with (directory / NAME).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines if line in new)
    except OSError as error:
        return (
            f"{directory / NAME} cannot be written ({error.strerror}): `holdspace erase` will not find"
            " these files; remove them yourself when the time comes."
        )
    return ""


def written(directory: Path) -> dict[Path, str]:
    """Path -> session of the files that were noted and are there still."""
    found: dict[Path, str] = {}
    for line in _lines(directory):
        try:
            fact = json.loads(line)
            path, session = Path(fact["path"]), str(fact["session"])
        except (ValueError, TypeError, KeyError):  # a torn line; the others count
            continue
        if path.exists():
            found[path] = session
    return found


def _lines(directory: Path) -> Iterator[str]:
    try:
        text = (directory / NAME).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return iter(())
    return iter(text.splitlines())
