"""Sends what changed to every open page: one text for all, a latest-wins slot for each."""

import asyncio
from collections.abc import Awaitable, Callable

from alerts.preparation import Notice
from collector.clock import Clock
from collector.feed import Subscription
from dashboards.bedside.state import Header, State

# Real seconds. The first change goes out at once, further ones wait for each other this long.
COALESCE_S = 0.05
HEARTBEAT_S = 1.0
# A page that has not taken its frame for this long is dropped; it comes back by itself.
UNSENT_S = 5.0
MOST_CLIENTS = 64

Send = Callable[[str], Awaitable[None]]


class Client:
    """One open page. Holds at most one unsent frame; a page that missed one gets the whole state."""

    def __init__(self, pushes: "Pushes") -> None:
        self._pushes = pushes
        self._text: str | None = None
        self._behind = True
        self._waiting = asyncio.Event()
        self._waiting.set()
        self._closed = False
        self.stopped = False  # closed because somebody stopped the station

    def offer(self, text: str) -> None:
        """Have `text` sent next; never waits."""
        if self._text is not None or self._behind:
            self._text, self._behind = None, True
        else:
            self._text = text
        self._waiting.set()

    def close(self, *, stopped: bool = False) -> None:
        """Let `write` end; `stopped` when the station ends on purpose."""
        self._closed, self.stopped = True, stopped
        self._waiting.set()

    async def write(self, send: Send) -> None:
        """Send frames until closed; raises TimeoutError when one stays unsent for `UNSENT_S`."""
        while True:
            await self._waiting.wait()
            if self._closed:
                return
            self._waiting.clear()
            text = self._pushes.whole() if self._behind or self._text is None else self._text
            self._text, self._behind = None, False
            async with asyncio.timeout(UNSENT_S):
                await send(text)


class Pushes:
    """Follows the feed, keeps the page's state and tells it to all clients."""

    def __init__(
        self,
        state: State,
        subscription: Subscription,
        clock: Clock,
        *,
        speed: float = 1.0,
        watched: Callable[[int], None] = lambda _pages: None,
    ) -> None:
        """`watched` is told how many pages are open whenever that changes."""
        self._watched = watched
        self._state, self._subscription, self._clock, self._speed = state, subscription, clock, speed
        self._clients: set[Client] = set()
        self._number = 0
        self._whole: tuple[int, str] | None = None
        self._news = asyncio.Event()
        self._alone = asyncio.Event()

    @property
    def full(self) -> bool:
        """Whether no further page can be served."""
        return len(self._clients) >= MOST_CLIENTS

    def notices(self) -> tuple[Notice, ...]:
        """What is to be accepted before the session starts, as of the last entry recorded."""
        self._take()
        return self._state.notices

    def join(self) -> Client:
        """A new client; its first frame is the whole state."""
        client = Client(self)
        self._clients.add(client)
        self._alone.clear()
        self._watched(len(self._clients))
        return client

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)
        self._watched(len(self._clients))
        if not self._clients:
            self._alone.set()

    def close(self, *, stopped: bool = False) -> None:
        """End all clients' `write`; `stopped` when the station ends on purpose."""
        for client in self._clients:
            client.close(stopped=stopped)

    async def alone(self) -> None:
        """Return when no client is left."""
        if self._clients:
            await self._alone.wait()

    async def run(self) -> None:
        """Take entries as they come and push frames, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow(), name="page state")
            tasks.create_task(self._tell(), name="page frames")

    async def _follow(self) -> None:
        """Keep the state current: frames may wait for each other, what is known must not."""
        while True:
            await self._subscription.arrived()
            self._take()
            self._news.set()

    async def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        beat = loop.time() + HEARTBEAT_S
        while True:
            try:
                async with asyncio.timeout_at(beat):
                    await self._news.wait()
            except TimeoutError:
                pass
            self.push()
            beat = loop.time() + HEARTBEAT_S
            await asyncio.sleep(COALESCE_S)

    def _take(self) -> None:
        for entry in self._subscription.take():
            self._state.take(entry)

    def push(self) -> None:
        """Take what waits and offer one frame to every client."""
        self._take()
        self._news.clear()
        self._number += 1
        if self._clients:
            text = self._header() + self._state.delta()
            for client in self._clients:
                client.offer(text)
        self._state.settle()

    def whole(self) -> str:
        """A frame with everything, made now; its body is made once per frame number."""
        if self._whole is None or self._whole[0] != self._number:
            self._whole = (self._number, self._state.whole())
        return self._header() + self._whole[1]

    def _header(self) -> str:
        real_ms = int(asyncio.get_running_loop().time() * 1000)
        header = Header(number=self._number, real_ms=real_ms, now=self._clock.now(), speed=self._speed)
        return self._state.header(header)
