"""Turns: one connection at a time is being made on an adapter, and nobody waits for ever.

A controller makes one LE connection at a time; two at once fail both (reliability.md row 30). Whoever was
heard lately comes first, since trying somebody who is not there takes long; among equals the one who is
longest without data.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

# What is compared: not heard lately, running ns of the newest data. The smallest goes first.
Claim = tuple[bool, int]


@dataclass(frozen=True, slots=True)
class _Waiting:
    claim: Callable[[], Claim]
    called: "asyncio.Future[None]"


class Turns:
    """Gives the turn to one at a time; claims are looked at anew whenever it is given."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: list[_Waiting] = []
        self._came = asyncio.Event()

    @asynccontextmanager
    async def mine(self, claim: Callable[[], Claim]) -> AsyncIterator[None]:
        """Wait for the turn and hold it inside the context."""
        await self._wait(claim)
        try:
            yield
        finally:
            self._taken = False
            self._call_next()

    async def pressed(self) -> None:
        """Wait until somebody who was heard waits for the turn."""
        while all(waiting.claim()[0] for waiting in self._waiting):
            self._came.clear()
            await self._came.wait()

    async def _wait(self, claim: Callable[[], Claim]) -> None:
        if not self._taken:
            self._taken = True
            return
        waiting = _Waiting(claim, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._came.set()
        try:
            await waiting.called
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            elif not waiting.called.cancelled():  # called and cancelled at once: pass it on
                self._taken = False
                self._call_next()
            raise

    def _call_next(self) -> None:
        if self._taken or not self._waiting:
            return
        first = min(self._waiting, key=lambda waiting: waiting.claim())
        self._waiting.remove(first)
        if first.called.cancelled():
            self._call_next()
            return
        self._taken = True
        first.called.set_result(None)
