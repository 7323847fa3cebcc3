"""Keeps the computer from falling asleep while a session runs (reliability.md row 16).

The system's own program holds it awake for as long as its child runs, and the child, `cat`, runs for as long
as this program holds the other end of a pipe: however the station ends, the computer may sleep again.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from collector.clock import SECOND, Clock
from collector.session import Phase, Session

log = structlog.get_logger(__name__)

Asks = Sequence[tuple[str, ...]]

LOOK_NS = SECOND
# What is refused is refused at once; whoever still runs after so long holds.
REFUSES_S = 1.0
ENDS_S = 5.0
WHO = ("--who=Holdspace", "--why=A session is running", "--mode=block")
# By platform, the most that may be asked first: a lid may belong to whoever sits before the computer alone.
ASKS: Mapping[str, Asks] = {
    "linux": (
        ("systemd-inhibit", "--what=sleep:idle:handle-lid-switch", *WHO, "cat"),
        ("systemd-inhibit", "--what=sleep:idle", *WHO, "cat"),
    ),
    "darwin": (("caffeinate", "-i", "-s", "cat"),),
}


class Recording(Protocol):
    """What is needed of the recorder."""

    @property
    def session(self) -> Session | None:
        """The current session."""
        ...


class Awake:
    """The hold on the computer: taken when a session is prepared, let go when it ends."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks
        self._held: Process | None = None
        self._refused = False

    @property
    def held(self) -> bool:
        """Whether the system keeps itself awake for us now."""
        return self._held is not None and self._held.returncode is None

    async def look(self, session: Session | None) -> None:
        """Hold or let go, as the session wants it; a refusal is said once for each session."""
        wanted = session is not None and session.phase is not Phase.ENDED
        if not wanted:
            self._refused = False
            await self.let_go()
        elif not self.held and not self._refused:
            await self._hold()

    async def let_go(self) -> None:
        """The computer may sleep again."""
        held, self._held = self._held, None
        if held is None:
            return
        if held.stdin is not None:
            held.stdin.close()
        try:
            async with asyncio.timeout(ENDS_S):
                await held.wait()
        except TimeoutError:
            held.kill()

    async def _hold(self) -> None:
        for ask in self._asks:
            self._held = await _started(ask)
            if self._held is not None:
                return
        self._refused = True
        log.info(
            "nothing keeps this computer awake for the session; `holdspace doctor` says if it sleeps"
        )


async def _started(ask: Sequence[str]) -> Process | None:
    """The program at work; None if there is none or the system refuses."""
    try:
        process = await asyncio.create_subprocess_exec(  # a session of its own: no terminal to ask on
            *ask, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(REFUSES_S):
            await process.wait()
    except TimeoutError:
        return process
    return None


async def keep_awake(recorder: Recording, clock: Clock, asks: Asks | None = None) -> None:
    """Look for ever, once a second; lets go when it is cancelled."""
    awake = Awake(ASKS.get(sys.platform, ()) if asks is None else asks)
    try:
        while True:
            await awake.look(recorder.session)
            await clock.sleep_until(clock.now().running_ns + LOOK_NS)
    finally:
        await awake.let_go()
