"""Oximeter: one simulated clip on one simulated person, as the air sees it."""

from collections.abc import Sequence
from random import Random

from collector.device import Advertisement, Device, full_uuid
from collector.devices.base import Driver, Notification, Vitals
from collector.radio.physiology import Person
from collector.radio.scenario import Event, Kind

# With the default ATT_MTU of 23 a notification carries 20 bytes; these families cut their frames there.
BYTE_STREAMS = {"viatom_oxy", "viatom_aa55"}
PAYLOAD = 20
BATTERY_LEVEL = full_uuid(0x2A19)
# A link whose peer has gone is reported lost after the supervision timeout (reliability.md row 36).
SUPERVISION_S = (2.0, 6.0)


class Oximeter:
    """A clip: what it advertises, streams and answers at the present second of the session."""

    def __init__(
        self,
        number: int,
        driver: Driver,
        *,
        seed: str,
        dose_at: float | None,
        events: tuple[Event, ...],
    ) -> None:
        self._random = Random(f"{seed}/clip")  # noqa: S311 - a simulation, not a secret
        name = f"{driver.model} {number + 1:04d}"
        address = f"C0:FF:EE:00:{number >> 8:02X}:{number & 0xFF:02X}"
        self.driver = driver
        self.device = Device(address=address, name=name, family=driver.family)
        self.away_since: float | None = None
        self.silent = False
        self.reported_after_s = self._random.uniform(*SUPERVISION_S)
        self._doubled = False
        self._person = Person(seed, dose_at=dose_at, events=events)
        self._radio_events = tuple(event for event in events if event.kind in _ON_AIR)
        self._encoder = driver.encoder()
        self._cut = driver.family in BYTE_STREAMS
        self._vitals: Vitals | None = None

    def advertisement(self) -> Advertisement:
        """What it sends while nobody is connected."""
        return Advertisement(
            address=self.device.address,
            name=self.device.name,
            services=self.driver.services if self.device.family == "plx" else frozenset(),
            rssi=-60 - self._random.randrange(12),
        )

    def second(self, t: float) -> None:
        """Live through second `t` of the session."""
        self._vitals = self._person.second(t)
        if not self._radio_events:
            return
        now = {event.kind: event for event in self._radio_events if event.at <= t < event.until}
        away = now.get(Kind.LINK_LOST)
        self.away_since = away.at if away else None
        self.silent = Kind.SILENT in now
        self._doubled = Kind.DOUBLED in now

    def stream(self) -> Sequence[Notification]:
        """What it pushes this second, as it leaves the antenna."""
        if self.silent or self._vitals is None:
            return ()
        said = self._encoder.stream(self._vitals)
        return self._on_air([*said, *self._encoder.pleth(self._vitals.pleth)])

    def answer(self, characteristic: str, data: bytes) -> Sequence[Notification]:
        """What it replies to a write, as it leaves the antenna."""
        if self.silent or self._vitals is None:
            return ()
        return self._on_air(self._encoder.answer(characteristic, data, self._vitals))

    def value(self, characteristic: str) -> bytes:
        """What a read of `characteristic` gives; nothing where the family has nothing to read."""
        if characteristic == BATTERY_LEVEL and self._vitals is not None:
            return bytes((self._vitals.battery,))
        return b""

    def _on_air(self, said: list[Notification]) -> Sequence[Notification]:
        sent = _cut(said) if self._cut and said else said
        return [each for each in sent for _ in range(2)] if self._doubled else sent


_ON_AIR = {Kind.LINK_LOST, Kind.SILENT, Kind.DOUBLED}


def _cut(said: list[Notification]) -> list[Notification]:
    """The same bytes in notifications that fit the air; these families use one characteristic."""
    characteristic = said[0][0]
    stream = b"".join(data for _, data in said)
    return [(characteristic, stream[n : n + PAYLOAD]) for n in range(0, len(stream), PAYLOAD)]
