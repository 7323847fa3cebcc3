"""Alerts of the station itself: in the strip, on no tile."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # has no stubs
from playwright.sync_api import expect

from tests.browser.conftest import SIZES, Open, Stations
from tests.browser.test_page import OVERRUN

pytestmark = pytest.mark.browser
UNREACHED = {"family": "channel_failed", "level": "caution", "about": "K's phone", "ago_s": 12}


@pytest.mark.parametrize("size", SIZES)
def test_an_alert_of_no_seat_stands_in_the_strip_and_on_no_tile(
    stations: Stations, opened: Open, size: str
) -> None:
    """With its words and its button, at every size, and without a seat's letter or shape."""
    station = stations()
    station.do(alert=UNREACHED)
    page = opened(station.url, size)
    row = page.locator("[data-episode]")

    expect(row).to_contain_text("Cannot notify K's phone")
    expect(row.locator("b")).to_be_visible()
    expect(row.locator(".seat")).to_be_hidden()
    expect(page.locator(".tile[data-look~=caution]")).to_have_count(0)
    assert page.evaluate(OVERRUN) == []
    assert Axe().run(page).violations_count == 0


def test_it_is_acknowledged_like_any_other(stations: Stations, opened: Open) -> None:
    """One tap; who has seen it stands beside it."""
    station = stations()
    station.do(alert=UNREACHED)
    page = opened(station.url)
    page.wait_for_timeout(800)  # a row that has just come takes no tap
    page.locator("[data-episode] button.seen").click()

    expect(page.locator("[data-episode]")).to_have_attribute("data-state", "seen")
    expect(page.locator("[data-episode]")).to_contain_text("seen by facilitator")


def test_what_the_strip_says_is_not_said_twice(stations: Stations, opened: Open) -> None:
    """The notice of a target that cannot be reached gives way to its alert."""
    station = stations()
    page = opened(station.url)
    body = {"target": "K's phone", "failed": True, "reason": "refused"}
    station.do(entry="channel", body=body, subject="K's phone")
    expect(page.locator("#notice")).to_contain_text("cannot be reached")
    station.do(alert=UNREACHED)

    expect(page.locator("#notice")).to_have_text("")


def test_a_person_stands_before_the_station(stations: Stations, opened: Open) -> None:
    """Within one level; an urgent alert stands before any caution."""
    station = stations()
    station.do(alert=UNREACHED)
    station.do(alert={"seat": "E", "level": "caution", "value": 93, "limit": 94})
    station.do(alert={"seat": "C", "level": "urgent", "value": 86, "limit": 90})
    page = opened(station.url)
    expect(page.locator("[data-episode]")).to_have_count(3)

    shown = page.locator("[data-episode]").evaluate_all(
        "rows => rows.map((row) => row.dataset.episode)"
    )
    assert [episode.split("/")[1] for episode in shown] == ["C", "E", ""]


def test_a_doubt_about_a_clip_stands_on_its_seat_until_a_person_has_looked(
    stations: Stations, opened: Open
) -> None:
    """Seen first, then settled: the button asks for one after the other."""
    station = stations()
    station.do(alert={"seat": "B", "family": "identity", "level": "caution", "about": "swapped"})
    page = opened(station.url)
    row = page.locator("[data-episode]")
    expect(page.locator("[data-seat=B]")).to_have_attribute("data-look", "caution")
    expect(row).to_contain_text("Who wears this clip?")
    page.wait_for_timeout(800)
    row.locator("button.seen").click()
    expect(row.locator("button.seen")).to_have_text("Right clip")
    row.locator("button.seen").click()

    expect(page.locator("[data-episode]")).to_have_count(0)
    expect(page.locator("[data-seat=B]")).to_have_attribute("data-look", "quiet")


def test_seats_that_the_radio_explains_stand_grey_and_quiet(stations: Stations, opened: Open) -> None:
    """One alert names them all; their own rows say why they wait."""
    station = stations()
    lost = {"family": "unmonitored", "level": "caution", "cause": "link_lost", "ago_s": 20}
    for seat in "ACF":
        station.do(seat=seat, hold=True)
        station.do(alert={"seat": seat, **lost, "explained": "radio"})
    station.do(alert={"family": "radio", "level": "caution", "about": "A, C, F"})
    page = opened(station.url)

    expect(page.locator("[data-episode*='/radio/']")).to_contain_text("Radio: A, C, F")
    for seat in "ACF":
        row = page.locator(f"[data-episode*='/{seat}/unmonitored/']")
        expect(row).to_contain_text("explained by the radio")
        expect(page.locator(f"[data-seat={seat}]")).to_have_attribute("data-look", "late")


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        ({"family": "store_behind", "level": "urgent", "about": "the disk is full"}, "Not being saved"),
        ({"family": "clock_step", "level": "caution", "value": -90}, "Clock moved by \u221290 s"),
        ({"family": "collector_dead", "level": "urgent", "value": 42}, "Station was away for 0:42"),
        ({"family": "engine_dead", "level": "urgent", "value": 7}, "Alerts stood still for 0:07"),
    ],
)
def test_each_trouble_of_the_station_has_its_words(
    stations: Stations, opened: Open, alert: dict[str, object], words: str
) -> None:
    """What is wrong, and what to know beside it."""
    station = stations()
    station.do(alert=alert)

    expect(opened(station.url).locator("[data-episode]")).to_contain_text(words)
