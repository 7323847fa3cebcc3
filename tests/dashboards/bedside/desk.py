"""A page with fakes behind it: what the routes call, and requests as the page itself sends them."""

from collections.abc import Iterable, Mapping

import httpx
from starlette.types import ASGIApp

from alerts.accepting import Accepting
from alerts.baseline import Baseline
from alerts.pause import PauseReason
from alerts.preparation import Preparation
from collector.clock import Instant, ManualClock
from collector.commands import Command, decide
from collector.entry import Entry
from collector.errors import Refused
from collector.feed import Feed, Loss
from collector.session import Session, Source, fold
from dashboards.bedside.app import Limits, make_app
from dashboards.bedside.pushes import Pushes
from dashboards.bedside.state import State

PORT = 8080
URL = f"http://127.0.0.1:{PORT}"
OURS = {"Origin": URL, "X-Holdspace": "page", "Content-Type": "application/json"}


class Desk:
    """Takes commands as the recorder does and acknowledgements as the alerts do."""

    def __init__(self) -> None:
        self.clock, self.feed = ManualClock(), Feed()
        self.session: Session | None = None
        self.commands: list[Command] = []
        self.open_episodes = {"e1"}
        self.acknowledged: list[tuple[str, str]] = []
        self.paused: list[tuple[object, ...]] = []
        self.watches: list[float | None] = []
        self.settled: list[tuple[str, str]] = []
        self.arrived: list[str] | None = None  # None: nobody is notified here
        self.overrides: list[tuple[str, dict[str, object]]] = []
        self.accepting: Accepting | None = None  # None: nothing is to be accepted here
        self._seq = 0

    def execute(self, command: Command) -> list[Entry]:
        self.commands.append(command)
        drafts = decide(self.session, command, now=self.clock.now())
        return [self.publish(d.session, d.kind, d.subject, d.participant, d.body) for d in drafts]

    def publish(
        self, session: str, kind: str, subject: str, participant: str | None, body: object
    ) -> Entry:
        self._seq += 1
        entry = Entry(
            seq=self._seq,
            session=session,
            instant=self.clock.now(),
            kind=kind,
            subject=subject,
            participant=participant,
            body=body,  # type: ignore[arg-type]  # tests give what the kind wants
        )
        self.session = fold(self.session, entry)
        self.feed.publish(entry)
        return entry

    def add(
        self,
        *,
        kind: str,
        subject: str,
        participant: str | None,
        body: Mapping[str, object],
        instant: Instant,
        urgent: bool = False,
    ) -> Entry:
        """A fact, as the recorder takes it."""
        del instant, urgent
        session = self.session.id if self.session else ""
        return self.publish(session, kind, subject, participant, body)

    def acknowledge_cautions(self, by: str) -> list[str]:
        """Every open one is a caution here."""
        return [one for one in sorted(self.open_episodes) if self.acknowledge(one, by)]

    def acknowledge(self, episode: str, by: str, watch: float | None = None) -> bool:
        if episode not in self.open_episodes:
            return False
        self.acknowledged.append((episode, by))
        self.watches.append(watch)
        return True

    def pause(self, seat: str, reason: PauseReason, *, minutes: int, by: str) -> None:
        if seat != "A":
            raise Refused("Nobody is watched there.")
        self.paused.append((seat, reason, minutes, by))

    def settle(self, seat: str, by: str) -> None:
        """Somebody has looked at the clip."""
        self.settled.append((seat, by))

    def back(self, seat: str, by: str) -> None:
        self.paused.append((seat, "back", by))

    def baseline(self, seat: str, by: str) -> Baseline:
        if seat == "C":
            raise Refused("41 of 60 readings so far; wait a little.")
        self.paused.append((seat, "baseline", by))
        return Baseline(spo2=97, pulse_rate=70, readings=60, by=by)

    def override(self, seat: str, body: Mapping[str, object]) -> None:
        """What the alerts would do."""
        if seat != "A":
            raise Refused(f"Nobody sits on seat {seat}.")
        self.overrides.append((seat, dict(body)))

    def close_limits(self, seat: str) -> list[str]:
        """What the alerts would say."""
        return []

    def pushes(self, speed: float = 1.0) -> Pushes:
        subscription = self.feed.subscribe("bedside", bound=1000, loss=Loss.NOTHING)
        state = State(preparation=Preparation() if self.accepting else None)
        return Pushes(state, subscription, self.clock, speed=speed)

    def app(
        self, names: Iterable[str] = (), source: Source = Source.LIVE, speed: float = 1.0
    ) -> ASGIApp:
        return make_app(
            recorder=self,
            alerts=self,
            pushes=self.pushes(),
            limits=Limits(),
            names=names,
            port=PORT,
            arrived=None if self.arrived is None else self.arrived.append,
            source=source,
            speed=speed,
            accepting=self.accepting,
        )

    def client(
        self, names: Iterable[str] = (), source: Source = Source.LIVE, speed: float = 1.0
    ) -> httpx.AsyncClient:
        app = self.app(names, source, speed)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL)
