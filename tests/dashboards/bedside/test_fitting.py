"""The page of clips: what it is told, and who wears what after a tap."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from collector.clock import SECOND, Instant, ManualClock
from collector.commands import Bind, Prepare, Release
from collector.device import Device
from collector.fitting import Candidate
from collector.reading import Flag, Reading
from collector.session import Session
from dashboards.bedside.app import Limits, make_app
from dashboards.bedside.fitting import listed
from tests.dashboards.bedside.desk import OURS, PORT, URL, Desk


class Shelf:
    """Clips as a test lays them out."""

    remedy = ""
    slots: int | None = None

    def __init__(self, *clips: Candidate) -> None:
        self.clips = clips
        self.looks = 0

    def look(self) -> None:
        self.looks += 1

    def candidates(self, session: Session | None) -> tuple[Candidate, ...]:
        return self.clips

    def device(self, address: str) -> Device:
        return Device(address=address, name="PM100", family="plx")


def clip(
    at: Instant | None = None,
    *,
    connected: bool = True,
    spo2: float | None = 97.6,
    flags: frozenset[Flag] = frozenset(),
) -> Candidate:
    """A clip at address 1, with a reading measured at `at`."""
    reading = Reading(at=at, spo2=spo2, pulse_rate=spo2 and 61.5, flags=flags) if at else None
    return Candidate(
        address="1",
        name="PM100",
        family="plx",
        title="PLX",
        rssi=-70,
        certain=True,
        connected=connected,
        reading=reading,
    )


def only(shelf: Shelf, now: Instant) -> dict[str, object]:
    """What is told of the only clip."""
    clips = listed(None, shelf, now)["clips"]
    assert isinstance(clips, list)
    (said,) = clips
    assert isinstance(said, dict)
    return said


@asynccontextmanager
async def fitted(desk: Desk, shelf: Shelf) -> AsyncIterator[httpx.AsyncClient]:
    """The page with clips behind it."""
    app = make_app(
        recorder=desk,
        alerts=desk,
        pushes=desk.pushes(),
        limits=Limits(),
        names=(),
        port=PORT,
        clips=shelf,
        now=desk.clock.now,
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL) as client:
        yield client


@pytest.mark.asyncio
async def test_tap_binds_the_clip_to_who_sits_there() -> None:
    """Address, family and name of the clip go to the participant of the seat; taking it off releases it."""
    desk = Desk()
    desk.execute(Prepare(roster={"A": "P1"}))
    async with fitted(desk, Shelf(clip())) as client:
        bound = await client.post(
            "/api/bind", json={"seat": "A", "address": "1", "by": "M"}, headers=OURS
        )
        taken = await client.post("/api/release", json={"seat": "A", "by": "M"}, headers=OURS)

    assert (bound.status_code, taken.status_code) == (200, 200)
    assert desk.commands[1:] == [
        Bind(seat="A", participant="P1", device="1", family="plx", name="PM100", by="M"),
        Release(seat="A", by="M"),
    ]


@pytest.mark.asyncio
async def test_empty_seat_takes_no_clip() -> None:
    """Without a session, or on a seat of nobody, a sentence refuses."""
    desk = Desk()
    async with fitted(desk, Shelf(clip())) as client:
        answer = await client.post("/api/bind", json={"seat": "A", "address": "1"}, headers=OURS)

    assert answer.status_code == 409
    assert answer.json()["detail"] == "Nobody sits on seat A."


@pytest.mark.asyncio
async def test_asking_for_the_list_is_looking() -> None:
    """Clips are connected while somebody asks; the page itself is one file without anything inline."""
    desk, shelf = Desk(), Shelf(clip())
    async with fitted(desk, shelf) as client:
        answer = await client.get("/api/fitting")
        page = await client.get("/fit")

    assert answer.json()["clips"][0]["address"] == "1"
    assert shelf.looks == 1
    assert "<style" not in page.text
    assert 'src="/static/fit.js"' in page.text


@pytest.mark.asyncio
async def test_station_without_a_radio_has_no_such_page() -> None:
    """In a demo there is nothing to fit, and nothing leads there."""
    async with Desk().client() as client:
        assert (await client.get("/fit")).status_code == 404
        assert "/fit" not in (await client.get("/")).text


def test_numbers_come_with_their_age() -> None:
    """Cut like those of the tiles, with the ms since they were measured."""
    clock = ManualClock()
    measured = clock.now()
    clock.advance_to(measured.running_ns + 2 * SECOND)
    said = only(Shelf(clip(measured)), clock.now())

    assert (said["spo2"], said["pulse_rate"], said["age_ms"]) == (97, 62, 2000)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (clip(connected=False), "connecting"),
        (clip(), "no number yet"),
        (clip(ManualClock().now(), spo2=None, flags=frozenset({Flag.FINGER_OFF})), "finger off"),
    ],
)
def test_missing_numbers_say_why(one: Candidate, why: str) -> None:
    """No link, nothing said yet, no finger."""
    said = only(Shelf(one), ManualClock().now())

    assert (said["spo2"], said["why"]) == (None, why)


def test_numbers_of_a_lost_link_are_not_given() -> None:
    """Whatever it said before."""
    shelf = Shelf(clip(ManualClock().now(), connected=False))
    said = only(shelf, ManualClock().now())

    assert (said["spo2"], said["age_ms"]) == (None, None)


@pytest.mark.parametrize(
    ("slots", "people", "said"), [(3, 4, True), (4, 4, False), (None, 6, True), (None, 4, False)]
)
def test_more_people_than_places_is_said_before_the_session(
    slots: int | None,
    people: int,
    said: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """By the number of the configuration, else by what adapters carry as a rule."""
    desk, shelf = Desk(), Shelf()
    desk.execute(Prepare(roster={seat: f"P{seat}" for seat in "ABCDEF"[:people]}))
    shelf.slots = slots

    assert bool(listed(desk.session, shelf, desk.clock.now())["slots"]) is said
