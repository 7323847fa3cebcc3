"""Fixed words for causes, flags and link states (looks.md, "Words"), and the washing of foreign names."""

import unicodedata

from alerts.condition import Cause, Family
from collector.device import LinkState
from collector.reading import Flag

LONGEST_NAME = 64

CAUSES: dict[Cause, str] = {
    Cause.HOST_DOWN: "station off",
    Cause.ADAPTER_DOWN: "station radio off",
    Cause.LINK_LOST: "out of range",
    Cause.STALE: "clip silent",
    Cause.FINGER_OFF: "finger off",
    Cause.NO_SIGNAL: "searching for pulse",
    Cause.DEVICE_PAUSED: "clip paused",
}

# Why a reading has no number, best explanation first.
NO_VALUE: tuple[tuple[Flag, str], ...] = (
    (Flag.FINGER_OFF, "finger off"),
    (Flag.FROZEN, "same numbers repeated"),
    (Flag.SEARCHING, "searching for pulse"),
    (Flag.MOTION, "moving"),
    (Flag.LOW_PERFUSION, "weak signal"),
    (Flag.POOR_SIGNAL, "weak signal"),
)

LINKS: dict[LinkState, str] = {
    LinkState.SEARCHING: "looking for the clip",
    LinkState.CONNECTING: "looking for the clip",
    LinkState.CONNECTED: "clip silent",
    LinkState.LOST: "out of range",
}

# Family -> field of the tile, its name in words, the sign between value and limit.
FAMILIES: dict[Family, tuple[str, str, str]] = {
    Family.SPO2_LOW: ("spo2", "SpO₂", "<"),
    Family.SPO2_DROP: ("spo2", "SpO₂", "<"),
    Family.SPO2_FAST: ("spo2", "SpO₂", "<"),
    Family.HR_LOW: ("pulse_rate", "Pulse", "<"),
    Family.HR_HIGH: ("pulse_rate", "Pulse", ">"),
    Family.HR_SHIFT: ("pulse_rate", "Pulse", ""),
    Family.LOW_PERFUSION: ("", "Weak signal", ""),
    Family.UNMONITORED: ("", "No reading", ""),
    Family.BATTERY: ("", "Battery", ""),
}

# How the number is called that a limit was worked out from.
REFERENCES: dict[Family, str] = {
    Family.SPO2_DROP: "own",
    Family.SPO2_FAST: "was",
    Family.HR_SHIFT: "own",
}
# How an alert is called that explains another.
EXPLAINS: dict[Family, str] = {
    Family.SPO2_LOW: "low SpO₂",
    Family.UNMONITORED: "no reading",
    Family.RADIO: "the radio",
    Family.IDENTITY: "a doubt whose clip it is",
}


def washed(text: object, longest: int = LONGEST_NAME) -> str:
    """`text` from outside, fit to be shown: no control, format or bidirectional characters, cut."""
    kept = (c for c in str(text) if unicodedata.category(c)[0] != "C")
    return "".join(kept).strip()[:longest]
