"""Word of a gap filling: the entry kind `backfill`, by which a session tells which readings were fetched later.

One entry for each stored file and person whose gaps it filled, after the readings, at the instant of the last
of them; its subject is the clip.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.entry import Entry

BACKFILL = "backfill"  # the entry kind


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillWord:
    """What one stored file added: how many readings, moved by `offset_s`, fetched at `utc_ns` (UTC).

    `agreement` is the share of its numbers that equal those heard live beside them, 0 to 1.
    """

    file: str
    readings: int
    offset_s: int
    agreement: float
    utc_ns: int

    @property
    def body(self) -> dict[str, object]:
        """As the entry carries it."""
        return {
            "file": self.file,
            "readings": self.readings,
            "offset_s": self.offset_s,
            "agreement": round(self.agreement, 3),
            "utc_ns": self.utc_ns,
        }


def read_backfill(entry: Entry) -> BackfillWord:
    """What a `backfill` entry says."""
    facts: Mapping[str, Any] = entry.facts
    return BackfillWord(
        file=str(facts["file"]),
        readings=int(facts["readings"]),
        offset_s=int(facts["offset_s"]),
        agreement=float(facts["agreement"]),
        utc_ns=int(facts["utc_ns"]),
    )
