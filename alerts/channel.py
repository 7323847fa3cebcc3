"""Whether somebody can be reached: the entry kind `channel`, its body and its words.

The subject of an entry is the target. Two subjects are no names of targets, which never begin with a blank:
the companion process itself, and the pages that are open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.entry import Entry

CHANNEL = "channel"  # the entry kind
COMPANION = ""  # the process that delivers
PAGE = " page"  # the bedside page: nobody looks at one


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatus:
    """Whether a target can be reached, as a `channel` entry says it."""

    target: str
    failed: bool
    reason: str = ""


def channel_body(status: ChannelStatus) -> dict[str, object]:
    """The body of a `channel` entry."""
    return {"target": status.target, "failed": status.failed, "reason": status.reason}


def read_channel(entry: Entry) -> ChannelStatus:
    """What a `channel` entry says."""
    facts: Mapping[str, Any] = entry.facts
    return ChannelStatus(target=facts["target"], failed=facts["failed"], reason=facts["reason"])
