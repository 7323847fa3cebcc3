"""The file of Contec's PC programs (`.spo2`): one sample a second.

| off         | field                                                                               |
|-------------|-------------------------------------------------------------------------------------|
| 0..1027     | the program's own header, not read                                                  |
| 1028..1055  | seven numbers of 4 bytes, little endian: year, month, day, hour, minute, second, samples |
| 1056..      | SpO2 in %, 127 none; pulse rate, 255 none; one byte each                            |

Times are local, without a zone. Source: reference review.md, section 6.6 (a loader and a converter agree).
"""

import struct
from datetime import datetime
from pathlib import Path

from collector.clock import SECOND
from collector.errors import BadInput
from collector.reading import possible_pulse_rate, possible_spo2
from collector.recordings.recording import Recording, Sample

SUFFIX = ".spo2"
NUMBERS, HEADER = 1028, 1056
NO_SPO2, NO_PULSE_RATE = 127, 255
STEP_S = 1.0


def is_spo2(path: Path) -> bool:
    """Whether its name says so: the header has nothing fixed to tell it by."""
    return path.suffix.lower() == SUFFIX


def read_spo2(path: Path, data: bytes) -> Recording:
    """The recording in `data`, the content of `path`.

    A file that ends early is read as far as it goes, with a remark. Raises `BadInput` for what is none.
    """
    if len(data) < HEADER:
        raise BadInput(f"{path} is no Contec recording: it is shorter than its header.")
    *date, announced = struct.unpack_from("<7I", data, NUMBERS)
    try:
        local = datetime(*date)  # noqa: DTZ001 - the program's own wall clock
        start = round(local.timestamp()) * SECOND
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{path} is no Contec recording: its date is none.") from error
    count = min(announced, (len(data) - HEADER) // 2)
    if not count:
        raise BadInput(f"{path} holds no sample.")
    pairs = data[HEADER : HEADER + 2 * count]
    return Recording(
        path=path,
        samples=[
            _sample(n * STEP_S, spo2, rate)
            for n, (spo2, rate) in enumerate(zip(pairs[::2], pairs[1::2], strict=True))
        ],
        step_s=STEP_S,
        start_utc_ns=start,
        remarks=()
        if count == announced
        else (f"it is cut off: {count} of {announced} samples are there",),
    )


def _sample(t_s: float, spo2: int, rate: int) -> Sample:
    return Sample(
        t_s=t_s,
        spo2=None if spo2 == NO_SPO2 else possible_spo2(spo2),
        pulse_rate=None if rate == NO_PULSE_RATE else possible_pulse_rate(rate),
    )
