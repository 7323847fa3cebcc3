"""`python3 start.py bench [NAME...] [--short]`: runs benches and prints their table."""

import argparse
import platform
import sys
from collections.abc import Callable, Iterable, Mapping

from tests.benchmarks import demo, faults, latency, page, radio, sinks, throughput
from tests.benchmarks.alerts import bench as alerts
from tests.benchmarks.table import Row, table

BENCHES: Mapping[str, Callable[[bool], Iterable[Row]]] = {
    "alerts": alerts.run,
    "faults": faults.run,
    "throughput": throughput.run,
    "latency": latency.run,
    "sinks": sinks.run,
    "first-page": demo.first_page,
    "demo": demo.run,
    "page": page.run,
    "radio": radio.run,
}


def main() -> int:
    """Run what was asked for. Exit code 1: a promise was missed."""
    parser = argparse.ArgumentParser(prog="start.py bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHES)} (default: all)"
    )
    parser.add_argument(
        "--short", action="store_true", help="shorter runs, for a look; figures are rougher"
    )
    asked = parser.parse_args()
    for name in asked.names:
        if name not in BENCHES:
            parser.error(f"there is no bench {name}; there are {', '.join(BENCHES)}")
    rows: list[Row] = []
    for name in asked.names or BENCHES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows.extend(BENCHES[name](asked.short))
    print(f"{platform.platform()}, Python {platform.python_version()}")
    print(table(rows))
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
