"""Session, Participant, Seat, Binding, Marker: a fold over entries.

The bodies of the kinds `session`, `binding` and `marker` are made and read here and nowhere else.
`Session.apply` is the fold: the recorder holds the current value, a restart folds the same entries.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from collector.clock import Instant
from collector.entry import Entry

SESSION, BINDING, MARKER = "session", "binding", "marker"
# No I, which reads as 1 (looks.md); 12 on the page, 32 as stress.
SEATS = tuple("ABCDEFGHJKLM") + tuple(f"N{n}" for n in range(1, 21))


class Phase(StrEnum):
    """Where a session stands. Recorded from preparing to ended, rules run from running."""

    PREPARING = "preparing"
    RUNNING = "running"
    ENDED = "ended"


class Source(StrEnum):
    """Where a session's readings come from; all but live are said in words on every page and report."""

    LIVE = "live"
    DEMO = "demo"
    REPLAY = "replay"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Device `device` is worn by `participant` on `seat` from `since` on."""

    seat: str
    participant: str
    device: str
    family: str = ""
    name: str = ""
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A moment somebody marked: `what` is dose, music, talk, note...; `seat` empty means everybody."""

    at: Instant
    what: str
    text: str = ""
    seat: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The present state of one session.

    `roster` is seat -> participant; it keeps seats that have no device.
    """

    id: str
    title: str = ""
    source: Source = Source.LIVE
    speed: float = 1.0
    phase: Phase = Phase.PREPARING
    prepared: Instant | None = None
    started: Instant | None = None
    ended: Instant | None = None
    roster: Mapping[str, str] = field(default_factory=dict)
    bindings: Mapping[str, Binding] = field(default_factory=dict)  # by seat, those that hold now
    markers: tuple[Marker, ...] = ()

    def wearer(self, device: str) -> Binding | None:
        """The binding that holds now for `device`, or None: then its readings belong to nobody."""
        for binding in self.bindings.values():
            if binding.device == device:
                return binding
        return None

    def seat_of(self, participant: str) -> str:
        """The seat of `participant`, or an empty string."""
        return next((seat for seat, who in self.roster.items() if who == participant), "")

    def apply(self, entry: Entry) -> "Session":
        """This session after `entry`; entries of other kinds or sessions change nothing."""
        if entry.session != self.id:
            return self
        match entry.kind:
            case "session":
                return _phase(self, entry)
            case "binding":
                return _bind(self, entry)
            case "marker":
                return replace(self, markers=(*self.markers, read_marker(entry)))
        return self


def fold(current: Session | None, entry: Entry) -> Session | None:
    """The current session after `entry`: a prepare entry begins a new one."""
    if entry.kind == SESSION and entry.facts.get("event") == "prepare":
        return _prepare(entry)
    return current.apply(entry) if current else None


def prepare_body(
    *, title: str, source: Source, roster: Mapping[str, str], speed: float, by: str
) -> dict[str, object]:
    """Body of the entry that begins a session."""
    return {
        "event": "prepare",
        "title": title,
        "source": source.value,
        "roster": dict(roster),
        "speed": speed,
        "by": by,
    }


def phase_body(event: str, *, by: str, reason: str = "") -> dict[str, object]:
    """Body of the `start` or `end` entry."""
    return {"event": event, "by": by, "reason": reason}


def binding_body(binding: Binding, *, by: str) -> dict[str, object]:
    """Body of a binding entry; the entry's own instant is its `since`."""
    return {
        "event": "bind",
        "seat": binding.seat,
        "participant": binding.participant,
        "device": binding.device,
        "family": binding.family,
        "name": binding.name,
        "by": by,
    }


def release_body(seat: str, *, by: str) -> dict[str, object]:
    """Body of the entry that ends the binding on `seat`."""
    return {"event": "release", "seat": seat, "by": by}


def marker_body(*, what: str, text: str, seat: str, by: str) -> dict[str, object]:
    """Body of a marker entry."""
    return {"what": what, "text": text, "seat": seat, "by": by}


def read_marker(entry: Entry) -> Marker:
    """The marker that a marker entry holds."""
    facts = entry.facts
    return Marker(
        at=entry.instant,
        what=str(facts["what"]),
        text=str(facts.get("text", "")),
        seat=str(facts.get("seat", "")),
        by=str(facts.get("by", "")),
    )


def _prepare(entry: Entry) -> Session:
    facts = entry.facts
    roster = facts.get("roster")
    return Session(
        id=entry.session,
        title=str(facts.get("title", "")),
        source=Source(str(facts.get("source", "live"))),
        speed=float(str(facts.get("speed", 1.0))),
        prepared=entry.instant,
        roster=dict(roster) if isinstance(roster, Mapping) else {},
    )


def _phase(session: Session, entry: Entry) -> Session:
    if entry.facts.get("event") == "start":
        return replace(session, phase=Phase.RUNNING, started=entry.instant)
    if entry.facts.get("event") == "end":
        return replace(session, phase=Phase.ENDED, ended=entry.instant, bindings={})
    return session


def _bind(session: Session, entry: Entry) -> Session:
    facts = entry.facts
    seat = str(facts["seat"])
    if facts.get("event") == "release":
        kept = {s: b for s, b in session.bindings.items() if s != seat}
        return replace(session, bindings=kept)
    binding = Binding(
        seat=seat,
        participant=str(facts["participant"]),
        device=str(facts["device"]),
        family=str(facts.get("family", "")),
        name=str(facts.get("name", "")),
        since=entry.instant,
    )
    others = {s: b for s, b in session.bindings.items() if b.device != binding.device}
    return replace(
        session,
        bindings={**others, seat: binding},
        roster={**session.roster, seat: binding.participant},
    )
