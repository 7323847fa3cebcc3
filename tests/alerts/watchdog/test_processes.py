"""Station and companion as real processes: each watches the other, and no secret is seen."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from alerts.channel import CHANNEL, PAGE
from alerts.notifications import NOTIFICATION
from collector.entry import Entry
from collector.journal.archive import Archive
from collector.saving import STORE
from tests.alerts.watchdog.services import web
from tests.conftest import ROOT

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]
# Starting takes a few seconds of CPU on a busy machine.
START_S = 90
# Together with the five seconds until it is missed, longer than the station's patience with its companion.
FROZEN_S = 6.0


class House:
    """A data directory, a configuration and the stations that run on them."""

    def __init__(self, directory: Path, targets: dict[str, str]) -> None:
        self.directory = directory
        self.data = directory / "d"
        self.config = directory / "holdspace.toml"
        words = ['[alerts]\nroom = "Room 2"']
        self.environment = {**os.environ, "HOLDSPACE_LOG": "debug"}
        for number, (name, url) in enumerate(targets.items()):
            words.append(f'[[alerts.targets]]\nname = "{name}"\nurl_env = "HOLDSPACE_T{number}"')
            self.environment[f"HOLDSPACE_T{number}"] = url
        self.config.write_text("\n".join(words), encoding="utf-8")
        self.log = directory / "log"

    def demo(self, *more: str) -> "subprocess.Popen[bytes]":
        """A demo on two calm clips."""
        return self.start("demo", "--scenario", "calm", "--participants", "2", *more)

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """A station."""
        words = ["--config", str(self.config), "--data", str(self.data), "--port", "0"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "collector", *command, *words, "--no-browser"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def companions(self) -> list[psutil.Process]:
        """The companion processes of this house."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                line = process.cmdline()
                if "watchdog" in line and str(self.data) in line:
                    found.append(process)
        return found

    def entries(self, kind: str) -> list[Entry]:
        """What the journal holds of a kind."""
        with Archive(self.data) as archive:
            return [
                entry
                for session in archive.sessions()
                for entry in archive.entries(session.session, kinds=[kind])
            ]


@contextmanager
def house(targets: dict[str, str]) -> Iterator[House]:
    """A house that leaves no process behind."""
    with tempfile.TemporaryDirectory(prefix="hs") as directory:
        made = House(Path(directory), targets)
        try:
            yield made
        finally:
            for process in made.companions():
                with suppress(psutil.Error):
                    process.kill()


def until(what: str, seconds: float, holds: object) -> None:
    """Wait until `holds()` is true."""
    assert callable(holds)
    end = time.perf_counter() + seconds
    while not holds():
        assert time.perf_counter() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def test_a_killed_station_is_reported_within_6_s_and_its_return_too() -> None:
    """Kill -9: the companion alone calls everybody once; the next station's companion says `back`."""
    with web() as inbox, house({"M": f"json://127.0.0.1:{inbox.port}/m"}) as made:
        first = made.demo()
        inbox.wait("test", START_S)
        time.sleep(1.2)  # a beat has been heard
        first.kill()
        killed = time.perf_counter()
        first.wait()
        dead = inbox.wait("collector_dead", 10)
        second = made.demo()
        inbox.wait("station_back", START_S)
        second.terminate()
        code = second.wait(timeout=20)
        until("no companion left", 12, lambda: not made.companions())

    print({"reported_after_s": round(dead.at - killed, 2)})  # noqa: T201 - a measurement
    assert dead.at - killed <= 6.0
    assert re.fullmatch(
        r"SIMULATION · Room 2 · station stopped · Look at each person · \d\d:\d\d", dead.json["message"]
    )
    assert len(inbox.holding("collector_dead")) == len(inbox.holding("station_back")) == 1
    assert code == 0


def test_a_frozen_station_is_reported_and_its_return_too() -> None:
    """SIGSTOP for long: nobody is blamed for it afterwards, and every target hears `back` once."""
    with web() as inbox, web() as other:
        targets = {name: f"json://127.0.0.1:{one.port}/m" for name, one in (("M", inbox), ("N", other))}
        with house(targets) as made:
            station = made.demo()
            inbox.wait("test", START_S)
            other.wait("test", START_S)
            time.sleep(1.2)
            pids = {process.pid for process in made.companions()}
            station.send_signal(signal.SIGSTOP)
            stopped = time.perf_counter()
            dead = [one.wait("collector_dead", 10) for one in (inbox, other)]
            time.sleep(FROZEN_S)
            station.send_signal(signal.SIGCONT)
            for one in (inbox, other):
                one.wait("station_back", 15)
            replaced = _others(made, pids)
            station.terminate()
            code = station.wait(timeout=20)
            said = made.entries(CHANNEL) + made.entries(STORE)
            blamed = [entry for entry in said if entry.subject != PAGE]  # no page is open, that is true

    assert max(one.at for one in dead) - stopped <= 6.0
    assert [len(one.holding("station_back")) for one in (inbox, other)] == [1, 1]
    assert not replaced
    assert blamed == []
    assert code == 0


# Whose deadline comes first, apprise's own or ours, depends on how busy the machine is.
GIVEN_UP = {("K", "timeout"), ("K", "failed")}


def test_a_hanging_service_delays_nobody_and_does_not_keep_the_station_from_ending() -> None:
    """The other target is told at once; both processes end soon; no secret is seen anywhere."""
    with web() as inbox, web(0) as hanging:
        targets = {
            "K": f"json://canary-user:canary-pass@127.0.0.1:{hanging.port}/canary-path?rto=60",
            "M": f"json://canary-user:canary-pass@127.0.0.1:{inbox.port}/canary-path",
        }
        with house(targets) as made:
            station = made.demo()
            hung = hanging.wait("test", START_S)
            delivered = inbox.wait("test", 5)
            lines = [" ".join(process.cmdline()) for process in made.companions()]
            until("the hanging one given up", START_S, lambda: GIVEN_UP & set(_told(made)))
            asked = time.perf_counter()
            station.terminate()
            code = station.wait(timeout=20)
            took = time.perf_counter() - asked
            until("no companion left", 3, lambda: not made.companions())
            told = _told(made)
            seen = made.log.read_text("utf-8") + "".join(lines)
            stored = b"".join(file.read_bytes() for file in made.data.rglob("*") if file.is_file())

    assert abs(delivered.at - hung.at) < 1.0
    assert code == 0
    assert took < 5.0
    assert ("M", "delivered") in told
    assert len(lines) == 1
    assert "canary" not in seen
    assert b"canary" not in stored


def test_a_replay_tells_its_targets_too_and_says_that_it_is_one() -> None:
    """With a configuration a replay has a companion like any station; a phone reads REPLAY first."""
    with web() as inbox, house({"M": f"json://127.0.0.1:{inbox.port}/m"}) as made:
        table = made.directory / "table.csv"
        rows = [f"{second},{97 - second % 2},{60 + second % 3}" for second in range(600)]
        table.write_text("\n".join(["t_s,spo2,pr", *rows, ""]), encoding="utf-8")
        station = made.start("replay", str(table))
        test = inbox.wait("test", START_S)
        station.terminate()
        code = station.wait(timeout=20)
        until("no companion left", 12, lambda: not made.companions())

    assert code == 0
    assert re.fullmatch(r"REPLAY · Room 2 · test · \d\d:\d\d", test.json["message"])


def test_a_killed_or_hung_companion_is_replaced_and_said() -> None:
    """The journal says that it was gone and that it is back; the station goes on meanwhile."""
    with web() as inbox, house({"M": f"json://127.0.0.1:{inbox.port}/m"}) as made:
        station = made.demo()
        inbox.wait("test", START_S)
        (first,) = made.companions()
        first.kill()
        until("another companion", START_S, lambda: _others(made, {first.pid}))
        until("its return in the journal", START_S, lambda: _said(made)[:2] == [True, False])
        (second,) = made.companions()
        second.suspend()
        until("the hung one is replaced", START_S, lambda: _others(made, {first.pid, second.pid}))
        until("that in the journal", START_S, lambda: _said(made)[2:4] == [True, False])
        station.terminate()
        code = station.wait(timeout=20)

    assert code == 0
    assert inbox.holding("collector_dead") == []


def test_a_hung_companion_does_not_keep_the_station_from_ending() -> None:
    """The station gives it two seconds to leave and ends it then."""
    with web() as inbox, house({"M": f"json://127.0.0.1:{inbox.port}/m"}) as made:
        station = made.demo()
        inbox.wait("test", START_S)
        (companion,) = made.companions()
        companion.suspend()
        asked = time.perf_counter()
        station.terminate()
        code = station.wait(timeout=20)

        assert code == 0
        assert time.perf_counter() - asked < 6.0
        until("no companion left", 3, lambda: not made.companions())


def _told(made: House) -> list[tuple[object, object]]:
    return [(entry.facts["target"], entry.facts["state"]) for entry in made.entries(NOTIFICATION)]


def _others(made: House, known: set[int]) -> bool:
    return any(process.pid not in known for process in made.companions())


def _said(made: House) -> list[bool]:
    return [entry.facts["failed"] is True for entry in made.entries(CHANNEL)]
