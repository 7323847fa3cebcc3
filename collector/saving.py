"""Whether what is recorded is saved: the entry kind `store`, as `store_watch` says it."""

from dataclasses import dataclass
from typing import Any

from collector.entry import Entry

STORE = "store"  # the entry kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What a `store` entry says: whether saving is behind and why, and what was lost.

    `failing` = the disk refuses; `behind_s` real seconds of the oldest entry not saved, when it was said;
    `full_in_s` when the disk is full at the present rate, None unless that is soon.
    """

    behind: bool
    why: str
    lost: int
    failing: bool = False
    behind_s: float = 0.0
    full_in_s: float | None = None


def read_saving(entry: Entry) -> Saving:
    """What a `store` entry says; older ones know less."""
    facts: Any = entry.facts
    return Saving(
        behind=facts.get("behind") is True,
        why=str(facts.get("why", "")),
        lost=facts.get("lost") or 0,
        failing=facts.get("failing", False),
        behind_s=facts.get("behind_s", 0.0),
        full_in_s=facts.get("full_in_s"),
    )
