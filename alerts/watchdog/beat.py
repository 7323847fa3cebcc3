"""When the station counts as gone, and when as back: pure."""

from enum import StrEnum

from collector.clock import SECOND

# alerts.md 4.3, collector_dead: five missed beats of 1 Hz; back after five seconds of beats.
GONE_NS = 5 * SECOND
BACK_NS = 5 * SECOND
# A look that comes so late was late because this process, or the machine, stood still.
AWAY_NS = 2 * SECOND


class Verdict(StrEnum):
    """What has just become true."""

    GONE = "gone"
    BACK = "back"


class Beat:
    """Follows the beats of one station. All times are running ns; `look` at least once a second.

    Only a station that watched people when last heard counts as gone, and only once per outage. If this
    process itself stood still (suspend), the station gets its five seconds anew.
    """

    def __init__(self, *, outage: bool = False) -> None:
        self.outage = outage
        self._heard: int | None = None
        self._looked: int | None = None
        self._back_since: int | None = None
        self._watching = False

    @property
    def watching(self) -> bool:
        """Whether the station watched people when last heard."""
        return self._watching

    def fresh(self, now: int) -> bool:
        """Whether the station has been heard lately."""
        return self._heard is not None and now - self._heard < GONE_NS

    def heard(self, now: int, *, watching: bool) -> Verdict | None:
        """A beat has come."""
        if self._heard is None or now - self._heard >= GONE_NS or self._back_since is None:
            self._back_since = now
        self._heard, self._watching = now, watching
        if self.outage and now - self._back_since >= BACK_NS:
            self.outage = False
            return Verdict.BACK
        return None

    def left(self) -> None:
        """The station has said that it ends: nobody is to be called."""
        self._heard, self._watching = None, False

    def look(self, now: int) -> Verdict | None:
        """Time has passed."""
        away = self._looked is not None and now - self._looked > AWAY_NS
        self._looked = now
        if self._heard is None or self.outage or not self._watching:
            return None
        if away:
            self._heard = max(self._heard, now)
        if now - self._heard < GONE_NS:
            return None
        self.outage, self._back_since = True, None
        return Verdict.GONE
