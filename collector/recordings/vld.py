"""The file that an O2 legacy ring keeps of one recording (`.vld`), as its apps store it.

| off    | field                                    | off   | field                            |
|--------|------------------------------------------|-------|----------------------------------|
| 0      | version: 3, on some models 5             | 13..14 | duration in s                   |
| 2..3   | year                                     | 15..39 | the ring's own summary, not read |
| 4..8   | month, day, hour, minute, second         | 40..  | records of 5 bytes               |
| 9..12  | size of the file                         |       |                                  |

Record: SpO2 in %, FF none; pulse rate (2), FFFF none; motion; flags. All little endian; times are local,
without a zone. The step is the duration over the records, 4 s in a real file. Source: reference protocols,
section 4.9; captures vld-001, vld-002.
"""

from datetime import datetime
from pathlib import Path

from collector.errors import BadInput
from collector.reading import possible_pulse_rate, possible_spo2
from collector.recordings.moments import NEWEST_YEAR, OLDEST_YEAR, by_name
from collector.recordings.recording import Recording, Sample

VERSIONS = (3, 5)
HEADER, RECORD = 40, 5
NO_SPO2, NO_PULSE_RATE = 0xFF, 0xFFFF


def is_vld(data: bytes) -> bool:
    """Whether it begins as such a file does."""
    if len(data) < HEADER or data[0] not in VERSIONS:
        return False
    month, day, hour, minute, second = data[4:9]
    return (
        1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60
    ) and int.from_bytes(data[9:13], "little") >= HEADER


def read_vld(path: Path, data: bytes) -> Recording:
    """The recording in `data`, the content of `path`.

    A file that ends early is read as far as it goes, with a remark. Raises `BadInput` for one without a
    record.
    """
    size, duration_s = (int.from_bytes(data[at:end], "little") for at, end in ((9, 13), (13, 15)))
    announced = (size - HEADER) // RECORD
    body = data[HEADER:size]
    count = len(body) // RECORD
    if not count:
        raise BadInput(f"{path} holds no record: the ring had not finished it.")
    step_s = duration_s / announced if duration_s else 1.0
    remarks = [] if duration_s else ["it does not say how far apart its records are: 1 s was taken"]
    if count < announced:
        remarks.append(f"it is cut off: {count} of {announced} records are there")
    return Recording(
        path=path,
        samples=[_sample(n * step_s, body[n * RECORD :]) for n in range(count)],
        step_s=step_s,
        start_utc_ns=_start(path, data),
        remarks=tuple(remarks),
    )


def _sample(t_s: float, record: bytes) -> Sample:
    spo2, rate = record[0], record[1] | record[2] << 8
    return Sample(
        t_s=t_s,
        spo2=None if spo2 == NO_SPO2 else possible_spo2(spo2),
        pulse_rate=None if rate == NO_PULSE_RATE else possible_pulse_rate(rate),
    )


def _start(path: Path, data: bytes) -> int | None:
    """UTC ns by the header, else by the name that the ring gives its files; None when both are nonsense."""
    year = data[2] | data[3] << 8
    try:
        local = datetime(year, *data[4:9])  # noqa: DTZ001 - the ring's own wall clock
    except ValueError:
        local = None
    if local is None or not OLDEST_YEAR <= year <= NEWEST_YEAR:
        local = by_name(path.name)
    return None if local is None else round(local.timestamp()) * 1_000_000_000
