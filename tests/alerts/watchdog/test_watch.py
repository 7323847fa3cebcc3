"""The companion's work, in this process: a fake postman, a manual clock, a real socket."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from alerts.watchdog import dead_man
from alerts.watchdog import watch as watched
from alerts.watchdog.place import Place, Streams
from alerts.watchdog.postman import Outcome, Reason
from alerts.watchdog.watch import Watch
from alerts.watchdog.wire import Message, line, read_line, send_line
from collector.clock import SECOND, ManualClock
from tests.alerts.watchdog.services import web

MESSAGE = Message(key="k1", target="M", text="Room 2 · test · 21:14", level="caution", occasion="test")


class FakePostman:
    """Gives the outcomes it was told to, last one for ever; keeps what it was given."""

    problems: Mapping[str, str] = {"K": "apprise does not understand its URL"}

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes or [Outcome("delivered")])
        self.sent: list[Message] = []
        self.hold: asyncio.Event | None = None

    async def deliver(self, message: Message) -> Outcome:
        """Keep it; wait while held."""
        self.sent.append(message)
        if self.hold is not None:
            await self.hold.wait()
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses: what is tested is the order, not the waiting."""
    monkeypatch.setattr(watched, "LOOK_S", 0)
    monkeypatch.setattr(watched, "ALIVE_S", 0.01)
    monkeypatch.setattr(watched, "PAUSES_S", (0.0,))
    monkeypatch.setattr(dead_man, "EVERY_S", 0.01)


@asynccontextmanager
async def watching(
    directory: Path, postman: FakePostman, clock: ManualClock, *, switch: str = ""
) -> AsyncIterator[Watch]:
    """A companion at work."""
    made = Watch(
        place=Place(directory),
        postman=postman,
        targets=("M", "K"),
        room="Room 2",
        clock=clock,
        dead_man_url=SecretStr(switch) if switch else None,
    )
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(made.run(ready.set))
        await ready.wait()
        yield made
        made.stop()


async def connected(directory: Path) -> Streams:
    """A station that has just connected."""
    streams = await Place(directory).connect()
    assert streams is not None
    return streams


async def next_said(reader: asyncio.StreamReader, say: str) -> Mapping[str, Any]:
    """The next line of that kind."""
    while True:
        facts = read_line(await reader.readline())
        if facts["say"] == say:
            return facts


async def rounds() -> None:
    """Let everybody act a few times, sockets included."""
    for _ in range(30):
        await asyncio.sleep(0)


async def until(holds: Callable[[], bool]) -> None:
    """Let everybody act until something is so; a test that waits in vain is ended after 10 s."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is awaited happens in threads and sockets
            await asyncio.sleep(0.001)


def beat(*, watching: bool = True) -> bytes:
    """The station's beat."""
    return line("beat", watching=watching, mark="")


@pytest.mark.asyncio
async def test_it_says_who_it_is_and_which_targets_cannot_be_used(tmp_path: Path) -> None:
    """The first line is `here`."""
    async with watching(tmp_path, FakePostman(), ManualClock()):
        reader, writer = await connected(tmp_path)
        here = await next_said(reader, "here")
        writer.close()

    assert here["problems"] == {"K": "apprise does not understand its URL"}


@pytest.mark.asyncio
async def test_the_same_key_is_delivered_once(tmp_path: Path) -> None:
    """A station that was started anew asks again and gets the answer of before."""
    postman = FakePostman()
    async with watching(tmp_path, postman, ManualClock()):
        answers = []
        for attempt in (1, 2):
            reader, writer = await connected(tmp_path)
            writer.write(send_line(MESSAGE, attempt))
            answers.append(await next_said(reader, "result"))
            writer.close()

    assert postman.sent == [MESSAGE]
    assert [(one["attempt"], one["state"]) for one in answers] == [(1, "delivered"), (2, "delivered")]


@pytest.mark.asyncio
async def test_a_second_request_joins_the_one_on_its_way(tmp_path: Path) -> None:
    """One delivery, one answer, for the newest attempt."""
    postman = FakePostman()
    postman.hold = asyncio.Event()
    async with watching(tmp_path, postman, ManualClock()):
        reader, writer = await connected(tmp_path)
        writer.write(send_line(MESSAGE, 1) + send_line(MESSAGE, 2))
        await next_said(reader, "alive")
        await rounds()
        postman.hold.set()
        answer = await next_said(reader, "result")
        writer.close()

    assert len(postman.sent) == 1
    assert answer["attempt"] == 2


@pytest.mark.asyncio
async def test_what_failed_is_tried_again_when_asked_again(tmp_path: Path) -> None:
    """Only a confirmed delivery is final."""
    postman = FakePostman(Outcome("failed", Reason.BUSY), Outcome("delivered"))
    async with watching(tmp_path, postman, ManualClock()):
        reader, writer = await connected(tmp_path)
        writer.write(send_line(MESSAGE, 1))
        first = await next_said(reader, "result")
        writer.write(send_line(MESSAGE, 2))
        second = await next_said(reader, "result")
        writer.close()

    assert (first["state"], first["reason"]) == ("failed", "service trouble")
    assert second["state"] == "delivered"


@pytest.mark.asyncio
async def test_a_gone_station_is_called_out_until_every_target_has_taken_it(tmp_path: Path) -> None:
    """The one that failed is asked again, the other is left in peace."""
    clock = ManualClock()
    postman = FakePostman(Outcome("delivered"), Outcome("failed", Reason.BUSY), Outcome("delivered"))
    async with watching(tmp_path, postman, clock):
        reader, writer = await connected(tmp_path)
        writer.write(beat())
        await next_said(reader, "alive")
        await rounds()
        for _ in range(6):
            clock.advance_to(clock.now().running_ns + SECOND)
            await rounds()
        await until(lambda: len(postman.sent) == 3)
        await rounds()
        writer.close()

    assert [one.target for one in postman.sent] == ["M", "K", "K"]
    assert {one.occasion for one in postman.sent} == {"collector_dead"}
    assert len({one.key for one in postman.sent}) == 2


@pytest.mark.asyncio
async def test_the_next_station_is_told_who_was_called(tmp_path: Path) -> None:
    """Through the companion that took over, with the outcome for each target."""
    clock, postman = ManualClock(), FakePostman(Outcome("delivered"), Outcome("failed", Reason.BUSY))
    async with watching(tmp_path, postman, clock) as old:
        reader, writer = await connected(tmp_path)
        writer.write(beat())
        await next_said(reader, "alive")
        writer.close()
        for _ in range(6):
            clock.advance_to(clock.now().running_ns + SECOND)
            await rounds()
        await until(lambda: {call.state.value for call in old._calls.values()} >= {"failed"})
        async with watching(tmp_path, FakePostman(), clock):
            reader, writer = await connected(tmp_path)
            writer.write(beat())
            called = [await next_said(reader, "called") for _ in range(2)]
            writer.close()

    assert {(one["target"], one["state"]) for one in called} == {("M", "delivered"), ("K", "failed")}
    assert len({one["outage"] for one in called}) == 1


@pytest.mark.asyncio
async def test_the_dead_mans_switch_is_pinged_while_the_station_is_heard(tmp_path: Path) -> None:
    """No beat, no ping: the silence is the signal."""
    clock = ManualClock()
    with web() as inbox:
        url = f"http://127.0.0.1:{inbox.port}/ping"
        async with watching(tmp_path, FakePostman(), clock, switch=url):
            reader, writer = await connected(tmp_path)
            writer.write(send_line(MESSAGE, 1))  # from now on it says that it is alive
            for _ in range(20):
                await next_said(reader, "alive")
            silent = len(inbox.requests)
            writer.write(beat(watching=False))
            await until(lambda: bool(inbox.requests))
            writer.close()

    assert silent == 0
    assert inbox.requests[0].path == "/ping"


@pytest.mark.asyncio
async def test_a_goodbye_ends_it_after_what_is_on_its_way(tmp_path: Path) -> None:
    """The last withdrawal still goes out."""
    postman = FakePostman()
    postman.hold = asyncio.Event()
    async with watching(tmp_path, postman, ManualClock()) as made:
        _, writer = await connected(tmp_path)
        writer.write(send_line(MESSAGE, 1) + line("bye"))
        await until(made._over.is_set)
        postman.hold.set()
        writer.close()

    assert postman.sent == [MESSAGE]
    assert made._answers["k1"] == Outcome("delivered")


@pytest.mark.asyncio
async def test_a_new_companion_takes_over_the_outage_of_the_old_one(tmp_path: Path) -> None:
    """It is the new one that will say `back`."""
    clock, old_post, new_post = ManualClock(), FakePostman(), FakePostman()
    async with watching(tmp_path, old_post, clock) as old:
        reader, writer = await connected(tmp_path)
        writer.write(beat())
        await next_said(reader, "alive")
        writer.close()
        for _ in range(6):
            clock.advance_to(clock.now().running_ns + SECOND)
            await rounds()
        async with watching(tmp_path, new_post, clock) as new:
            ended = old._over.is_set()
            outage = new._beat.outage

    assert ended
    assert outage
    assert {one.occasion for one in old_post.sent} == {"collector_dead"}


@pytest.mark.asyncio
async def test_an_outage_survives_the_companion_that_was_killed(tmp_path: Path) -> None:
    """Nobody hands it over: it stands in the data directory until everybody has been told `back`."""
    clock, postman, place = ManualClock(), FakePostman(), Place(tmp_path)
    async with watching(tmp_path, FakePostman(), clock):
        reader, writer = await connected(tmp_path)
        writer.write(line("beat", watching=True, mark="SIMULATION"))
        await next_said(reader, "alive")
        writer.close()
        for _ in range(6):
            clock.advance_to(clock.now().running_ns + SECOND)
            await rounds()
        await until(lambda: place.kept_outage() is not None)
    async with watching(tmp_path, postman, clock) as new:
        reader, writer = await connected(tmp_path)
        for _ in range(7):
            writer.write(line("beat", watching=True, mark="SIMULATION"))
            await next_said(reader, "alive")
            await until(lambda: new._heard == clock.now().running_ns)
            clock.advance_to(clock.now().running_ns + SECOND)
        await until(lambda: place.kept_outage() is None)
        writer.close()

    assert {(one.target, one.occasion) for one in postman.sent} == {
        ("M", "station_back"),
        ("K", "station_back"),
    }
    assert all(one.text.startswith("SIMULATION") for one in postman.sent)


@pytest.mark.asyncio
async def test_a_goodbye_ends_an_outage_on_the_disk_too(tmp_path: Path) -> None:
    """The next session's station is not announced as back."""
    place = Place(tmp_path)
    place.keep_outage("")
    async with watching(tmp_path, FakePostman(), ManualClock()) as made:
        known = made._beat.outage
        _, writer = await connected(tmp_path)
        writer.write(line("bye"))
        await until(lambda: place.kept_outage() is None)
        writer.close()

    assert known


@pytest.mark.parametrize("said", [b"nonsense\n", b'{"say": "send"}\n', b"[1]\n", b""])
@pytest.mark.asyncio
async def test_nonsense_ends_only_its_own_connection(tmp_path: Path, said: bytes) -> None:
    """The next one is heard."""
    postman = FakePostman()
    async with watching(tmp_path, postman, ManualClock()):
        _, strange = await connected(tmp_path)
        strange.write(said)
        reader, writer = await connected(tmp_path)
        writer.write(send_line(MESSAGE, 1))
        answer = await next_said(reader, "result")
        writer.close()
        strange.close()

    assert answer["state"] == "delivered"
