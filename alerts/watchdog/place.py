"""Where station and companion meet: a socket in the data directory that only its owner can use.

A Unix domain socket of mode 0600; on Windows, or where the path is too long for one, loopback TCP whose
port and random token stand in a file of mode 0600.
"""

import asyncio
import hmac
import json
import os
import secrets
import socket
import sys
from contextlib import suppress
from pathlib import Path

from alerts.watchdog.wire import LONGEST_LINE, line, read_line
from collector.errors import Unavailable

SOCKET, CARD = "watchdog.sock", "watchdog.json"
OUTAGE = "watchdog.outage"  # there while people have been told `station stopped` and not yet `back`
LONGEST_PATH = 100  # sun_path holds 104 bytes on macOS, 108 on Linux
HELLO_S = 2.0

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Place:
    """The meeting place of one data directory."""

    def __init__(self, directory: Path) -> None:
        self._socket, self._card = directory / SOCKET, directory / CARD
        self._outage = directory / OUTAGE
        self._token = ""
        self._tcp = sys.platform == "win32" or len(os.fsencode(self._socket)) > LONGEST_PATH

    def listen(self) -> socket.socket:
        """A listening socket in place of whatever was there; raises `Unavailable`."""
        try:
            listener = self._listen_on_loopback() if self._tcp else self._listen_on_path()
        except OSError as error:
            raise Unavailable(
                f"The watchdog cannot listen in {self._socket.parent}: {error.strerror}."
            ) from error
        listener.setblocking(False)
        return listener

    async def connect(self) -> Streams | None:
        """A connection to whoever listens here, the hello said; None when nobody does."""
        try:
            if self._tcp:
                card = json.loads(self._card.read_text(encoding="ascii"))
                streams = await asyncio.open_connection(
                    "127.0.0.1", int(card["port"]), limit=LONGEST_LINE
                )
                token = str(card["token"])
            else:
                streams = await _open_path(self._socket)
                token = ""
        except (OSError, ValueError, KeyError):
            return None
        streams[1].write(line("hello", token=token))
        return streams

    async def admits(self, reader: asyncio.StreamReader) -> bool:
        """Whether a new connection begins with a hello and the right token."""
        try:
            async with asyncio.timeout(HELLO_S):
                said = read_line(await reader.readline())
        except (TimeoutError, ValueError, OSError):
            return False
        return said["say"] == "hello" and hmac.compare_digest(str(said.get("token")), self._token)

    def leave(self, listener: socket.socket) -> None:
        """Take our socket away, unless somebody has put theirs there."""
        listener.close()
        if not self._tcp:
            return  # a stale path is replaced by the next one who listens
        with suppress(OSError, ValueError):
            if json.loads(self._card.read_text(encoding="ascii"))["token"] == self._token:
                self._card.unlink()

    def keep_outage(self, mark: str) -> None:
        """Keep that `station stopped` has been sent, for the companion that comes when this one is killed."""
        beside = self._outage.with_suffix(f".{os.getpid()}")
        beside.write_text(mark, encoding="utf-8")
        beside.replace(self._outage)

    def kept_outage(self) -> str | None:
        """The mark of the outage that nobody has been told the end of; None when there is none."""
        try:
            return self._outage.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None

    def forget_outage(self) -> None:
        """Everybody has been told `station back`, or the station has said goodbye."""
        self._outage.unlink(missing_ok=True)

    def _listen_on_path(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        beside = self._socket.with_name(f"w{os.getpid()}")
        beside.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            listener.bind(str(beside))
        finally:
            os.umask(before)
        listener.listen()
        beside.replace(self._socket)  # whoever connects finds one of us, never a gap
        return listener

    def _listen_on_loopback(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        self._token = secrets.token_hex(32)
        beside = self._card.with_suffix(f".{os.getpid()}")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"port": listener.getsockname()[1], "token": self._token}, file)
        beside.replace(self._card)
        return listener


if sys.platform == "win32":

    async def _open_path(path: Path) -> Streams:
        raise OSError(path)
else:

    async def _open_path(path: Path) -> Streams:
        return await asyncio.open_unix_connection(path, limit=LONGEST_LINE)
