"""The companion at work: takes messages from the station, delivers them, and speaks when it is gone."""

import asyncio
import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import tzinfo
from typing import Any, Protocol

import structlog
from pydantic import SecretStr

from alerts.calls import Call, call_facts, read_call
from alerts.notifications import State, station_text
from alerts.watchdog import dead_man
from alerts.watchdog.beat import Beat, Verdict
from alerts.watchdog.place import Place
from alerts.watchdog.postman import Outcome, apart
from alerts.watchdog.wire import Message, line, read_line, read_message
from collector.clock import SECOND, Clock

log = structlog.get_logger(__name__)

LOOK_S = 0.25
ALIVE_S = 1.0
# An answer is kept for whoever asks again about the same key: a station that was started anew.
KEPT = 10_000
# When the station is gone nobody else speaks: pauses between tries at targets not reached yet.
PAUSES_S = (0.0, 2.0, 5.0, 10.0, 20.0, 30.0)
KEEP_S = 2.0  # shorter than the five seconds of beats between `stopped` and `back`
# Nobody has come back for so long: the house is asleep.
ORPHANED_NS = 12 * 3600 * SECOND


class Delivers(Protocol):
    """What is needed of the postman."""

    @property
    def problems(self) -> Mapping[str, str]:
        """Targets whose address cannot be used."""
        ...

    async def deliver(self, message: Message) -> Outcome:
        """Deliver, within 10 s."""
        ...


class Watch:
    """One companion. `run` returns when the station has said goodbye, or another companion took over."""

    def __init__(  # noqa: PLR0913 - its neighbours, named
        self,
        *,
        place: Place,
        postman: Delivers,
        targets: Sequence[str],
        room: str,
        clock: Clock,
        zone: tzinfo | None = None,
        dead_man_url: SecretStr | None = None,
    ) -> None:
        self._place, self._postman, self._clock = place, postman, clock
        self._targets, self._room, self._zone, self._dead_man = targets, room, zone, dead_man_url
        self._beat = Beat()
        self._mark = ""
        self._station: asyncio.StreamWriter | None = None
        self._answers: OrderedDict[str, Outcome] = OrderedDict()
        self._busy: dict[str, int] = {}
        self._over = asyncio.Event()
        self._heard = clock.now().running_ns
        self._tasks: asyncio.TaskGroup
        self._calling: asyncio.Task[None] | None = None
        self._calls: dict[str, Call] = {}  # of this outage, by target; told to the next station

    def stop(self) -> None:
        """End soon, without waiting for a goodbye."""
        self._over.set()

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Watch and deliver; what is under way at the end gets 10 s."""
        await self._take_over()
        listener = self._place.listen()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                server = await _serve(self._connected, listener)
                timers = [
                    tasks.create_task(self._look(), name="look"),
                    tasks.create_task(self._say_alive(), name="alive"),
                    tasks.create_task(
                        dead_man.ping(self._dead_man, self._fresh), name="dead man's switch"
                    ),
                ]
                ready()
                await self._over.wait()
                server.close()
                self._place.leave(listener)
                for timer in timers:
                    timer.cancel()
                if self._calling is not None:
                    self._calling.cancel()
        finally:
            listener.close()

    async def _take_over(self) -> None:
        """Ask who was here before to leave, and take up the outage it knows of, or left on the disk."""
        kept = self._place.kept_outage()
        if kept is not None:
            self._beat, self._mark = Beat(outage=True), kept
        streams = await self._place.connect()
        if streams is None:
            return
        reader, writer = streams
        writer.write(line("replaced"))
        with suppress(TimeoutError, ValueError, OSError), closing(writer):
            async with asyncio.timeout(1.0):
                while (said := read_line(await reader.readline()))["say"] != "handover":
                    pass
                self._beat = Beat(outage=bool(said["outage"]) or kept is not None)
                self._mark = str(said["mark"])
                calls = [read_call(facts) for facts in said.get("calls", ())]
                self._calls = {call.target: call for call in calls}

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError, ValueError, KeyError):
            if not await self._place.admits(reader):
                return
            writer.write(line("here", pid=os.getpid(), problems=dict(self._postman.problems)))
            while said := await reader.readline():
                self._hear(read_line(said), writer)
        if self._station is writer:
            self._station = None

    def _hear(self, facts: Mapping[str, Any], writer: asyncio.StreamWriter) -> None:
        now = self._clock.now().running_ns
        match facts["say"]:
            case "beat":
                known, self._station = self._station is writer, writer
                self._heard, self._mark = now, str(facts["mark"])
                if not known:
                    self._tell_calls()
                self._judge(self._beat.heard(now, watching=facts["watching"] is True))
            case "send":
                self._station = writer
                message, attempt = read_message(facts)
                self._tasks.create_task(self._send(message, attempt), name="send")
            case "bye":
                self._beat.left()
                self._keep(self._place.forget_outage)
                self._over.set()
            case "replaced":
                calls = [call_facts(call) for call in self._calls.values()]
                writer.write(line("handover", outage=self._beat.outage, mark=self._mark, calls=calls))
                self._beat.left()
                self._over.set()

    async def _send(self, message: Message, attempt: int) -> None:
        key = message.key
        known = self._answers.get(key)
        if known is None and key in self._busy:
            self._busy[key] = attempt  # the same thing is on its way: its answer is this one's too
            return
        if known is None:
            self._busy[key] = attempt
            outcome = await self._postman.deliver(message)
            attempt = self._busy.pop(key)
            if outcome.state == "delivered":
                self._answers[key] = outcome
                while len(self._answers) > KEPT:
                    self._answers.popitem(last=False)
        else:
            outcome = known
        self._tell(
            line("result", key=key, attempt=attempt, state=outcome.state, reason=str(outcome.reason))
        )

    def _tell(self, said: bytes) -> None:
        if self._station is not None and not self._station.is_closing():
            self._station.write(said)

    def _tell_calls(self) -> None:
        for call in self._calls.values():
            self._tell(line("called", **call_facts(call)))

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            now = self._clock.now().running_ns
            self._judge(self._beat.look(now))
            if now - self._heard > ORPHANED_NS:
                self._over.set()

    def _judge(self, verdict: Verdict | None) -> None:
        if verdict is None:
            return
        log.warning("station", verdict=verdict.value)
        if self._calling is not None:
            self._calling.cancel()
        self._calling = self._tasks.create_task(self._call(verdict), name="call everybody")
        if verdict is Verdict.GONE:
            mark = self._mark
            self._keep(lambda: self._place.keep_outage(mark))

    async def _call(self, verdict: Verdict) -> None:
        """Tell every target, again and again until each has confirmed once or the outage is over."""
        back = verdict is Verdict.BACK
        utc_ns = self._clock.now().utc_ns
        text = station_text(room=self._room, back=back, utc_ns=utc_ns, mark=self._mark, zone=self._zone)
        left = {
            target: Message(
                key=f"station/{utc_ns}/{verdict}/{target}",
                target=target,
                text=text,
                level="caution" if back else "urgent",
                occasion="station_back" if back else "collector_dead",
                tag="station",
            )
            for target in self._targets
        }
        if not back:
            self._calls.clear()
        turn = 0
        while left and turn < (2 if back else 1000):
            await asyncio.sleep(PAUSES_S[min(turn, len(PAUSES_S) - 1)])
            turn += 1
            async with asyncio.TaskGroup() as tries:
                tried = {
                    name: tries.create_task(self._postman.deliver(message), name="call")
                    for name, message in left.items()
                }
            for name, task in tried.items():
                state = State(task.result().state)
                log.warning("called", target=name, verdict=verdict.value, state=state.value)
                if state is State.DELIVERED:
                    del left[name]
                if not back:
                    self._called(name, str(utc_ns), state)
        if back:
            self._calls.clear()
            self._keep(self._place.forget_outage)

    def _called(self, target: str, outage: str, state: State) -> None:
        now = self._clock.now().utc_ns
        self._calls[target] = Call(target=target, outage=outage, utc_ns=now, state=state)
        self._tell(line("called", **call_facts(self._calls[target])))

    def _keep(self, work: Callable[[], None]) -> None:
        """Beside everything else: a disk that hangs must not delay a call."""
        self._tasks.create_task(_written(work), name="keep outage")

    def _fresh(self) -> bool:
        return self._beat.fresh(self._clock.now().running_ns)

    async def _say_alive(self) -> None:
        while True:
            self._tell(line("alive"))
            await asyncio.sleep(ALIVE_S)


async def _written(work: Callable[[], None]) -> None:
    try:
        await apart(work, KEEP_S)
    except (OSError, TimeoutError):
        log.warning("outage not kept: after a restart of the companion nobody would be told `back`")


Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]

if sys.platform == "win32":

    async def _serve(connected: Connected, listener: Any) -> asyncio.Server:
        return await asyncio.start_server(connected, sock=listener)
else:

    async def _serve(connected: Connected, listener: Any) -> asyncio.Server:
        if listener.family.name == "AF_UNIX":
            return await asyncio.start_unix_server(connected, sock=listener)
        return await asyncio.start_server(connected, sock=listener)
