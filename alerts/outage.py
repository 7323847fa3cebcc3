"""A time in which nobody was watched: the entry kind `outage`, recorded when the station is back.

While it lasts the companion and every page say so by themselves; this is the record of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alerts.saved import pack, unpack
from collector.clock import SECOND, Instant
from collector.entry import Entry

OUTAGE = "outage"  # the entry kind
LEAST_NS = 5 * SECOND  # five missed beats (alerts.md 4.3, collector_dead and engine_dead)


class Part(StrEnum):
    """What stood still."""

    COLLECTOR = "collector"  # the whole station was gone
    ENGINE = "engine"  # it ran, and the alerts did not


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """`part` stood still from `since` to `until`."""

    part: Part
    since: Instant
    until: Instant

    @property
    def seconds(self) -> float:
        """How long; between two boots only UTC can tell, and never less than nothing."""
        one, other = self.since, self.until
        if one.boot == other.boot:
            return (other.running_ns - one.running_ns) / SECOND
        return max(0.0, (other.utc_ns - one.utc_ns) / SECOND)

    @property
    def counts(self) -> bool:
        """Whether it was long enough to be told; after another boot it always was."""
        return self.since.boot != self.until.boot or self.seconds >= LEAST_NS / SECOND


def outage_body(outage: Outage) -> dict[str, object]:
    """Body of the entry, whose instant is the end of the outage."""
    return {"part": outage.part.value, "since": pack(outage.since)}


def read_outage(entry: Entry) -> Outage:
    """The outage that an entry tells of."""
    facts: Mapping[str, Any] = entry.facts
    since = unpack(facts["since"]) or entry.instant
    return Outage(part=Part(facts["part"]), since=since, until=entry.instant)
