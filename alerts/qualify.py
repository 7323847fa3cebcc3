"""Evidence for one level of one family: does a limit stay crossed long enough (alerts.md 4.4).

The integrator leaks instead of resetting: a timer that a single good reading resets has no bounded
delay when the true value sits just under the limit. Times are integer nanoseconds and every rule
is linear between readings, so cutting an interval in pieces changes nothing and the
instant of a crossing is computed, not sampled.
"""

from collections.abc import Mapping
from enum import Enum

from collector.clock import Instant

# One bad number never raises anything, however short the delay (4.3: "below 85 needs >= 2 readings").
FEWEST_READINGS = 2
# Depths are counted in tenths of a point, the finest that a clip says: whole numbers add up exactly.
TENTHS = 10


class Condition(Enum):
    """What the newest reading says about one limit."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


# Members bound to names once: attribute look-up on an Enum is the dearest part of the inner loop.
TRUE, FALSE, UNKNOWN = Condition.TRUE, Condition.FALSE, Condition.UNKNOWN


class Law:
    """What turns readings into evidence; one per level, times in ns.

    `net_count` breaches of at least `net_min` within `net_within` raise as well; 0 = no net. So does a
    `budget` of depth times time (SatSeconds), in tenths of a point times ns; 0 = none. `delay` is then
    the longest that it may take.
    """

    __slots__ = ("budget", "clear", "delay", "expiry", "net_count", "net_min", "net_within", "rate")

    def __init__(  # noqa: PLR0913 - the parts of a law
        self,
        *,
        delay: int,
        clear: int,
        expiry: int,
        rate: int = 1,
        net: tuple[int, int, int] = (0, 0, 0),
        budget: int = 0,
    ) -> None:
        self.budget = budget
        self.delay = delay
        self.clear = clear
        self.expiry = expiry
        self.rate = rate
        self.net_count, self.net_within, self.net_min = net


class Evidence:
    """How long the limit has been crossed (`on`), in this run (`run`), and safely not (`off`).

    `points` are depth times time; `depth` is how far the newest reading lies from the limit, in tenths.

    Mutable on purpose: seven of these are touched per reading in the worst case.
    """

    __slots__ = (
        "breaches",
        "condition",
        "depth",
        "good",
        "off",
        "on",
        "points",
        "readings",
        "run",
        "since",
        "unknown",
    )

    def __init__(self) -> None:
        self.condition = UNKNOWN
        self.good = False  # FALSE with a margin and a clean signal: counts towards the end
        self.breaches: list[int] = []  # when each run reached net_min
        self.clear()

    def clear(self) -> None:
        """Forget all evidence; the condition stays."""
        self.on = self.run = self.off = self.unknown = self.readings = self.points = self.depth = 0
        self.since: Instant | None = None
        self.breaches.clear()

    def spend(self) -> None:
        """What led to a raise is used up."""
        self.on = self.run = self.readings = self.points = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is left that could lead to a raise by time alone."""
        return self.on == 0 and self.run == 0 and self.points == 0

    def hear(self, condition: Condition, *, good: bool, at: Instant) -> None:
        """Take what a new reading says from `at` on; time up to `at` must have elapsed already."""
        self.condition = condition
        self.good = good
        if condition is TRUE:
            if self.on == 0 and self.points == 0:
                self.since = at
            self.readings += 1
            self.off = self.unknown = 0
        elif condition is FALSE:
            self.run = self.unknown = 0
            if not good:
                self.off = 0
        else:
            self.off = 0

    def lapse(self) -> None:
        """The reading has spoken for as long as one may: from now on nothing is known."""
        self.condition = UNKNOWN
        self.good = False
        self.off = 0

    def elapse(self, law: Law, start: int, dt: int) -> None:
        """Let `dt` ns pass from `start` under the present condition."""
        if self.condition is TRUE:
            if law.net_count and self.run < law.net_min <= self.run + dt:
                self.breaches.append(start + law.net_min - self.run)
            self.on += dt
            self.run += dt
            if law.budget:
                self.points += dt * max(1, self.depth)
        elif self.condition is FALSE:
            self.on = max(0, self.on - dt * law.rate)
            if self.points:
                self.points = max(0, self.points - dt * max(TENTHS, self.depth))
            if self.good:
                self.off += dt
            if self.on == 0 and self.points == 0:
                self.readings = 0
        else:
            self.unknown += dt
            if self.unknown >= law.expiry:
                self.spend()

    def qualifies(self, law: Law, now: int) -> bool:
        """Whether there is enough evidence at `now`."""
        enough = self.on >= law.delay or (law.budget > 0 and self.points >= law.budget)
        if enough and self.readings >= FEWEST_READINGS:
            return True
        return law.net_count > 0 and self.run >= law.net_min and self._caught(law, now)

    def _caught(self, law: Law, now: int) -> bool:
        """Whether the net holds `net_count` breaches; old ones are dropped."""
        while self.breaches and self.breaches[0] <= now - law.net_within:
            del self.breaches[0]
        return len(self.breaches) >= law.net_count

    def qualifying_in(self, law: Law) -> int | None:
        """Nanoseconds until `qualifies` may change if the reading speaks on; None = not by time."""
        if self.condition is not TRUE:
            return None
        waits = [law.delay - self.on] if self.on < law.delay else []
        if law.net_count and self.run < law.net_min:
            waits.append(law.net_min - self.run)
        if self.points < law.budget:
            waits.append(-(-(law.budget - self.points) // max(1, self.depth)))
        return min(waits) if waits else None

    def clearing_in(self, law: Law) -> int | None:
        """Nanoseconds until `off` is enough if the reading speaks on; None = not by time."""
        return max(0, law.clear - self.off) if self.good else None

    def save(self) -> dict[str, object]:
        """A plain JSON value."""
        since = self.since
        return {
            "condition": self.condition.value,
            "good": self.good,
            "times": [
                self.on,
                self.run,
                self.off,
                self.unknown,
                self.readings,
                self.points,
                self.depth,
            ],
            "since": None if since is None else [since.boot, since.running_ns, since.utc_ns],
            "breaches": list(self.breaches),
        }

    @classmethod
    def restored(cls, saved: Mapping[str, object]) -> "Evidence":
        """The inverse of `save`."""
        evidence = cls()
        evidence.condition = Condition(saved["condition"])
        evidence.good = bool(saved["good"])
        times, breaches, since = saved["times"], saved["breaches"], saved["since"]
        assert isinstance(times, list)  # noqa: S101 - our own saved value
        assert isinstance(breaches, list)  # noqa: S101 - our own saved value
        evidence.on, evidence.run, evidence.off, evidence.unknown, evidence.readings = times[:5]
        evidence.points, evidence.depth = times[5:] or (0, 0)
        evidence.breaches = list(breaches)
        if isinstance(since, list):
            evidence.since = Instant(boot=since[0], running_ns=since[1], utc_ns=since[2])
        return evidence

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        self.breaches = [breach + ns for breach in self.breaches]
