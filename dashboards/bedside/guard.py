"""Stands before every route: Host, Origin, content type, size; and puts the headers on every answer.

Only names we know ourselves are compared. Comparing Origin with the request's own Host would let a
hostile page through that points a name of its own at this machine (DNS rebinding: reliability.md R8).
"""

import json
from collections.abc import Iterable
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 8 * 1024
TOO_LARGE = (413, f"The request is larger than {LARGEST_BODY} bytes.")
# A browser sends this header to another origin only after asking first, which is never answered.
OUR_HEADER = b"x-holdspace"
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
READS = ("GET", "HEAD")
POLICY = (
    b"default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Guard:
    """Lets through only requests for our own names and, where something may change, from our own page."""

    def __init__(self, app: ASGIApp, *, names: Iterable[str], port: int) -> None:
        self._app = app
        self._hosts = frozenset(_with_port(names, port))
        self._origins = frozenset(f"http://{host}" for host in self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            if self._misdirected(scope) or not self._ours(scope):
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _with_headers(send))

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal is not None:
            await _answer(send, *refusal)
            return
        body = receive if scope["method"] in READS else _limited(receive)
        await self._app(scope, body, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        if self._misdirected(scope):
            return 421, "This name is not one of the page's own; add it under [page] names."
        if scope["method"] in READS:
            return None
        if not self._ours(scope) or not _value(scope, OUR_HEADER):
            return 403, "Commands are taken from the bedside page itself only."
        kind = (_value(scope, b"content-type") or "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return 415, "Commands are JSON."
        length = _value(scope, b"content-length") or "0"
        return TOO_LARGE if not length.isdigit() or int(length) > LARGEST_BODY else None

    def _misdirected(self, scope: Scope) -> bool:
        host = _value(scope, b"host")
        return host is None or host.lower() not in self._hosts

    def _ours(self, scope: Scope) -> bool:
        origin = _value(scope, b"origin")
        site = _value(scope, b"sec-fetch-site") if scope["type"] == "http" else None
        return origin is not None and origin.lower() in self._origins and site in (None, "same-origin")


def _with_port(names: Iterable[str], port: int) -> Iterable[str]:
    for name in (*LOCAL_NAMES, *(name.lower() for name in names)):
        given = ":" in name.rpartition("]")[2]
        yield name if given else f"{name}:{port}"
        if port == 80 and not given:
            yield name


def _value(scope: Scope, name: bytes) -> str | None:
    """The one value of a header; None when absent or given twice."""
    values = [value for key, value in scope["headers"] if key == name]
    return str(values[0].decode("latin-1")) if len(values) == 1 else None


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise HTTPException(*TOO_LARGE)
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = {name for name, _ in HEADERS}
            kept = [(key, value) for key, value in message.get("headers", ()) if key not in ours]
            message = {**message, "headers": [*kept, *HEADERS]}
        await send(message)

    return sending


async def _answer(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"detail": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": HTTPStatus(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
