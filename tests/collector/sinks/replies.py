"""A server that takes rows and answers as badly as it is told: by hand, below HTTP where that is needed."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from tests.collector.sinks.parsing import Point, points

Identity = tuple[str, tuple[tuple[str, str], ...], int]


class Fault(StrEnum):
    """What goes wrong with one request."""

    ANSWER_LOST = "all stored, then the connection ends without an answer"
    RESET = "the connection ends before the body is read"
    ENDED = "the connection ends after the body, nothing stored"
    FAILED = "500, nothing stored"
    FAILED_STORED = "500, all stored"
    GATEWAY = "502 of a proxy"
    BUSY = "503 with Retry-After"
    TOO_MANY = "429 with a date in Retry-After"
    HANGS = "no answer at all, nothing stored"
    HANGS_STORED = "no answer at all, all stored"
    HALF = "half a status line, all stored"
    CUT_SHORT = "an answer shorter than it says, all stored"
    GARBAGE = "no HTTP at all"
    DRIP = "204, a byte at a time"
    STRANGER = "401"
    RIGHT = "403"
    BUCKET = "404"
    TOO_LARGE = "413"
    REDIRECT = "302 to somewhere else"
    PORTAL = "200 with a web page"
    PROXY_400 = "400 of something that is not InfluxDB"


class Then(StrEnum):
    """What the connection does after the reply."""

    GOES_ON = "goes on"
    ENDS = "ends"
    HANGS = "hangs"
    DRIPS = "gives the reply a byte at a time"


@dataclass(frozen=True, slots=True)
class Reply:
    """The bytes of an answer, whether the rows are stored, and what follows."""

    said: bytes
    stored: bool = False
    then: Then = Then.GOES_ON


def http(status: int, body: bytes = b"", *headers: str) -> bytes:
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status} As told", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


DONE = b"HTTP/1.1 204 No Content\r\n\r\n"
PAGE = b"<html>Sign in to this network</html>"
REPLIES: Mapping[Fault | None, Reply] = {
    None: Reply(DONE, stored=True),
    Fault.ANSWER_LOST: Reply(b"", stored=True, then=Then.ENDS),
    Fault.ENDED: Reply(b"", then=Then.ENDS),
    Fault.FAILED: Reply(http(500, b'{"code":"internal error","message":"shard is closed"}')),
    Fault.FAILED_STORED: Reply(http(500), stored=True),
    Fault.GATEWAY: Reply(http(502, PAGE)),
    Fault.BUSY: Reply(http(503, b"", "Retry-After: 7")),
    Fault.TOO_MANY: Reply(http(429, b"", "Retry-After: Wed, 25 Nov 2026 20:00:00 GMT")),
    Fault.HANGS: Reply(b"", then=Then.HANGS),
    Fault.HANGS_STORED: Reply(b"", stored=True, then=Then.HANGS),
    Fault.HALF: Reply(b"HTTP/1.1 20", stored=True, then=Then.ENDS),
    Fault.CUT_SHORT: Reply(http(400, PAGE)[:-5], stored=True, then=Then.ENDS),
    Fault.GARBAGE: Reply(b"220 mail.example ESMTP\r\n", then=Then.ENDS),
    Fault.DRIP: Reply(DONE, stored=True, then=Then.DRIPS),
    Fault.STRANGER: Reply(http(401, b'{"code":"unauthorized","message":"unauthorized access"}')),
    Fault.RIGHT: Reply(http(403)),
    Fault.BUCKET: Reply(http(404, b'{"code":"not found","message":"bucket not found"}')),
    Fault.TOO_LARGE: Reply(http(413)),
    Fault.REDIRECT: Reply(http(302, b"", "Location: /login")),
    Fault.PORTAL: Reply(http(200, PAGE)),
    Fault.PROXY_400: Reply(http(400, b"Client sent an HTTP request to an HTTPS server.")),
}

NO_POINTS = Reply(http(400, b'{"code":"invalid","message":"writing requires points"}'))


class Replies:
    """Keeps points by their identity, as InfluxDB does; `faults` are used up, one per request.

    `written` counts how often each point came, `fields` holds its newest numbers.
    """

    def __init__(self, *faults: Fault | None) -> None:
        self.faults = deque(faults)
        self.written: dict[Identity, int] = {}
        self.fields: dict[Identity, dict[str, float | str]] = {}
        self.requests = 0
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve on a free port of loopback while the block runs."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    @property
    def seqs(self) -> list[int]:
        """The seqs of the readings that are there, sorted; a point that is there twice stands twice."""
        found = [fields["seq"] for (name, _, _), fields in self.fields.items() if name == "reading"]
        return sorted(int(seq) for seq in found)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; whether the connection goes on."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        fault = self.faults.popleft() if self.faults else None
        if fault is Fault.RESET:
            writer.transport.abort()
            return False
        body = await reader.readexactly(_length(head))
        reply = REPLIES[fault] if body or fault else NO_POINTS
        if reply.stored:
            self._store(body)
        await _say(writer, reply)
        if reply.then is Then.HANGS:
            await reader.read()  # until the client gives up
        return reply.then in (Then.GOES_ON, Then.DRIPS)

    def _store(self, body: bytes) -> None:
        for point in points(body.decode()):
            identity = _identity(point)
            self.written[identity] = self.written.get(identity, 0) + 1
            self.fields.setdefault(identity, {}).update(point.fields)


async def _say(writer: asyncio.StreamWriter, reply: Reply) -> None:
    step = 1 if reply.then is Then.DRIPS else max(1, len(reply.said))
    for at in range(0, len(reply.said), step):
        writer.write(reply.said[at : at + step])
        await writer.drain()
        await asyncio.sleep(0)


def _length(head: bytes) -> int:
    lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
    return next(int(value) for name, _, value in lines if name == b"content-length")


def _identity(point: Point) -> Identity:
    return point.measurement, tuple(sorted(point.tags.items())), point.time_ns
