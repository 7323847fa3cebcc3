"""The page after a freeze: live again by itself within seconds, whatever the pace of the session.

While a station stands still its machine takes connections for it. A socket that was asked for then proves
little about how late its frames are; the page must not go on believing the worst of a station that is back.
"""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import opening, starting
from tests.browser.watching import WATCH, assert_honest, looks, utc_s

pytestmark = pytest.mark.browser

SPEEDS = (1, 10)
# The page asks anew each 3.2 s from 3.5 s on: the station comes back long after, and soon after it has asked.
FREEZES_S = (6.3, 4.2, 9.4)
# A page that has learnt a wrong lag keeps it for ever; a busy machine may take its time to give the right one.
BACK_BY_MS = 20_000
STAYS_MS = 2_000
SILENT = "() => !document.querySelector('#notice').textContent.includes(\"station's word comes\")"
FRESH = """() => [...document.querySelectorAll("[data-field=spo2]")]
    .every((f) => f.dataset.freshness === "live")"""


@pytest.mark.parametrize("frozen_s", FREEZES_S)
def test_live_again_soon_after_a_freeze(browser: Browser, frozen_s: float) -> None:
    """All seats become live, stay so, and nothing old was shown on the way."""
    with starting() as stations, opening(browser) as opened:
        children = [stations("--seats", "12", "--dated", "--speed", str(speed)) for speed in SPEEDS]
        pages = [opened(child.url, before=WATCH) for child in children]
        for page in pages:
            page.wait_for_function(FRESH)
        for child in children:
            child.freeze()
        pages[0].wait_for_timeout(frozen_s * 1000)
        for child in children:
            child.thaw()
        for page in pages:
            page.wait_for_function(FRESH, timeout=BACK_BY_MS)
        back = utc_s()
        pages[0].wait_for_timeout(STAYS_MS)

        for page in pages:
            after = [look for look in looks(page) if look.at > back + 0.5]
            live = [look for look in after if (look.freshness, look.link) == ("live", "live")]
            assert len(live) > 0.9 * len(after) > 0
            page.wait_for_function(SILENT, timeout=BACK_BY_MS)
            assert page.evaluate("window.untouched === true")
        assert_honest(looks(pages[0]))
