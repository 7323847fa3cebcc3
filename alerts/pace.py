"""How much a phone is asked to take: pure (alerts.md 4.10, invariant I22).

An urgent alert that is new, worse or asks again after its acknowledgement goes out at once. Everything else
keeps `APART_NS` to the last notification of its target, which makes at most 12 a minute; and no seat is
named more than `MOST_PER_SEAT` times a minute to one target, whatever the level. What has to wait is not
lost: it is looked at again, and the latest thing due is sent.
"""

from collections import deque
from collections.abc import Sequence

from alerts.condition import Level
from alerts.notifications import Notification, Occasion
from collector.clock import SECOND, Instant

MINUTE_NS = 60 * SECOND
APART_NS = 5 * SECOND
# A repeat each 15 s, and one for each level on the way up (I22).
MOST_PER_SEAT = 60 // 15 + len(Level)


class Pace:
    """Remembers a minute of notifications; withdrawals and tests give no signal and do not count."""

    def __init__(self) -> None:
        self._sent: deque[tuple[Instant, str, tuple[str, ...]]] = deque()

    def sent(self, told: Notification, at: Instant) -> None:
        """`told` went out."""
        if not _is_quiet(told):
            self._sent.append((at, told.target, told.seats))

    def allowed(self, wanted: Sequence[Notification], now: Instant) -> list[Notification]:
        """Those of `wanted` that may go out now, the most urgent first, as given."""
        self._forget(now)
        kept = list(self._sent)
        allowed = []
        for one in wanted:
            if _is_quiet(one) or self._may(one, now):
                allowed.append(one)
                self.sent(one, now)
        self._sent = deque(kept)  # wanted is not sent: that is told by its entry
        return allowed

    def _may(self, one: Notification, now: Instant) -> bool:
        mine = [(at, seats) for at, target, seats in self._sent if target == one.target]
        if any(_times(seat, mine) >= MOST_PER_SEAT for seat in one.seats):
            return False
        is_news = one.level is Level.URGENT and one.occasion is Occasion.FIRST
        return is_news or all(_since(at, now) >= APART_NS for at, _ in mine)

    def _forget(self, now: Instant) -> None:
        while self._sent and _since(self._sent[0][0], now) >= MINUTE_NS:
            self._sent.popleft()


def _times(seat: str, sent: Sequence[tuple[Instant, tuple[str, ...]]]) -> int:
    return sum(seat in seats for _, seats in sent)


def _since(at: Instant, now: Instant) -> int:
    """Nanoseconds from `at` to `now`; a wall clock put back between two boots is no reason to wait."""
    if at.boot == now.boot:
        return now.running_ns - at.running_ns
    gone = now.utc_ns - at.utc_ns
    return gone if gone >= 0 else MINUTE_NS


def _is_quiet(told: Notification) -> bool:
    return told.occasion.withdraws or told.occasion is Occasion.TEST
