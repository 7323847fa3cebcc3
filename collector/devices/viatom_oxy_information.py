"""What an O2 legacy ring says about itself: the INFO reply, JSON text padded with NULs.

All values are words ("CurBAT": "85%"); keys may be missing. Source: reference protocols, section 4.4.
"""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """What the ring says about itself; `files` are the names of stored recordings."""

    model: str = ""
    serial: str = ""
    battery: int | None = None
    device_time: str = ""
    files: tuple[str, ...] = ()


def information(payload: bytes) -> Information | None:
    """The INFO reply; None when it is not the JSON object it should be. Missing keys are tolerated."""
    try:
        said = json.loads(payload.rstrip(b"\0"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    text = {key: value for key, value in said.items() if isinstance(value, str)}
    battery = text.get("CurBAT", "").strip().removesuffix("%")
    return Information(
        model=text.get("Model", ""),
        serial=text.get("SN", ""),
        battery=int(battery)
        if battery.isdecimal() and len(battery) < 4 and int(battery) <= 100
        else None,
        device_time=text.get("CurTIME", "").replace(",", "T"),
        files=tuple(name for name in text.get("FileList", "").split(",") if name),
    )
