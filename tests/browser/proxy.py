"""A small TCP proxy between page and station that cuts, holds and delays."""

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self


class Proxy:
    """Forwards `port` to the station. Attributes may be changed at any time.

    `delay_s` holds every piece that long, in order; `silent` swallows everything and answers nothing, as a
    network that has forgotten the connection does; `refuse` closes what is there and accepts no more.
    """

    def __init__(self) -> None:
        self.port = 0
        self.delay_s = 0.0
        self.silent = False
        self.target = 0  # the station's port; set it before the page is opened
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Where the page is to be opened."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Close all connections and refuse new ones."""
        self._call(self._cut)

    def mend(self) -> None:
        """Accept again."""
        self._call(self._listen)

    def __enter__(self) -> Self:
        self._thread.start()
        self._up.wait(5)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._call(self._cut)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _call(self, what: object) -> None:
        asyncio.run_coroutine_threadsafe(what(), self._loop).result(5)  # type: ignore[operator]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._up.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connection, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            there, onward = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers |= {writer, onward}
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._forward(reader, onward))
                    tasks.create_task(self._forward(there, writer))
            except* OSError:
                pass
            finally:
                self._writers -= {writer, onward}
                writer.transport.abort()
                onward.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send(queue, writer))
            silent = False
            while data := await reader.read(65536):
                silent = silent or self.silent
                if not silent:
                    queue.put_nowait((self._loop.time() + self.delay_s, data))
            if not silent:
                queue.put_nowait((self._loop.time() + self.delay_s, b""))
                await sending
            else:
                await asyncio.Event().wait()

    async def _send(
        self, queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(due - self._loop.time())
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()
