"""Fitting: the oximeters in range, with what they say now, so that people can see whose clip is whose.

While somebody looks, clips that nobody wears are connected too, so that putting one on a finger shows which
one it is. What they say is kept here, the newest of each, and recorded nowhere: the recorder gives a reading to
whoever wears the clip, and without a wearer to nobody.
"""

from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from collector.clock import SECOND, Clock
from collector.device import Advertisement, Device, DeviceStatus, LinkState
from collector.devices import by_family, by_hint
from collector.devices.hints import is_certain
from collector.intake import Recording
from collector.radio.adapter import Trouble
from collector.radio.base import Radio
from collector.reading import Reading
from collector.session import Session

# Who looked is taken to look on for so long; a page asks once a second.
LOOKING_NS = 15 * SECOND
# A clip that is neither heard nor connected for so long is not in range.
GONE_NS = 30 * SECOND
# So many clips that nobody wears are connected at once: adapters carry 5 to 7 links, and the strongest are
# those on the table. A link that stands keeps its place.
MOST = 5
PULSE_ONLY = "hrs"


class OwnRadio(Radio, Protocol):
    """The radio of this computer."""

    @property
    def trouble(self) -> Trouble | None:
        """Why no clip can be reached."""
        ...

    @property
    def slots(self) -> int | None:
        """How many clips it carries at once, if that is known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A clip in range. `alike` counts the clips of its name, itself included; `seat` is where it is worn.

    `certain` tells whether it is surely an oximeter; others are offered and not connected by themselves.
    """

    address: str
    name: str
    family: str
    title: str
    rssi: int | None
    certain: bool
    connected: bool
    alike: int = 1
    seat: str = ""
    reading: Reading | None = None


@dataclass(slots=True)
class _Clip:
    heard: Advertisement
    heard_ns: int
    link: LinkState | None = None
    reading: Reading | None = None


class Fitting:
    """Keeps what is heard and said, and stands before the recorder: it is the Recording of acquisitions."""

    def __init__(self, radio: OwnRadio, recording: Recording, clock: Clock) -> None:
        self._radio, self._recording, self._clock = radio, recording, clock
        self._clips: dict[str, _Clip] = {}
        self._looked_ns: int | None = None

    @property
    def remedy(self) -> str:
        """What is wrong with the radio and what to do; empty while it works."""
        return self._radio.trouble.sentence if self._radio.trouble else ""

    @property
    def slots(self) -> int | None:
        """How many clips the radio carries at once, if that is known."""
        return self._radio.slots

    async def run(self) -> None:
        """Listen for clips until cancelled."""
        async with aclosing(self._radio.advertisements()) as heard:
            async for advertisement in heard:
                self.heard(advertisement)

    def heard(self, advertisement: Advertisement) -> None:
        """Take an advertisement; whatever is no oximeter is forgotten at once."""
        if by_hint(advertisement) is None:
            return
        now = self._clock.now().running_ns
        clip = self._clips.setdefault(advertisement.address, _Clip(advertisement, now))
        name = advertisement.name or clip.heard.name
        services = advertisement.services | clip.heard.services
        clip.heard_ns = now
        clip.heard = Advertisement(
            address=advertisement.address,
            name=name,
            services=services,
            company=advertisement.company,
            rssi=advertisement.rssi,
        )

    def reading(self, device: str, reading: Reading) -> object:
        """Keep the newest reading here, and hand it on to be recorded for whoever wears the clip."""
        if device in self._clips and not reading.backfill:
            self._clips[device].reading = reading
        return self._recording.reading(device, reading)

    def status(self, status: DeviceStatus) -> object:
        """The same for a change of the link."""
        if status.device in self._clips:
            self._clips[status.device].link = status.link
        return self._recording.status(status)

    def look(self) -> None:
        """Somebody looks: clips that nobody wears are connected from now on, for some seconds."""
        self._looked_ns = self._clock.now().running_ns

    def wanted(self, session: Session | None) -> tuple[Device, ...]:
        """The clips to connect to although nobody wears them; none while nobody looks."""
        now = self._clock.now().running_ns
        if self._looked_ns is None or now - self._looked_ns > LOOKING_NS:
            return ()
        free = [clip for clip in self.candidates(session) if clip.certain and not clip.seat]
        free.sort(key=lambda clip: (not clip.connected, -(clip.rssi or -127)))
        return tuple(
            Device(address=clip.address, name=clip.name, family=clip.family) for clip in free[:MOST]
        )

    def candidates(self, session: Session | None) -> tuple[Candidate, ...]:
        """What is in range now, those of a name together."""
        self._drop_gone()
        names = Counter(clip.heard.name for clip in self._clips.values())
        seats = {held.device: seat for seat, held in session.bindings.items()} if session else {}
        found = [
            self._candidate(clip, alike=names[clip.heard.name], seat=seats.get(address, ""))
            for address, clip in self._clips.items()
        ]
        return tuple(sorted(found, key=lambda one: (one.name, one.address)))

    def device(self, address: str) -> Device:
        """The clip at `address` as it is to be bound; only its address, if it is not in range."""
        clip = self._clips.get(address)
        if clip is None:
            return Device(address=address)
        one = self._candidate(clip, alike=1, seat="")
        return Device(address=address, name=one.name, family=one.family)

    def _candidate(self, clip: _Clip, *, alike: int, seat: str) -> Candidate:
        driver = by_hint(clip.heard)
        family = driver.family if driver else ""
        known = by_family(family)
        return Candidate(
            address=clip.heard.address,
            name=clip.heard.name,
            family=family,
            title=known.title if known else "",
            rssi=clip.heard.rssi,
            certain=family != PULSE_ONLY and is_certain(clip.heard),
            connected=clip.link is LinkState.CONNECTED,
            alike=alike,
            seat=seat,
            reading=clip.reading,
        )

    def _drop_gone(self) -> None:
        oldest = self._clock.now().running_ns - GONE_NS
        for address, clip in list(self._clips.items()):
            said = clip.reading.at.running_ns if clip.reading else 0
            if clip.link is not LinkState.CONNECTED and max(clip.heard_ns, said) < oldest:
                del self._clips[address]
