"""`Message` and `Topics`: what is published, and where. Pure.

Topics hold the station's name and seat letters, never a person's name or code. Source of the conventions:
servers.md 6; docs/mqtt.md is the contract with readers.
"""

from dataclasses import dataclass

ONLINE, OFFLINE = b"online", b"offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; all are published at least once (QoS 1).

    An empty `payload` that is retained takes away what the broker keeps. `expiry_s`: whole seconds after
    which the broker forgets it (MQTT 5).
    """

    topic: str
    payload: bytes
    retain: bool = False
    expiry_s: int | None = None


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one station below `base`."""

    base: str
    station: str

    @property
    def root(self) -> str:
        """What all of them begin with."""
        return f"{self.base}/{self.station}"

    @property
    def availability(self) -> str:
        """Retained `online` or, by last will too, `offline`."""
        return f"{self.root}/availability"

    @property
    def journal(self) -> str:
        """Every entry of the journal, in seq order."""
        return f"{self.root}/journal"

    @property
    def alert(self) -> str:
        """Retained: what is open about the station itself."""
        return f"{self.root}/alert"

    def event(self, kind: str) -> str:
        """What happens now, by its kind."""
        return f"{self.root}/event/{kind}"

    def seat(self, seat: str, what: str) -> str:
        """Retained during a session; `what` is one of `OF_SEAT`."""
        return f"{self.root}/seat/{seat}/{what}"

    def of_seat(self, seat: str) -> tuple[str, ...]:
        """All topics of a seat."""
        return tuple(self.seat(seat, what) for what in OF_SEAT)

    def ended(self, topic: str) -> tuple[Message, ...]:
        """What takes away that which is true no more; Home Assistant does not hear an empty availability."""
        if topic.endswith(f"/{AVAILABILITY}"):
            return Message(topic=topic, payload=OFFLINE, retain=True), gone(topic)
        return (gone(topic),)

    def around(self, topic: str) -> str:
        """The filter of all topics that need the same right as `topic`."""
        if topic.startswith(f"{self.root}/"):
            return f"{self.root}/#"
        return "/".join([*topic.split("/")[:2], "#"])


STATE, ALERT, LINK, AVAILABILITY = "state", "alert", "link", "availability"
OF_SEAT = (STATE, ALERT, LINK, AVAILABILITY)


def gone(topic: str) -> Message:
    """Takes away what the broker keeps on `topic`."""
    return Message(topic=topic, payload=b"", retain=True)
