"""Push services that a test can run: an HTTP server that keeps what it is sent, and an SMTP server."""

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

SMTP_CODES = {b"QUIT": 221, b"AUTH": 235}


@dataclass(frozen=True, slots=True)
class Request:
    """One request and when it came (monotonic seconds)."""

    path: str
    headers: dict[str, str]
    body: str
    at: float

    @property
    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return {name: values[0] for name, values in parse_qs(self.body).items()}


@dataclass(slots=True)
class Inbox:
    """What has come in. `answer` is the status that is given; 0 = none, ever."""

    port: int = 0
    answer: int = 200
    requests: list[Request] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def add(self, request: Request) -> None:
        """Keep a request and wake whoever waits."""
        with self.news:
            self.requests.append(request)
            self.news.notify_all()

    def wait(self, text: str, seconds: float) -> Request:
        """The first request whose body holds `text`; fails after `seconds`."""
        with self.news:
            found = self.news.wait_for(lambda: self.holding(text), timeout=seconds)
        assert found, f"no {text!r} within {seconds} s; came: {[one.body for one in self.requests]}"
        return found[0]

    def holding(self, text: str) -> list[Request]:
        """The requests whose body holds `text`."""
        return [one for one in self.requests if text in one.body]


@contextmanager
def web(answer: int = 200) -> Iterator[Inbox]:
    """An HTTP server on 127.0.0.1; with `answer` 0 it takes requests and never answers them."""
    inbox, over = Inbox(answer=answer), threading.Event()

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            inbox.add(Request(self.path, dict(self.headers), body, time.perf_counter()))
            if inbox.answer == 0:
                over.wait()
                return
            self.send_response(inbox.answer)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST  # noqa: N815 - the server's names

        def log_message(self, *args: object) -> None:
            pass

    with _running(ThreadingHTTPServer(("127.0.0.1", 0), Take)) as port:
        inbox.port = port
        yield inbox
        over.set()


@contextmanager
def mail() -> Iterator[Inbox]:
    """An SMTP server on 127.0.0.1 that takes every message."""
    inbox = Inbox()

    class Take(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say(220)
            for line in self.rfile:
                word = line.split(maxsplit=1)[0].upper() if line.strip() else b""
                if word == b"EHLO":
                    self.wfile.write(b"250-here\r\n")
                if word == b"DATA":
                    self._say(354)
                    lines = list(iter(self.rfile.readline, b".\r\n"))
                    inbox.add(Request("", {}, b"".join(lines).decode(), time.perf_counter()))
                self._say(SMTP_CODES.get(word, 250), "AUTH PLAIN" if word == b"EHLO" else "here")
                if word == b"QUIT":
                    return

        def _say(self, code: int, words: str = "here") -> None:
            self.wfile.write(f"{code} {words}\r\n".encode())

    with _running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Take)) as port:
        inbox.port = port
        yield inbox


@contextmanager
def _running(server: ThreadingHTTPServer | socketserver.ThreadingTCPServer) -> Iterator[int]:
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
