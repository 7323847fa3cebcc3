"""The station's side of the companion process: starts it, feeds it, restarts it. Never waits for it.

The process is in a session of its own, so that the Ctrl+C for the station does not end it; a station
that ends in order says goodbye, one that is killed is missed.
"""

import asyncio
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import structlog

from alerts.calls import Call, read_call
from alerts.notifications import State
from alerts.watchdog.patience import Patience
from alerts.watchdog.place import Place
from alerts.watchdog.wire import Message, line, read_line, send_line
from collector.clock import SECOND, Clock
from collector.supervision import BackOff

log = structlog.get_logger(__name__)

BEAT_S = 1.0
# It loads every plugin of apprise: 2 s of CPU, much longer on a busy machine.
START_S = 60.0
# Goodbye: what is under way gets this long, then the process is ended.
LEAVE_S = 2.0
LOOK_S = 0.05
# A message older than this has been given up by whoever posted it.
STALE_NS = 10 * SECOND
FULL = 1 << 20


class _Gone(Exception):
    """The companion is not there any more."""


@dataclass(frozen=True, slots=True)
class _Posted:
    said: bytes
    at_ns: int


class Companion:
    """Keeps one companion process running.

    `beat` gives the facts of the next beat, None to withhold it (the engine stands still). `result` is
    told key, attempt, state and reason, `called` what the companion told by itself in an outage; `state`
    whether the companion is here, and why not. `over` says whether the station may leave without being missed.
    """

    def __init__(  # noqa: PLR0913 - its neighbours, named
        self,
        command: Sequence[str],
        *,
        place: Place,
        real: Clock,
        random: Random,
        beat: Callable[[], Mapping[str, object] | None],
        result: Callable[[str, int, State, str], None],
        called: Callable[[Call], None],
        state: Callable[[bool, str], None],
        over: Callable[[], bool],
    ) -> None:
        self._command, self._place, self._real = command, place, real
        self._beat, self._result, self._called = beat, result, called
        self._state, self._over = state, over
        self._back_off = BackOff(random)
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._patience = Patience(0)
        self._waiting: dict[str, _Posted] = {}

    @property
    def pid(self) -> int | None:
        """The process id of the companion, None while there is none."""
        return self._process.pid if self._process else None

    def post(self, message: Message, attempt: int) -> None:
        """Have it delivered; kept until an answer comes, so that a new companion gets it too."""
        said = send_line(message, attempt)
        self._waiting[message.key] = _Posted(said, self._real.now().running_ns)
        if self._writer is not None:
            self._writer.write(said)

    async def run(self) -> None:
        """Keep it running, for ever; on the way out say goodbye."""
        try:
            while True:
                try:
                    await self._once()
                except (_Gone, OSError) as gone:
                    log.warning("companion gone", why=str(gone))
                    self._state(False, str(gone))
                await self._pause(self._back_off.next_s())
        finally:
            await self._leave()

    async def _once(self) -> None:
        """One life of the companion; ends by `_Gone`."""
        self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - once in a long while; our own command
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
        try:
            reader, self._writer = await self._meet(self._process)
            await self._talk(reader, self._writer, self._process)
        except Exception:
            process, writer = self._process, self._writer
            self._process = self._writer = None
            if writer is not None:
                writer.close()
            await self._end(process)
            raise

    async def _meet(
        self, process: "subprocess.Popen[bytes]"
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to that very process; the one of a former station may still be leaving."""
        end = self._real.now().running_ns + int(START_S * SECOND)
        while self._real.now().running_ns < end:
            if process.poll() is not None:
                raise _Gone(f"it ended by itself with code {process.returncode}")
            streams = await self._place.connect()
            if streams is not None:
                with suppress(OSError, ValueError, TimeoutError):
                    async with asyncio.timeout(2.0):
                        here = read_line(await streams[0].readline())
                    if here.get("pid") == process.pid:
                        self._problems(here)
                        return streams
                streams[1].close()
            await self._pause(0.1)
        raise _Gone("it did not start")

    async def _talk(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        process: "subprocess.Popen[bytes]",
    ) -> None:
        now = self._real.now().running_ns
        self._patience = Patience(now)
        self._state(True, "")
        for key, posted in list(self._waiting.items()):
            if now - posted.at_ns < STALE_NS:
                writer.write(posted.said)
            else:
                del self._waiting[key]
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(reader), name="companion answers")
                tasks.create_task(self._beats(writer, process), name="beats")
        except* _Gone as group:
            raise _Gone(str(group.exceptions[0])) from group
        except* (OSError, ValueError) as group:
            raise _Gone("the connection broke") from group

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while said := await reader.readline():
            self._patience.heard(self._real.now().running_ns)
            facts: Mapping[str, Any] = read_line(said)
            if facts["say"] == "result":
                posted = self._waiting.pop(facts["key"], None)
                if posted is not None:
                    self._back_off.reset()
                self._result(
                    facts["key"], facts["attempt"], State(facts["state"]), str(facts["reason"])
                )
            elif facts["say"] == "called":
                self._called(read_call(facts))
        raise _Gone("it ended")

    async def _beats(self, writer: asyncio.StreamWriter, process: "subprocess.Popen[bytes]") -> None:
        while True:
            facts = self._beat()
            if facts is not None:
                writer.write(line("beat", **facts))
            await self._pause(BEAT_S)
            if process.poll() is not None:
                raise _Gone("it ended")
            hung = self._patience.over(self._real.now().running_ns)
            if hung or writer.transport.get_write_buffer_size() > FULL:
                raise _Gone("it hung")

    async def _leave(self) -> None:
        """A station that may leave says goodbye and sees its companion end; another one is missed."""
        if self._writer is not None:
            if self._over():
                self._writer.write(line("bye"))
            self._writer.close()
        if self._process is None or not self._over():
            return
        end = self._real.now().running_ns + int(LEAVE_S * SECOND)
        while self._process.poll() is None and self._real.now().running_ns < end:
            await self._pause(LOOK_S)
        await self._end(self._process)

    async def _end(self, process: "subprocess.Popen[bytes]") -> None:
        if process.poll() is None:
            process.kill()
            await asyncio.to_thread(process.wait)

    def _problems(self, here: Mapping[str, Any]) -> None:
        for target, problem in dict(here.get("problems", {})).items():
            log.error("target cannot be used", target=target, why=problem)

    async def _pause(self, seconds: float) -> None:
        await self._real.sleep_until(self._real.now().running_ns + int(seconds * SECOND))
