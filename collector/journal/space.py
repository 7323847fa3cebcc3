"""How long the disk lasts at the present rate: pure."""

from collections import deque

from collector.clock import SECOND

LOOK_BACK_NS = 300 * SECOND
LEAST_NS = 60 * SECOND  # shorter, and one burst of another program would look like a rate
# What the journal itself writes for twelve participants, measured with demos (bytes per second).
LEAST_RATE = 2_000.0


class Space:
    """Is told how many bytes are free, and says for how many seconds they last."""

    def __init__(self) -> None:
        self._heard: deque[tuple[int, int]] = deque()

    def left_s(self, free: int, now_ns: int) -> float:
        """Seconds until the disk is full: `free` bytes at the rate of the last five minutes."""
        self._heard.append((now_ns, free))
        while now_ns - self._heard[0][0] > LOOK_BACK_NS:
            self._heard.popleft()
        since, before = self._heard[0]
        gone_s = (now_ns - since) / SECOND
        rate = (before - free) / gone_s if now_ns - since >= LEAST_NS else 0.0
        return free / max(rate, LEAST_RATE)
