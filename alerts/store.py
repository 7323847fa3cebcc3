"""Alert events as journal entries, and what a restart finds of the engine.

The bodies of the kind `alert` are made and read here and nowhere else. The engine's state is kept in
the journal in parts, `engine` (session and time) and `engine/<seat>`, each in one transaction with the
entries up to its seq.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import structlog

from alerts.baseline import BASELINE, BaselineTaken
from alerts.condition import ALERT, SYSTEM, AlertEvent, Cause, Family, Happening, Level, Reason
from alerts.engine import Engine
from alerts.pause import PAUSE, PauseOver
from alerts.rules import Rules, read
from alerts.saved import pack, unpack
from collector.clock import Instant
from collector.entry import Entry
from collector.journal.archive import Archive
from collector.session import Phase, Session

log = structlog.get_logger(__name__)

STATE = "engine"
RULES = "rules"  # the entry kind that says under which rules a session ran
Kept = Callable[[str], tuple[int, Mapping[str, Any]] | None]
Past = Callable[[str, int], Iterable[Entry]]


def encode(event: AlertEvent) -> tuple[str, str | None, dict[str, object]]:
    """Subject, participant and body of the entry for `event`; its instant is the entry's own."""
    body: dict[str, object] = {
        "episode": event.episode,
        "family": event.family.value,
        "happening": event.happening.value,
        "level": event.level.word,
        "since": pack(event.since),
        "value": event.value,
        "limit": event.limit,
        "reference": event.reference,
        "explained": event.explained.value if event.explained else None,
        "worst": event.worst,
        "cause": event.cause.value if event.cause else None,
        "reason": str(event.reason),
        "by": event.by,
        "announce": event.announce,
        "pausable": event.pausable,
    }
    if event.watch is not None:
        body["watch"] = event.watch
    if event.about:
        body["about"] = event.about
    return event.seat, event.participant or None, body


def decode(entry: Entry) -> AlertEvent:
    """The event that an alert entry holds."""
    facts: Mapping[str, Any] = entry.facts
    cause, explained = facts["cause"], facts.get("explained")
    return AlertEvent(
        at=entry.instant,
        episode=facts["episode"],
        family=Family(facts["family"]),
        seat=entry.subject,
        participant=entry.participant or "",
        happening=Happening(facts["happening"]),
        level=Level[facts["level"].upper()],
        since=unpack(facts["since"]) or entry.instant,
        value=facts["value"],
        limit=facts["limit"],
        reference=facts.get("reference"),
        explained=Family(explained) if explained else None,
        worst=facts["worst"],
        cause=Cause(cause) if cause else None,
        reason=facts["reason"],
        by=facts["by"],
        announce=facts["announce"],
        pausable=facts.get("pausable", True),
        about=facts.get("about", ""),
        watch=facts.get("watch"),
    )


def rules_body(rules: Rules) -> dict[str, object]:
    """Body of the entry that keeps the rules in force, whole: files change, sessions stay."""
    return {"digest": rules.digest, "text": rules.text}


def recorded_rules(entries: Iterable[Entry]) -> Rules | None:
    """The newest rules among `entries`; None for an import, or when they are valid no more."""
    rules: Rules | None = None
    for entry in entries:
        if entry.kind == RULES:
            rules = read(str(entry.facts["text"])).rules
    return rules


def archived(directory: Path) -> Past:
    """The past as the journal in `directory` holds it."""

    def past(session: str, after: int) -> Iterator[Entry]:
        with closing(Archive(directory)) as archive:
            yield from archive.entries(session, after=after)

    return past


def owner(event: AlertEvent) -> str:
    """Whose state the episode is part of: a seat's, or (an empty word) the station's."""
    return "" if event.family in SYSTEM else event.seat


def seat_state(seat: str) -> str:
    """The name under which the state of one seat is kept."""
    return f"{STATE}/{seat}"


def recall(
    rules: Rules, session: Session | None, kept: Kept, past: Past
) -> tuple[Engine, list[AlertEvent]]:
    """The engine as it was when the journal ended, and what it found out since but could not record.

    The kept state goes on with the entries after it. Without one (or with one of another session, or
    from two boots) the whole session is taken again; either way episodes get the ids they had. Call
    `resume` next.
    """
    if session is None:
        return Engine(rules), []
    engine, saved, included = _restored(rules, session, kept)
    if saved is None and session.phase is Phase.ENDED:
        return Engine(rules), []  # an import, say: nobody watched it and nobody will
    found: list[AlertEvent] = []
    recorded: set[tuple[object, ...]] = set()
    known: set[tuple[type, str, int]] = set()
    for entry in past(session.id, _oldest(saved)):
        if entry.kind == PAUSE and entry.facts["event"] == "end":
            known.add((PauseOver, entry.subject, entry.instant.running_ns))
        elif entry.kind != ALERT:
            if entry.kind == BASELINE:
                known.add((BaselineTaken, entry.subject, entry.instant.running_ns))
            found += engine.take(entry)
        elif entry.seq > included.get(owner(event := decode(entry)), 0):
            recorded.add(_key(event))
            found += _up_to(engine, event.at)
            if event.happening is Happening.ACKNOWLEDGE or event.reason == Reason.SEEN:
                found += engine.acknowledge(event.episode, by=event.by, now=event.at, watch=event.watch)
    engine.know_found(known)
    return engine, [event for event in found if _key(event) not in recorded]


def _restored(
    rules: Rules, session: Session, kept: Kept
) -> tuple[Engine, dict[str, Any] | None, dict[str, int]]:
    """The engine as it was kept, what that was, and up to where each part reaches."""
    try:
        saved, included = _saved(session, kept)
        return Engine(rules, saved), saved, included
    except (AttributeError, LookupError, TypeError, ValueError):
        log.exception("kept state of the alerts is damaged: the whole session is taken again")
        return Engine(rules), None, {}


def _up_to(engine: Engine, at: Instant) -> list[AlertEvent]:
    """Let time pass to an alert whose state was not kept with it, as it had passed then.

    Live, what is due happens before any later alert; if something is overdue, that alert came of a return.
    """
    due = engine.next_due()
    if due is not None and due < at.running_ns:
        return engine.resume(at)
    return engine.advance(at)


def _saved(session: Session, kept: Kept) -> tuple[dict[str, Any] | None, dict[str, int]]:
    """All parts of the engine's state, or None when one is missing; and up to where each reaches."""
    head = kept(STATE)
    if head is None or (head[1]["session"] or {}).get("id") != session.id:
        return None, {}
    seats: dict[str, Mapping[str, Any]] = {}
    included: dict[str, int] = {}
    for name in head[1]["seats"]:
        part = kept(seat_state(name))
        if part is None or part[1]["session"] != session.id or part[1]["boot"] != head[1]["boot"]:
            return None, {}  # what counts from another boot's zero does not fit together
        included[name], seats[name] = part
    return {"head": head[1], "seats": seats}, included


def _oldest(saved: Mapping[str, Any] | None) -> int:
    """The seq after which entries have to be taken again."""
    if saved is None:
        return 0
    return min(int(part["taken"]) for part in (saved["head"], *saved["seats"].values()))


def _key(event: AlertEvent) -> tuple[object, ...]:
    """What tells two events apart: two causes or levels may follow each other in one instant."""
    when = event.at.running_ns
    return event.episode, event.happening, when, event.level, event.cause, str(event.reason)
