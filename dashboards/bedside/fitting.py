"""The page that shows whose clip is whose, and its routes: what is in range, who wears what."""

from collections.abc import Callable
from typing import Annotated, Protocol

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from pydantic import Field

from collector.clock import Instant
from collector.commands import Bind, Release
from collector.device import Device
from collector.entry import Entry
from collector.errors import Refused
from collector.fitting import Candidate
from collector.reading import Reading
from collector.session import SEATS, Phase, Session
from dashboards.bedside.about import asked
from dashboards.bedside.axis import MS
from dashboards.bedside.bodies import NamedBody, Seat
from dashboards.bedside.consent import Waiting
from dashboards.bedside.words import NO_VALUE, washed

LONGEST_NAME = 40
# Bluetooth signal strength in dBm, as it is found across a room.
STRONG, MEDIUM = -60, -75
# Adapters carry 5 to 7 links as a rule; more seats than this are worth a word where no number is known.
FEW = 5


class Recording(Protocol):
    """What is needed of the recorder."""

    @property
    def session(self) -> Session | None:
        """The current session."""
        ...

    def execute(self, command: Bind | Release) -> list[Entry]:
        """Carry out a command or raise `Refused`."""
        ...


class Clips(Protocol):
    """What is needed of the fitting list."""

    @property
    def remedy(self) -> str:
        """What is wrong with the radio and what to do; empty while it works."""
        ...

    @property
    def slots(self) -> int | None:
        """How many clips the radio carries at once, if that is known."""
        ...

    def look(self) -> None:
        """Somebody looks at the list."""
        ...

    def candidates(self, session: Session | None) -> tuple[Candidate, ...]:
        """The clips in range."""
        ...

    def device(self, address: str) -> Device:
        """The clip at `address`, to be bound."""
        ...


class BindBody(NamedBody):
    """Who wears which clip from now on."""

    seat: Seat
    address: Annotated[str, Field(min_length=1, max_length=64)]


class ReleaseBody(NamedBody):
    """Whose clip is taken off."""

    seat: Seat


def add_fitting_routes(  # noqa: PLR0913 - the neighbours of the page, each by name
    app: FastAPI,
    *,
    recorder: Recording,
    clips: Clips,
    now: Callable[[], Instant],
    page: str,
    waiting: Waiting = tuple,
) -> None:
    """Serve `page` with the list of clips, live, and take who wears which; `waiting` is to be accepted."""

    @app.get("/fit", response_class=HTMLResponse)
    async def fit() -> str:
        return page

    @app.get("/api/fitting")
    async def fitting() -> dict[str, object]:
        clips.look()
        return {**listed(recorder.session, clips, now()), "notices": asked(waiting())}

    @app.post("/api/bind")
    async def bind(body: BindBody) -> dict[str, object]:
        session = recorder.session
        who = session.roster.get(body.seat) if session else None
        if who is None:
            raise Refused(f"Nobody sits on seat {body.seat}.")
        clip = clips.device(body.address)
        wanted = Bind(
            seat=body.seat,
            participant=who,
            device=clip.address,
            family=clip.family,
            name=clip.name,
            by=body.by,
        )
        return {"seq": recorder.execute(wanted)[-1].seq}

    @app.post("/api/release")
    async def release(body: ReleaseBody) -> dict[str, object]:
        return {"seq": recorder.execute(Release(seat=body.seat, by=body.by))[-1].seq}


def listed(session: Session | None, clips: Clips, now: Instant) -> dict[str, object]:
    """Seats and clips as the page shows them; ages in ms of session time."""
    found = {clip.address: clip for clip in clips.candidates(session)}
    return {
        "phase": session.phase.value if session else "none",
        "radio": clips.remedy,
        "slots": _slots(session, clips.slots),
        "seats": [_seat(session, seat, found, now) for seat in _seats(session)],
        "clips": [_clip(clip, now) for clip in found.values()],
    }


def _seats(session: Session | None) -> list[str]:
    if session is None or session.phase is Phase.ENDED:
        return []
    return sorted(session.roster, key=SEATS.index)


def _seat(
    session: Session | None, seat: str, found: dict[str, Candidate], now: Instant
) -> dict[str, object]:
    held = session.bindings.get(seat) if session else None
    clip = found.get(held.device) if held else None
    return {
        "seat": seat,
        "who": washed(session.roster[seat], LONGEST_NAME) if session else "",
        "address": held.device if held else "",
        "name": washed(held.name, LONGEST_NAME) if held else "",
        "connected": clip.connected if clip else False,
        **_said(clip, now),
    }


def _clip(clip: Candidate, now: Instant) -> dict[str, object]:
    return {
        "address": clip.address,
        "name": washed(clip.name, LONGEST_NAME),
        "family": clip.family,
        "signal": _signal(clip.rssi),
        "certain": clip.certain,
        "connected": clip.connected,
        "alike": clip.alike,
        "seat": clip.seat,
        **_said(clip, now),
    }


def _said(clip: Candidate | None, now: Instant) -> dict[str, object]:
    """The newest numbers of a clip with their age, and why there are none."""
    reading = clip.reading if clip and clip.connected else None
    return {
        "spo2": int(reading.spo2) if reading and reading.spo2 is not None else None,
        "pulse_rate": round(reading.pulse_rate) if reading and reading.pulse_rate is not None else None,
        "age_ms": (now.running_ns - reading.at.running_ns) // MS if reading else None,
        "battery": reading.battery if reading else None,
        "why": _why(clip, reading),
    }


def _why(clip: Candidate | None, reading: Reading | None) -> str:
    if clip is None:
        return "not in range"
    if not clip.connected:
        return "connecting" if clip.certain or clip.seat else "not connected"
    if reading is None:
        return "no number yet"
    return next((word for flag, word in NO_VALUE if flag in reading.flags), "searching for pulse")


def _signal(rssi: int | None) -> str:
    if rssi is None:
        return ""
    return "strong" if rssi >= STRONG else "medium" if rssi >= MEDIUM else "weak"


def _slots(session: Session | None, slots: int | None) -> str:
    """Said before the session: more people than the adapter carries."""
    people = len(_seats(session))
    if slots is not None and people > slots:
        return f"This adapter carries {slots} clips at once, and there are {people} seats."
    if slots is None and people > FEW:
        return (
            "Many adapters carry only 5 to 7 clips at once: fit all of them before the session starts."
        )
    return ""
