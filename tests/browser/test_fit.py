"""The page of clips: prepare, see whose clip is whose, give it, take it off, start."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # has no stubs
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIZES, Child, Open, Stations
from tests.browser.test_page import OVERRUN

pytestmark = pytest.mark.browser

PATIENCE_MS = 15_000  # for what takes a second, on a machine that does much else


@pytest.fixture
def shelf(stations: Stations) -> Child:
    """A station without a session, and two clips of one model in range."""
    station = stations("--clips", "--phase", "none", "--seats", "0")
    station.do(clip="AA:01", spo2=97, pulse_rate=61)
    station.do(clip="AA:02", spo2=None, pulse_rate=None, flags=frozenset({"finger_off"}))
    return station


def fit(opened: Open, station: Child, size: str = "tablet") -> Page:
    """The page of clips, as somebody sees it who comes from nowhere."""
    page = opened(f"{station.url}/fit", size)
    page.set_default_timeout(PATIENCE_MS)
    return page


def prepare(page: Page, *codes: str) -> None:
    """Prepare a session for these people."""
    page.select_option("#count", str(len(codes)))
    for place, code in enumerate(codes):
        page.locator("#codes input").nth(place).fill(code)
    page.click("#prepare button")


def reachable(page: Page) -> None:
    """Nothing is wider than the page, and nothing keeps somebody out."""
    expect(page.locator("body")).to_have_attribute("data-link", "live")
    assert page.evaluate(OVERRUN) == []
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("size", SIZES)
def test_a_tap_on_the_clip_that_shows_numbers_gives_it_to_the_seat(
    shelf: Child, opened: Open, size: str
) -> None:
    """The clip on a finger is the one with numbers; then comes the next free seat; start leads to the page."""
    page = fit(opened, shelf, size)
    reachable(page)
    prepare(page, "P-01", "P-02")
    worn, lying = page.locator("#clips [data-key='AA:01']"), page.locator("#clips [data-key='AA:02']")
    expect(worn).to_contain_text("97 %  61")
    expect(lying).to_contain_text("finger off")
    expect(lying).to_contain_text("one of 2 alike")
    reachable(page)

    worn.locator(".row").click()
    expect(page.locator("#seats [data-key=A]")).to_contain_text("97 %  61")
    expect(page.locator("#seats [data-key=B]")).to_have_attribute("data-chosen", "yes")
    expect(page.locator("#clips li")).to_have_count(1)
    page.click("#start")

    expect(page.locator("body")).to_have_attribute("data-phase", "running")
    expect(page.locator("[data-seat=A]")).to_contain_text("97")


def test_a_clip_taken_off_is_offered_again(shelf: Child, opened: Open) -> None:
    """To whoever's seat is tapped next."""
    page = fit(opened, shelf)
    prepare(page, "P-01", "P-02")
    page.locator("#clips [data-key='AA:01'] .row").click()
    page.locator("#seats [data-key=A] .off").click()
    expect(page.locator("#seats [data-key=A]")).to_contain_text("no clip yet")
    page.locator("#seats [data-key=B] .row").click()
    page.locator("#clips [data-key='AA:01'] .row").click()

    expect(page.locator("#seats [data-key=B]")).to_contain_text("97 %  61")
    expect(page.locator("#seats [data-key=A]")).to_contain_text("no clip yet")


@pytest.mark.parametrize(
    ("codes", "sentence"),
    [
        (("P-01", " "), "A participant code has 1 to 40 readable characters."),
        (("P-01", "P-01"), "One participant code stands on two seats"),
    ],
)
def test_codes_that_name_nobody_or_two_are_refused_in_a_sentence(
    shelf: Child, opened: Open, codes: tuple[str, ...], sentence: str
) -> None:
    """Nothing is prepared, and what was typed stays."""
    page = fit(opened, shelf)
    prepare(page, *codes)

    expect(page.locator("#say")).to_contain_text(sentence)
    expect(page.locator("#prepare")).to_be_visible()
    assert page.locator("#codes input").nth(1).input_value() == codes[1]


def test_a_radio_that_does_not_work_is_said_in_place_of_what_it_does_not_hear(
    stations: Stations, opened: Open
) -> None:
    """Waking clips helps nobody then."""
    station = stations("--clips", "--phase", "none", "--seats", "0")
    page = fit(opened, station)
    prepare(page, "P-01")
    expect(page.locator("#none")).to_be_visible()
    station.do(radio="BLOCKED")

    expect(page.locator("#radio")).to_contain_text("rfkill unblock bluetooth")
    expect(page.locator("#none")).to_be_hidden()


def test_numbers_go_when_a_clip_says_no_more(shelf: Child, opened: Open) -> None:
    """Within five seconds of its last word."""
    page = fit(opened, shelf)
    prepare(page, "P-01")
    worn = page.locator("#clips [data-key='AA:01'] .numbers")
    expect(worn).to_have_text("97 %  61")
    shelf.do(clip="AA:01", hold=True)

    expect(worn).to_have_text("––", timeout=PATIENCE_MS)


def test_a_frozen_station_leaves_no_number_on_the_page(shelf: Child, opened: Open) -> None:
    """It says so in a sentence, and no clip can be given meanwhile."""
    page = fit(opened, shelf)
    prepare(page, "P-01")
    worn = page.locator("#clips [data-key='AA:01']")
    expect(worn).to_contain_text("97 %  61")
    shelf.freeze()
    try:
        expect(page.locator("body")).to_have_attribute("data-link", "lost", timeout=PATIENCE_MS)
        expect(worn.locator(".numbers")).to_have_text("––", timeout=PATIENCE_MS)
        expect(page.locator("#say")).to_contain_text("No word from the station")
        expect(worn.locator(".row")).to_be_disabled()
    finally:
        shelf.thaw()

    expect(worn).to_contain_text("97 %  61", timeout=PATIENCE_MS)
