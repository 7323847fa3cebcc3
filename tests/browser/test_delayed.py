"""A number of three to five seconds ago says so, whatever else the tile has to say."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Stations

pytestmark = pytest.mark.browser


def test_a_paused_number_that_is_old_says_so(stations: Stations, opened: Open) -> None:
    """Three to five seconds old is delayed, paused or not."""
    station = stations("--seats", "2")
    page = opened(station.url)
    page.click("#pause")
    page.select_option("#pause-seat", "A")
    page.click("#pause-yes")
    expect(page.locator("[data-seat=A] .state b")).to_contain_text("Paused")
    station.do(seat="A", hold=True)
    expect(page.locator("[data-seat=A] .state span")).to_contain_text("Delayed")
    expect(page.locator("[data-seat=A] [data-field=spo2]")).to_have_attribute(
        "data-freshness", "delayed"
    )


def test_an_old_number_under_an_alert_says_so(stations: Stations, opened: Open) -> None:
    """The alert's words do not hide that its number is no longer live."""
    station = stations("--seats", "2")
    station.do(seat="A", spo2=88, pulse_rate=80)
    station.do(alert={"seat": "A", "level": "urgent", "value": 88, "limit": 90, "ago_s": 20})
    page = opened(station.url)
    expect(page.locator("[data-seat=A] .state b")).to_contain_text("88 < 90")
    station.do(seat="A", hold=True)
    expect(page.locator("[data-seat=A] .state span")).to_contain_text("Delayed")


def test_an_old_pulse_beside_a_live_spo2_says_so(stations: Stations, opened: Open) -> None:
    """The clip goes on giving one number and not the other."""
    station = stations("--seats", "2")
    page = opened(station.url)
    expect(page.locator("[data-seat=A] [data-field=pulse_rate]")).to_have_attribute(
        "data-freshness", "live"
    )
    station.do(seat="A", spo2=97, pulse_rate=None)
    expect(page.locator("[data-seat=A] .state b")).to_have_text("Delayed")
    expect(page.locator("[data-seat=A] .state span")).to_have_text(re.compile(r"pulse \d s old"))
    expect(page.locator("[data-seat=A] [data-field=spo2]")).to_have_attribute("data-freshness", "live")
