"""What `holdspace demo` costs: first page, CPU and memory beside four open pages, what it imports."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.benchmarks.queueing import WITH_OTHERS, queued_ms
from tests.benchmarks.table import Row, quantile

CALM = ("--scenario", "calm", "--participants", "12", "--speed", "1")
PAGES = 4
SETTLING_S = 10.0
# Nothing of these is configured in a demo, so nothing of these may be imported.
NOT_CONFIGURED = (
    "numpy",
    "bleak",
    "apprise",
    "influxdb_client",
    "aiomqtt",
    "grafana_client",
    "bokeh",
    "sqlite3",
)


class Demo:
    """A running `holdspace demo` in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.load = psutil.Process(process.pid)
        self.said: list[str] = []
        self.url = self._read_url()
        # Whoever does not read lets the pipe fill and the station stop.
        threading.Thread(target=self._read_on, daemon=True).start()

    def _read_url(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(r"http://[\w.]+:\d+", line):
                return found.group()
        raise RuntimeError(f"the demo ended without a page: {''.join(self.said)}")

    def _read_on(self) -> None:
        assert self.process.stdout is not None
        self.said.extend(self.process.stdout)

    def simulator_s(self) -> float:
        """CPU seconds of the simulated clips alone since the start."""
        asked = len(self.said)
        self.process.send_signal(signal.SIGUSR1)
        while not (told := [line for line in self.said[asked:] if line.startswith("simulator ")]):
            time.sleep(0.01)
        nanoseconds = int(told[-1].split()[1])
        if not nanoseconds:
            raise RuntimeError("the probe in the simulated radio counts nothing")
        return nanoseconds / 1e9

    def cpu_s(self) -> float:
        """CPU seconds of all its threads since its start."""
        times = self.load.cpu_times()
        return times.user + times.system

    def resident_mb(self) -> float:
        """Resident memory in MB."""
        return self.load.memory_info().rss / 1e6


@contextmanager
def demo(*options: str, readings: bool = False) -> Iterator[Demo]:
    """A demo with a journal of its own in an empty folder, ended at the end; `readings` has it tell them."""
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "data")
        command = [sys.executable, "-m", "tests.benchmarks.probed", "demo", *options]
        command += ["--no-browser", "--port", "0", "--data", data]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PROBE_READINGS": "1" if readings else ""},
        )
        try:
            yield Demo(process)
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def page(url: str) -> Iterator[list[int]]:
    """An open page as the station sees it: reads every frame; yields the sizes of those received."""
    sizes: list[int] = []
    socket = connect(url.replace("http", "ws") + "/ws", origin=Origin(url), max_size=None)
    reader = threading.Thread(target=lambda: sizes.extend(map(len, socket)), daemon=True)
    reader.start()
    try:
        yield sizes
    finally:
        socket.close()
        reader.join(timeout=5)


def first_page(short: bool) -> Iterable[Row]:
    """From the start of the command to the page answered, on a machine that has started it before."""
    one_page()  # compiles what a first start compiles
    rounds = [one_page() for _ in range(3 if short else 5)]
    whole_s, own_s = zip(*rounds, strict=True)
    median = quantile(own_s, 0.5)
    yield Row(
        bench="first-page",
        measured="start of `holdspace demo` to the page answered, median",
        promised="<= 2 s",
        value=f"{median:.2f} s",
        spread=f"{min(own_s):.2f}-{max(own_s):.2f} s in {len(own_s)} starts",
        met=median <= 2,
    )
    yield Row(
        bench="first-page",
        measured=WITH_OTHERS,
        value=f"{quantile(whole_s, 0.5):.2f} s",
        spread=f"{min(whole_s):.2f}-{max(whole_s):.2f} s",
    )


def one_page() -> tuple[float, float]:
    """Seconds to the first page: as they were, and without those that other processes took."""
    began = time.perf_counter()
    with demo(*CALM) as running:
        urllib.request.urlopen(running.url, timeout=20).read()  # noqa: S310 - the station's own page
        whole_s = time.perf_counter() - began
        return whole_s, whole_s - queued_ms(running.process.pid) / 1000


def run(short: bool) -> Iterable[Row]:
    """CPU over two minutes, memory after ten, with four pages open; and what was imported."""
    cpu_for, memory_after = (20.0, 40.0) if short else (120.0, 600.0)
    with demo(*CALM) as running, ExitStack() as pages:
        began = time.perf_counter()
        sizes = [pages.enter_context(page(running.url)) for _ in range(PAGES)]
        time.sleep(SETTLING_S)
        yield from cpu(running, cpu_for, sizes)
        time.sleep(max(0.0, memory_after - (time.perf_counter() - began)))
        resident = running.resident_mb()
    yield Row(
        bench="demo",
        measured=f"resident memory after {memory_after:.0f} s",
        promised="<= 100 MB after 600 s",
        value=f"{resident:.1f} MB",
        spread=f"{PAGES} pages",
        met=resident <= 100,
    )
    yield imported()


def cpu(running: Demo, seconds: float, sizes: list[list[int]]) -> Iterable[Row]:
    """CPU of the whole process in shares of one core, in ten slices to show how even it is."""
    slices: list[float] = []
    frames = [len(received) for received in sizes]
    simulator, start = running.simulator_s(), time.perf_counter()
    for _ in range(10):
        before, began = running.cpu_s(), time.perf_counter()
        time.sleep(seconds / 10)
        slices.append(100 * (running.cpu_s() - before) / (time.perf_counter() - began))
    simulated = 100 * (running.simulator_s() - simulator) / (time.perf_counter() - start)
    share = sum(slices) / len(slices)
    fewest = min(len(now) - then for now, then in zip(sizes, frames, strict=True))
    yield Row(
        bench="demo",
        measured=f"CPU of one core over {seconds:.0f} s, 12 participants, {PAGES} pages",
        promised="<= 2 %",
        value=f"{share:.2f} %",
        spread=f"slices {min(slices):.2f}-{max(slices):.2f} %, a page got {fewest / seconds:.1f} frames/s",
        met=share <= 2,
    )
    yield Row(
        bench="demo",
        measured="of it the simulated clips",
        value=f"{simulated:.2f} %",
        spread=f"the station itself {share - simulated:.2f} %",
    )


def imported() -> Row:
    """Which of the things that nobody configured a short demo imports all the same."""
    with tempfile.TemporaryDirectory() as data:
        short = ("--participants", "12", "--speed", "10", "--for", "5")
        command = [sys.executable, "-X", "importtime", "-m", "collector", "demo", *short]
        command += ["--no-browser", "--port", "0", "--data", data]
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    modules = {line.rsplit("|", 1)[1].strip() for line in listing.splitlines() if line.count("|") == 2}
    found = [name for name in NOT_CONFIGURED if name in modules]
    return Row(
        bench="demo",
        measured="imported although not configured",
        promised="nothing",
        value=", ".join(found) or "nothing",
        spread=f"{len(modules)} modules in all",
        met=not found,
    )
