"""A message bus of our own: the real dbus-daemon, seen by nobody else."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator

import pytest

SYSTEM_BUS = "DBUS_SYSTEM_BUS_ADDRESS"


class PrivateBus:
    """A running dbus-daemon; `address` is what clients need."""

    def __init__(self, daemon: asyncio.subprocess.Process, address: str) -> None:
        self.address = address
        self._daemon = daemon

    async def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._daemon.returncode is None:
            self._daemon.kill()
        await self._daemon.wait()


def daemon() -> str:
    """The path of dbus-daemon; skips where there is none."""
    found = shutil.which("dbus-daemon")
    if found is None:
        pytest.skip("no dbus-daemon found: install the package dbus")
    return found


@contextlib.asynccontextmanager
async def private_bus(*, listen: str = "") -> AsyncIterator[PrivateBus]:
    """A bus that lives inside the context, on the address `listen` if that is given."""
    options = [
        "--session",
        "--nofork",
        "--print-address=1",
        *([f"--address={listen}"] if listen else []),
    ]
    process = await asyncio.create_subprocess_exec(
        daemon(), *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    bus = PrivateBus(process, (await process.stdout.readline()).decode().strip())
    try:
        yield bus
    finally:
        await bus.kill()
