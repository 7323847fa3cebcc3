"""What one tap can say of alerts: a watch on a steady caution, and all cautions at once."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SIZES, Child, Open, Stations
from tests.browser.test_page import OVERRUN

pytestmark = pytest.mark.browser


def steady(stations: Stations, ago_s: float = 300) -> Child:
    """A station with somebody at 93 for a while."""
    station = stations()
    station.do(alert={"seat": "E", "level": "caution", "value": 93, "limit": 94, "ago_s": ago_s})
    station.do(seat="E", spo2=93, pulse_rate=81)
    return station


@pytest.mark.parametrize("size", SIZES)
def test_a_steady_caution_can_be_watched(stations: Stations, opened: Open, size: str) -> None:
    """Beside "seen" stands from which number on to tell; who watches stands with the alert then."""
    page = opened(steady(stations).url, size)
    chip = page.locator("[data-episode] button.watch")
    expect(chip).to_have_text("Tell below 91")
    assert page.evaluate(OVERRUN) == []
    page.wait_for_timeout(800)  # a row that has just come takes no tap
    chip.click()

    expect(page.locator("[data-episode]")).to_have_attribute("data-state", "seen")
    expect(page.locator("[data-episode] .second")).to_contain_text("tells below 91")
    expect(chip).to_be_hidden()


def test_a_fresh_caution_is_not_called_steady(stations: Stations, opened: Open) -> None:
    """For its first minute it can only be acknowledged."""
    page = opened(steady(stations, ago_s=20).url)

    expect(page.locator("[data-episode] button.seen")).to_be_visible()
    expect(page.locator("[data-episode] button.watch")).to_be_hidden()


def test_an_urgent_alert_is_never_watched(stations: Stations, opened: Open) -> None:
    """However long it has lasted."""
    station = stations()
    station.do(alert={"seat": "C", "level": "urgent", "value": 88, "limit": 90, "ago_s": 300})
    station.do(seat="C", spo2=88, pulse_rate=104)

    expect(opened(station.url).locator("[data-episode] button.watch")).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
def test_all_cautions_are_seen_with_one_button(stations: Stations, opened: Open, size: str) -> None:
    """It counts them, and leaves what is urgent."""
    station = steady(stations)
    station.do(alert={"seat": "B", "level": "caution", "value": 92, "limit": 94, "ago_s": 40})
    station.do(alert={"seat": "C", "level": "urgent", "value": 86, "limit": 90, "ago_s": 42})
    page = opened(station.url, size)
    expect(page.locator("#seen-all")).to_have_text("Seen: 2 cautions")
    assert page.evaluate(OVERRUN) == []
    page.click("#seen-all")

    expect(page.locator("[data-state=seen]")).to_have_count(2)
    expect(page.locator("[data-level=urgent][data-state=active]")).to_have_count(1)
    expect(page.locator("#seen-all")).to_be_hidden()


def test_a_long_press_on_the_strip_says_the_same(stations: Stations, opened: Open) -> None:
    """Held for most of a second, beside the buttons."""
    station = steady(stations)
    station.do(alert={"seat": "B", "level": "caution", "value": 92, "limit": 94, "ago_s": 40})
    page = opened(station.url)
    expect(page.locator("#seen-all")).to_be_visible()
    page.locator("#first b").hover()
    page.mouse.down()
    page.wait_for_timeout(1000)
    page.mouse.up()

    expect(page.locator("[data-state=seen]")).to_have_count(2)
