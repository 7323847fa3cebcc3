"""The journal's only noun: Entry."""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.clock import Instant
from collector.reading import Reading

READING = "reading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fact in the one order.

    `seq` rises by one from entry to entry over the whole journal; `kind` says who owns the body:
    `reading` (body is a `Reading`, subject the device, participant who wore it), else a mapping of
    JSON values that its owner encodes and decodes (`session.py`, `device.py`, `alerts/store.py`).
    `instant` is when it happened, which for a late alert timer may lie before its neighbours'.
    """

    seq: int
    session: str
    instant: Instant
    kind: str
    subject: str = ""
    participant: str | None = None
    body: Reading | Mapping[str, object]

    @property
    def reading(self) -> Reading | None:
        """The reading, if this entry is one."""
        return self.body if isinstance(self.body, Reading) else None

    @property
    def facts(self) -> Mapping[str, object]:
        """The body of an entry that is not a reading."""
        return {} if isinstance(self.body, Reading) else self.body
