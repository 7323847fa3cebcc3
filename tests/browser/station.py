"""A station under the test's thumb: the real recorder, feed and page in a process of its own.

Takes commands through a pipe: `{"seat": "A", "spo2": 93, "pulse_rate": 70, "flags": []}` sets what the clip on
a seat says each second from now on (`"hold": True`: nothing), `{"alert": {...}}` records an alert event,
`{"store": {...}}` what the journal says of itself. `{"clip": "1", "spo2": 97}` lays a clip on the table, for
the page of clips; `{"radio": "BLOCKED"}` is what is wrong with their radio. `{"mark": "dose"}`, `{"end": True}`
are commands of the facilitator. `{"stop": True}` ends the station on purpose, `{"fail": True}` by an error.
"""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from alerts.accepting import Accepting
from alerts.baseline import BASELINE, Baseline, baseline_body
from alerts.condition import ALERT, AlertEvent, Cause, Family, Happening, Level
from alerts.notifications import NOTIFICATION, confirmation_body
from alerts.overrides import OVERRIDE, Override
from alerts.pause import PAUSE, PauseAsked, PauseReason, back_body, begin_body
from alerts.store import encode
from collector.clock import SECOND, Instant, LiveClock
from collector.commands import Bind, End, Mark, Prepare, Start
from collector.device import Advertisement, DeviceStatus, LinkState, full_uuid
from collector.entry import READING, Entry
from collector.feed import Feed
from collector.fitting import Fitting
from collector.journal.health import Health
from collector.radio.adapter import Trouble
from collector.reading import Flag, Reading
from collector.recorder import Recorder
from collector.saving import STORE
from collector.session import SEATS, Source
from dashboards.bedside.app import Limits
from dashboards.service import follow, serve
from dashboards.settings import PageSettings

HISTORY_S = 600


class NoJournal:
    """Takes entries and keeps none: these tests look at the page only."""

    def __init__(self) -> None:
        self.last_seq = 0
        self.sessions: frozenset[str] = frozenset()
        self.opening: Sequence[Entry] = ()

    @property
    def committed(self) -> int:
        return self.last_seq

    @property
    def health(self) -> Health:
        return Health()

    def append(self, entry: Entry, *, urgent: bool = False) -> None:
        self.last_seq = entry.seq

    def save_state(self, name: str, seq: int, body: Mapping[str, object]) -> None:
        raise NotImplementedError

    def state(self, name: str) -> tuple[int, Mapping[str, object]] | None:
        return None

    async def committed_to(self, seq: int) -> None:
        return

    async def room(self) -> None:
        return


class Silence:
    """A radio with nothing to hear; `trouble` is what is wrong with it."""

    trouble: Trouble | None = None
    slots = None


@dataclass(slots=True)
class Says:
    """What a clip says each second."""

    spo2: float | None = 97.0
    pulse_rate: float | None = 72.0
    flags: frozenset[Flag] = field(default_factory=frozenset)
    battery: int | None = None
    hold: bool = False
    dated: bool = False  # says when it was measured: watching.py


# Limits of a rules file: for the first person, and for somebody who is not here.
ABSENT = tuple(
    Override(family=Family.HR_LOW, level=Level.CAUTION, limit=42, participant=who)
    for who in ("P-01", "P-09")
)


class Station:
    """The parts, and what the test wants of them."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.clock, self.feed = LiveClock(), Feed()
        self.recorder = Recorder(NoJournal(), self.feed, self.clock)
        self.says = {
            seat: Says(spo2=95 + n % 5, pulse_rate=64 + 5 * n, dated=given.dated)
            for n, seat in enumerate(SEATS[: given.seats])
        }
        self.radio = Silence()
        self.fitting = Fitting(self.radio, self.recorder, self.clock) if given.clips else None  # type: ignore[arg-type]
        self.lying: dict[str, Says] = {}
        self.seed: list[Entry] = []
        self.open: dict[str, AlertEvent] = {}
        self.stopping, self.over = asyncio.Event(), asyncio.Event()
        if given.phase != "none":
            self._prepare(given)

    def _prepare(self, given: argparse.Namespace) -> None:
        roster = {seat: f"{given.code}{n:02}" for n, seat in enumerate(self.says, 1)}
        does = self.recorder.execute
        self.seed += does(Prepare(roster=roster, title=given.title, source=Source(given.source)))
        for seat, participant in roster.items():
            self.seed += does(Bind(seat=seat, participant=participant, device=f"clip-{seat}"))
        if given.phase == "running":
            self.seed += does(Start())
        self.seed += self._past(roster)

    def _past(self, roster: Mapping[str, str]) -> list[Entry]:
        now = self.clock.now()
        session = self.recorder.session
        assert session is not None
        return [
            Entry(
                seq=0,
                session=session.id,
                instant=at,
                kind=READING,
                subject=f"clip-{seat}",
                participant=roster[seat],
                body=_reading(self.says[seat], at, wobble=(back * 7 + n * 5) % 11 == 0),
            )
            for back in range(HISTORY_S, 1, -1)
            for n, seat in enumerate(self.says)
            if not (n == 1 and 200 < back < 240)
            for at in [now.plus(-back * SECOND)]
        ]

    async def readings(self) -> None:
        """Each clip speaks once a second, all spread over the second."""
        at = self.clock.now().running_ns
        while True:
            for seat in self.says:
                at += SECOND // len(self.says)
                await self.clock.sleep_until(at)
                says = self.says[seat]  # as it is now: a test may have spoken meanwhile
                if not says.hold:
                    self.recorder.reading(f"clip-{seat}", _reading(says, self.clock.now()))
            if not self.says:
                return

    async def clips(self) -> None:
        """Each clip on the shelf speaks once a second to whoever looks, and for its wearer once it has one."""
        while self.fitting is not None:
            for address, says in self.lying.items():
                if not says.hold:
                    self.fitting.reading(address, _reading(says, self.clock.now()))
            await self.clock.sleep_until(self.clock.now().running_ns + SECOND)

    def lay(self, address: str, name: str = "PM100", **says: Any) -> None:
        """A clip comes into range and is linked, or says something else."""
        assert self.fitting is not None
        self.lying[address] = Says(**says)
        services = frozenset({full_uuid(0x1822)})
        self.fitting.heard(Advertisement(address=address, name=name, rssi=-55, services=services))
        self.fitting.status(DeviceStatus(at=self.clock.now(), device=address, link=LinkState.CONNECTED))

    def listen(self, pipe: Connection) -> None:
        """Do what the test says through `pipe`."""
        asyncio.get_running_loop().add_reader(pipe.fileno(), lambda: self.obey(pipe.recv()))

    def obey(self, wanted: dict[str, Any]) -> None:  # noqa: C901 - a list of words, a line or two each
        """Do one thing."""
        now = self.clock.now()
        match wanted:
            case {"seat": seat, **says}:
                flags = frozenset(Flag(flag) for flag in says.pop("flags", ()))
                self.says[seat] = Says(**{"flags": flags, **says})
                if not says.get("hold"):
                    self.recorder.reading(f"clip-{seat}", _reading(self.says[seat], now))
            case {"clip": address, **says}:
                self.lay(address, **says)
            case {"radio": trouble}:
                self.radio.trouble = Trouble[trouble]
            case {"alert": event}:
                self.alert(event)
            case {"store": body}:
                body = {"since_utc_ns": now.utc_ns, "lost": 0, **body}
                self.recorder.add(kind=STORE, subject="", participant=None, body=body, instant=now)
            case {"entry": kind, "body": body, **rest}:
                subject = rest.get("subject", "")
                self.recorder.add(kind=kind, subject=subject, participant=None, body=body, instant=now)
            case {"mark": what}:
                self.recorder.execute(Mark(what=what))
            case {"end": _}:
                self.recorder.execute(End())
            case {"stop": _}:
                self.stopping.set()
                self.over.set()
            case {"fail": _}:
                self.over.set()

    def alert(self, wanted: dict[str, Any]) -> None:
        """Record an alert event; what is not said stays as it was in the episode."""
        now, seat = self.clock.now(), wanted.get("seat", "")
        session = self.recorder.session
        assert session is not None
        family = Family(wanted.get("family", "spo2_low"))
        episode = wanted.get("episode", f"{session.id}/{seat}/{family.value}/1")
        before = self.open.get(episode)
        since = now.plus(-int(wanted.get("ago_s", 0) * SECOND))
        event = AlertEvent(
            at=now,
            episode=episode,
            family=family,
            seat=seat,
            participant=session.roster.get(seat, ""),
            happening=Happening(wanted.get("happening", "raise")),
            level=Level[wanted["level"].upper()] if "level" in wanted or not before else before.level,
            since=before.since if before else since,
            value=wanted.get("value"),
            limit=wanted.get("limit"),
            reference=wanted.get("reference"),
            worst=wanted.get("worst", wanted.get("value")),
            cause=Cause(wanted["cause"]) if "cause" in wanted else None,
            reason=wanted.get("reason", ""),
            by=wanted.get("by", ""),
            announce=True,
            watch=wanted.get("watch"),
            explained=Family(wanted["explained"]) if "explained" in wanted else None,
            about=wanted.get("about", before.about if before else ""),
        )
        self.open[episode] = event
        if event.happening is Happening.CLOSE:
            del self.open[episode]
        self._record(event)

    def acknowledge(self, episode: str, by: str, watch: float | None = None) -> bool:
        """What the alerts would do."""
        event = self.open.get(episode)
        if event is None:
            return False
        self.alert(
            {
                "seat": event.seat,
                "family": event.family,
                "episode": episode,
                "by": by,
                "happening": "acknowledge",
                "value": event.value,
                "watch": watch,
            }
        )
        return True

    def acknowledge_cautions(self, by: str) -> list[str]:
        """What the alerts would do."""
        waiting = [e for e in self.open.values() if e.level is Level.CAUTION and not e.by]
        return [event.episode for event in waiting if self.acknowledge(event.episode, by)]

    def pause(self, seat: str, reason: PauseReason, *, minutes: int, by: str) -> None:
        """What the alerts would do."""
        self._pause(seat, begin_body(PauseAsked(reason=reason, length=minutes * 60 * SECOND, by=by)))

    def settle(self, seat: str, by: str) -> None:
        """What the alerts would do."""
        self.alert({"seat": seat, "family": "identity", "happening": "close", "by": by})

    def back(self, seat: str, by: str) -> None:
        """What the alerts would do."""
        self._pause(seat, back_body(by))

    def baseline(self, seat: str, by: str) -> Baseline:
        """What the alerts would do."""
        baseline, session = Baseline(spo2=97, pulse_rate=70, readings=60, by=by), self.recorder.session
        self.recorder.add(
            kind=BASELINE,
            subject=seat,
            participant=session.roster.get(seat) if session else None,
            body=baseline_body(baseline),
            instant=self.clock.now(),
        )
        return baseline

    def override(self, seat: str, body: Mapping[str, object]) -> None:
        """What the alerts would do."""
        session = self.recorder.session
        self.recorder.add(
            kind=OVERRIDE,
            subject=seat,
            participant=session.roster.get(seat) if session else None,
            body=body,
            instant=self.clock.now(),
        )

    def close_limits(self, seat: str) -> list[str]:
        """What the alerts would say."""
        return []

    def _pause(self, seat: str, body: dict[str, object]) -> None:
        self.recorder.add(
            kind=PAUSE, subject=seat, participant=None, body=body, instant=self.clock.now()
        )

    def arrived(self, by: str) -> None:
        """What the delivery would do."""
        self.obey({"entry": NOTIFICATION, "body": confirmation_body(by)})

    def _record(self, event: AlertEvent) -> None:
        seat, participant, body = encode(event)
        self.recorder.add(
            kind=ALERT, subject=seat, participant=participant, body=body, instant=event.at, urgent=True
        )


def _reading(says: Says, at: Instant, *, wobble: bool = False) -> Reading:
    if says.dated:
        second, rest = divmod(at.utc_ns, SECOND)
        return Reading(at=at, spo2=50 + rest * 50 // SECOND, pulse_rate=50 + second % 200)
    return Reading(
        at=at,
        spo2=None if says.spo2 is None else says.spo2 - wobble,
        pulse_rate=says.pulse_rate,
        flags=says.flags,
        battery=says.battery,
    )


def run(arguments: Sequence[str], pipe: Connection) -> None:
    """Serve until killed; the first thing sent through `pipe` is the page's address."""
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--seats", type=int, default=6)
    options.add_argument("--source", default="live")
    options.add_argument("--phase", default="running", choices=("none", "preparing", "running"))
    options.add_argument("--speed", type=float, default=1.0)
    options.add_argument("--pressure", action="store_true")
    options.add_argument("--accepting", action="store_true")
    options.add_argument("--dated", action="store_true")
    options.add_argument("--clips", action="store_true")
    options.add_argument("--title", default="Evening group · Room 2")
    options.add_argument("--code", default="P-")
    options.add_argument("--name", action="append", default=[])
    asyncio.run(_serve(options.parse_args(arguments), pipe))


async def _serve(given: argparse.Namespace, pipe: Connection) -> None:
    station = Station(given)
    station.listen(pipe)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(
            serve(
                recorder=station.recorder,
                alerts=station,
                entries=follow(station.feed),
                clock=station.clock,
                settings=PageSettings(port=given.port, names=tuple(given.name)),
                limits=Limits(pressure=given.pressure),
                speed=given.speed,
                source=Source(given.source),
                stopping=station.stopping,
                seed=station.seed,
                ready=pipe.send,
                arrived=station.arrived,
                clips=station.fitting,
                overrides=ABSENT if given.accepting else (),
                accepting=Accepting(station.recorder, station.clock) if given.accepting else None,
            )
        )
        speaking = [tasks.create_task(station.readings()), tasks.create_task(station.clips())]
        await station.over.wait()
        for clip in speaking:
            clip.cancel()
        serving.cancel()
