"""kill -9 at random moments: what was acknowledged is there, and the next start needs no help."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from collector.journal.archive import Archive
from collector.journal.store import Journal
from tests.collector.journal.samples import ROOM_ID

ROUNDS = 15
# Appends for ever and prints each seq that is committed: the promise that a kill must not break.
STATION = """
import asyncio, sys
from pathlib import Path
from collector.journal.store import Journal
from tests.collector.journal.samples import prepare, reading

async def main():
    async with Journal(Path(sys.argv[1])) as journal:
        if not journal.last_seq:
            journal.append(prepare(1), urgent=True)
        while True:
            for _ in range(7):
                journal.append(reading(journal.last_seq + 1))
            journal.append(reading(journal.last_seq + 1), urgent=True)
            await journal.committed_to(journal.last_seq)
            print(journal.committed, flush=True)

asyncio.run(main())
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Fifteen kills of one journal at random moments."""
    chance = random.Random(20260923)
    promised = 0
    for _ in range(ROUNDS):
        promised = max(promised, _killed_station(tmp_path, after=chance.randrange(1, 60)))

        with Archive(tmp_path) as archive:
            found = [entry.seq for entry in archive.entries(ROOM_ID)]
            assert archive.damaged == []
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= promised

    asyncio.run(_restart(tmp_path, promised))


def _killed_station(directory: Path, *, after: int) -> int:
    """Kill the station after its `after`-th acknowledgement or a little later; the last one seen."""
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", STATION, str(directory)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as station:
        assert station.stdout is not None
        lines = [station.stdout.readline() for _ in range(after)]
        station.send_signal(signal.SIGKILL)
        lines += station.stdout.readlines()
    whole = [line for line in lines if line.endswith(b"\n")]
    return int(whole[-1])


async def _restart(directory: Path, promised: int) -> None:
    async with Journal(directory) as journal:
        assert journal.last_seq >= promised
        assert journal.sessions == {ROOM_ID}
