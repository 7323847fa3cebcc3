"""A server that takes rows as fast as Python can, and forgets them or hands them to an InfluxDB 1.6 behind it.

Called as `python -m tests.benchmarks.receiver [URL]` in a process of its own; says its own address first.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

import aiohttp

from tests.collector.sinks.influxd import DATABASE, PASSWORD, USER

DONE = b"HTTP/1.1 204 No Content\r\n\r\n"
FAILED = b"HTTP/1.1 500 Failed\r\nContent-Length: 0\r\n\r\n"
Take = Callable[[bytes], Awaitable[bool]]


async def serve(take: Take, *, port: int = 0) -> None:
    """Answer every request by what `take` says of its body, on `port` of loopback or a free one."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r")[0])
                writer.write(DONE if await take(await reader.readexactly(length)) else FAILED)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", port, limit=1 << 22)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def everything(_body: bytes) -> bool:
    """Take everything."""
    return True


async def pass_on(behind: str) -> None:
    """Serve in front of an InfluxDB 1.6."""
    where = {"db": DATABASE, "precision": "n", "u": USER, "p": PASSWORD}
    async with aiohttp.ClientSession() as session:

        async def take(body: bytes) -> bool:
            async with session.post(f"{behind}/write", params=where, data=body) as answer:
                return answer.status == 204

        await serve(take)


if __name__ == "__main__":
    asyncio.run(pass_on(sys.argv[1]) if len(sys.argv) > 1 else serve(everything))
