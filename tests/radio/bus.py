"""A message bus of our own: the real dbus-daemon, seen by nobody else."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

SYSTEM_BUS = "DBUS_SYSTEM_BUS_ADDRESS"


def daemon() -> str:
    """The path of dbus-daemon; skips where there is none."""
    found = shutil.which("dbus-daemon")
    if found is None:
        pytest.skip("no dbus-daemon found: install the package dbus")
    return found


class PrivateBus:
    """A dbus-daemon at `address`, which stays the same when it is killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.address = f"unix:path={folder / 'bus'}"
        self._socket = folder / "bus"
        self._daemon: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and return when it takes connections."""
        self._socket.unlink(missing_ok=True)
        options = ["--session", "--nofork", "--print-address=1", f"--address={self.address}"]
        self._daemon = await asyncio.create_subprocess_exec(
            daemon(), *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        assert self._daemon.stdout is not None
        assert await self._daemon.stdout.readline()

    async def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._daemon is None:
            return
        if self._daemon.returncode is None:
            self._daemon.kill()
        await self._daemon.wait()


@contextlib.asynccontextmanager
async def private_bus() -> AsyncIterator[PrivateBus]:
    """A bus that lives inside the context."""
    with tempfile.TemporaryDirectory() as folder:
        bus = PrivateBus(Path(folder))
        await bus.start()
        try:
            yield bus
        finally:
            await bus.kill()
