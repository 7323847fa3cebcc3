"""A browser, and stations in processes of their own."""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import station

# Stations are forked from a process that has imported everything once.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.browser.station"])
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"tablet": (1280, 800), "display": (1920, 1080), "phone": (360, 740)}


class Child:
    """A test station that runs, stops and dies when told."""

    def __init__(self, *arguments: str) -> None:
        self._pipe, theirs = FORKS.Pipe()
        self._process = FORKS.Process(target=station.run, args=(arguments, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.url: str = self._pipe.recv()
        self.port = int(self.url.rpartition(":")[2])

    def do(self, **wanted: Any) -> None:
        """Have the station do something; see `station.py`."""
        self._pipe.send(wanted)

    def freeze(self) -> None:
        """Stop its process where it stands."""
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it run on."""
        os.kill(self._pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as kill -9 does."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    @property
    def _pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid


Stations = Callable[..., Child]
Open = Callable[..., Page]


@contextlib.contextmanager
def starting() -> Iterator[Stations]:
    """Starts stations; they end with the block."""
    running: list[Child] = []

    def start(*arguments: str) -> Child:
        running.append(Child(*arguments))
        return running[-1]

    yield start
    for child in running:
        child.kill()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@contextlib.contextmanager
def opening(browser: Browser) -> Iterator[Open]:
    """Opens pages at a size; a page that throws fails the test."""
    wrong: list[str] = []
    contexts = []

    def open_page(url: str, size: str = "tablet", *, before: str = "", wait: bool = True) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        if before:
            page.add_init_script(before)
        page.goto(url)
        if wait:
            page.wait_for_selector("body[data-link=live]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def stations() -> Iterator[Stations]:
    """Starts stations for one test."""
    with starting() as start:
        yield start


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens pages for one test."""
    with opening(browser) as open_page:
        yield open_page
