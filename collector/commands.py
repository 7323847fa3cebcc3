"""Session, binding and marker commands: who and when in, drafts of entries or one refusal out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from collector.clock import SECOND, Instant
from collector.errors import Refused
from collector.identity import IDENTITY, Doubt, doubt_body
from collector.session import (
    BINDING,
    MARKER,
    SEATS,
    SESSION,
    Binding,
    Phase,
    Session,
    Source,
    binding_body,
    marker_body,
    phase_body,
    prepare_body,
    release_body,
)

LONGEST_TEXT = 500
LONGEST_CODE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """Begin a session with `roster` (seat -> participant code)."""

    roster: Mapping[str, str]
    title: str = ""
    source: Source = Source.LIVE
    speed: float = 1.0
    by: str = "facilitator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Rules run from here."""

    by: str = "facilitator"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Recording stops here."""

    by: str = "facilitator"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """From now on `device` is worn by the participant on `seat`."""

    seat: str
    participant: str
    device: str
    family: str = ""
    name: str = ""
    by: str = "facilitator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """From now on nobody wears the device bound to `seat`."""

    seat: str
    by: str = "facilitator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something happened now; an empty `seat` means for everybody."""

    what: str
    text: str = ""
    seat: str = ""
    by: str = "facilitator"


Command = Prepare | Start | End | Bind | Release | Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry that has no seq yet."""

    session: str
    kind: str
    subject: str = ""
    participant: str | None = None
    body: Mapping[str, object] = field(default_factory=dict)


def decide(
    session: Session | None, command: Command, *, now: Instant, taken: frozenset[str] = frozenset()
) -> list[Draft]:
    """The drafts that carry out `command`; raises `Refused` when it does not fit the present session.

    `taken` holds the session ids that exist already.
    """
    if isinstance(command, Prepare):
        return _prepare(session, command, now, taken)
    if session is None or session.phase is Phase.ENDED:
        raise Refused("There is no session; prepare one first.")
    match command:
        case Start():
            return _start(session, command)
        case End():
            body = phase_body("end", by=command.by, reason=command.reason)
            return [Draft(session=session.id, kind=SESSION, body=body)]
        case Bind():
            return _bind(session, command, now)
        case Release():
            return _release(session, command)
        case Mark():
            return _mark(session, command)


def session_id(now: Instant, taken: frozenset[str]) -> str:
    """An id from the UTC second, readable in lists and safe in file names."""
    moment = datetime.fromtimestamp(now.utc_ns / SECOND, UTC)
    base = f"{moment:%Y%m%d-%H%M%S}"
    tries = (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3)))
    return next(name for name in tries if name not in taken)


def _prepare(
    session: Session | None, command: Prepare, now: Instant, taken: frozenset[str]
) -> list[Draft]:
    if session is not None and session.phase is not Phase.ENDED:
        raise Refused("A session is open; end it before preparing the next one.")
    unknown = [seat for seat in command.roster if seat not in SEATS]
    if unknown:
        raise Refused(
            f"Seat {unknown[0]!r} does not exist; seats are {SEATS[0]} to {SEATS[11]}, without I."
        )
    for participant in command.roster.values():
        _check_code(participant)
    if len(set(command.roster.values())) < len(command.roster):
        raise Refused("One participant code stands on two seats; give each person a code of their own.")
    body = prepare_body(
        title=_one_line(command.title)[:LONGEST_TEXT],
        source=command.source,
        roster=command.roster,
        speed=command.speed,
        by=command.by,
    )
    return [Draft(session=session_id(now, taken), kind=SESSION, body=body)]


def _one_line(text: str) -> str:
    """`text` without line ends and what else a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _check_code(participant: str) -> None:
    if not (participant.strip() and len(participant) <= LONGEST_CODE and participant.isprintable()):
        raise Refused(f"A participant code has 1 to {LONGEST_CODE} readable characters.")


def _start(session: Session, command: Start) -> list[Draft]:
    if session.phase is Phase.RUNNING:
        raise Refused("The session is running already.")
    return [Draft(session=session.id, kind=SESSION, body=phase_body("start", by=command.by))]


def _bind(session: Session, command: Bind, now: Instant) -> list[Draft]:
    other = next((s for s, who in session.roster.items() if who == command.participant), command.seat)
    if command.seat not in SEATS:
        raise Refused(f"Seat {command.seat!r} does not exist.")
    if other != command.seat:
        raise Refused(f"{command.participant} sits on {other}; bind the clip to that seat.")
    _check_code(command.participant)
    binding = Binding(
        seat=command.seat,
        participant=command.participant,
        device=command.device,
        family=command.family,
        name=command.name,
        since=now,
    )
    released = [
        _release(session, Release(seat=seat, by=command.by))[0]
        for seat, held in session.bindings.items()
        if (held.device == command.device) != (seat == command.seat)
    ]
    body = binding_body(replace(binding), by=command.by)
    bound = Draft(
        session=session.id,
        kind=BINDING,
        subject=command.seat,
        participant=command.participant,
        body=body,
    )
    return [*released, bound, *_doubts(session, command)]


def _doubts(session: Session, command: Bind) -> list[Draft]:
    """A clip that changes seats while the session runs may be on the wrong finger: the new seat is doubted."""
    if session.phase is not Phase.RUNNING:
        return []
    return [
        Draft(
            session=session.id,
            kind=IDENTITY,
            subject=command.seat,
            participant=command.participant,
            body=doubt_body(
                Doubt.TWO_SEATS,
                devices=[command.device],
                why=f"this clip was worn by {held.participant} on {seat} until now",
            ),
        )
        for seat, held in session.bindings.items()
        if held.device == command.device and seat != command.seat
    ]


def _release(session: Session, command: Release) -> list[Draft]:
    held = session.bindings.get(command.seat)
    if held is None:
        raise Refused(f"No clip is bound to seat {command.seat}.")
    body = release_body(command.seat, by=command.by)
    return [
        Draft(
            session=session.id,
            kind=BINDING,
            subject=command.seat,
            participant=held.participant,
            body=body,
        )
    ]


def _mark(session: Session, command: Mark) -> list[Draft]:
    if command.seat and command.seat not in session.roster:
        raise Refused(f"Nobody sits on seat {command.seat}.")
    body = marker_body(
        what=command.what[:40], text=command.text[:LONGEST_TEXT], seat=command.seat, by=command.by
    )
    participant = session.roster.get(command.seat)
    return [
        Draft(
            session=session.id,
            kind=MARKER,
            subject=command.seat,
            participant=participant,
            body=body,
        )
    ]
