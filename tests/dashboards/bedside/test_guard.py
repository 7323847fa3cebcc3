"""Who may ask the page for what: Host, Origin, headers, size; on every route there is."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from starlette.routing import Mount, WebSocketRoute
from starlette.types import ASGIApp

from dashboards.bedside.guard import Guard
from tests.dashboards.bedside.desk import OURS, PORT, Desk

EVIL = "evil.example"
COMMANDS = [
    "/api/accept",
    "/api/acknowledge",
    "/api/acknowledge/cautions",
    "/api/arrived",
    "/api/back",
    "/api/baseline",
    "/api/mark",
    "/api/override",
    "/api/pause",
    "/api/pressure",
    "/api/session/end",
    "/api/session/prepare",
    "/api/session/start",
    "/api/settle",
]


def routes(app: ASGIApp) -> dict[str, set[str]]:
    """Path -> methods of every route behind the guard."""
    assert isinstance(app, Guard)
    inner = app._app
    assert isinstance(inner, FastAPI)
    found: dict[str, set[str]] = {}
    for route in inner.routes:
        if isinstance(route, Mount | WebSocketRoute):
            found[route.path] = {"mount" if isinstance(route, Mount) else "websocket"}
        else:
            found[getattr(route, "path", "?")] = set(getattr(route, "methods", {"?"}))
    return found


def test_the_route_table_is_this() -> None:
    """A route that nobody has thought about cannot slip in."""
    assert routes(Desk().app()) == {
        "/": {"GET"},
        "/static": {"mount"},
        "/ws": {"websocket"},
        **{path: {"POST"} for path in COMMANDS},
    }


@pytest.mark.parametrize("path", ["/", "/static/page.js", "/ws", "/nothing", *COMMANDS])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.asyncio
async def test_a_rebound_name_gets_nothing(method: str, path: str) -> None:
    """Host and Origin that agree with each other but are not ours: 421 on every route."""
    desk = Desk()
    headers = {**OURS, "Host": f"{EVIL}:{PORT}", "Origin": f"http://{EVIL}:{PORT}"}
    async with desk.client() as client:
        answer = await client.request(method, path, headers=headers, content="{}")

    assert answer.status_code == 421
    assert desk.commands == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",  # without the port
        f"127.0.0.1:{PORT + 1}",
        f"localhost.{EVIL}:{PORT}",
        f"127.0.0.1.{EVIL}:{PORT}",
        f"{EVIL}@127.0.0.1:{PORT}",
        f"0.0.0.0:{PORT}",
        "",
    ],
)
@pytest.mark.asyncio
async def test_names_that_only_look_like_ours(host: str) -> None:
    """A name is ours to the letter or not at all."""
    async with Desk().client() as client:
        assert (await client.get("/", headers={"Host": host})).status_code == 421


@pytest.mark.parametrize(
    "host", [f"localhost:{PORT}", f"127.0.0.1:{PORT}", f"[::1]:{PORT}", f"LOCALHOST:{PORT}"]
)
@pytest.mark.asyncio
async def test_our_own_names(host: str) -> None:
    """The page answers to this machine's names for itself."""
    async with Desk().client() as client:
        assert (await client.get("/", headers={"Host": host})).status_code == 200


@pytest.mark.asyncio
async def test_configured_names() -> None:
    """Further names are taken from the settings, with the port of the page or one of their own."""
    async with Desk().client(names=("room2.local", "station:9000")) as client:
        for host in (f"room2.local:{PORT}", "station:9000"):
            assert (await client.get("/", headers={"Host": host})).status_code == 200
        assert (await client.get("/", headers={"Host": f"station:{PORT}"})).status_code == 421


FORGED = {
    "form": {"Content-Type": "application/x-www-form-urlencoded"},
    "multipart": {"Content-Type": "multipart/form-data; boundary=x"},
    "text as JSON": {"Content-Type": "text/plain"},
    "no type": {"Content-Type": ""},
    "no header of ours": {"X-Holdspace": ""},
    "foreign origin": {"Origin": f"http://{EVIL}"},
    "foreign port": {"Origin": "http://127.0.0.1:9999"},
    "null origin": {"Origin": "null"},
    "https origin": {"Origin": f"https://127.0.0.1:{PORT}"},
    "origin that begins like ours": {"Origin": f"http://127.0.0.1:{PORT}.{EVIL}"},
    "cross-site fetch": {"Sec-Fetch-Site": "cross-site"},
    "same-site fetch": {"Sec-Fetch-Site": "same-site"},
    "typed address": {"Sec-Fetch-Site": "none"},
}


@pytest.mark.parametrize("forgery", FORGED)
@pytest.mark.parametrize("path", COMMANDS)
@pytest.mark.asyncio
async def test_a_command_from_elsewhere_does_nothing(path: str, forgery: str) -> None:
    """What another page could make a browser send is refused on every command."""
    desk = Desk()
    async with desk.client() as client:
        answer = await client.post(path, content="{}", headers={**OURS, **FORGED[forgery]})

    assert answer.status_code in (403, 415)
    assert desk.commands == []
    assert desk.acknowledged == []


@pytest.mark.parametrize("missing", ["Origin", "X-Holdspace", "Content-Type"])
@pytest.mark.asyncio
async def test_each_proof_is_needed(missing: str) -> None:
    """A command without one of its three proofs is refused."""
    headers = {name: value for name, value in OURS.items() if name != missing}
    async with Desk().client() as client:
        answer = await client.post("/api/mark", content="{}", headers=headers)

    assert answer.status_code in (403, 415)


@pytest.mark.asyncio
async def test_an_origin_given_twice_counts_as_none() -> None:
    """Two Origins, one of them ours, are no Origin."""
    async with Desk().client() as client:
        headers = [*OURS.items(), ("Origin", f"http://{EVIL}")]
        answer = await client.post("/api/mark", content="{}", headers=headers)

    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.asyncio
async def test_other_methods_are_refused_without_proof(method: str) -> None:
    """Whatever is no plain read needs the same proofs as a command; nobody is told what is allowed."""
    async with Desk().client() as client:
        answer = await client.request(method, "/api/mark")

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.asyncio
async def test_a_large_body_is_cut_off(announced: bool) -> None:  # noqa: FBT001 - a parameter
    """More than 8 KiB is refused, whether its length is announced or not."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b" " * 1024

    async with Desk().client() as client:
        content = b" " * 9 * 1024 if announced else parts()
        answer = await client.post("/api/mark", content=content, headers=OURS)

    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/", "/static/page.js", "/nothing", "/api/mark"])
@pytest.mark.asyncio
async def test_every_answer_has_the_headers(path: str) -> None:
    """Policy, no sniffing, no storing: on pages, files, errors and refusals alike."""
    async with Desk().client() as client:
        for answer in (
            await client.get(path),
            await client.post(path, content="{}", headers=OURS),
            await client.get(path, headers={"Host": EVIL}),
        ):
            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
