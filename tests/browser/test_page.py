"""What the page looks like and does in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # has no stubs
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SIZES, Child, Open, Stations
from tests.browser.watching import DASHES

pytestmark = pytest.mark.browser

# Ink of the digits as drawn: what the font's shapes cover, not the box of the line.
INK = """() => [...document.querySelectorAll("[data-field=spo2]")].map((field) => {
  const style = getComputedStyle(field), pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const ink = pen.measureText(field.textContent);
  return ink.actualBoundingBoxAscent + ink.actualBoundingBoxDescent;
})"""

# Pairs of things that must not lie over each other, and things that must stay within theirs.
OVERRUN = """() => {
  const box = (node) => node.getBoundingClientRect(), wrong = [];
  const over = (a, b) => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("the page is too wide");
  for (const tile of document.querySelectorAll(".tile")) {
    const [frame, spo2, pulse, state, seat] =
      ["", ".spo2", ".pulse", ".state", ".seat"].map((query) => box(query ? tile.querySelector(query) : tile));
    const name = tile.dataset.seat;
    if (spo2.right > pulse.left) wrong.push(`${name}: saturation runs into pulse`);
    if (pulse.right > frame.right) wrong.push(`${name}: pulse leaves its tile`);
    if (state.width && state.right > frame.right) wrong.push(`${name}: words leave their tile`);
    if (state.width && state.left < seat.right && innerWidth > 640)
      wrong.push(`${name}: words run into the seat`);
    for (const other of document.querySelectorAll("button, input, select"))
      if (other.checkVisibility() && over(box(other), frame))
        wrong.push(`${name}: a control lies on the tile`);
  }
  return wrong;
}"""


def troubled(stations: Stations, seats: int = 6) -> Child:
    """A station with one of everything that fits six seats."""
    station = stations("--seats", str(seats), "--source", "demo")
    station.do(alert={"seat": "C", "level": "urgent", "value": 86, "limit": 90, "ago_s": 42})
    station.do(seat="C", spo2=86, pulse_rate=104)
    station.do(alert={"seat": "E", "level": "caution", "value": 93, "limit": 94, "ago_s": 70})
    station.do(seat="E", spo2=93, pulse_rate=81)
    cause = {"family": "unmonitored", "level": "caution", "cause": "finger_off", "ago_s": 23}
    station.do(alert={"seat": "B", **cause})
    station.do(seat="B", spo2=None, pulse_rate=None, flags=["finger_off"])
    station.do(seat="D", spo2=100, pulse_rate=104)
    station.do(seat="F", spo2=97, pulse_rate=70, flags=["low_perfusion"])
    return station


def ink_of(page: Page) -> list[float]:
    """Heights of the saturation's digits in CSS px."""
    heights: list[float] = page.evaluate(INK)
    return heights


def test_digits_can_be_read_from_three_metres(stations: Stations, opened: Open) -> None:
    """At 1280x800 with six seats the digits are 87 px high, `100` beside `104` and with alerts too."""
    page = opened(troubled(stations).url)
    expect(page.locator("[data-seat=D] [data-field=spo2]")).to_have_text("100")
    expect(page.locator("[data-seat=E] [data-field=spo2]")).to_have_text("93")

    shown = [ink for seat, ink in zip("ABCDEF", ink_of(page), strict=True) if seat != "B"]
    assert min(shown) >= 87
    page.set_viewport_size({"width": 1920, "height": 1080})
    shown = [ink for seat, ink in zip("ABCDEF", ink_of(page), strict=True) if seat != "B"]
    assert min(shown) >= 126  # 35 mm on 24 inches


@pytest.mark.parametrize("size", SIZES)
def test_nothing_runs_over(stations: Stations, opened: Open, size: str) -> None:
    """With all states at once nothing lies over anything and no control lies on a tile."""
    page = opened(troubled(stations, 12).url, size)
    expect(page.locator("[data-episode]")).to_have_count(3)
    for _ in range(30):  # a number that becomes dashes is laid out anew with the next frame
        if not page.evaluate(OVERRUN):
            break
        page.wait_for_timeout(100)

    assert page.evaluate(OVERRUN) == []


@pytest.mark.parametrize("seats", [1, 2, 3, 5, 8, 32])
def test_any_number_of_seats_fits(stations: Stations, opened: Open, seats: int) -> None:
    """One to twelve seats fill the page; thirty-two scroll."""
    page = opened(stations("--seats", str(seats)).url)
    expect(page.locator("[data-seat]")).to_have_count(seats)

    assert page.evaluate(OVERRUN) == []
    assert (min(ink_of(page)) >= 87) is (seats <= 5)


def test_tiles_keep_their_places_when_an_alert_comes(stations: Stations, opened: Open) -> None:
    """Neither an alert nor a banner moves or resizes a tile."""
    places = """() => [...document.querySelectorAll(".tile")].map((tile) =>
        JSON.stringify(tile.getBoundingClientRect()))"""
    station = stations()
    page = opened(station.url)
    before = page.evaluate(places)
    station.do(alert={"seat": "C", "level": "urgent", "value": 86, "limit": 90})
    station.do(alert={"seat": "D", "level": "urgent", "value": 86, "limit": 90})
    station.do(store={"behind": True, "why": "disk full"})
    expect(page.locator("[data-episode]")).to_have_count(2)

    assert page.evaluate(places) == before


@pytest.mark.parametrize("size", SIZES)
def test_accessibility(stations: Stations, opened: Open, size: str) -> None:
    """Nothing to mend for axe alerts and questions."""
    page = opened(troubled(stations).url, size)
    expect(page.locator("[data-episode]")).to_have_count(3)
    page.emulate_media(reduced_motion="reduce")
    with_alerts = Axe().run(page)
    page.click("#session")
    asking = Axe().run(page)

    assert with_alerts.violations_count == 0, with_alerts.generate_report()
    assert asking.violations_count == 0, asking.generate_report()


def test_accessibility_of_a_lost_station(stations: Stations, opened: Open) -> None:
    """The banner and the page behind it have nothing to mend either."""
    station = stations()
    page = opened(station.url)
    station.kill()
    page.wait_for_selector("#banner:not([hidden])")
    lost = Axe().run(page)

    assert lost.violations_count == 0, lost.generate_report()


def test_the_dom_that_tests_and_screenshots_rely_on(stations: Stations, opened: Open) -> None:
    """Seats, fields, freshness, episodes, levels and the link are where the contract says."""
    page = opened(troubled(stations).url)
    urgent = page.locator("[data-episode][data-level=urgent]")

    expect(urgent).to_contain_text("SpO₂ 86 < 90")
    expect(page.locator("[data-seat=A]")).to_have_attribute("data-freshness", "live")
    expect(page.locator("[data-seat=A] [data-field=pulse_rate]")).to_have_text("64")
    expect(page.locator("[data-seat=B] [data-field=spo2]")).to_have_text(DASHES, timeout=7000)
    expect(page.locator("[data-seat=B]")).to_have_attribute("data-freshness", "stale")
    expect(page.locator("[data-seat=B] .state")).to_contain_text("finger off")
    expect(page.locator("[data-seat=B] s")).to_have_text("96")
    expect(page.locator("[data-seat=F] .state")).to_contain_text("Weak signal")
    expect(page.locator("#source")).to_have_text("SIMULATION")
    expect(page.locator("body")).to_have_attribute("data-link", "live")


def test_sources_are_said_in_words(stations: Stations, opened: Open) -> None:
    """A replay says so and how fast; a live session says nothing."""
    page = opened(stations("--source", "replay", "--speed", "2").url)
    expect(page.locator("#source")).to_have_text("REPLAY · speed 2")

    page.goto(stations("--source", "import").url)
    expect(page.locator("#source")).to_have_text("IMPORT")

    page.goto(stations().url)
    expect(page.locator("#title")).to_contain_text("Evening group")
    expect(page.locator("#source")).to_be_hidden()


def test_a_fast_replay_shows_numbers(stations: Stations, opened: Open) -> None:
    """Sixty seconds of session per second: values are live while frames come, gone when they stop."""
    station = stations("--seats", "12", "--speed", "60")
    page = opened(station.url)
    page.wait_for_timeout(1500)
    for _ in range(20):
        page.wait_for_timeout(50)
        assert page.locator("[data-seat][data-freshness=live]").count() == 12
    station.freeze()
    page.wait_for_timeout(1000)

    assert page.locator("[data-seat][data-freshness=stale]").count() == 12


def test_acknowledge(stations: Stations, opened: Open) -> None:
    """One tap, under the name typed once; every page shows who has seen it; the button is large."""
    station = troubled(stations)
    page, other = opened(station.url), opened(station.url, "phone")
    page.fill("#name", "M")
    page.press("#name", "Enter")
    row = page.locator("[data-episode]:has-text('SpO₂ 86')")
    box = row.locator("button.seen").bounding_box()
    page.wait_for_timeout(800)  # a row that has just come takes no tap
    row.locator("button.seen").click()

    expect(other.locator("[data-seat=C] .state")).to_contain_text("seen by M")
    expect(row).to_have_attribute("data-state", "seen")
    assert box is not None
    assert box["height"] >= 56
    page.reload()
    expect(page.locator("#name")).to_have_value("M")


def test_a_row_that_has_just_moved_takes_no_tap(stations: Stations, opened: Open) -> None:
    """A finger on its way to one alert does not acknowledge another that took its place."""
    station = stations()
    station.do(alert={"seat": "E", "level": "caution", "value": 93, "limit": 94})
    page = opened(station.url)
    expect(page.locator("[data-episode]")).to_have_count(1)
    page.wait_for_timeout(800)
    page.evaluate("""() => { new MutationObserver(() => document.querySelector("#first button").click())
        .observe(document.getElementById("first"), {childList: true}); }""")
    station.do(alert={"seat": "C", "level": "urgent", "value": 86, "limit": 90})
    expect(page.locator("[data-episode]")).to_have_count(2)
    page.wait_for_timeout(500)

    expect(page.locator("#first [data-level=urgent]")).to_have_attribute("data-state", "active")


def test_too_late_to_acknowledge(stations: Stations, opened: Open) -> None:
    """An alert that is over says so; nothing else happens."""
    station = stations()
    station.do(alert={"seat": "E", "level": "caution", "value": 93, "limit": 94})
    page = opened(station.url)
    expect(page.locator("[data-episode]")).to_have_count(1)
    page.wait_for_timeout(800)

    def close_first(route: Route) -> None:
        closing = {"seat": "E", "level": "caution", "happening": "close", "reason": "over"}
        station.do(alert=closing)
        expect(page.locator("[data-episode]")).to_have_count(0)
        route.continue_()

    page.route("**/api/acknowledge", close_first)
    page.click("[data-episode] button.seen")

    expect(page.locator("#notice")).to_have_text("Already over; nothing changed.")


def test_a_session_from_the_page(stations: Stations, opened: Open) -> None:
    """Prepare, start, mark, end: the end asks once and lists what is open."""
    station = stations("--phase", "none", "--seats", "0")
    page = opened(station.url)
    page.click("#session")
    page.select_option("#how-many", "3")
    page.click("#yes")
    expect(page.locator("[data-seat]")).to_have_count(3)
    expect(page.locator("#session")).to_have_text("Start")
    page.click("#session")
    expect(page.locator("#since")).to_contain_text("since start")
    page.select_option("#what", "dose")
    page.click("#mark")
    expect(page.locator("#notice")).to_contain_text("Marked dose")
    expect(page.locator("#since")).to_contain_text("since dose")
    station.do(alert={"seat": "B", "level": "caution", "family": "unmonitored", "cause": "stale"})
    expect(page.locator("[data-episode]")).to_have_count(1)
    page.click("#session")
    expect(page.locator("#open-alerts")).to_contain_text("B: No reading · clip silent")
    page.click("#no")
    expect(page.locator("#session")).to_have_text("End…")
    page.click("#session")
    page.click("#yes")
    expect(page.locator("[data-seat=A] .state")).to_have_text("Ended")


def test_a_store_that_is_behind(stations: Stations, opened: Open) -> None:
    """The page says since when nothing is saved, and that alerts still work."""
    station = stations()
    page = opened(station.url)
    station.do(store={"behind": True, "why": "disk full"})
    expect(page.locator("#notice")).to_contain_text("Not being saved since")
    expect(page.locator("#notice")).to_contain_text("alerts still work · disk full")

    station.do(store={"behind": False})
    expect(page.locator("#notice")).to_have_text("")


CUT = """() => { const box = document.getElementById("notice"), range = document.createRange();
  range.selectNodeContents(box);
  const text = range.getBoundingClientRect(), room = box.getBoundingClientRect();
  return text.right > room.right + 1 || text.bottom > room.bottom + 1; }"""


@pytest.mark.parametrize("size", SIZES)
def test_the_most_serious_notice_is_first_and_whole(
    stations: Stations, opened: Open, size: str
) -> None:
    """Neither "Station back" nor an answer pushes out of sight that nothing is saved; all are seen."""
    station = stations("--source", "demo")
    page = opened(station.url, size)
    station.freeze()
    page.wait_for_selector("body[data-link=lost]")
    station.thaw()
    page.wait_for_selector("body[data-link=live]")
    station.do(store={"behind": True, "why": "the disk does not take what is written to it"})
    expect(page.locator("#notice")).to_contain_text("Not being saved")
    page.click("#mark")
    expect(page.locator("#notice")).to_contain_text("Marked moment")
    text = page.locator("#notice").text_content() or ""

    assert text.index("Not being saved") < text.index("Marked moment") < text.index("Station back")
    assert text.startswith("Not being saved")
    assert page.evaluate(CUT) is False
    assert page.evaluate(OVERRUN) == []


def test_a_stopped_station_is_no_fault(stations: Stations, opened: Open) -> None:
    """An end on purpose is said calmly and at once; no number stays."""
    station = stations()
    page = opened(station.url)
    station.do(end=True)
    station.do(stop=True)
    expect(page.locator("#banner")).to_contain_text("The station was stopped", timeout=1500)
    page.wait_for_timeout(4500)

    expect(page.locator("#banner")).to_contain_text("This page shows nothing any more.")
    expect(page.locator("#banner")).not_to_contain_text("No word")
    expect(page.locator("body")).to_have_attribute("data-link", "lost")
    assert page.locator("[data-field=spo2]").all_text_contents() == [DASHES] * 6
    assert page.locator(".tile .last").all_text_contents() == [""] * 6


def test_a_station_that_fails_was_not_stopped(stations: Stations, opened: Open) -> None:
    """A station that ends by an error, its sockets closed in order, is a lost station."""
    station = stations()
    page = opened(station.url)
    station.do(fail=True)

    expect(page.locator("#banner")).to_contain_text("No word from the station", timeout=6000)


def test_words_in_tiles_are_whole(stations: Stations, opened: Open) -> None:
    """Nothing cuts off what hangs below the line: the g of "No reading"."""
    station = stations()
    station.do(seat="B", spo2=None, pulse_rate=None, flags=["finger_off"])
    page = opened(station.url, "phone")
    expect(page.locator("[data-seat=B] .state b")).to_have_text("No reading", timeout=8000)

    room = page.locator("[data-seat=B] .state b").evaluate("""(word) => {
        const style = getComputedStyle(word), pen = document.createElement("canvas").getContext("2d");
        pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        const ink = pen.measureText(word.textContent), line = parseFloat(style.lineHeight);
        const font = ink.fontBoundingBoxAscent + ink.fontBoundingBoxDescent;
        return (line - font) / 2 + ink.fontBoundingBoxDescent - ink.actualBoundingBoxDescent; }""")
    assert room >= 0


@pytest.mark.parametrize("size", SIZES)
def test_a_question_hides_no_tile(stations: Stations, opened: Open, size: str) -> None:
    """Prepare and End lie beside the tiles; the list of what is open stays true."""
    station = stations("--phase", "none", "--seats", "0")
    page = opened(station.url, size)
    apart = """() => { const box = document.getElementById("asking").getBoundingClientRect();
        return [...document.querySelectorAll(".tile, #seats:empty")].every((tile) => {
          const other = tile.getBoundingClientRect();
          return !other.height || box.bottom <= other.top || box.top >= other.bottom; }); }"""
    within = """() => { const box = document.getElementById("asking").getBoundingClientRect();
        return [...document.querySelectorAll("#asking button")].every((one) => {
          const other = one.getBoundingClientRect();
          return other.top >= box.top && other.bottom <= box.bottom && other.left >= box.left; }); }"""
    page.click("#session")
    assert page.evaluate(apart)
    assert page.evaluate(within)
    page.click("#yes")
    expect(page.locator("[data-seat]")).to_have_count(6)
    page.click("#session")
    expect(page.locator("#since")).to_contain_text("since start")
    page.click("#session")
    expect(page.locator("#open-alerts")).to_have_text("No open alerts.")
    for seat in "BCDEF":
        station.do(alert={"seat": seat, "level": "caution", "family": "unmonitored", "cause": "stale"})
    expect(page.locator("#open-alerts li")).to_have_count(5)
    assert page.evaluate(apart)
    assert page.evaluate(within)
    page.click("#yes")
    expect(page.locator("[data-seat=A] .state")).to_have_text("Ended")


def test_the_question_of_a_pause_leaves_the_worst_alert_in_sight(
    stations: Stations, opened: Open
) -> None:
    """It lies over commands and further alerts only."""
    page = opened(troubled(stations).url)
    page.click("#pause")
    asked = page.locator("#pausing").bounding_box()
    first = page.locator("#first b").evaluate("""(node) => { const range = document.createRange();
        range.selectNodeContents(node); return range.getBoundingClientRect().right; }""")
    tiles = page.locator("#seats").bounding_box()
    assert asked is not None
    assert tiles is not None
    assert asked["x"] > first
    assert asked["y"] + asked["height"] <= tiles["y"]


def test_the_limit_that_is_still_crossed(stations: Stations, opened: Open) -> None:
    """An urgent that rose above its own limit says the milder one it is still below, and the lowest."""
    station = stations()
    station.do(seat="C", spo2=88, pulse_rate=80)
    station.do(alert={"seat": "C", "level": "urgent", "value": 84, "limit": 85, "worst": 78})
    page = opened(station.url)
    tile = page.locator("[data-seat=C] .state")
    expect(tile.locator("b")).to_have_text("SpO₂ 88 < 90")
    expect(tile.locator("span")).to_contain_text("lowest 78")
    station.do(seat="C", spo2=92, pulse_rate=80)
    expect(tile.locator("b")).to_have_text("SpO₂ 92 < 94")
    station.do(seat="C", spo2=95, pulse_rate=80)
    expect(tile.locator("b")).to_have_text("SpO₂ was 78")


def test_the_own_number_stands_beside_the_value(stations: Stations, opened: Open) -> None:
    """A drop is told against the baseline, which is taken with one tap and stands small in the tile."""
    station = stations("--seats", "2", "--phase", "preparing")
    page = opened(station.url)
    page.get_by_role("button", name="Baseline").click()
    expect(page.locator("#notice")).to_contain_text("Baseline taken: A, B")
    expect(page.locator("[data-seat=A] .code")).to_have_text("P-01 · own 97 / 70")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#baseline")).to_be_hidden()

    station.do(seat="A", spo2=92, pulse_rate=70)
    drop = {"family": "spo2_drop", "level": "caution", "value": 92, "limit": 93, "reference": 97}
    station.do(alert={"seat": "A", **drop})
    expect(page.locator("[data-seat=A] .state b")).to_have_text("SpO₂ 92 · own 97")
    assert page.evaluate(OVERRUN) == []


@pytest.mark.parametrize("size", SIZES)
def test_a_limit_for_one_person(stations: Stations, opened: Open, size: str) -> None:
    """Asked for beside Mark; the question lies on no tile, and the limit stands small in the tile."""
    station = stations("--seats", "6")
    page = opened(station.url, size)
    page.select_option("#what", "limit")
    page.click("#mark")
    expect(page.locator("#limiting")).to_be_visible()
    assert page.evaluate(OVERRUN) == []
    page.select_option("#limit-seat", "B")
    page.fill("#limit-value", "42")
    page.fill("#limit-reason", "endurance athlete")
    page.click("#limit-yes")
    expect(page.locator("#limiting")).to_be_hidden()
    expect(page.locator("#notice")).to_contain_text("Seat B, to the end of the session")
    expect(page.locator("[data-seat=B] .code")).to_contain_text("pulse < 42")


def test_a_button_that_does_nothing_looks_so(stations: Stations, opened: Open) -> None:
    """While the station is lost Acknowledge has neither the fill nor the edge of a live one."""
    station = stations()
    station.do(alert={"seat": "C", "level": "urgent", "value": 86, "limit": 90})
    page = opened(station.url, "phone")
    look = """(button) => { const style = getComputedStyle(button);
        return [style.backgroundColor, style.borderColor, style.color]; }"""
    button = page.locator("#first button", has_text="Acknowledge")
    live = button.evaluate(look)
    station.freeze()
    page.wait_for_selector("body[data-link=lost]")
    expect(button).to_be_disabled()

    assert all(one != other for one, other in zip(live, button.evaluate(look), strict=True))


def test_the_age_stands_with_its_alert(stations: Stations, opened: Open) -> None:
    """In the strip the line of the age begins where the alert's own line does."""
    page = opened(troubled(stations).url)
    expect(page.locator("#first .second")).to_be_visible()
    alert, age = (page.locator(f"#first {part}").bounding_box() for part in (".seat", ".second"))
    assert alert is not None
    assert age is not None
    assert abs(alert["x"] - age["x"]) < 2
    assert age["y"] - (alert["y"] + alert["height"]) < 20


def test_hostile_names_stay_text(stations: Stations, opened: Open) -> None:
    """Markup and bidirectional marks in names do nothing but stand there."""
    title = "<img src=x onerror=window.hacked=1>\u202e<script>window.hacked=1</script>"
    page = opened(stations("--title", title, "--code", "<b>'\"&").url)
    expect(page.locator("#title")).to_contain_text("<img src=x")

    assert page.evaluate("window.hacked") is None
    assert page.locator("#title *").count() == 0
    assert page.locator(".code *").count() == 0
    assert "\u202e" not in (page.locator("#title").text_content() or "")


def test_the_policy_stops_inline_script(stations: Stations, opened: Open) -> None:
    """Even markup that got in could not run."""
    page = opened(stations().url)
    page.evaluate("""() => { const script = document.createElement("script");
        try { script.textContent = "window.hacked = 1"; } catch {} document.body.append(script); }""")

    assert page.evaluate("window.hacked") is None


def test_eight_open_pages_do_not_block_a_command(stations: Stations, opened: Open) -> None:
    """Many pages in one browser leave connections free for the acknowledge button."""
    station = stations()
    first = opened(station.url)
    for _ in range(7):
        page = first.context.new_page()
        page.goto(station.url)
        page.wait_for_selector("body[data-link=live]")
    first.bring_to_front()
    first.click("#mark")

    expect(first.locator("#notice")).to_contain_text("Marked moment")


def test_readings_come_to_the_screen_in_order_and_the_newest_stays(
    stations: Stations, opened: Open
) -> None:
    """Ten a second may share frames, but none overtakes another. How fast is for the bench to say."""
    watch = """window.changes = []; addEventListener("load", () => new MutationObserver(() => {
        const shown = document.querySelector("[data-seat=A] [data-field=pulse_rate]");
        if (shown && shown.textContent !== window.changes.at(-1)) window.changes.push(shown.textContent);
      }).observe(document.body, {subtree: true, childList: true, characterData: true}));"""
    station = stations("--seats", "12")
    page = opened(station.url, before=watch)
    for number in range(40):
        page.wait_for_timeout(97)
        station.do(seat="A", spo2=97, pulse_rate=100 + number)
    expect(page.locator("[data-seat=A] [data-field=pulse_rate]")).to_have_text("139")
    changes: list[str] = page.evaluate("window.changes")

    shown = [int(text) for text in changes if text.isdigit() and int(text) >= 100]
    assert shown == sorted(shown)
    assert len(shown) >= 10


# Numbers of the strip that are cut or touch what stands beside them.
CUT_ROWS = """() => [...document.querySelectorAll("#first li, #rest li")].flatMap((row) => {
  const words = document.createRange(), box = row.getBoundingClientRect();
  words.selectNodeContents(row.querySelector("b"));
  const ink = words.getBoundingClientRect(), within = row.querySelector("p").getBoundingClientRect();
  const right = within.width ? Math.min(box.right, within.right) : box.right;
  const side = document.querySelector(".side").getBoundingClientRect();
  return ink.right > right + 1 || box.right > side.left || side.right > innerWidth ? [row.innerText] : [];
})"""


@pytest.mark.parametrize("size", ["tablet", "display"])
def test_numbers_of_the_strip_are_never_cut(stations: Stations, opened: Open, size: str) -> None:
    """The number and limit of each card stand whole, with two cards beside and "Tell below" offered."""
    station = stations("--seats", "6", "--pressure")
    caution = {"level": "caution", "value": 93, "worst": 93, "limit": 94, "ago_s": 400}
    for seat in "ABC":
        station.do(seat=seat, spo2=93, pulse_rate=80)
        station.do(alert={"seat": seat, **caution})
    page = opened(station.url, size)
    expect(page.locator("#first .watch")).to_be_visible()
    assert page.evaluate(CUT_ROWS) == []


def test_a_lost_station_closes_panels(stations: Stations, opened: Open) -> None:
    """Escape leaves things as they are, as the button under the focus does; the banner is never covered."""
    station = stations()
    page = opened(station.url)
    page.click("#session")
    expect(page.get_by_role("button", name="Keep running")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#asking")).to_be_hidden()
    page.click("#pause")
    station.kill()
    page.wait_for_selector("#banner:not([hidden])")
    expect(page.locator("#pausing")).to_be_hidden()
