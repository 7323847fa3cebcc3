"""The page on a real socket: handshakes, shutdown, ports."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from collector.clock import LiveClock
from collector.commands import Bind, Prepare
from collector.errors import ConfigError
from collector.reading import Reading
from dashboards.bedside.app import STOPPED
from dashboards.service import follow, listen, serve
from dashboards.settings import PageSettings
from tests.dashboards.bedside.desk import Desk

EVIL = "evil.example"


@asynccontextmanager
async def served(desk: Desk, stopping: asyncio.Event | None = None) -> AsyncIterator[str]:
    """The page's address while it is served on a free port."""
    up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(
            serve(
                recorder=desk,
                alerts=desk,
                entries=follow(desk.feed),
                clock=LiveClock(),
                settings=PageSettings(port=0),
                stopping=stopping,
                ready=up.set_result,
            )
        )
        yield await up
        serving.cancel()


def page(url: str, **headers: str) -> connect:
    """A WebSocket as the page opens it, with some headers changed."""
    origin = headers.pop("origin", url)
    return connect(
        url.replace("http", "ws") + headers.pop("path", "/ws"),
        origin=Origin(origin) if origin else None,
        additional_headers=headers,
    )


async def frame(socket: ClientConnection) -> dict[str, object]:
    """The next frame."""
    told: dict[str, object] = json.loads(await socket.recv())
    return told


@pytest.mark.asyncio
async def test_a_reading_reaches_an_open_page() -> None:
    """The whole at the beginning, then what is new; compressed."""
    desk = Desk()
    desk.execute(Prepare(roster={"A": "P1"}))
    desk.execute(Bind(seat="A", participant="P1", device="clip"))
    async with served(desk) as url, page(url) as socket:
        whole = await frame(socket)
        assert isinstance(whole["seats"], dict)
        assert whole["seats"]["A"]["spo2"] is None
        assert "permessage-deflate" in str(socket.response and socket.response.headers)

        assert desk.session is not None
        reading = Reading(at=LiveClock().now(), spo2=96, pulse_rate=70)
        desk.publish(desk.session.id, "reading", "clip", "P1", reading)
        news = await frame(socket)
        assert isinstance(news["seats"], dict)
        assert news["seats"]["A"]["spo2"][0] == 96


BAD = {
    "no origin": {"origin": ""},
    "foreign origin": {"origin": f"http://{EVIL}"},
    "null origin": {"origin": "null"},
    "https origin": {"origin": "https://127.0.0.1:PORT"},
    "origin of another port": {"origin": "http://127.0.0.1:1"},
    "origin that begins like ours": {"origin": f"http://127.0.0.1:PORT.{EVIL}"},
    "origin that ends like ours": {"origin": f"http://{EVIL}/http://127.0.0.1:PORT"},
    "origin with a path": {"origin": "http://127.0.0.1:PORT/x"},
    "extension": {"origin": "chrome-extension://abcdef"},
    "file": {"origin": "file://"},
    "another path": {"path": "/ws/other"},
    "the page's own path": {"path": "/"},
}


@pytest.mark.parametrize("handshake", BAD)
@pytest.mark.asyncio
async def test_a_bad_handshake_is_refused_before_it_is_accepted(handshake: str) -> None:
    """Twelve ways to open the socket from elsewhere, none of which opens it."""
    async with served(Desk()) as url:
        port = url.rpartition(":")[2]
        headers = {name: value.replace("PORT", port) for name, value in BAD[handshake].items()}
        with pytest.raises(InvalidStatus) as refused:
            async with page(url, **headers):
                pass

    assert refused.value.response.status_code in (403, 404)


@pytest.mark.parametrize("host", [f"{EVIL}:PORT", "127.0.0.1", f"127.0.0.1.{EVIL}:PORT", ""])
@pytest.mark.asyncio
async def test_a_rebound_name_opens_no_socket(host: str) -> None:
    """Host and Origin that agree but are not ours: refused."""
    async with served(Desk()) as url:
        address, port = url.removeprefix("http://").split(":")
        host = host.replace("PORT", port)
        reader, writer = await asyncio.open_connection(address, int(port))
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()

    assert answer.split()[1] in (b"403", b"400")


@pytest.mark.asyncio
async def test_a_page_that_talks_is_let_go() -> None:
    """The socket goes down only."""
    async with served(Desk()) as url, page(url) as socket:
        await socket.send("hello")
        with suppress(ConnectionClosed):
            async for _ in socket:
                pass

    assert socket.close_code == 1008


@pytest.mark.asyncio
async def test_a_gone_page_is_noticed() -> None:
    """Pages that come and go leave nothing behind: later ones are served."""
    async with served(Desk()) as url:
        for _ in range(70):
            async with page(url) as socket:
                assert "session" in await frame(socket)


@pytest.mark.asyncio
async def test_shutdown_closes_the_pages_and_ends_within_two_seconds() -> None:
    """Cancelling the caller's task tells every page that the service restarts."""
    loop = asyncio.get_running_loop()
    sockets: list[ClientConnection] = []
    async with served(Desk()) as url:
        for _ in range(3):
            sockets.append(await page(url))
            await frame(sockets[-1])
        began = loop.time()
    took = loop.time() - began

    assert took < 2
    for socket in sockets:
        with suppress(ConnectionClosed):
            async for _ in socket:
                pass
        assert socket.close_code == 1012


@pytest.mark.asyncio
async def test_a_station_that_is_stopped_on_purpose_says_so_last() -> None:
    """The code by which the page knows an end from a fault."""
    stopping = asyncio.Event()
    async with served(Desk(), stopping) as url:
        socket = await page(url)
        await frame(socket)
        stopping.set()
    with suppress(ConnectionClosed):
        async for _ in socket:
            pass

    assert socket.close_code == STOPPED


@pytest.mark.asyncio
async def test_signals_stay_with_the_caller() -> None:
    """Serving changes no signal handler."""
    import signal  # noqa: PLC0415 - read before and after only

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    async with served(Desk()) as url, httpx.AsyncClient() as client:
        assert (await client.get(url)).status_code == 200
        during = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    assert during == before


def test_a_port_in_use_is_one_sentence() -> None:
    """The sentence names the port and the option."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"Port {port} is in use.*--port"):
            listen("127.0.0.1", port)


def test_an_address_that_is_not_ours_is_one_sentence() -> None:
    """The sentence names the address."""
    with pytest.raises(ConfigError, match=r"cannot be served on 192\.0\.2\.1 port 8080"):
        listen("192.0.2.1", 8080)
