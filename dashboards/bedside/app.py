"""The page's routes. They translate; `collector.commands` and `alerts.service` decide."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.types import ASGIApp

from alerts.accepting import refuse_start
from alerts.pause import PauseReason
from alerts.reminders import PRESSURE
from collector.clock import Instant
from collector.commands import Bind, Command, End, Mark, Prepare, Start
from collector.config import in_plain_words
from collector.entry import Entry
from collector.errors import Refused
from collector.session import SEATS, Binding, Phase, Session, Source
from dashboards.bedside import consent, limiting
from dashboards.bedside.baselines import TakesBaselines, take_baselines
from dashboards.bedside.bodies import (
    MOST_SEATS,
    AcknowledgeBody,
    BackBody,
    BaselineBody,
    EndBody,
    MarkBody,
    NamedBody,
    PauseBody,
    PrepareBody,
    PressureBody,
    SettleBody,
)
from dashboards.bedside.fitting import Clips, add_fitting_routes
from dashboards.bedside.guard import Guard
from dashboards.bedside.pushes import Client, Pushes
from dashboards.bedside.words import washed

STATIC = Path(__file__).with_name("static")
TRY_AGAIN_LATER = 1013
RESTARTS, STOPPED = 1012, 4001  # page.js knows the second: no fault, somebody stopped the station


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits in force, for the footer and the lines in the traces; `confirmed_by` a clinician."""

    spo2: tuple[float, ...] = (94, 90, 85)
    pulse_low: float | None = 50
    pulse_high: float | None = 120
    confirmed_by: str = ""
    pressure: bool = False  # whether somebody is reminded to take the blood pressure


class Commands(Protocol):
    """What the page needs of the recorder."""

    @property
    def session(self) -> Session | None:
        """The current session."""
        ...

    def execute(self, command: Command) -> list[Entry]:
        """Carry out a command or raise `Refused`."""
        ...


class AlertCommands(TakesBaselines, limiting.Limits, Protocol):
    """What the page needs of the alerts."""

    def acknowledge(self, episode: str, by: str, watch: float | None = None) -> bool:
        """Acknowledge an episode, or watch it; False when it is over already; raises `Refused`."""
        ...

    def acknowledge_cautions(self, by: str) -> list[str]:
        """Acknowledge every caution that waits; their episodes."""
        ...

    def pause(self, seat: str, reason: PauseReason, *, minutes: int, by: str) -> None:
        """Give no signals for the participant on `seat`, or raise `Refused`."""
        ...

    def back(self, seat: str, by: str) -> None:
        """End the pause of `seat`, or raise `Refused`."""
        ...

    def settle(self, seat: str, by: str) -> None:
        """The right person wears the right clip on `seat`; raises `Refused` when nobody doubts it."""
        ...


def make_app(  # noqa: PLR0913 - the neighbours of the page, each by name
    *,
    recorder: Commands,
    alerts: AlertCommands,
    pushes: Pushes,
    limits: Limits,
    names: Iterable[str],
    port: int,
    arrived: Callable[[str], None] | None = None,
    source: Source = Source.LIVE,
    speed: float = 1.0,
    clips: Clips | None = None,
    now: Callable[[], Instant] | None = None,
    accepting: consent.Accepts | None = None,
) -> ASGIApp:
    """The whole page behind its guard, for `port` under our own `names`.

    `arrived` takes the word that the test notification has arrived; None where nobody is notified.
    `source` and `speed` are what sessions prepared on the page are recorded as. With `clips` (and the time
    `now`) there is a page that shows whose clip is whose. `accepting` takes what is accepted before the start.
    """
    app = FastAPI(title="Holdspace", docs_url=None, redoc_url=None, openapi_url=None)
    page = _page(limits, clips=clips is not None)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.get("/", response_class=HTMLResponse)
    async def bedside() -> str:
        return page

    @app.websocket("/ws")
    async def frames(websocket: WebSocket) -> None:
        await _serve_client(websocket, pushes)

    _add_acknowledging(app, alerts)
    _add_alert_routes(app, alerts, recorder, arrived)
    consent.add_route(app, accepting, pushes.notices)
    _add_session_routes(app, recorder, source, speed, pushes.notices)
    if clips is not None and now is not None:
        add_fitting_routes(
            app, recorder=recorder, clips=clips, now=now, page=_fit_page(), waiting=pushes.notices
        )
    return Guard(app, names=names, port=port)


def _add_acknowledging(app: FastAPI, alerts: AlertCommands) -> None:
    @app.post("/api/acknowledge")
    async def seen(body: AcknowledgeBody) -> dict[str, object]:
        if not alerts.acknowledge(body.episode, by=body.by, watch=body.watch):
            raise Refused("Already over; nothing changed.")
        return {"acknowledged": body.episode}

    @app.post("/api/acknowledge/cautions")
    async def seen_all(body: NamedBody) -> dict[str, object]:
        if not (seen := alerts.acknowledge_cautions(by=body.by)):
            raise Refused("No caution is waiting; nothing changed.")
        return {"acknowledged": seen}


def _add_alert_routes(
    app: FastAPI, alerts: AlertCommands, recorder: Commands, arrived: Callable[[str], None] | None
) -> None:
    @app.post("/api/pause")
    async def pause(body: PauseBody) -> dict[str, object]:
        alerts.pause(body.seat, body.reason, minutes=body.minutes, by=body.by)
        return {"paused": body.seat}

    @app.post("/api/back")
    async def back(body: BackBody) -> dict[str, object]:
        alerts.back(body.seat, by=body.by)
        return {"back": body.seat}

    @app.post("/api/settle")
    async def settle(body: SettleBody) -> dict[str, object]:
        alerts.settle(body.seat, by=body.by)
        return {"settled": body.seat}

    @app.post("/api/baseline")
    async def baseline(body: BaselineBody) -> dict[str, object]:
        return take_baselines(alerts, recorder.session, body.seat, by=body.by)

    @app.post("/api/arrived")
    async def test_arrived(body: NamedBody) -> dict[str, object]:
        if arrived is None:
            raise Refused("Nobody is notified by this station.")
        arrived(body.by)
        return {"arrived": True}

    limiting.add_route(app, alerts)


def _add_session_routes(
    app: FastAPI, recorder: Commands, source: Source, speed: float, waiting: consent.Waiting
) -> None:
    worn: dict[str, Binding] = {}  # by seat, when the last session ended here

    @app.post("/api/session/prepare")
    async def prepare(body: PrepareBody) -> dict[str, object]:
        roster = body.roster or _same_people(recorder.session, body.seats)
        wanted = Prepare(roster=roster, title=body.title, source=source, speed=speed, by=body.by)
        done = _done(recorder, wanted)
        for bind in _same_clips(worn, roster, by=body.by):
            done = _done(recorder, bind)
        return done

    @app.post("/api/session/start")
    async def start(body: NamedBody) -> dict[str, object]:
        refuse_start(waiting())
        return _done(recorder, Start(by=body.by))

    @app.post("/api/session/end")
    async def end(body: EndBody) -> dict[str, object]:
        worn.clear()
        worn.update(recorder.session.bindings if recorder.session else {})
        return _done(recorder, End(by=body.by, reason=body.reason))

    @app.post("/api/pressure")
    async def pressure(body: PressureBody) -> dict[str, object]:
        text = f"{body.systolic}/{body.diastolic} mmHg"
        return _done(recorder, Mark(what=PRESSURE, text=text, seat=body.seat, by=body.by))

    @app.post("/api/mark")
    async def mark(body: MarkBody) -> dict[str, object]:
        return _done(recorder, Mark(what=body.what, text=body.text, seat=body.seat, by=body.by))


def _same_people(former: Session | None, count: int) -> dict[str, str]:
    """The first `count` seats under the codes of the former session; new seats get codes not in use."""
    known = former.roster if former else {}
    free = iter(code for n in range(1, 2 * MOST_SEATS) if (code := f"P{n}") not in known.values())
    return {seat: known[seat] if seat in known else next(free) for seat in SEATS[:count]}


def _same_clips(worn: Mapping[str, Binding], roster: Mapping[str, str], *, by: str) -> list[Bind]:
    """Commands that give each participant who sits where he sat the clip he wore."""
    return [
        Bind(seat=seat, participant=b.participant, device=b.device, family=b.family, name=b.name, by=by)
        for seat, b in worn.items()
        if roster.get(seat) == b.participant
    ]


def _done(recorder: Commands, command: Command) -> dict[str, object]:
    entries = recorder.execute(command)
    phase = recorder.session.phase if recorder.session else Phase.ENDED
    return {"session": entries[-1].session, "phase": phase.value, "seq": entries[-1].seq}


async def _refused(_request: Request, refused: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(refused)}, status_code=409)


async def _misunderstood(_request: Request, error: Exception) -> JSONResponse:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    where = ".".join(str(part) for part in first.get("loc", ()) if part != "body")
    words = in_plain_words(str(first.get("type")), str(first.get("msg", "not understood")))
    what = f"{where}: {words}" if where else "The JSON cannot be read"
    return JSONResponse({"detail": f"{washed(what, 200)}."}, status_code=422)


async def _serve_client(websocket: WebSocket, pushes: Pushes) -> None:
    await websocket.accept()
    if pushes.full:
        await websocket.close(TRY_AGAIN_LATER)
        return
    client = pushes.join()
    try:
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(_write(client, websocket), name="page client")
            await _listen(websocket)
            writing.cancel()
    except* TimeoutError:
        pass  # it takes nothing: dropped, and comes back by itself
    finally:
        pushes.leave(client)


async def _write(client: Client, websocket: WebSocket) -> None:
    try:
        await client.write(websocket.send_text)
        await websocket.close(STOPPED if client.stopped else RESTARTS)
    except WebSocketDisconnect:
        client.close()


async def _listen(websocket: WebSocket) -> None:
    """Return when the page is gone. The socket goes down only: a page that talks is let go."""
    message = await websocket.receive()
    if message["type"] != "websocket.disconnect":
        await websocket.close(1008)


def _page(limits: Limits, *, clips: bool = False) -> str:
    template = _templates().get_template("page.html")
    return template.render(limits=limits, seats=SEATS[:12], clips=clips)


def _fit_page() -> str:
    return _templates().get_template("fit.html").render(seats=SEATS[:12])


def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("dashboards.bedside"), autoescape=select_autoescape(), auto_reload=False
    )
