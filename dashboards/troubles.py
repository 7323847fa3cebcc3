"""How a trouble of the station is named, on the page and in the report: two short lines."""

from alerts.channel import COMPANION, PAGE
from alerts.condition import Family

CHANNELS = {
    COMPANION: ("Notifications stand still", "their process is started again"),
    PAGE: ("No page is open", "nobody looks"),
}


def trouble_words(family: Family, about: str) -> tuple[str, str]:
    """What is wrong, and what to know beside it, of a family of the station."""
    match family:
        case Family.CHANNEL_FAILED:
            return CHANNELS.get(about, ("Cannot notify", about))
    return family.value.replace("_", " "), about
