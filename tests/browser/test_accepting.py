"""What is to be accepted while a session is prepared."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # has no stubs
from playwright.sync_api import expect

from tests.browser.conftest import SIZES, Open, Stations
from tests.browser.test_page import OVERRUN

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", SIZES)
def test_each_notice_takes_one_tap_and_then_the_session_starts(
    stations: Stations, opened: Open, size: str
) -> None:
    """One after the other beside its button; *Start* opens with the last; limits of the file in the tile."""
    page = opened(stations("--phase", "preparing", "--accepting").url, size)
    expect(page.locator("#notice")).to_contain_text("Urgent alerts reach this page only")
    expect(page.locator("#session")).to_be_disabled()
    assert page.evaluate(OVERRUN) == []
    assert Axe().run(page).violations_count == 0
    page.click("#accept")
    expect(page.locator("#notice")).to_contain_text("limits for P-09, who is not in this session")
    page.click("#accept")
    expect(page.locator("#accept")).to_be_hidden()
    expect(page.locator("[data-seat=A]")).to_contain_text("pulse < 42")
    page.click("#session")

    expect(page.locator("body")).to_have_attribute("data-phase", "running")
