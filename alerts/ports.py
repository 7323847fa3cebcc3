"""What the alerts need of recorder and journal."""

from collections.abc import Mapping
from typing import Protocol

from collector.clock import Instant
from collector.entry import Entry
from collector.session import Session


class Recording(Protocol):
    """What is needed of the recorder."""

    @property
    def session(self) -> Session | None:
        """The present session."""
        ...

    def add(  # noqa: PLR0913 - the fields of an entry
        self,
        *,
        kind: str,
        subject: str,
        participant: str | None,
        body: Mapping[str, object],
        instant: Instant,
        urgent: bool = False,
    ) -> Entry:
        """Record a fact; `urgent` commits at once."""
        ...


class Keeping(Protocol):
    """What is needed of the journal."""

    def save_state(self, name: str, seq: int, body: Mapping[str, object]) -> None:
        """Keep `body` in one transaction with the entries up to `seq`."""
        ...

    def state(self, name: str) -> tuple[int, Mapping[str, object]] | None:
        """What was kept when the journal was opened."""
        ...
