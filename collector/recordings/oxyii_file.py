"""The file that an OxyII ring keeps of one recording (format A).

| part    | bytes                                                                                       |
|---------|---------------------------------------------------------------------------------------------|
| header  | 10: version 01, type 03, the rest not read                                                  |
| samples | 3 each: SpO2 in %, FF none; pulse rate, FF none; motion and alarm flags                     |
| trailer | 48: sum of all before it (4); 48 12 5A DA; start (4); samples (4); step in s; the ring's own |
|         | summary, not read                                                                           |

All little endian. The start is a local time written as if it were seconds UTC since 1970. Without a trailer the
ring has not finished the file: samples are there, when and how far apart they are is not. Source: reference
protocols, section 5.10; vector oxy2-022 (constructed from two sources).
"""

from datetime import UTC, datetime
from pathlib import Path

from collector.clock import SECOND
from collector.errors import BadInput
from collector.reading import possible_pulse_rate, possible_spo2
from collector.recordings.moments import OLDEST_YEAR, by_name
from collector.recordings.recording import Recording, Sample

BEGINNING = b"\x01\x03"
HEADER, RECORD, TRAILER = 10, 3, 48
MAGIC = bytes.fromhex("48125ada")
NONE = 0xFF


def is_oxyii(data: bytes) -> bool:
    """Whether it begins as such a file does."""
    return len(data) >= HEADER and data.startswith(BEGINNING)


def read_oxyii(path: Path, data: bytes) -> Recording:
    """The recording in `data`, the content of `path`.

    Raises `BadInput` for one without a sample or with a wrong sum.
    """
    trailer = data[-TRAILER:] if data[-TRAILER + 4 : -TRAILER + 8] == MAGIC else b""
    body = data[HEADER : len(data) - len(trailer)]
    count = len(body) // RECORD
    if not count:
        raise BadInput(f"{path} holds no sample.")
    if trailer and sum(data[: -len(trailer)]) & 0xFFFF_FFFF != int.from_bytes(trailer[:4], "little"):
        raise BadInput(f"{path} is damaged: its sum is wrong. Download it again.")
    step_s = float(trailer[16] or 1) if trailer else 1.0
    return Recording(
        path=path,
        samples=[_sample(n * step_s, body[n * RECORD :]) for n in range(count)],
        step_s=step_s,
        start_utc_ns=_start(path, trailer),
        remarks=tuple(_remarks(count, trailer)),
    )


def _remarks(count: int, trailer: bytes) -> list[str]:
    if not trailer:
        return ["the ring had not finished it; 1 s was taken between its samples"]
    announced = int.from_bytes(trailer[12:16], "little")
    return [] if announced == count else [f"it says {announced} samples and holds {count}"]


def _sample(t_s: float, record: bytes) -> Sample:
    spo2, rate = record[:2]
    return Sample(
        t_s=t_s,
        spo2=None if spo2 == NONE else possible_spo2(spo2),
        pulse_rate=None if rate == NONE else possible_pulse_rate(rate),
    )


def _start(path: Path, trailer: bytes) -> int | None:
    if trailer:
        said = datetime.fromtimestamp(int.from_bytes(trailer[8:12], "little"), UTC)
        local: datetime | None = said.replace(tzinfo=None)
        if said.year < OLDEST_YEAR:
            local = by_name(path.name)
    else:
        local = by_name(path.name)
    return None if local is None else round(local.timestamp()) * SECOND
