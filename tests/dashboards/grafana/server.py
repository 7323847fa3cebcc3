"""A Grafana of our own: the routes that a push uses, answering as Grafana 13 does."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "glsa_fake"  # noqa: S105 - of the server below


@dataclass(slots=True)
class Kept:
    """What the server was given, and every request in order."""

    token: str = TOKEN
    role: str = "Admin"
    requests: list[str] = field(default_factory=list)
    sources: dict[str, Any] = field(default_factory=dict)
    folders: dict[str, Any] = field(default_factory=dict)
    boards: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, Any] = field(default_factory=dict)
    contacts: dict[str, Any] = field(default_factory=dict)
    templates: dict[str, Any] = field(default_factory=dict)


@contextmanager
def running(kept: Kept) -> Iterator[str]:
    """The server while the block runs; gives its address."""

    class Routes(_Routes):
        store = kept

    server = ThreadingHTTPServer(("127.0.0.1", 0), Routes)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


class _Routes(BaseHTTPRequestHandler):
    store: Kept

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
        pass

    def do_GET(self) -> None:
        self._route("GET")

    def do_POST(self) -> None:
        self._route("POST")

    def do_PUT(self) -> None:
        self._route("PUT")

    def _route(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or "null")
        path = self.path.partition("?")[0].removeprefix("/api")
        self.store.requests.append(f"{method} {path}")
        if self.headers.get("Authorization") != f"Bearer {self.store.token}":
            self._answer(401, {"message": "Invalid API key"})
        elif self.store.role != "Admin" and method != "GET":
            self._answer(403, {"message": "You'll need additional permissions"})
        else:
            self._answer(*self._do(method, path, body))

    def _do(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        store = self.store
        singles = {
            r"/datasources/uid/([\w-]+)": store.sources,
            r"/folders/([\w-]+)": store.folders,
            r"/v1/provisioning/contact-points/([\w-]+)": store.contacts,
        }
        for pattern, kept in singles.items():
            if found := re.fullmatch(pattern, path):
                return self._one(kept, found[1], method, body)
        if found := re.fullmatch(r"/v1/provisioning/templates/([\w.-]+)", path):
            store.templates[found[1]] = body
            return 202, body
        if found := re.fullmatch(r"/v1/provisioning/folder/([\w-]+)/rule-groups/([\w-]+)", path):
            store.groups[found[2]] = body
            known = found[1] in store.folders
            return (200, body) if known else (404, {"message": "folder not found"})
        return self._all(method, path, body)

    def _all(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        store = self.store
        match method, path:
            case "POST", "/datasources":
                store.sources[body["uid"]] = body
            case "POST", "/folders":
                store.folders[body["uid"]] = body
            case "POST", "/dashboards/db":
                if body["folderUid"] not in store.folders:
                    return 412, {"message": "folder not found"}
                store.boards[body["dashboard"]["uid"]] = body["dashboard"]
            case "POST", "/v1/provisioning/contact-points":
                store.contacts[body["uid"]] = body
            case "GET", "/v1/provisioning/contact-points":
                return 200, list(store.contacts.values())
            case _:
                return 404, {"message": f"no route {method} {path}"}
        return 200, {"status": "success"}

    def _one(self, kept: dict[str, Any], uid: str, method: str, body: Any) -> tuple[int, Any]:
        if uid not in kept:
            return 404, {"message": "not found"}
        if method == "PUT":
            kept[uid] = body
        return 200, kept[uid]

    def _answer(self, status: int, body: Any) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
