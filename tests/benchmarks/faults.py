"""Planted faults: each is put into the engine, and the invariants have to find it."""

import time
from collections.abc import Iterable

from tests.alerts.faults import FAULTS
from tests.alerts.hunt import find
from tests.benchmarks.table import Row, grid


def run(short: bool) -> Iterable[Row]:
    """Plant every fault in turn; `short` changes nothing, it takes seconds."""
    lines: list[tuple[str, ...]] = []
    lived = 0
    for fault, check in FAULTS.items():
        begin = time.process_time()
        where = find(fault)
        took = f"{time.process_time() - begin:.1f}"
        lived += not where
        told = (fault.__doc__ or "").splitlines()[0]
        lines.append((fault.__name__, told, check.__name__, where or "NOT FOUND", took))
    print(grid(("fault", "what it does", "found by", "on", "CPU s"), lines))
    yield Row(
        bench="faults",
        measured="planted faults found by their invariant",
        promised="all, of at least 25",
        value=f"{len(FAULTS) - lived} of {len(FAULTS)}",
        met=not lived and len(FAULTS) >= 25,
    )
