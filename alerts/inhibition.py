"""Which alert explains which other of the same seat (alerts.md 4.7): a table, and what it says of a moment.

An explained alert gives no signals, stays recorded, and speaks the moment its explanation ends while it still
stands. An urgent alert is never explained away. The table has no cycles: `cycle` finds one before a rules
file is taken.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from alerts.condition import Cause, Family, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibition:
    """While `by` stands, at `level` or above and for `cause` if one is named, it explains `targets`."""

    by: Family
    targets: tuple[Family, ...]
    level: Level = Level.ADVISORY
    cause: Cause | None = None


class Standing(Protocol):
    """What is asked of an alert."""

    @property
    def open(self) -> bool: ...
    @property
    def level(self) -> Level: ...
    @property
    def cause(self) -> Cause | None: ...


_PERSONAL = (Family.SPO2_DROP, Family.HR_LOW, Family.HR_HIGH)
# Causes of one family explain each other by their rank (`unmonitored`): link lost before silence, finger off
# before searching. What stands here is between families.
TABLE = (
    Inhibition(
        by=Family.UNMONITORED, targets=(Family.SPO2_FAST, Family.HR_SHIFT, Family.LOW_PERFUSION)
    ),
    Inhibition(by=Family.UNMONITORED, cause=Cause.LINK_LOST, targets=(Family.BATTERY,)),
    Inhibition(by=Family.UNMONITORED, cause=Cause.HOST_DOWN, targets=(Family.BATTERY, *_PERSONAL)),
    Inhibition(by=Family.SPO2_LOW, level=Level.URGENT, targets=_PERSONAL),
    Inhibition(by=Family.IDENTITY, targets=(Family.SPO2_DROP, Family.HR_SHIFT)),
    Inhibition(by=Family.SPO2_LOW, targets=(Family.SPO2_FAST,)),  # an early word, merged (4.3)
)
# Nothing explains these: low oxygen, and that nobody is measured.
UNEXPLAINED = frozenset({Family.SPO2_LOW, Family.UNMONITORED})


def read_rows(bodies: Iterable[Mapping[str, Any]]) -> tuple[Inhibition, ...]:
    """The rows as a rules file writes them."""
    return tuple(
        Inhibition(
            by=Family(body["by"]),
            targets=tuple(Family(target) for target in body["targets"]),
            level=Level[body.get("level", "advisory").upper()],
            cause=Cause(body["cause"]) if "cause" in body else None,
        )
        for body in bodies
    )


class Inhibitions:
    """The table in force, by target."""

    def __init__(self, rows: Iterable[Inhibition] = TABLE) -> None:
        self.rows = tuple(rows)
        self.sources = frozenset(row.by for row in self.rows)
        found: dict[Family, tuple[Inhibition, ...]] = {}
        for row in self.rows:
            for target in row.targets:
                found[target] = (*found.get(target, ()), row)
        self.by_target: Mapping[Family, tuple[Inhibition, ...]] = found

    def explanation(self, target: Family, standing: Mapping[Family, Standing]) -> Family | None:
        """What explains an alert of `target` now; None = nothing."""
        for row in self.by_target.get(target, ()):
            source = standing.get(row.by)
            if source is None or not source.open or source.level < row.level:
                continue
            if row.cause is None or source.cause is row.cause:
                return row.by
        return None

    def sources_first(self, families: Sequence[Family]) -> list[Family]:
        """The same families, each after those that may explain it, else in their order."""
        ordered: list[Family] = []

        def add(family: Family) -> None:
            if family in ordered:
                return
            for row in self.by_target.get(family, ()):
                if row.by in families:
                    add(row.by)
            ordered.append(family)

        for family in families:
            add(family)
        return ordered


def cycle(rows: Iterable[Inhibition]) -> tuple[Family, ...]:
    """Families that explain each other in a circle, first and last the same; empty without one."""
    edges: dict[Family, set[Family]] = {}
    for row in rows:
        edges.setdefault(row.by, set()).update(row.targets)

    def walk(path: tuple[Family, ...]) -> tuple[Family, ...]:
        for target in sorted(edges.get(path[-1], ())):
            if target in path:
                return (*path[path.index(target) :], target)
            if found := walk((*path, target)):
                return found
        return ()

    return next((found for start in edges if (found := walk((start,)))), ())
