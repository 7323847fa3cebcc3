"""Doubt about who wears which clip: the entry kind `identity`. Data of the wrong person is the worst data.

Whoever finds it (acquisition, commands, a comparison of two clips) records one entry per seat concerned:

    recorder.add(kind=IDENTITY, subject=seat, participant=who_sits_there,
                 body=doubt_body(Doubt.SWAPPED, devices=[...], why="..."), instant=now, urgent=True)

The alerts raise `identity` for that seat until a person has looked: then they record `settled_body`, or the
seat gets a new binding, which is a person's word as well. Recording the same doubt again changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from collector.entry import Entry

IDENTITY = "identity"  # the entry kind


class Doubt(StrEnum):
    """What casts doubt on whose readings a seat shows (alerts.md 4.3)."""

    TWO_SEATS = "two_seats"  # one clip on two seats: it changed hands while the session ran
    SWAPPED = "swapped"  # another clip answers than the one that was given to the seat, or its address changed
    DISAGREE = "disagree"  # two clips on one seat differ by more than 4 points for 60 s


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityWord:
    """What an `identity` entry says of a seat: a doubt, or (None) that `by` has settled it."""

    seat: str
    doubt: Doubt | None
    devices: tuple[str, ...] = ()
    why: str = ""
    by: str = ""


def doubt_body(doubt: Doubt, *, devices: Sequence[str] = (), why: str = "") -> dict[str, object]:
    """Body of the entry that casts doubt on the seat that is its subject; `why` is for the record."""
    return {"doubt": doubt.value, "devices": list(devices), "why": why}


def settled_body(by: str) -> dict[str, object]:
    """Body of the entry by which a person says that the right person wears the right clip."""
    return {"doubt": None, "by": by}


def read_identity(entry: Entry) -> IdentityWord:
    """What an `identity` entry says."""
    facts: Mapping[str, Any] = entry.facts
    doubt = facts["doubt"]
    return IdentityWord(
        seat=entry.subject,
        doubt=Doubt(doubt) if doubt else None,
        devices=tuple(facts.get("devices", ())),
        why=facts.get("why", ""),
        by=facts.get("by", ""),
    )
