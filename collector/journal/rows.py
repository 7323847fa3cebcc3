"""An entry as a row of the table `entry`, and back.

`crc` (CRC-32) covers everything in the row and is looked at on each read; `digest` is blake2b of the
body with a random salt of 8 bytes: it says nothing about an erased body, yet a chain can hold on to it.
"""

import json
import struct
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from math import nan
from os import urandom
from typing import Any
from zlib import crc32

from collector.clock import Instant
from collector.entry import READING, Entry
from collector.errors import JournalError
from collector.reading import NO_FLAGS, Flag, Reading

COLUMNS = (
    "seq, session, boot, running_ns, utc_ns, kind, subject, participant, spo2, pulse_rate,"
    " perfusion_index, battery, flags, backfill, body, salt, digest, crc"
)
WIDTH = COLUMNS.count(",") + 1
SALT_BYTES, DIGEST_BYTES = 8, 16
NOBODY = 0  # the id of "no session", "no subject", "no participant"
ERASED = "erased"  # the kind of a row of which only seq and digest are left

Row = tuple[Any, ...]  # as SQLite gives and takes it, in the order of COLUMNS

# The bit of each flag in the column `flags`. Only append: old files keep their meaning.
FLAG_BITS = tuple(
    (flag, 1 << bit)
    for bit, flag in enumerate(
        (
            Flag.FINGER_OFF,
            Flag.SEARCHING,
            Flag.LOW_PERFUSION,
            Flag.POOR_SIGNAL,
            Flag.MOTION,
            Flag.LOW_BATTERY,
            Flag.FROZEN,
        )
    )
)
_WHERE = struct.Struct("<7q")  # seq, session, boot, running_ns, utc_ns, subject, participant
_NO_VALUES = (None,) * 6
_READING = struct.Struct("<dddhHB")  # spo2, pulse_rate, perfusion_index, battery, flags, backfill


Ids = tuple[int, int, int, int]  # the small integers for session, boot, subject, participant


class Damaged(JournalError):
    """A row whose check sum does not fit; the others stay readable."""


def body_text(body: Reading | Mapping[str, object]) -> str | None:
    """The JSON text of a body that is not a reading; raises `TypeError` for what JSON cannot hold."""
    return None if isinstance(body, Reading) else json.dumps(body, separators=(",", ":"))


def encode(entry: Entry, text: str | None, ids: Ids, salt: bytes) -> Row:
    """The row of `entry`, in the order of `COLUMNS`; `text` is its `body_text`."""
    at, kind = entry.instant, entry.kind
    session, boot, subject, participant = ids
    if isinstance(entry.body, Reading):
        values = _values(entry.body)
        body = _READING.pack(*_numbers(values))
    else:
        values, body = (None, None, None, None, None, None, text), (text or "").encode()
    digest = blake2b(body, digest_size=DIGEST_BYTES, salt=salt).digest()
    where = (entry.seq, session, boot, at.running_ns, at.utc_ns)
    crc = _crc((*where, subject, participant), kind, body, salt, digest)
    return (*where, kind, subject, participant, *values, salt, digest, crc)


def blank(seq: int, digest: bytes) -> Row:
    """The row that stays of an erased entry: its place, and the digest that a chain may hold on to.

    The salt goes too: with it, a number between 0 and 100 could be guessed from its digest.
    """
    where, salt = (seq, *(NOBODY,) * 4), bytes(SALT_BYTES)
    crc = _crc((*where, NOBODY, NOBODY), ERASED, b"", salt, digest)
    return (*where, ERASED, NOBODY, NOBODY, *_NO_VALUES, None, salt, digest, crc)


def renewed(row: Row, text: str) -> Row:
    """`row` with the body `text`, a fresh salt and a fresh digest; not for readings."""
    body, salt = text.encode(), salts(1)[0]
    digest = blake2b(body, digest_size=DIGEST_BYTES, salt=salt).digest()
    crc = _crc((*row[:5], row[6], row[7]), row[5], body, salt, digest)
    return (*row[:14], text, salt, digest, crc)


def salts(count: int) -> list[bytes]:
    """`count` fresh salts from one call to the system."""
    pool = urandom(SALT_BYTES * count)
    return [pool[n : n + SALT_BYTES] for n in range(0, len(pool), SALT_BYTES)]


def verify(row: Row) -> None:
    """Raise `Damaged` when the row is not what was written."""
    try:
        where = (*row[:5], row[6], row[7])
        sound = _crc(where, row[5], _body(row), row[15], row[16]) == row[17]
    except (struct.error, TypeError, AttributeError, UnicodeError):  # not even the types are right
        sound = False
    if not sound:
        raise Damaged(left_out(row[0]))


def _body(row: Row) -> bytes:
    """The bytes that check sum and digest are made of."""
    values, text = row[8:14], row[14]
    if row[5] == READING and text is None:
        return _READING.pack(*_numbers(values))
    if row[5] == ERASED and values == _NO_VALUES and text is None:
        return b""
    if row[5] != READING and values == _NO_VALUES:
        return str.encode(text)
    raise TypeError("values and text are never both there")


def left_out(seq: int) -> str:
    """The sentence for an entry that cannot be trusted."""
    return f"Entry {seq} of the journal is damaged and was left out."


def decode(row: Row, names: Mapping[str, Mapping[int, str]]) -> Entry:
    """The entry of a verified row; `names` holds id -> text for session, boot, subject, participant."""
    seq, session, boot, running_ns, utc_ns, kind, subject, participant = row[:8]
    try:
        at = Instant(boot=names["boot"][boot], running_ns=running_ns, utc_ns=utc_ns)
        return Entry(
            seq=seq,
            session=names["session"][session] if session else "",
            instant=at,
            kind=kind,
            subject=names["subject"][subject] if subject else "",
            participant=names["participant"][participant] if participant else None,
            body=_reading(row, at) if kind == READING else json.loads(row[14]),
        )
    except KeyError as error:  # a damaged line in a table of names
        raise Damaged(left_out(seq)) from error


def name_crc(identity: int, name: str) -> int:
    """The check sum of one line of a name table."""
    return crc32(f"{identity} {name}".encode())


def flag_bits(flags: Iterable[Flag]) -> int:
    """`flags` as the bit set that the column holds."""
    return sum(bit for flag, bit in FLAG_BITS if flag in flags) if flags else 0


def read_flags(bits: int) -> frozenset[Flag]:
    """The flags of a bit set."""
    return frozenset(flag for flag, bit in FLAG_BITS if bits & bit) if bits else NO_FLAGS


def _values(reading: Reading) -> Row:
    return (
        reading.spo2,
        reading.pulse_rate,
        reading.perfusion_index,
        reading.battery,
        flag_bits(reading.flags),
        1 if reading.backfill else 0,
        None,
    )


def _numbers(values: Row) -> tuple[float, ...]:
    spo2, pulse_rate, perfusion_index, battery, flags, backfill = values[:6]
    return (
        nan if spo2 is None else spo2,
        nan if pulse_rate is None else pulse_rate,
        nan if perfusion_index is None else perfusion_index,
        -1 if battery is None else battery,
        flags,
        backfill,
    )


def _crc(where: tuple[int, ...], kind: str, body: bytes, salt: bytes, digest: bytes) -> int:
    return crc32(_WHERE.pack(*where) + kind.encode() + body + salt + digest)


def _reading(row: Row, at: Instant) -> Reading:
    return Reading(
        at=at,
        spo2=row[8],
        pulse_rate=row[9],
        perfusion_index=row[10],
        battery=row[11],
        flags=read_flags(row[12]),
        backfill=bool(row[13]),
    )
