"""What a Contec unit has stored: one sample a second, packed into frames.

| frame | bytes                                                                                     |
|-------|-------------------------------------------------------------------------------------------|
| EC    | 1: 40 last record; 2 user; 3 number; 4..9 start y m d h m s; 10..12 samples; 13..19 user name |
| ED    | 1: 04; 2: 01 SpO2, 02 pulse rate; 3..4 sequence; 5..7 21 flag bits; 8..28 21 data bytes    |
| D3, D2 | SpO2, pulse rate of a manual record: 1..2 sequence; 3..4 14 flag bits; 5..18 14 data bytes |

Numbers of several bytes have 7 bits in each, low first; flag bits too. The frame itself: `contec_frame.py`.
Source: reference protocols, section 10.3; captures contec-021 to contec-025, complete files equal to the
maker's own CSV. No driver asks for stored data yet: whether every Bluetooth model answers is not known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

AUTOMATIC, MANUAL_SPO2, MANUAL_PULSE_RATE, RECORD = 0xED, 0xD3, 0xD2, 0xEC
NO_SPO2, NO_PULSE_RATE = 127, 255
ARTEFACT = 0x7F  # with its flag: no value
LONG_AUTOMATIC = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one stored record is; `start` is the unit's own local time as ISO text."""

    number: int
    last: bool
    start: str
    samples: int
    user: str


def seven_bits(data: bytes) -> int:
    """The number in bytes of seven bits each, low first."""
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(data))


def record(frame: bytes) -> Record | None:
    """What an EC frame tells; None for another frame."""
    if frame[0] != RECORD or len(frame) != 21:
        return None
    year, month, day, hour, minute, second = frame[4:10]
    return Record(
        number=frame[3],
        last=frame[1] == 0x40,
        start=f"20{year:02d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}",
        samples=seven_bits(frame[10:13]),
        user=frame[13:20].strip(b"\0").decode("ascii", "replace"),
    )


def automatic(frames: Iterable[bytes]) -> Iterator[int | None]:
    """The samples of consecutive ED frames of one measurement; None where there was no value.

    A byte whose flag is set and whose high half is 7 sets the level from which the others count down:
    first its tens (16 each), then what is added to it.
    """
    level, tens = 0, True
    for frame in frames:
        if frame[0] != AUTOMATIC or len(frame) != LONG_AUTOMATIC:
            continue
        none = NO_SPO2 if frame[2] == 1 else NO_PULSE_RATE
        flags = seven_bits(frame[5:8])
        for place, byte in enumerate(frame[8:29]):
            high, low, flag = byte >> 4, byte & 0xF, flags >> place & 1
            if flag and high == 7:
                level, tens = (16 * low if tens else level + low), not tens
                continue
            yield _value(level - high - 8 * flag, none)
            if low != 0xF:
                yield _value(level - low, none)


def manual(frames: Iterable[bytes]) -> Iterator[int | None]:
    """The samples of consecutive D3 or D2 frames; None where there was no value.

    The first byte of a frame is a value, each later one two steps from the value before.
    """
    for frame in frames:
        if frame[0] not in (MANUAL_SPO2, MANUAL_PULSE_RATE) or len(frame) != 20:
            continue
        none = NO_SPO2 if frame[0] == MANUAL_SPO2 else NO_PULSE_RATE
        flags = seven_bits(frame[3:5])
        value = frame[5] + (128 if flags & 1 else 0)
        yield None if flags & 1 and frame[5] == ARTEFACT else _value(value, none)
        for place, byte in enumerate(frame[6:19], start=1):
            high, low, flag = byte >> 4, byte & 0xF, flags >> place & 1
            if flag and byte == ARTEFACT:
                yield from (None, None)
                continue
            value += -high if flag else high
            yield _value(value, none)
            if low == 0xF:
                yield None
                continue
            value += -(low & 7) if low & 8 else low
            yield _value(value, none)


def _value(value: int, none: int) -> int | None:
    return value if 0 < value < none else None
