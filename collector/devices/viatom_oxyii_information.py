"""What an OxyII ring says about itself: the replies to GET_INFO, GET_BATTERY and FILE_LIST.

| off in GET_INFO | field                                                                     |
|-----------------|---------------------------------------------------------------------------|
| 0               | hardware letter                                                           |
| 1..4            | firmware, printed last byte first: 00 05 00 01 is 1.0.5.0                 |
| 5..8            | boot loader, the same way                                                 |
| 9..16           | branch, ASCII                                                             |
| 24..30          | its clock: year (2, little endian), month, day, hour, minute, second      |
| 37, 38..        | length of the serial number, the number in ASCII                          |

GET_BATTERY: state, %, mV (2). FILE_LIST: count, then names of 16 bytes padded with NULs. Source: reference
protocols, sections 5.4 and 5.8; capture oxy2-001.
"""

from dataclasses import dataclass
from enum import IntEnum

SHORTEST_INFORMATION = 38
NAME = 16


class BatteryState(IntEnum):
    """What the battery is doing."""

    NORMAL = 0
    CHARGING = 1
    FULL = 2
    LOW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """Model facts; `device_time` is the ring's own local time as ISO text, as it was sent."""

    hardware: str
    firmware: str
    branch: str
    serial: str
    device_time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """Level in %, voltage in mV; `state` is None where the byte has no known meaning."""

    state: BatteryState | None
    percent: int | None
    millivolts: int


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("ascii", "replace")


def information(payload: bytes) -> Information | None:
    """The GET_INFO reply; None when it is too short to be one."""
    if len(payload) < SHORTEST_INFORMATION:
        return None
    month, day, hour, minute, second = payload[26:31]
    year = payload[24] | payload[25] << 8
    return Information(
        hardware=_text(payload[:1]),
        firmware=".".join(str(part) for part in payload[4:0:-1]),
        branch=_text(payload[9:17]),
        serial=_text(payload[38 : 38 + payload[37]]),
        device_time=f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}",
    )


def battery(payload: bytes) -> Battery | None:
    """The GET_BATTERY reply; None when it is too short to be one."""
    if len(payload) < 4:
        return None
    known = payload[0] in BatteryState.__members__.values()
    return Battery(
        state=BatteryState(payload[0]) if known else None,
        percent=payload[1] if payload[1] <= 100 else None,
        millivolts=payload[2] | payload[3] << 8,
    )


def files(payload: bytes) -> tuple[str, ...]:
    """The FILE_LIST reply: as many names as are there."""
    names = (payload[first : first + NAME] for first in range(1, len(payload), NAME))
    count = payload[0] if payload else 0
    return tuple(_text(name) for name in list(names)[:count])
