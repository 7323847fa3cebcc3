"""The reminder to take the blood pressure, and what is entered for it."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # has no stubs
from playwright.sync_api import expect

from tests.browser.conftest import SIZES, Child, Open, Stations
from tests.browser.test_page import OVERRUN

pytestmark = pytest.mark.browser


def due(stations: Stations) -> Child:
    """A station that reminds, and seat B is due."""
    station = stations("--pressure")
    station.do(alert={"seat": "B", "family": "bp_due", "level": "advisory", "about": "20"})
    return station


@pytest.mark.parametrize("size", SIZES)
def test_a_due_blood_pressure_stands_in_its_tile_and_is_entered(
    stations: Stations, opened: Open, size: str
) -> None:
    """No line of the strip; the box is ready for that seat, and says what it took."""
    station = due(stations)
    page = opened(station.url, size)
    expect(page.locator("[data-seat=B] .state b")).to_have_text("Blood pressure")
    expect(page.locator("[data-episode]")).to_have_count(0)
    page.click("#pressure")
    expect(page.locator("#bp-seat")).to_have_value("B")
    assert page.evaluate(OVERRUN) == []
    assert Axe().run(page).violations_count == 0
    page.fill("#bp-systolic", "128")
    page.fill("#bp-diastolic", "82")
    page.click("#bp-yes")

    expect(page.locator("#notice")).to_contain_text("Entered for seat B: 128/82")
    expect(page.locator("#entering")).to_be_hidden()


def test_numbers_the_wrong_way_round_are_refused_and_stay_to_be_mended(
    stations: Stations, opened: Open
) -> None:
    """One sentence; nothing is recorded."""
    page = opened(due(stations).url)
    page.click("#pressure")
    page.fill("#bp-systolic", "80")
    page.fill("#bp-diastolic", "120")
    page.click("#bp-yes")

    expect(page.locator("#notice")).to_contain_text("the lower number must be below the upper one")
    expect(page.locator("#entering")).to_be_visible()


def test_without_reminders_nothing_is_there(stations: Stations, opened: Open) -> None:
    """It is off unless the rules file names the minutes."""
    expect(opened(stations().url).locator("#pressure")).to_be_hidden()
