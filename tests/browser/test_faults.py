"""The page against a station that is frozen, dead, cut off, silent or late: no old number stands as live.

All faults are played at once, each on a page, station and network of its own, because each takes its ten
real seconds; the tests then look at what their page has shown.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Child, Open, Stations, opening, starting
from tests.browser.proxy import Proxy
from tests.browser.watching import DASHES, WATCH, Look, assert_honest, looks, utc_s

pytestmark = pytest.mark.browser

SEATS = ("--seats", "2", "--dated")
# 3.5 s without a frame, then the next look of the page.
BANNER_BY_S = 4.3
LATE_STEPS, LATE_STEP_S, LATE_EACH_S = 12, 0.5, 0.6
ALWAYS_LATE_S = 0.6
LIVE = "[data-seat=A] [data-field=spo2][data-freshness=live]"


@dataclass(slots=True)
class Story:
    """What was shown on each page, by the name of its fault; `fault` and `mended` in s UTC."""

    fault: float = 0.0
    mended: float = 0.0
    shown: dict[str, list[Look]] = field(default_factory=dict)
    untouched: dict[str, bool] = field(default_factory=dict)

    def during(self, name: str, start_s: float, end_s: float) -> list[Look]:
        """The looks from `start_s` to `end_s` after the fault; there are some."""
        seen = [look for look in self.shown[name] if start_s <= look.at - self.fault < end_s]
        assert seen
        return seen


@pytest.fixture(scope="module")
def story(browser: Browser) -> Iterator[Story]:
    """All faults, played once."""
    with ExitStack() as stack:
        stations = stack.enter_context(starting())
        opened = stack.enter_context(opening(browser))
        networks = {name: stack.enter_context(Proxy()) for name in ("cut", "silent", "late", "slow")}
        children = {name: _station(stations, networks[name]) for name in networks}
        children |= {name: stations(*SEATS) for name in ("frozen", "killed")}
        urls = {name: child.url for name, child in children.items()}
        urls |= {name: network.url for name, network in networks.items()}
        networks["slow"].delay_s = ALWAYS_LATE_S
        pages = {name: opened(url, before=WATCH, wait=False) for name, url in urls.items()}
        for page in pages.values():
            page.wait_for_selector(LIVE, timeout=20_000)
        pages["cut"].wait_for_timeout(1000)
        yield _play(children, networks, pages, stations)


def _station(stations: Stations, network: Proxy) -> Child:
    child = stations(*SEATS, "--name", f"127.0.0.1:{network.port}")
    network.target = child.port
    return child


def _play(
    children: dict[str, Child], networks: dict[str, Proxy], pages: dict[str, Page], stations: Stations
) -> Story:
    story = Story(fault=utc_s())
    children["frozen"].freeze()
    children["killed"].kill()
    networks["cut"].cut()
    networks["silent"].silent = True
    children["slow"].do(seat="A", hold=True)
    for step in range(1, LATE_STEPS + 1):
        networks["late"].delay_s = step * LATE_STEP_S
        pages["late"].wait_for_timeout(LATE_EACH_S * 1000)
    story.mended = utc_s()
    children["frozen"].thaw()
    stations(*SEATS, "--port", str(children["killed"].port))
    networks["cut"].mend()
    networks["silent"].silent = False
    pages["late"].wait_for_timeout(2500)
    networks["late"].delay_s = 0.0
    for name, page in pages.items():
        if name != "slow":
            page.wait_for_selector(LIVE, timeout=20_000)
        story.shown[name] = looks(page)
        story.untouched[name] = page.evaluate("window.untouched === true")
    return story


LOST = ("frozen", "killed", "cut", "silent")


@pytest.mark.parametrize("fault", [*LOST, "late", "slow"])
def test_no_number_is_older_than_it_may_be(story: Story, fault: str) -> None:
    """Above 3 s nothing is shown as live, above 5 s no number is shown at all."""
    assert_honest(story.shown[fault])
    assert any(look.freshness == "live" for look in story.shown[fault])


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_station_is_said_in_time(story: Story, fault: str) -> None:
    """The banner stands within 4.3 s and says what to do; before 3 s it does not."""
    for look in story.during(fault, BANNER_BY_S, 6):
        assert "No word from the station" in look.banner
        assert "Look at each person" in look.banner
        assert look.link == "lost"
    assert not any(look.banner for look in story.during(fault, -1, 3))


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_station_leaves_no_number(story: Story, fault: str) -> None:
    """Five seconds after the fault there are dashes."""
    assert all(look.age is None for look in story.during(fault, 5.35, 6))


@pytest.mark.parametrize("fault", [*LOST, "late"])
def test_the_page_comes_back_by_itself(story: Story, fault: str) -> None:
    """Live numbers again, without a reload."""
    assert story.untouched[fault]
    last = story.shown[fault][-1]
    assert (last.freshness, last.link, last.banner) == ("live", "live", "")


@pytest.mark.parametrize("fault", LOST)
def test_what_is_not_known_is_said(story: Story, fault: str) -> None:
    """After a loss the page says from when to when it knows nothing."""
    assert any("Station back · nothing known from" in look.notice for look in story.shown[fault])


@pytest.mark.parametrize("fault", LOST)
def test_there_is_no_number_beside_the_banner(story: Story, fault: str) -> None:
    """The banner says the numbers were too old to show: none is, also when it is not yet five seconds old."""
    said = [look for look in story.shown[fault] if look.link == "lost" and look.at > story.fault]
    assert said
    assert all(look.age is None for look in said)


@pytest.mark.parametrize("fault", LOST)
def test_a_number_grows_old_before_the_banner(story: Story, fault: str) -> None:
    """Between three seconds and the banner the number stands with its age."""
    assert any(look.freshness == "delayed" for look in story.during(fault, 2.5, BANNER_BY_S))


def test_a_network_that_becomes_late_is_said(story: Story) -> None:
    """Frames that come ever later: their values age, the page says so, then has none."""
    late = story.during("late", 0, LATE_STEPS * LATE_EACH_S + 2.5)

    assert any(look.freshness == "delayed" for look in late)
    assert any("The station's word comes" in look.notice for look in late)
    assert late[-1].age is None


def test_a_network_that_was_always_late_is_noticed(story: Story) -> None:
    """A delay from the beginning cannot hide: the page counts from when it asked for the socket."""
    numbers = [look.age for look in story.shown["slow"] if look.age is not None]

    assert max(numbers) > 3
    assert max(numbers) < 5.35


def test_a_machine_that_slept(stations: Stations, opened: Open) -> None:
    """The wall clock jumps against the performance clock: blank until a frame on a new socket."""
    jump = "const real = Date.now; window.jump = 0; Date.now = () => real() + window.jump;"
    station = stations("--seats", "2")
    page = opened(station.url, before=jump)
    page.wait_for_selector("[data-seat=A][data-freshness=live]")
    station.freeze()
    page.evaluate("window.jump = 180000")
    page.wait_for_timeout(500)
    blank = page.locator("[data-seat=A] [data-field=spo2]").text_content()
    notice = page.locator("#notice").text_content()
    station.thaw()
    page.wait_for_selector("[data-seat=A][data-freshness=live]", timeout=5000)

    assert blank == DASHES
    assert notice == "Clock moved 3 min"
