"""Every few seconds of a session: how each clip does, whatever it does. Entry kinds `health` and `lag`.

In the database a sensor that says nothing would otherwise only be an absence, which alert rules there
take for the end of an alert (servers.md 4.4). Recorded only while sinks are configured.
"""

from collections.abc import Callable, Mapping

from collector.clock import SECOND, Clock, Instant
from collector.device import DEVICE, DeviceStatus, LinkState, read_status
from collector.entry import READING, Entry
from collector.feed import Feed, Loss
from collector.recorder import Recorder
from collector.session import Binding, Phase
from collector.sinks.points import HEALTH, LAG
from collector.sinks.schema import HEALTH_S

# Ten seconds of a thousand oximeters; of more the oldest go, which only makes an age larger.
BOUND = 16_384

Lag = Callable[[], Mapping[str, object]]


class HealthWatch:
    """Knows of each clip when it was last heard; `look` records it for those that are worn now."""

    def __init__(self, recorder: Recorder, feed: Feed, clock: Clock, lag: Lag) -> None:
        self._recorder, self._clock, self._lag, self._feed = recorder, clock, lag, feed
        self._heard: dict[str, Instant] = {}
        self._links: dict[str, DeviceStatus] = {}
        self._batteries: dict[str, int] = {}

    async def run(self) -> None:
        """Listen and look for ever."""
        kinds = frozenset({READING, DEVICE})
        entries = self._feed.subscribe("health", bound=BOUND, loss=Loss.OLDEST, kinds=kinds)
        due = self._clock.now().running_ns
        try:
            while True:
                due = max(due + int(HEALTH_S * SECOND), self._clock.now().running_ns)
                await self._clock.sleep_until(due)
                for entry in entries.take():
                    self.take(entry)
                self.look()
        finally:
            self._feed.unsubscribe(entries)

    def look(self) -> None:
        """Record how each worn clip does now, and how far the sinks are behind; nothing between sessions."""
        session = self._recorder.session
        if session is None or session.phase is Phase.ENDED:
            return
        now = self._clock.now()
        for binding in session.bindings.values():
            self._add(HEALTH, binding.device, binding.participant, self._body(binding, now), now)
        self._add(LAG, "", None, self._lag(), now)

    def take(self, entry: Entry) -> None:
        """Learn from a reading or a change of a link."""
        reading = entry.reading
        if reading is None:
            self._links[entry.subject] = read_status(entry)
            return
        if reading.valid and not reading.backfill:
            self._heard[entry.subject] = reading.at
        if reading.battery is not None:
            self._batteries[entry.subject] = reading.battery

    def _body(self, binding: Binding, now: Instant) -> dict[str, object]:
        heard = self._heard.get(binding.device)
        since = binding.since if heard is None or _older(heard, binding.since) else heard
        same_boot = since.boot == now.boot
        age_ns = now.running_ns - since.running_ns if same_boot else now.utc_ns - since.utc_ns
        link = self._links.get(binding.device)
        return {
            "seat": binding.seat,
            "age_s": round(max(0, age_ns) / SECOND, 1),
            "connected": link is not None and link.link is LinkState.CONNECTED,
            "battery": self._batteries.get(binding.device),
        }

    def _add(
        self, kind: str, subject: str, participant: str | None, body: Mapping[str, object], at: Instant
    ) -> None:
        self._recorder.add(kind=kind, subject=subject, participant=participant, body=body, instant=at)


def _older(one: Instant, other: Instant) -> bool:
    return one.boot != other.boot or one.running_ns < other.running_ns
