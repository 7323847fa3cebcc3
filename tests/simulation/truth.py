"""What really happens in a simulated room: what each clip says, who wears it, what reaches the station."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from collector.clock import SECOND
from collector.devices import DRIVERS
from collector.devices.base import Driver, Encoder, Notification, Vitals

PIECE = 20
# A clip that has said the same for so long is surely stuck, for so long certainly not
# (collector/devices/repetition.py says 30 s).
STUCK_NS, MOVING_NS = 32 * SECOND, 28 * SECOND
PAUSE_NS = 10 * SECOND  # after such a pause the same words are a new statement


@dataclass(frozen=True, slots=True)
class Frame:
    """One statement of a clip as it left the antenna."""

    number: int
    spo2: int | None
    pulse_rate: int | None
    perfusion: int
    moving: bool

    @property
    def valid(self) -> bool:
        """Whether it carries numbers."""
        return self.spo2 is not None and self.pulse_rate is not None

    @property
    def said(self) -> tuple[int | None, int | None, int]:
        """What a stuck clip repeats."""
        return self.spo2, self.pulse_rate, self.perfusion


@dataclass(frozen=True, slots=True)
class Arrival:
    """A frame that reached a living station over a standing link.

    `fresh`: it may be shown as a value. `firm`: it must be taken for one, because the clip cannot seem
    stuck to anybody, however much he remembers of the connections before.
    """

    at: int
    frame: Frame
    fresh: bool
    firm: bool
    crowded: bool = False  # one of several in the same instant


@dataclass(slots=True)
class Clip:
    """One clip of the world, and what of it arrived."""

    address: str
    family: str
    on_air: deque[tuple[bytes, Frame]] = field(default_factory=lambda: deque(maxlen=3))
    arrivals: list[Arrival] = field(default_factory=list)
    said: tuple[int | None, int | None, int] | None = None
    said_since: int = 0
    heard_since: int = 0

    def linked(self, now: int) -> None:
        """A new connection: nobody can know how long it has been saying the same."""
        self.heard_since = now

    def spoken(self, data: bytes) -> Frame | None:
        """The frame that ends with `data`, if `data` ends one that has just left the antenna."""
        for place, (ending, frame) in reversed(list(enumerate(self.on_air))):
            if data == ending:
                for _ in range(place + 1):
                    self.on_air.popleft()
                return frame
        return None

    def arrive(self, frame: Frame, now: int) -> None:
        """Note that `frame` was handed to the station."""
        if frame.said != self.said:
            self.said, self.said_since = frame.said, now
        last = self.arrivals[-1] if self.arrivals else None
        crowded = last is not None and last.at == now
        if last is not None and now - last.at > PAUSE_NS:
            self.heard_since = now
        fresh = frame.valid and now - max(self.said_since, self.heard_since) < STUCK_NS
        firm = frame.valid and now - self.said_since < MOVING_NS
        self.arrivals.append(Arrival(now, frame, fresh, firm, crowded))


@dataclass(frozen=True, slots=True)
class Worn:
    """Who wears a clip on which seat, from when to when (world ns)."""

    seat: str
    participant: str
    device: str
    since: int
    until: int | None = None


class Truth:
    """The world's own record. Nothing of the product writes here."""

    def __init__(self) -> None:
        self.clips: dict[str, Clip] = {}
        self.worn: list[Worn] = []
        self.seats: dict[str, Worn] = {}
        self.running_since: int | None = None
        self.zero = {"boot-1": 0}  # world ns at which each boot's clock showed zero
        self._frames = 0

    def drivers(self) -> tuple[Driver, ...]:
        """The product's drivers, with encoders that write down what they say; pleth is left out."""
        return tuple(replace(driver, encoder=partial(self._encoder, driver)) for driver in DRIVERS)

    def _encoder(self, driver: Driver) -> Encoder:
        number = len(self.clips)
        address = f"C0:FF:EE:00:{number >> 8:02X}:{number & 0xFF:02X}"
        clip = self.clips[address] = Clip(address, driver.family)
        return _Scribe(driver, clip, self)

    def number(self) -> int:
        """A number for the next frame."""
        self._frames += 1
        return self._frames

    def wear(self, seat: str, participant: str, device: str, now: int) -> None:
        """From now on `participant` wears `device`, and nobody else does."""
        for other in [worn for worn in self.seats.values() if worn.device == device]:
            self.take_off(other.seat, now)
        self.take_off(seat, now)
        self.seats[seat] = Worn(seat, participant, device, now)
        self.worn.append(self.seats[seat])

    def take_off(self, seat: str, now: int) -> None:
        """Nobody wears the clip of `seat` any more."""
        worn = self.seats.pop(seat, None)
        if worn is not None:
            self.worn[self.worn.index(worn)] = replace(worn, until=now)

    def wearer(self, device: str, at: int) -> set[str]:
        """Who wore `device` at `at`; two at the very instant of a change."""
        return {
            worn.participant
            for worn in self.worn
            if worn.device == device and worn.since <= at and (worn.until is None or at <= worn.until)
        }

    def recent(self, worn: Worn, since: int) -> Iterator[Arrival]:
        """What arrived from a seat's clip after `since` while it was worn like this, newest first."""
        since = max(since, worn.since)
        for arrival in reversed(self.clips[worn.device].arrivals):
            if arrival.at < since:
                return
            yield arrival


class _Scribe:
    """An encoder that tells the truth to the world as well."""

    def __init__(self, driver: Driver, clip: Clip, truth: Truth) -> None:
        self._encoder = driver.encoder()
        self._poll = driver.poll.write.data if driver.poll else None
        self._clip, self._truth = clip, truth
        self._last: Vitals | None = None

    def stream(self, vitals: Vitals) -> list[Notification]:
        return self._noted(vitals, self._encoder.stream(vitals))

    def pleth(self, samples: tuple[int, ...]) -> list[Notification]:
        return []

    def answer(self, characteristic: str, data: bytes, vitals: Vitals) -> list[Notification]:
        said = self._encoder.answer(characteristic, data, vitals)
        return self._noted(vitals, said) if data and data == self._poll else said

    def _noted(self, vitals: Vitals, said: list[Notification]) -> list[Notification]:
        if not said:
            return said
        if not vitals.repeat or self._last is None:
            self._last = vitals
        shown = self._last
        found = shown.finger and not shown.searching
        frame = Frame(
            number=self._truth.number(),
            spo2=round(shown.spo2) if found and shown.spo2 is not None else None,
            pulse_rate=round(shown.pulse_rate) if found and shown.pulse_rate is not None else None,
            perfusion=round(10 * (shown.perfusion_index or 0)),
            moving=shown.motion,
        )
        self._clip.on_air.append((_last_piece(said), frame))
        return said


def _last_piece(said: list[Notification]) -> bytes:
    """The bytes with which a statement ends on the air."""
    last = said[-1][1]
    if len(said) == 1 and len(last) <= PIECE:
        return last
    if {len(data) for _, data in said[:-1]} <= {PIECE}:
        return last if len(last) <= PIECE else last[len(last) // PIECE * PIECE :]
    return last
