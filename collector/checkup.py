"""What a check of `holdspace doctor` is given, and what it says. Each check stands beside what it checks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Verdict(StrEnum):
    """What a finding asks for."""

    NOTED = "noted"  # nothing has to be done about it
    UNKNOWN = "unknown"  # this system does not tell; unknown is not noted
    ADVICE = "advice"  # a session can be held; it would go better otherwise
    FAULT = "fault"  # a session would suffer


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found: `says` is one sentence, and for advice and faults what to do."""

    check: str
    verdict: Verdict
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where to look: the data directory, the configuration, and the root of the system's own files.

    `send_test`: whether a test notification may really be sent.
    """

    data: Path
    config: Path | None = None
    root: Path = Path("/")
    send_test: bool = False

    def text(self, name: str) -> str:
        """A small file of the system, stripped; empty when it is not there or may not be read."""
        return text_of(self.root / name)


Check = Callable[[Ground], Awaitable[list[Finding]]]


def text_of(file: Path) -> str:
    """A small file, stripped; empty when it is not there or may not be read."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
