"""Entries for the engine, made by hand: a session, its seats, readings, links, markers."""

from collections.abc import Iterable
from dataclasses import replace

from alerts.baseline import BASELINE, Baseline, baseline_body
from alerts.condition import AlertEvent
from alerts.engine import Engine
from alerts.pause import PAUSE, PauseAsked, PauseReason, back_body, begin_body
from alerts.rules import Rules, load_rules
from collector.clock import SECOND, Instant
from collector.device import DEVICE, DeviceStatus, LinkState, status_body
from collector.entry import READING, Entry
from collector.reading import NO_FLAGS, Flag, Reading
from collector.session import (
    BINDING,
    MARKER,
    SESSION,
    Binding,
    Source,
    binding_body,
    marker_body,
    phase_body,
    prepare_body,
    release_body,
)

DEFAULT = load_rules()
# Without the early words, which come before what most timelines are about.
PLAIN = replace(DEFAULT, fast=None, perfusion=None)
BOOT_RUNNING, BOOT_UTC = 1_000 * SECOND, 1_790_000_000 * SECOND


def instant(t: float, *, boot: str = "boot", shift_s: float = 0, step_s: float = 0) -> Instant:
    """`t` seconds after the start of the world; `shift_s` moves both clocks, `step_s` only UTC."""
    ns = round((t + shift_s) * SECOND)
    return Instant(
        boot=boot, running_ns=BOOT_RUNNING + ns, utc_ns=BOOT_UTC + ns + round(step_s * SECOND)
    )


def seconds(at: Instant) -> float:
    """The inverse of `instant` on the running clock."""
    return (at.running_ns - BOOT_RUNNING) / SECOND


class Script:
    """Makes entries in seq order. Seat A is worn by PA with clip dA, and so on."""

    def __init__(self, session: str = "s") -> None:
        self.session = session
        self.seq = 0

    def entry(
        self,
        at: Instant,
        kind: str,
        body: Reading | dict[str, object],
        *,
        subject: str = "",
        seat: str = "",
    ) -> Entry:
        """The next entry."""
        self.seq += 1
        return Entry(
            seq=self.seq,
            session=self.session,
            instant=at,
            kind=kind,
            subject=subject,
            participant=f"P{seat}" if seat else None,
            body=body,
        )

    def opening(
        self, seats: Iterable[str], at: Instant, bound: Iterable[str] | None = None
    ) -> list[Entry]:
        """Prepare, bind and start a session with these seats; `bound` = those with a clip (all)."""
        seats = list(seats)
        roster = {seat: f"P{seat}" for seat in seats}
        prepare = prepare_body(title="", source=Source.LIVE, roster=roster, speed=1.0, by="f")
        entries = [self.entry(at, SESSION, prepare)]
        entries += [self.bind(at, seat) for seat in (seats if bound is None else bound)]
        return [*entries, self.start(at)]

    def start(self, at: Instant) -> Entry:
        """Rules run from here."""
        return self.entry(at, SESSION, phase_body("start", by="f"))

    def end(self, at: Instant) -> Entry:
        """The end of the session."""
        return self.entry(at, SESSION, phase_body("end", by="f"))

    def bind(self, at: Instant, seat: str, device: str = "") -> Entry:
        """A clip for a seat."""
        binding = Binding(seat=seat, participant=f"P{seat}", device=device or f"d{seat}", since=at)
        return self.entry(at, BINDING, binding_body(binding, by="f"), subject=seat, seat=seat)

    def release(self, at: Instant, seat: str) -> Entry:
        """A clip comes off."""
        return self.entry(at, BINDING, release_body(seat, by="f"), subject=seat, seat=seat)

    def mark(self, at: Instant, what: str, text: str = "", seat: str = "") -> Entry:
        """A marker."""
        return self.entry(
            at, MARKER, marker_body(what=what, text=text, seat=seat, by="f"), subject=seat
        )

    def pause(self, at: Instant, seat: str, reason: str, minutes: float = 2) -> Entry:
        """Somebody pauses a seat; `back` as reason ends it."""
        if reason == "back":
            return self.entry(at, PAUSE, back_body("f"), subject=seat, seat=seat)
        asked = PauseAsked(reason=PauseReason(reason), length=round(minutes * 60 * SECOND), by="f")
        return self.entry(at, PAUSE, begin_body(asked), subject=seat, seat=seat)

    def baseline(self, at: Instant, seat: str, spo2: float | None, pulse: float | None) -> Entry:
        """The person's own numbers."""
        body = baseline_body(Baseline(spo2=spo2, pulse_rate=pulse, readings=60, by="f"))
        return self.entry(at, BASELINE, body, subject=seat, seat=seat)

    def link(self, at: Instant, seat: str, state: str, why: str = "") -> Entry:
        """What the radio says of a seat's clip."""
        status = DeviceStatus(at=at, device=f"d{seat}", link=LinkState(state), why=why)
        return self.entry(at, DEVICE, status_body(status), subject=f"d{seat}", seat=seat)

    def reading(
        self,
        at: Instant,
        seat: str = "A",
        *,
        spo2: float | None = 97.0,
        pulse: float | None = 70.0,
        flags: frozenset[Flag] = NO_FLAGS,
        backfill: bool = False,
        battery: int | None = None,
        index: float | None = None,
    ) -> Entry:
        """A reading of a seat's clip."""
        body = Reading(
            at=at,
            spo2=spo2,
            pulse_rate=pulse,
            perfusion_index=index,
            flags=flags,
            backfill=backfill,
            battery=battery,
        )
        return self.entry(at, READING, body, subject=f"d{seat}", seat=seat)


def play(
    entries: Iterable[Entry], *, rules: Rules = DEFAULT, until: Instant | None = None
) -> list[AlertEvent]:
    """All events of an engine that takes `entries` and then waits until `until`."""
    engine = Engine(rules)
    events = [event for entry in entries for event in engine.take(entry)]
    return events + (engine.advance(until) if until else [])
