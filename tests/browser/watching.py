"""Watches what a page shows and how old it truly is, from inside the page."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from collector.clock import SECOND, LiveClock

DASHES = "\u2013\u2013"
LIVE_S, STALE_S = 3.0, 5.0
# The page looks at its clock each 200 ms, the watcher each 50 ms; the encoding is good to 20 ms.
SLACK_S = 0.35

# A station started with --dated encodes the second in the pulse (50 + second mod 200) and its fraction in the
# saturation (50 + fiftieths), so that any two numbers on the screen say when they were measured.
WATCH = """
window.untouched = true;
window.watched = [];
setInterval(() => {
  const tile = document.querySelector("[data-seat=A]");
  if (!tile) return;
  const [spo2, pulse] = ["spo2", "pulse_rate"].map((f) => tile.querySelector(`[data-field=${f}]`));
  const banner = document.getElementById("banner");
  window.watched.push([
    Date.now() / 1000, Number(spo2.textContent), Number(pulse.textContent), spo2.dataset.freshness,
    document.body.dataset.link, banner.hidden ? "" : banner.textContent.replace(/\\s+/g, " ").trim(),
    document.getElementById("notice").textContent,
  ]);
}, 50);
"""


def utc_s() -> float:
    """Now, as the page's own clock says it."""
    return LiveClock().now().utc_ns / SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at seat A. `at` in s UTC; `age` of the numbers in s, None when there are none."""

    at: float
    age: float | None
    freshness: str
    link: str
    banner: str
    notice: str


def looks(page: Page) -> list[Look]:
    """All looks so far."""
    return [_look(row) for row in page.evaluate("window.watched")]


def _look(row: list[Any]) -> Look:
    at, spo2, pulse, freshness, link, banner, notice = row
    age = None
    if spo2 == spo2 and pulse == pulse:  # noqa: PLR0124 - NaN is not equal to itself
        measured = pulse - 50 + (spo2 - 50) / 50
        age = (at - measured + 100) % 200 - 100
    return Look(at=at, age=age, freshness=freshness, link=link, banner=banner, notice=notice)


def assert_honest(seen: list[Look]) -> None:
    """No number was shown as live above 3 s or at all above 5 s, and numbers mean shown freshness."""
    assert seen
    for look in seen:
        if look.age is not None:
            assert look.freshness in ("live", "delayed"), look
            assert look.age <= STALE_S + SLACK_S, look
            assert look.freshness == "delayed" or look.age <= LIVE_S + SLACK_S, look
        else:
            assert look.freshness in ("stale", "none"), look
