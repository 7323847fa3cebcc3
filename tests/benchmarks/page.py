"""From bytes in to changed DOM: a whole demo beside a real Chromium, matched by seat, field and text."""

import bisect
import time
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from playwright.sync_api import sync_playwright

from tests.benchmarks.demo import demo
from tests.benchmarks.table import Row, quantile, spread
from tests.conftest import find_chromium

FIELDS = ("spo2", "pulse_rate")
# Each change of a number, with the wall clock, which on one machine is the same for station and page.
OBSERVE = """() => {
  window.changes = [];
  new MutationObserver((records) => {
    const now = (performance.timeOrigin + performance.now()) / 1000;
    for (const record of records) {
      const element = record.target.nodeType === 3 ? record.target.parentElement : record.target;
      const field = element && element.closest("[data-field]");
      if (!field) continue;
      const seat = field.closest("[data-seat]").dataset.seat;
      window.changes.push([now, seat, field.dataset.field, field.textContent.trim()]);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


class Change(NamedTuple):
    """A number of one seat and field became `text` at `at_s`: in the station, or in the DOM."""

    at_s: float
    seat: str
    field: str
    text: str


def heard(lines: Sequence[str]) -> list[Change]:
    """What the station read, from the lines of its probe."""
    changes: list[Change] = []
    for line in lines:
        word, *rest = line.split()
        if word != "reading":
            continue
        at_s, seat, *numbers = rest
        for field, number in zip(FIELDS, numbers, strict=True):
            if number != "None":
                changes.append(Change(float(at_s), seat, field, f"{float(number):.0f}"))
    return changes


def latencies_ms(station: Sequence[Change], dom: Sequence[Change]) -> tuple[list[float], int]:
    """How long each new number took to the DOM, and how many never came: replaced or lost."""
    took: list[float] = []
    missed = 0
    for field_of in sorted({(change.seat, change.field) for change in dom}):
        shown = sorted(change for change in dom if (change.seat, change.field) == field_of)
        read = sorted(change for change in station if (change.seat, change.field) == field_of)
        times = [change.at_s for change in shown]
        for before, new in pairwise(read):
            if new.text == before.text or not times[0] < before.at_s < times[-1] - 1:
                continue
            at = bisect.bisect_left(times, new.at_s)
            if shown[at].text == new.text and shown[at].at_s - new.at_s < 1:
                took.append((shown[at].at_s - new.at_s) * 1000)
            else:
                missed += 1
    return took, missed


def run(short: bool) -> Iterable[Row]:
    """Twelve participants at speed 1 in one open page."""
    duration = 20 if short else 90
    with (
        demo("--scenario", "calm", "--participants", "12", readings=True) as running,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(running.url)
        page.wait_for_selector('[data-freshness="live"]', timeout=20_000)
        page.evaluate(OBSERVE)
        time.sleep(duration)
        dom = [Change(*change) for change in page.evaluate("window.changes")]
        took, missed = latencies_ms(heard(running.said), dom)
    p95 = quantile(took, 0.95)
    yield Row(
        bench="page",
        measured="bytes in to changed DOM in Chromium, p95",
        promised="<= 100 ms",
        value=f"{p95:.1f} ms",
        spread=f"{spread(took, 'ms')}, {missed} never shown",
        met=p95 <= 100 and missed == 0,
    )
