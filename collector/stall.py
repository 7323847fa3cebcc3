"""Did this process itself stand still? Pure. Whoever judges others by their silence asks this first."""

from collector.clock import SECOND

# Looks come every second or oftener. One that is later than this came late because this process, or the
# whole machine, stood still (SIGSTOP, suspend); a busy event loop is late by a fraction of it.
STALL_NS = 3 * SECOND


class Stall:
    """Is told of each look. All times are running ns."""

    def __init__(self) -> None:
        self._looked: int | None = None

    def ended(self, now: int) -> bool:
        """Whether this look is the first one after a stall: what seems old now may only be unread."""
        late = self._looked is not None and now - self._looked > STALL_NS
        self._looked = now
        return late
