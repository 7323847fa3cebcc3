"""In-process fan-out of entries: every subscriber has a bounded queue and a stated loss policy."""

import asyncio
from collections import deque
from enum import StrEnum

from collector.entry import Entry


class Loss(StrEnum):
    """What a full subscription gives up."""

    NOTHING = "nothing"  # over the bound it keeps all and reports `overflowed`: alerts
    OLDEST = "oldest"  # drops the oldest and counts them: pages


class Subscription:
    """A subscriber's queue. `take` returns what has come since the last call, in seq order."""

    def __init__(
        self, name: str, *, bound: int, loss: Loss, kinds: frozenset[str] | None = None
    ) -> None:
        self.name = name
        self.kinds = kinds
        self.dropped = 0
        self._bound = bound
        self._loss = loss
        self._entries: deque[Entry] = deque(maxlen=bound if loss is Loss.OLDEST else None)
        self._arrived = asyncio.Event()

    @property
    def overflowed(self) -> bool:
        """Whether the subscriber has fallen behind its bound."""
        return self.dropped > 0 or len(self._entries) > self._bound

    def put(self, entry: Entry) -> None:
        if self._loss is Loss.OLDEST and len(self._entries) == self._bound:
            self.dropped += 1
        if not self._entries:
            self._arrived.set()
        self._entries.append(entry)

    def take(self) -> list[Entry]:
        """All that waits, at once; possibly nothing."""
        entries = list(self._entries)
        self._entries.clear()
        self._arrived.clear()
        return entries

    async def arrived(self) -> None:
        """Return when at least one entry waits."""
        await self._arrived.wait()


class Feed:
    """Publishes each entry to all subscriptions, synchronously and without waiting for anybody."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def subscribe(
        self, name: str, *, bound: int, loss: Loss, kinds: frozenset[str] | None = None
    ) -> Subscription:
        """A new subscription to entries of `kinds`, or of every kind."""
        subscription = Subscription(name, bound=bound, loss=loss, kinds=kinds)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.remove(subscription)

    def publish(self, entry: Entry) -> None:
        for subscription in self._subscriptions:
            if subscription.kinds is None or entry.kind in subscription.kinds:
                subscription.put(entry)
