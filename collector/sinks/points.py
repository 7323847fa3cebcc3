"""Which points an entry is in the database: names of `schema.py`, lines of `line.py`. Pure.

One entry by itself gives its points, without any state, so that sending it again gives the same bytes. The
bodies of other packages' kinds are taken as they are in the journal: plain words and numbers.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2s
from math import isfinite

from collector.entry import Entry
from collector.reading import Flag, Reading
from collector.sinks import schema
from collector.sinks.line import fit_time, head, line

# The entry kinds that sinks/health.py records.
# Of a clip: subject is the device, body {"seat", "age_s", "connected", "battery"}.
HEALTH = "health"
# Of the sinks, no subject: body {sink: {"waiting", "set_aside"}}.
LAG = "lag"
# Parts of a body that make the text of an event, in this order.
WORDS = ("event", "what", "family", "happening", "level", "cause", "reason", "text")
# Kinds whose subject is the seat.
OF_SEAT = ("alert", "pause")
# What holds from an event on, for rules outside: 1 rules run, a clip is worn; 0 not (any more).
HOLDS = {
    ("session", "prepare"): 0.0,
    ("session", "start"): 1.0,
    ("session", "end"): 0.0,
    ("binding", "bind"): 1.0,
    ("binding", "release"): 0.0,
}
MICRO = 1000


def lines(entry: Entry, station: str) -> str:
    """The lines of `entry` without the last newline, empty when it is of no interest there.

    Raises `Unfit` when it can never be written.
    """
    if isinstance(entry.body, Reading):
        return _reading(entry, entry.body, station)
    if entry.kind == HEALTH:
        return _health(entry, station)
    if entry.kind == LAG:
        return _lag(entry, station)
    if entry.kind in schema.EVENT_KINDS:
        return _event(entry, station)
    return ""


def device_id(address: str) -> str:
    """A short name of a device: the four digits people read on it, and four more to tell twins apart."""
    digits = "".join(one for one in address.lower() if one.isalnum())[-4:]
    return f"{digits}-{blake2s(address.encode(errors='replace'), digest_size=2).hexdigest()}"


def time_ns(entry: Entry) -> int:
    """The time of the entry's points: its instant, the last three digits of which are those of the seq.

    Two entries of one microsecond would else be one point (two readings in one packet, two alerts at once).
    """
    utc_ns = entry.instant.utc_ns
    return fit_time(utc_ns - utc_ns % MICRO + entry.seq % MICRO)


def _reading(entry: Entry, reading: Reading, station: str) -> str:
    """Written out by hand: a backlog is millions of these, and each microsecond is one of the loop's."""
    start = _head(entry.subject, entry.participant or "", entry.session, station)
    spo2, pulse_rate, index = reading.spo2, reading.pulse_rate, reading.perfusion_index
    values = "" if spo2 is None or not isfinite(spo2) else f"spo2={spo2},"
    if pulse_rate is not None and isfinite(pulse_rate):
        values += f"pulse_rate={pulse_rate},"
    if index is not None and isfinite(index):
        values += f"perfusion_index={index},"
    if reading.battery is not None:
        values += f"battery={reading.battery},"
    flags = _flags(reading.flags, reading.backfill, spo2 is not None or pulse_rate is not None)
    return f"{start} {values}{flags},seq={entry.seq} {time_ns(entry)}"


@lru_cache(maxsize=4096)
def _head(device: str, participant: str, session: str, station: str) -> str:
    tags = (device_id(device), participant, session, station)
    return head(schema.READING, zip(schema.TAGS[schema.READING], tags, strict=True))


@lru_cache(maxsize=1024)
def _flags(flags: frozenset[Flag], backfill: bool, valid: bool) -> str:  # noqa: FBT001 - facts
    facts = [(schema.VALID, valid), (schema.BACKFILL, backfill)]
    facts += [(flag.value, flag in flags) for flag in Flag]
    return ",".join(f"{name}={int(fact)}" for name, fact in facts)


def _health(entry: Entry, station: str) -> str:
    facts = entry.facts
    tags = (device_id(entry.subject), entry.participant or "", _word(facts.get("seat")), entry.session)
    fields = [(name, _number(facts.get(name))) for name in schema.FIELDS[schema.HEALTH]]
    start = head(schema.HEALTH, zip(schema.TAGS[schema.HEALTH], (*tags, station), strict=True))
    return line(start, fields, time_ns(entry))


def _lag(entry: Entry, station: str) -> str:
    at = time_ns(entry)
    told = [(sink, facts) for sink, facts in entry.facts.items() if isinstance(facts, Mapping)]
    return "\n".join(
        line(
            head(schema.DELIVERY, ((schema.SINK, sink), (schema.STATION, station))),
            [(name, _number(facts.get(name))) for name in schema.FIELDS[schema.DELIVERY]],
            at,
        )
        for sink, facts in told
    )


def _event(entry: Entry, station: str) -> str:
    facts = entry.facts
    seat = _word(facts.get("seat")) or (entry.subject if entry.kind in OF_SEAT else "")
    participant = entry.participant or _word(facts.get("participant"))
    tags = (entry.kind, participant, seat, entry.session, station)
    start = head(schema.EVENT, zip(schema.TAGS[schema.EVENT], tags, strict=True))
    words = dict.fromkeys(_word(facts.get(name)) for name in WORDS)
    text = " ".join(word for word in words if word)
    value = HOLDS.get((entry.kind, _word(facts.get("event"))), _number(facts.get("value")))
    fields = ((schema.SEQ, float(entry.seq)), (schema.VALUE, value))
    return line(start, fields, time_ns(entry), text or entry.kind)


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    """A number or a truth of a body as a float; None for anything else."""
    if not isinstance(value, bool | int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
