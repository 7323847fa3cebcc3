"""Serves the bedside page inside the caller's TaskGroup."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Generator, Iterable

import uvicorn

from alerts.accepting import Accepting
from alerts.overrides import Override
from alerts.preparation import Preparation
from collector.clock import Clock
from collector.entry import Entry
from collector.errors import ConfigError
from collector.feed import Feed, Loss, Subscription
from collector.session import Source
from dashboards.bedside.app import AlertCommands, Commands, Limits, make_app
from dashboards.bedside.fitting import Clips
from dashboards.bedside.pushes import Pushes
from dashboards.bedside.state import State
from dashboards.settings import PageSettings

# Entries a stuck page state may fall behind; it keeps them all, because a lost entry is a lost alert.
PAGE_BOUND = 10_000
# Real seconds: a shutdown takes no longer; a page that answers no ping for this long is dropped.
SHUTDOWN_S = 1.5
FAREWELL_S = (
    0.3  # of it: for the pages to be told why, before uvicorn closes what is left without a word
)
PING_S = 5.0
# What a page that does not read can hold back in the kernel; about ten minutes of frames.
SEND_BUFFER = 64 * 1024


class PageServer(uvicorn.Server):
    """uvicorn without its signal handlers and its tenth-of-a-second tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to the composition root."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve and say so."""
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        """Serve until cancelled."""
        await self.on_tick(0)
        await asyncio.Event().wait()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises `ConfigError`, one sentence. Port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"Port {port} is in use, perhaps by another Holdspace; choose another with --port."
            ) from error
        raise ConfigError(
            f"The page cannot be served on {host} port {port} ({error.strerror}); host in [page] has to be"
            " an address of this computer, and its port one that this user may take."
        ) from error
    listener.setblocking(False)
    return listener


def follow(feed: Feed) -> Subscription:
    """What the page will have to know; to be subscribed before anything is recorded."""
    return feed.subscribe("bedside", bound=PAGE_BOUND, loss=Loss.NOTHING)


async def serve(  # noqa: PLR0913 - the neighbours of the page, each by name
    *,
    recorder: Commands,
    alerts: AlertCommands,
    entries: Subscription,
    clock: Clock,
    settings: PageSettings,
    speed: float = 1.0,
    source: Source = Source.LIVE,
    stopping: asyncio.Event | None = None,
    limits: Limits | None = None,
    seed: Iterable[Entry] = (),
    ready: Callable[[str], None] = lambda _url: None,
    arrived: Callable[[str], None] | None = None,
    watched: Callable[[int], None] = lambda _pages: None,
    clips: Clips | None = None,
    overrides: tuple[Override, ...] = (),
    accepting: Accepting | None = None,
) -> None:
    """Serve the page until cancelled; closes the pages' sockets and ends within 2 s then.

    `ready` gets the page's address once it can be opened. `entries` come from `follow`, `seed` are those of
    the current session that were recorded before it (seq order; its last ten minutes fill the traces).
    Raises `ConfigError` when it cannot be served there. `speed` is session seconds per real second; sessions
    prepared on the page are recorded as of `source`. When `stopping` is set at the end, the pages are told
    that the station was stopped. `arrived` is told who has seen the test notification arrive, `watched`
    how many pages are open. With `clips` there is a page that shows whose clip is whose.
    `overrides` are the limits for one person that the rules file has. With `accepting`, what the preparation
    finds has to be accepted before a session starts.
    """
    listener = listen(settings.host, settings.port)
    port = listener.getsockname()[1]
    state = State(overrides, Preparation(overrides) if accepting else None)
    for entry in seed:
        state.take(entry)
    if state.session is None and recorder.session is not None:
        state.adopt(recorder.session)
    pushes = Pushes(state, entries, clock, speed=speed, watched=watched)
    app = make_app(
        recorder=recorder,
        alerts=alerts,
        pushes=pushes,
        limits=limits or Limits(),
        names=(*settings.names, *_own_name(settings.host)),
        port=port,
        arrived=arrived,
        source=source,
        speed=speed,
        clips=clips,
        now=clock.now,
        accepting=accepting,
    )
    server = PageServer(_uvicorn(app))
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pushes.run(), name="page pushes")
            tasks.create_task(_serve(server, listener, pushes, stopping), name="page server")
            await server.up.wait()
            ready(f"http://{_shown(settings.host)}:{port}")
    finally:
        listener.close()


async def _serve(
    server: PageServer, listener: socket.socket, pushes: Pushes, stopping: asyncio.Event | None
) -> None:
    try:
        await server.serve(sockets=[listener])
    finally:
        pushes.close(stopped=stopping is not None and stopping.is_set())
        if server.started:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    await pushes.alone()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SHUTDOWN_S - FAREWELL_S):
                    await server.shutdown(sockets=[listener])


def _uvicorn(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # uvicorn spells the same ASGI types anew
        http="h11",
        ws="websockets-sansio",
        ws_max_size=8 * 1024,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=16 * 1024,
    )


def _own_name(host: str) -> tuple[str, ...]:
    """The name of the address we listen on, unless it stands for all of them."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return ()
    return (f"[{host}]" if ":" in host else host,)


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
