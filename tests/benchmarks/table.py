"""A measured figure beside its promise, and the table of all."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure. `met` is None where nothing is promised and the figure is there to compare."""

    bench: str
    measured: str
    promised: str = ""
    value: str
    spread: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """The row as text, the verdict in a word."""
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        return (*map(str, astuple(self)[:-1]), verdict)


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    return grid(tuple(field.name for field in fields(Row)), [row.cells() for row in rows])


def grid(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns stand under each other."""
    lines = [head, *lines]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values: Sequence[float], unit: str) -> str:
    """Median, 95th and 99th percentile and the largest, as one cell."""
    shares = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    shown = [f"{label} {quantile(values, share):.3g}" for label, share in shares]
    return f"{', '.join(shown)}, max {max(values):.3g} {unit} of {len(values)}"
