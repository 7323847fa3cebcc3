"""What the page shows of notifications: who has been told, who cannot be reached, the test, the link."""

import json
import re

import pytest
from playwright.sync_api import WebSocketRoute, expect

from alerts.notifications import tag
from tests.browser.conftest import SIZES, Child, Open, Stations

pytestmark = pytest.mark.browser
EPISODE = "night-C-spo2_low-1"


def told(
    station: Child, target: str, state: str, *, episode: str = "", occasion: str = "first"
) -> None:
    """An attempt at `target`, or its result."""
    body = {
        "key": f"{episode}/{occasion}/{target}",
        "episode": episode,
        "target": target,
        "occasion": occasion,
        "level": "urgent",
        "attempt": 1,
        "state": state,
        "reason": "",
    }
    station.do(entry="notification", body=body, subject="C" if episode else "")


def alerting(stations: Stations) -> Child:
    """A station with an urgent alert of seat C."""
    station = stations()
    alert = {"seat": "C", "level": "urgent", "value": 86, "limit": 90, "episode": EPISODE}
    station.do(alert=alert)
    station.do(seat="C", spo2=86, pulse_rate=104)
    return station


def test_each_alert_says_who_has_been_told(stations: Stations, opened: Open) -> None:
    """By name: told once the service took it, not reached when it did not."""
    station = alerting(stations)
    told(station, "M's phone", "delivered", episode=EPISODE)
    told(station, "K's phone", "failed", episode=EPISODE)
    row = opened(station.url).locator(f"[data-episode='{EPISODE}'] .second")

    expect(row).to_contain_text("told: M's phone · not reached: K's phone")


def test_a_target_that_cannot_be_reached_is_said_until_it_can(stations: Stations, opened: Open) -> None:
    """A notice, and none any more after the next confirmed delivery."""
    station = stations()
    page = opened(station.url)
    for failed, shown in ((True, "K's phone cannot be reached by notifications"), (False, "")):
        body = {"target": "K's phone", "failed": failed, "reason": "refused"}
        station.do(entry="channel", body=body, subject="K's phone")
        expect(page.locator("#notice")).to_have_text(shown)


@pytest.mark.parametrize("size", SIZES)
def test_the_test_notification_is_confirmed_with_one_tap(
    stations: Stations, opened: Open, size: str
) -> None:
    """The question and its button stay until somebody has tapped it."""
    station = stations("--phase", "preparing")
    told(station, "M's phone", "delivered", occasion="test")
    page = opened(station.url, size)
    expect(page.locator("#notice")).to_contain_text("told: M's phone · did it arrive?")
    page.click("#arrived")

    expect(page.locator("#arrived")).to_be_hidden()
    expect(page.locator("#notice")).not_to_contain_text("did it arrive?")


def test_five_minutes_into_the_session_nobody_is_asked_any_more(
    stations: Stations, opened: Open
) -> None:
    """A question that nobody answers would hide for hours what matters."""
    station = stations()
    told(station, "M's phone", "delivered", occasion="test")
    page = opened(station.url)
    expect(page.locator("#notice")).to_contain_text("did it arrive?")

    page.route_web_socket("**/ws", began_five_minutes_earlier)
    page.reload()

    expect(page.locator("[data-field=spo2]").first).to_have_text(re.compile(r"\d\d"))
    expect(page.locator("#arrived")).to_be_hidden()
    expect(page.locator("#notice")).not_to_contain_text("did it arrive?")


def began_five_minutes_earlier(page: WebSocketRoute) -> None:
    """What the station sends, with another beginning of the session."""

    def passed_on(text: str | bytes) -> None:
        frame = json.loads(text)
        if frame.get("session"):
            frame["session"]["started"] -= 300_000
        page.send(json.dumps(frame))

    page.connect_to_server().on_message(passed_on)


def test_a_link_opens_the_page_at_its_alert(stations: Stations, opened: Open) -> None:
    """The alert is marked and its button has the focus; opening acknowledges nothing."""
    station = alerting(stations)
    page = opened(f"{station.url}/?episode={tag(EPISODE)}")
    row = page.locator(f"[data-episode='{EPISODE}']")

    expect(row).to_have_attribute("data-wanted", "yes")
    expect(row.locator("button.seen")).to_be_focused()
    expect(row).to_have_attribute("data-state", "active")


def test_a_link_to_an_alert_that_is_over_says_gone(stations: Stations, opened: Open) -> None:
    """Nothing changes, and the other alerts stay as they are."""
    station = alerting(stations)
    page = opened(f"{station.url}/?episode={tag('another')}")

    expect(page.locator("#notice")).to_contain_text("That alert is gone; nothing changed.")
    expect(page.locator("[data-wanted]")).to_have_count(0)
