"""The payloads on MQTT: entries as JSON, by the contract in `mqtt.schema.json`. Pure.

What is not named here never leaves the house on MQTT: names of people who did something, titles of
sessions, targets of notifications, addresses of radios. Kinds that are no business of others carry their
seq alone, so that a subscriber sees that nothing is missing.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from math import isfinite

from collector.clock import SECOND
from collector.device import DEVICE
from collector.entry import READING, Entry
from collector.reading import Reading
from collector.session import BINDING, MARKER, SESSION
from collector.sinks.line import Unfit, fit_time
from collector.sinks.points import HEALTH, device_id

ALERT, PAUSE = "alert", "pause"
# What also goes to a topic of its own while it is news.
EVENTS = frozenset({SESSION, BINDING, MARKER, ALERT, PAUSE})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Payload = dict[str, object]


def entry_payload(entry: Entry) -> bytes:
    """One entry, as it goes to the topic `journal`; raises `Unfit` when it can never be said."""
    told: Payload = {
        "seq": entry.seq,
        "at": moment(entry.instant.utc_ns),
        "kind": entry.kind,
        "session": entry.session,
    }
    tell = _TOLD.get(entry.kind)
    return packed(told | tell(entry) if tell else told)


def state_payload(entry: Entry, seat: str) -> bytes:
    """The newest reading of a seat."""
    told = {
        "seq": entry.seq,
        "at": moment(entry.instant.utc_ns),
        "session": entry.session,
        "seat": seat,
    }
    reading = _reading(entry)
    del reading["backfill"]  # never there: what comes late is not the newest
    return packed(told | reading)


def packed(told: Mapping[str, object]) -> bytes:
    """`told` as JSON in UTF-8; raises `Unfit` when it is none."""
    try:
        return json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, TypeError) as error:
        raise Unfit("it holds what JSON cannot say") from error


def moment(utc_ns: int) -> str:
    """A time as ISO 8601 in UTC, to the millisecond; raises `Unfit` when it can be none."""
    at = _EPOCH + timedelta(microseconds=fit_time(utc_ns) // 1000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def episode(entry: Entry) -> str:
    """The id of an alert's episode; that of a channel holds what somebody called a phone, so a digest."""
    name = word(entry.facts.get("episode"))
    if entry.subject:
        return name
    return f"{entry.session}-{blake2s(name.encode(errors='replace'), digest_size=6).hexdigest()}"


def word(value: object) -> str:
    """A text of a body; empty for anything else."""
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if not isinstance(value, float) or isfinite(value) else None


def _reading(entry: Entry) -> Payload:
    reading = entry.body
    assert isinstance(reading, Reading)  # noqa: S101 - for the type checker; the kind says so
    return {
        "participant": entry.participant or "",
        "device": device_id(entry.subject),
        "spo2": _number(reading.spo2),
        "pulse_rate": _number(reading.pulse_rate),
        "perfusion_index": _number(reading.perfusion_index),
        "battery": _number(reading.battery),
        "flags": sorted(flag.value for flag in reading.flags),
        "backfill": reading.backfill,
    }


def _session(entry: Entry) -> Payload:
    facts = entry.facts
    told: Payload = {"event": word(facts.get("event"))}
    if (roster := facts.get("roster")) is not None and isinstance(roster, Mapping):
        told["roster"] = {str(seat): str(who) for seat, who in roster.items()}
        told["source"] = word(facts.get("source"))
        told["speed"] = _number(facts.get("speed"))
    return told


def _binding(entry: Entry) -> Payload:
    facts = entry.facts
    told = {"event": word(facts.get("event")), "seat": entry.subject}
    told["participant"] = entry.participant or ""
    if device := word(facts.get("device")):
        told["device"] = device_id(device)
    return dict(told)


def _marker(entry: Entry) -> Payload:
    facts = entry.facts
    told = {"seat": word(facts.get("seat")), "participant": entry.participant or ""}
    return {**told, "what": word(facts.get("what")), "text": word(facts.get("text"))}


def _alert(entry: Entry) -> Payload:
    facts = entry.facts
    words = ("family", "happening", "level", "cause", "reason")
    numbers = ("value", "limit", "worst")
    return {
        "seat": entry.subject,
        "participant": entry.participant or "",
        "episode": episode(entry),
        **{name: word(facts.get(name)) for name in words},
        **{name: _number(facts.get(name)) for name in numbers},
    }


def _pause(entry: Entry) -> Payload:
    facts = entry.facts
    length = _number(facts.get("length_ns"))
    return {
        "seat": entry.subject,
        "participant": entry.participant or "",
        "event": word(facts.get("event")),
        "reason": word(facts.get("reason") or facts.get("why")),
        "length_s": None if length is None else length / SECOND,
    }


def _device(entry: Entry) -> Payload:
    facts = entry.facts
    return {
        "participant": entry.participant or "",
        "device": device_id(entry.subject),
        "link": word(facts.get("link")),
        "battery": _number(facts.get("battery")),
    }


def _health(entry: Entry) -> Payload:
    facts = entry.facts
    return {
        "participant": entry.participant or "",
        "device": device_id(entry.subject),
        "seat": word(facts.get("seat")),
        "age_s": _number(facts.get("age_s")),
        "connected": facts.get("connected") is True,
        "battery": _number(facts.get("battery")),
    }


_TOLD: Mapping[str, Callable[[Entry], Payload]] = {
    READING: _reading,
    SESSION: _session,
    BINDING: _binding,
    MARKER: _marker,
    ALERT: _alert,
    PAUSE: _pause,
    DEVICE: _device,
    HEALTH: _health,
}
