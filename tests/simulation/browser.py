"""A model of the page's script: what a person in front of a browser sees, by the browser's own clock.

Written from what the page promises (DESIGN 5, "Values expire in the browser"), in the shape of its
script, so that the simulation needs no browser. The browser tests check the script itself.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LIVE_MS, STALE_MS, QUIET_MS = 3000, 5000, 3500
RETRY_MS, ATTEMPT_MS, REOPEN_MS, SLOW_START_MS = 1000, 3000, 15000, 1500
DRIFT = 0.0002

Open = Callable[["Socket"], None]


@dataclass(frozen=True, slots=True)
class Card:
    """An alert as the page lists it."""

    episode: str
    seat: str
    field: str
    level: str
    state: str
    again: str
    cause: str


class Socket:
    """One WebSocket of the page: frames go in at the station's end, late or never."""

    def __init__(self, page: "Browser") -> None:
        self.open = True
        self.due = 0.0  # when the newest frame on its way will be here, in loop time
        self._page = page

    def deliver(self, text: str) -> None:
        """A frame has come through."""
        if self.open:
            self._page.take(self, text)


class Browser:
    """The page, opened once and never reloaded. Times are ms of `now`, the performance clock."""

    def __init__(self, now: Callable[[], float], connect: Open) -> None:
        self.cards: dict[str, Card] = {}
        self.phase = "none"
        self.store: dict[str, Any] | None = None
        self.lost = True
        self.digest = hashlib.blake2b(digest_size=16)
        self.heard: Callable[[], None] = lambda: None
        self._values: dict[str, dict[str, list[int] | None]] = {}
        self._now, self._connect = now, connect
        self._socket: Socket | None = None
        self._opened = now()
        self._base: float | None = None
        self._base_at = 0.0
        self._slow_start = False
        self._frame: tuple[int, float, float, float] | None = None  # session ms, speed, came at, late
        self._last_frame: float | None = None

    def open(self) -> None:
        """Ask the station for a new socket."""
        if self._socket is not None:
            self._socket.open = False
        self._opened, self._base = self._now(), None
        self._socket = Socket(self)
        self._connect(self._socket)

    def closed(self, socket: Socket) -> None:
        """The station's end has closed the socket, or there is no station."""
        if socket is self._socket:
            socket.open = False
            self._socket = None
            self._opened = self._now() - ATTEMPT_MS + RETRY_MS

    def dropped(self) -> None:
        """The station has died: its machine closes the socket."""
        if self._socket is not None:
            self.closed(self._socket)

    def tick(self) -> None:
        """What the page does five times a second by itself."""
        now = self._now()
        if not self.lost and self._last_frame is not None and now - self._last_frame > QUIET_MS:
            self.lost = True
            self.open()
        elif now - self._opened > ATTEMPT_MS and (self.lost or self._socket is None):
            self.open()
        elif self._slow_start or self.late > QUIET_MS:
            self._again(now)

    def _again(self, now: float) -> None:
        """Perhaps the way has become short again; a new socket knows."""
        if not self.lost and now - self._opened > REOPEN_MS:
            self.open()

    @property
    def late(self) -> float:
        """How late the newest frame was, in ms, as far as the page can know."""
        return self._frame[3] if self._frame else 0.0

    def take(self, socket: Socket, text: str) -> None:
        """A frame has come."""
        if socket is not self._socket:
            return
        self.digest.update(text.encode())
        said, now = json.loads(text), self._now()
        self._frame = (said["s"], said["x"], now, self._lateness(said["t"], now))
        if "session" in said:
            self.phase = said["session"]["phase"] if said["session"] else "none"
            self._values = {seat: {} for seat in said["seats"]}
        for seat, news in said.get("seats", {}).items():
            if seat in self._values:
                self._values[seat].update(news)
        if "store" in said:
            self.store = said["store"]
        self.lost, self._last_frame = False, now
        if "alerts" in said:
            self.cards = {card["id"]: _card(card) for card in said["alerts"]}
            self.heard()

    def _lateness(self, station_ms: float, now: float) -> float:
        difference = now - station_ms
        if self._base is None:
            self._base = self._opened - station_ms
            self._slow_start = now - self._opened > SLOW_START_MS
        else:
            self._base = min(difference, self._base + (now - self._base_at) * DRIFT)
        self._base_at = now
        return difference - self._base

    def shown(self, seat: str, field: str) -> tuple[int, str] | None:
        """The number that stands on the tile and whether as `live` or `delayed`; None = dashes."""
        said = self._values.get(seat, {}).get(field)
        if not said or self._frame is None:
            return None
        session_ms, speed, came, late = self._frame
        gone = self._now() - came + late
        age = session_ms + gone * speed - said[1]
        if gone >= STALE_MS or age >= STALE_MS:
            return None
        return said[0], "live" if age <= LIVE_MS else "delayed"

    @property
    def seats(self) -> list[str]:
        """The seats that have a tile."""
        return list(self._values)


def _card(said: dict[str, Any]) -> Card:
    return Card(
        said["id"],
        said["seat"],
        said["field"],
        said["level"],
        said["state"],
        said["again"],
        said["cause"],
    )
