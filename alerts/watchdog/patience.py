"""When the companion counts as hung: pure."""

from collector.clock import SECOND
from collector.stall import Stall

# Without a word for so long it hangs: it is killed and started again.
SILENT_NS = 6 * SECOND


class Patience:
    """Follows the words of one companion from `now` on. All times are running ns; look once a second.

    If the station itself stood still, what the companion said meanwhile is not read yet: it gets its
    six seconds anew.
    """

    def __init__(self, now: int) -> None:
        self._heard = now
        self._stall = Stall()
        self._stall.ended(now)

    def heard(self, now: int) -> None:
        """The companion has said something."""
        self._heard = now

    def over(self, now: int) -> bool:
        """Whether it has been silent for too long."""
        if self._stall.ended(now):
            self._heard = now
        return now - self._heard > SILENT_NS
