"""Is the journal that lies in the data directory sound?"""

import asyncio
from pathlib import Path

from collector.checkup import Finding, Ground, Verdict
from collector.errors import JournalError
from collector.journal.archive import Archive
from collector.journal.file import NAME, take_overs
from collector.journal.shelf import Shelf

CHECK = "journal"


async def check(ground: Ground) -> list[Finding]:
    """Have SQLite look through it; what is wrong with single entries `review` says."""
    if not (ground.data / NAME).exists():
        return [
            Finding(check=CHECK, verdict=Verdict.NOTED, says=f"No journal is in {ground.data} yet.")
        ]
    return [await asyncio.to_thread(judge, ground.data)]


def judge(directory: Path) -> Finding:
    """One sentence on the files in `directory`."""
    try:
        for path in (directory / NAME, *take_overs(directory)):
            if said := _fault(path):
                says = f"The journal {path} is damaged ({said}); copy its files, move it aside and begin anew."
                return Finding(check=CHECK, verdict=Verdict.FAULT, says=says)
        with Archive(directory) as archive:
            sessions = archive.sessions()
    except JournalError as error:
        return Finding(check=CHECK, verdict=Verdict.FAULT, says=str(error))
    says = f"The journal in {directory} can be read: {len(sessions)} sessions."
    return Finding(check=CHECK, verdict=Verdict.NOTED, says=says)


def _fault(path: Path) -> str:
    shelf = Shelf(path)
    try:
        return shelf.fault()
    finally:
        shelf.close()
