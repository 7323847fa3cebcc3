"""The computer stays awake for a session: held while it is open, let go at its end, and however we end."""

import asyncio
import shutil
import socket
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
import pytest
from dbus_fast import Message
from dbus_fast.aio import MessageBus

from collector import awake
from collector.awake import ASKS, Awake
from collector.session import Phase, Session
from tests.radio.bus import SYSTEM_BUS, private_bus

PREPARING = Session(id="one", phase=Phase.PREPARING)
RUNNING = Session(id="one", phase=Phase.RUNNING)
ENDED = Session(id="one", phase=Phase.ENDED)
HOLDS, REFUSES, MISSING = ("cat",), ("false",), ("no-such-program",)

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no program for it on Windows"),
]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known to hold needs no second to show it."""
    monkeypatch.setattr(awake, "REFUSES_S", 0.01)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine takes its time to refuse."""
    monkeypatch.setattr(awake, "REFUSES_S", 3.0)


@pytest.mark.usefixtures("quick")
async def test_it_is_held_from_preparing_to_the_end() -> None:
    """Not before, not after."""
    held = []
    one = Awake((HOLDS,))
    for session in (None, PREPARING, RUNNING, ENDED):
        await one.look(session)
        held.append(one.held)

    assert held == [False, True, True, False]


@pytest.mark.usefixtures("patient")
async def test_what_is_refused_is_asked_for_in_a_smaller_measure() -> None:
    """A program that is missing or ends at once holds nothing; the next may."""
    one = Awake((MISSING, REFUSES, HOLDS))
    await one.look(RUNNING)
    assert one.held
    await one.let_go()


@pytest.mark.usefixtures("quick")
async def test_a_refusal_is_final_for_one_session() -> None:
    """It is not asked again each second; the next session asks anew."""
    one = Awake((MISSING,))
    await one.look(RUNNING)
    one._asks = (HOLDS,)
    held = []
    for session in (RUNNING, ENDED, PREPARING):
        await one.look(session)
        held.append(one.held)
    await one.let_go()

    assert held == [False, False, True]


class Logind:
    """org.freedesktop.login1 as far as `Inhibit` goes: what it was asked, and `denies`, what it refuses."""

    def __init__(self, bus: MessageBus) -> None:
        self.asked: list[str] = []
        self.denies: set[str] = set()
        self._bus = bus
        self._holds: list[tuple[socket.socket, socket.socket]] = []
        bus.add_message_handler(self._answer)

    async def let_go(self) -> None:
        """Wait until the holder has closed its end, as logind does to release."""
        for ours, theirs in self._holds:
            theirs.close()  # the copy that went over the bus
            ours.setblocking(False)
            async with asyncio.timeout(10):
                assert await asyncio.get_running_loop().sock_recv(ours, 1) == b""
            ours.close()

    def _answer(self, message: Message) -> Message | bool | None:
        if message.member != "Inhibit":
            return None
        what = message.body[0]
        self.asked.append(what)
        if what in self.denies:
            return Message.new_error(message, "org.freedesktop.DBus.Error.AccessDenied", "no")
        ours, theirs = socket.socketpair()
        self._holds.append((ours, theirs))
        return Message.new_method_return(message, "h", [0], unix_fds=[theirs.fileno()])


@asynccontextmanager
async def logind(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Logind]:
    """A logind on a system bus of our own."""
    if shutil.which("systemd-inhibit") is None:
        pytest.skip("no systemd-inhibit found: install the package systemd")
    async with private_bus() as daemon:
        monkeypatch.setenv(SYSTEM_BUS, daemon.address)
        bus = await MessageBus(bus_address=daemon.address, negotiate_unix_fd=True).connect()
        await bus.request_name("org.freedesktop.login1")
        yield Logind(bus)
        bus.disconnect()


@pytest.mark.usefixtures("patient")
async def test_systemd_holds_sleep_and_lid(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real systemd-inhibit asks logind, and gives up the hold when it is let go."""
    async with logind(monkeypatch) as system:
        one = Awake(ASKS["linux"])
        await one.look(RUNNING)
        assert one.held
        assert system.asked == ["sleep:idle:handle-lid-switch"]
        await one.look(ENDED)
        await system.let_go()


@pytest.mark.usefixtures("patient")
async def test_without_the_right_to_the_lid_sleep_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who is logged in from afar may not hold a lid."""
    async with logind(monkeypatch) as system:
        system.denies = {"sleep:idle:handle-lid-switch"}
        one = Awake(ASKS["linux"])
        await one.look(RUNNING)
        assert one.held
        assert system.asked[-1] == "sleep:idle"
        await one.let_go()
        await system.let_go()


async def test_a_killed_station_holds_nothing() -> None:
    """The hold hangs on a pipe, so it ends with whoever held the pipe."""
    script = (
        "import asyncio; from collector import awake; awake.REFUSES_S = 0.01\n"
        "async def main():\n"
        "    one = awake.Awake((('cat',),)); await one._hold(); print(one._held.pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())"
    )
    station = await create_subprocess_exec(sys.executable, "-c", script, stdout=PIPE)
    assert station.stdout is not None
    holder = psutil.Process(int(await station.stdout.readline()))
    station.kill()
    await station.wait()

    _, still = psutil.wait_procs([holder], timeout=10)
    assert still == []
