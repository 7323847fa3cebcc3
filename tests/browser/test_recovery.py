"""The page after a freeze: live again by itself within seconds, whatever the pace of the session.

While a station stands still its machine takes connections for it. A socket that was asked for then proves
little about how late its frames are; the page must not go on believing the worst of a station that is back.
"""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import opening, starting
from tests.browser.watching import WATCH, assert_honest, looks, utc_s

pytestmark = pytest.mark.browser

SPEEDS = (1, 3, 5, 10)
# The page asks anew each 3.2 s from 3.5 s on: the station comes back long after, and soon after it has asked.
FREEZES_S = (6.3, 4.2, 9.4)
BACK_BY_S = 2.0
FRESH = """[...document.querySelectorAll("[data-field=spo2]")].every((f) => f.dataset.freshness === "live")"""


@pytest.mark.parametrize("frozen_s", FREEZES_S)
def test_live_again_soon_after_a_freeze(browser: Browser, frozen_s: float) -> None:
    """All seats are live within two seconds, stay so, and nothing old was shown on the way."""
    with starting() as stations, opening(browser) as opened:
        children = [stations("--seats", "12", "--dated", "--speed", str(speed)) for speed in SPEEDS]
        pages = [opened(child.url, before=WATCH) for child in children]
        for page in pages:
            page.wait_for_function(FRESH)
        for child in children:
            child.freeze()
        pages[0].wait_for_timeout(frozen_s * 1000)
        thawed = utc_s()
        for child in children:
            child.thaw()
        pages[0].wait_for_timeout(BACK_BY_S * 1000 + 2000)

        for page in pages:
            after = [look for look in looks(page) if look.at > thawed + BACK_BY_S]
            assert after
            assert {(look.freshness, look.link) for look in after} == {("live", "live")}
            assert not any("station's word comes" in look.notice for look in after)
            assert page.evaluate("window.untouched === true")
        assert_honest(looks(pages[0]))
