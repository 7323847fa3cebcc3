"""Whether anybody looks: a running session without an open page is said after 15 s (alerts.md 4.3)."""

from alerts.channel import CHANNEL, PAGE, ChannelStatus, channel_body
from alerts.ports import Recording
from collector.clock import SECOND, Clock
from collector.session import Phase

# Real time, as for everything that leaves the machine.
ALONE_NS = 15 * SECOND
LOOK_NS = SECOND


class Audience:
    """Is told how many pages are open; records, as a `channel` entry, that there is none, or is again."""

    def __init__(self, *, recorder: Recording, clock: Clock, real: Clock) -> None:
        self._recorder, self._clock, self._real = recorder, clock, real
        self._open = 0
        self._seen_ns = real.now().running_ns  # when somebody last looked, or did not need to
        # A session that a former run left open may have ended with nobody looking: then it is said anew.
        self._gone: bool | None = None if self._is_needed else False

    def pages(self, number: int) -> None:
        """So many pages are open now."""
        self._open = number
        self.look()

    def look(self) -> None:
        """Say what has changed."""
        now = self._real.now().running_ns
        if self._open or not self._is_needed:
            self._seen_ns = now
        gone = now - self._seen_ns >= ALONE_NS
        if gone is self._gone or (self._gone is None and not self._open and not gone):
            return
        self._gone = gone
        self._recorder.add(
            kind=CHANNEL,
            subject=PAGE,
            participant=None,
            body=channel_body(ChannelStatus(target=PAGE, failed=gone, reason="no page is open")),
            instant=self._clock.now(),
            urgent=True,
        )

    async def run(self) -> None:
        """Look each second, for ever."""
        while True:
            self.look()
            await self._real.sleep_until(self._real.now().running_ns + LOOK_NS)

    @property
    def _is_needed(self) -> bool:
        session = self._recorder.session
        return session is not None and session.phase is Phase.RUNNING
