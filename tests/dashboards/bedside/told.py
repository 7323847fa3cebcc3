"""A session told entry by entry, and the frames the page makes of it."""

import json
from collections.abc import Mapping
from typing import Any

from alerts.baseline import BASELINE, Baseline, baseline_body
from alerts.condition import ALERT, AlertEvent, Cause, Family, Happening, Level
from alerts.pause import PAUSE, PauseAsked, PauseReason, begin_body
from alerts.store import encode
from collector.clock import SECOND, Instant, ManualClock
from collector.commands import Bind, Command, End, Mark, Prepare, Release, Start, decide
from collector.device import DEVICE, DeviceStatus, LinkState, status_body
from collector.entry import READING, Entry
from collector.radio_watch import RADIO
from collector.reading import Flag, Reading
from collector.saving import STORE
from collector.session import Session, Source, fold
from dashboards.bedside.state import Header, State


class Told:
    """Makes entries in seq order, folds them into a `State` and reads its frames."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.state = State()
        self.session: Session | None = None
        self.wears: dict[str, str] = {}
        self._seq = 0

    def command(self, command: Command) -> list[Entry]:
        """Carry out a command of the facilitator."""
        drafts = decide(self.session, command, now=self.clock.now())
        return [
            self.entry(d.kind, d.body, subject=d.subject, participant=d.participant, session=d.session)
            for d in drafts
        ]

    def begin(self, *seats: str, source: Source = Source.LIVE, title: str = "") -> None:
        """Prepare, bind clip-A to P-A and so on, start."""
        roster = {seat: f"P-{seat}" for seat in seats}
        self.command(Prepare(roster=roster, source=source, title=title))
        for seat in seats:
            self.bind(seat)
        self.command(Start())

    def bind(self, seat: str, participant: str = "", device: str = "") -> None:
        """Put a clip on the participant of a seat."""
        device = device or f"clip-{seat}"
        self.command(Bind(seat=seat, participant=participant or f"P-{seat}", device=device))

    def release(self, seat: str) -> None:
        """Take the clip off."""
        self.command(Release(seat=seat))

    def mark(self, what: str, seat: str = "") -> None:
        """Mark a moment."""
        self.command(Mark(what=what, seat=seat))

    def end(self) -> None:
        """End the session."""
        self.command(End())

    def wait(self, seconds: float) -> None:
        """Let session time pass."""
        self.clock.advance_to(self.clock.now().running_ns + int(seconds * SECOND))

    def read(
        self,
        seat: str,
        spo2: float | None = 97,
        pulse_rate: float | None = 70,
        *flags: Flag,
        participant: str = "",
        backfill: bool = False,
        battery: int | None = None,
    ) -> None:
        """A reading from clip-SEAT now."""
        reading = Reading(
            at=self.clock.now(),
            spo2=spo2,
            pulse_rate=pulse_rate,
            flags=frozenset(flags),
            backfill=backfill,
            battery=battery,
        )
        who = participant or f"P-{seat}"
        self.entry(READING, reading, subject=f"clip-{seat}", participant=who)

    def status(self, seat: str, link: LinkState, battery: int | None = None) -> None:
        """What became known about clip-SEAT."""
        status = DeviceStatus(at=self.clock.now(), device=f"clip-{seat}", link=link, battery=battery)
        self.entry(DEVICE, status_body(status), subject=f"clip-{seat}", participant=f"P-{seat}")

    def pause(self, seat: str, event: str = "begin", minutes: float = 2) -> None:
        """A pause begins, or ends in another way."""
        length = int(minutes * 60 * SECOND)
        body = begin_body(PauseAsked(reason=PauseReason.TOILET, length=length))
        self.entry(PAUSE, body if event == "begin" else {"event": event}, subject=seat)

    def baseline(self, seat: str, spo2: float | None, pulse: float | None) -> None:
        """The person's own numbers."""
        body = baseline_body(Baseline(spo2=spo2, pulse_rate=pulse, readings=60, by="f"))
        self.entry(BASELINE, body, subject=seat, participant=f"P-{seat}")

    def store(self, **facts: object) -> None:
        """What the journal says of itself."""
        self.entry(STORE, {"since_utc_ns": 0, "why": "", "lost": 0, **facts})

    def radio(self, why: str) -> None:
        """What the radio watch records; an empty `why` is that it works."""
        self.entry(RADIO, {"down": bool(why), "trouble": "", "why": why})

    def alert(
        self,
        seat: str,
        happening: Happening = Happening.RAISE,
        level: Level = Level.CAUTION,
        family: Family = Family.SPO2_LOW,
        *,
        ago_s: float = 0,
        since: Instant | None = None,
        value: float | None = None,
        limit: float | None = None,
        reference: float | None = None,
        explained: Family | None = None,
        worst: float | None = None,
        cause: Cause | None = None,
        reason: str = "",
        by: str = "",
        pausable: bool = True,
    ) -> None:
        """An event of the one episode of `family` on `seat`."""
        now = self.clock.now()
        event = AlertEvent(
            at=now,
            episode=f"{seat}-{family}",
            family=family,
            seat=seat,
            participant=f"P-{seat}",
            happening=happening,
            level=level,
            since=since or now.plus(-int(ago_s * SECOND)),
            value=value,
            limit=limit,
            reference=reference,
            explained=explained,
            worst=worst,
            cause=cause,
            reason=reason,
            by=by,
            pausable=pausable,
        )
        subject, participant, body = encode(event)
        self.entry(ALERT, body, subject=subject, participant=participant)

    def entry(
        self,
        kind: str,
        body: Reading | Mapping[str, object],
        *,
        subject: str = "",
        participant: str | None = None,
        session: str = "",
    ) -> Entry:
        """Any entry, now."""
        self._seq += 1
        entry = Entry(
            seq=self._seq,
            session=session or (self.session.id if self.session else ""),
            instant=self.clock.now(),
            kind=kind,
            subject=subject,
            participant=participant,
            body=body,
        )
        self.session = fold(self.session, entry)
        self.state.take(entry)
        return entry

    def delta(self) -> dict[str, Any]:
        """The next frame of a page that has seen all before."""
        frame = self._frame(self.state.delta())
        self.state.settle()
        return frame

    def whole(self) -> dict[str, Any]:
        """The first frame of a page."""
        return self._frame(self.state.whole())

    def seat(self, seat: str) -> dict[str, Any]:
        """A seat as a page gets it first."""
        told: dict[str, Any] = self.whole()["seats"][seat]
        return told

    def age_ms(self, seat: str, field: str = "spo2") -> int:
        """The age of a value at sending, as a page works it out."""
        frame = self.whole()
        return int(frame["s"] - frame["seats"][seat][field][1])

    def _frame(self, body: str) -> dict[str, Any]:
        header = Header(number=1, real_ms=5, now=self.clock.now(), speed=1.0)
        frame: dict[str, Any] = json.loads(self.state.header(header) + body)
        return frame
