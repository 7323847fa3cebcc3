"""How a trouble of the station is named, on the page and in the report: two short lines."""

from alerts.channel import COMPANION, PAGE
from alerts.condition import Family
from collector.identity import Doubt

CHANNELS = {
    COMPANION: ("Notifications stand still", "their process is started again"),
    PAGE: ("No page is open", "nobody looks"),
}
SHORT = "disk full in"  # how the alert begins when the disk is short
STOOD = {Family.ENGINE_DEAD: "Alerts stood still", Family.COLLECTOR_DEAD: "Station was away"}
DOUBTS: dict[str, str] = {
    Doubt.TWO_SEATS: "it was on another seat",
    Doubt.SWAPPED: "another clip answers",
    Doubt.DISAGREE: "two clips differ by more than 4",
}


def trouble_words(family: Family, about: str, value: float | None = None) -> tuple[str, str]:
    """What is wrong, and what to know beside it, of a family of the station."""
    if family in STOOD:
        return STOOD[family], _for(value)
    if family is Family.CHANNEL_FAILED:
        return CHANNELS.get(about, ("Cannot notify", about))
    short = family is Family.STORE_BEHIND and about.startswith(SHORT)
    return {
        Family.STORE_BEHIND: ("Disk almost full" if short else "Not being saved", about),
        Family.IDENTITY: ("Who wears this clip?", DOUBTS.get(about, about)),
        Family.RADIO: (f"Radio: {about}", "lost at once"),
        Family.CLOCK_STEP: ("Clock moved", "" if value is None else f"by {_signed(value)} s"),
        Family.BP_DUE: ("Blood pressure due", f"{about} min after the dose"),
    }[family]


def _signed(seconds: float) -> str:
    return f"{seconds:+.0f}".replace("-", "\u2212")


def _for(seconds: float | None) -> str:
    minutes, rest = divmod(round(seconds or 0), 60)
    return f"for {minutes}:{rest:02}"
