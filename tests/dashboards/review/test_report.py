"""The report as the person who opens it finds it."""

import re
from dataclasses import replace
from datetime import timedelta, timezone
from html.parser import HTMLParser

import pytest

from alerts.condition import Cause, Family, Level
from alerts.rules import load_rules
from collector.session import Source
from dashboards.review.history import AlertEpisode
from dashboards.review.load import Recorded, load
from dashboards.review.report import GROUP, Page, file_names, report
from dashboards.review.words import Times
from tests.dashboards.review.fakes import FakeArchive, instant

HOSTILE = """<script>alert("x")</script><img src=http://evil.example/x> & 'quoted'"""
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Outline(HTMLParser):
    """Collects tags, attributes and text, and checks that what is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def count(self, look: str) -> int:
        """How many elements have the class `look`."""
        return sum(name == "class" and look in value.split() for name, value in self.attributes)


def evening(
    source: Source = Source.LIVE,
    *,
    lost: range = range(0),
    seats: str = "A",
    seconds: int = 1200,
    text: str = "1",
) -> Recorded:
    """A session with a dose after ten minutes and a fall to 86 % after fifteen."""
    archive = FakeArchive()
    roster = {seat: f"P-{number:02}" for number, seat in enumerate(seats, 1)}
    archive.prepare(roster, instant(0), source)
    for t in range(seconds):
        if t == 600:
            archive.mark("dose", instant(t), text)
        for who in roster.values():
            if t not in lost:
                archive.reading(who, instant(t), 86.0 if 900 <= t < 930 else 97.0, 60.0 + t // 600 * 12)
    archive.end(instant(seconds))
    return load(archive, archive.sessions()[-1])


def alerted(recorded: Recorded) -> Recorded:
    """The same session with two alerts of its first participant."""
    low = AlertEpisode(
        episode="e1",
        family=Family.SPO2_LOW,
        seat="A",
        participant="P-01",
        level=Level.URGENT,
        since=900.0,
        raised=910.0,
        acknowledged=916.0,
        acknowledged_by="M",
        ended=945.0,
        worst=86.0,
        limit=90.0,
        steps=((910.0, Level.URGENT),),
    )
    unseen = AlertEpisode(
        episode="e2",
        family=Family.UNMONITORED,
        seat="A",
        participant="P-01",
        level=Level.CAUTION,
        since=1000.0,
        raised=1015.0,
        cause=Cause.FINGER_OFF,
        steps=((1015.0, Level.CAUTION),),
    )
    first = replace(recorded.records[0], alerts=(low, unseen))
    return replace(recorded, records=(first, *recorded.records[1:]))


def pages(recorded: Recorded) -> list[Page]:
    return report(
        recorded,
        rules=load_rules(),
        times=Times(zero_utc_ns=recorded.zero.utc_ns, zone=timezone(timedelta(hours=1))),
        version="9.9",
    )


def outline(recorded: Recorded) -> Outline:
    return Outline(pages(recorded)[0].text)


def test_the_report_tells_the_planted_events() -> None:
    """The fall, the dose, the resting and highest pulse and the phases stand in the report."""
    text = outline(evening()).text

    assert "P-01 seat A" in text
    assert "86 % lowest SpO₂ held for 8 s" in text
    assert "0:30 below 94" in text
    assert "60 → 72 pulse, resting to highest (+12)" in text
    assert "before dose 100 %" in text
    assert "0 to 40 min 100 % 97" in text
    assert "dose: 1" in text
    assert "Holdspace 9.9" in text
    assert "not confirmed by a clinician" in text
    assert "Aid to the facilitator, not a medical device." in text


def test_times_stand_in_the_local_zone_and_in_utc() -> None:
    """The offset is printed and UTC stands underneath."""
    text = outline(evening()).text

    assert re.search(r"\d\d:\d\d:\d\d to \d\d:\d\d:\d\d \(UTC\+1\)", text)
    assert re.search(r"\d\d:\d\d:\d\d to \d\d:\d\d:\d\d UTC", text)


def test_alerts_stand_in_words_with_when_they_were_seen() -> None:
    """Each alert tells what, when, how long and who saw it when; an open one says so."""
    page = outline(alerted(evening()))

    assert re.search(r"SpO₂ 86 < 90 \d\d:\d\d:\d\d 0:35 0:06 M", page.text)
    assert re.search(r"No reading, finger off \d\d:\d\d:\d\d open –", page.text)  # noqa: RUF001 - the dash
    assert "1 of 2 alerts acknowledged; slowest 0:06" in page.text
    assert page.count("filled") == 2  # the ribbon and its legend


def test_a_gap_is_hatched_and_never_bridged() -> None:
    """A minute without readings is hatched in bar and plots, and no trace runs across it."""
    recorded = evening(lost=range(300, 360))
    page = outline(recorded)
    whole = outline(evening())
    trace = _trace(pages(recorded)[0].text, "spo2-trace")

    assert page.count("gap") == whole.count("gap") + 3
    assert trace.count("M") == 2
    assert _trace(pages(evening())[0].text, "spo2-trace").count("M") == 1
    assert "1:00 without a reading, in 1 gap" in page.text


def test_the_trace_loses_no_dip_to_its_median() -> None:
    """One second at 70 % is in the band, though no median shows it."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    for t in range(14_400):
        archive.reading("P1", instant(t), 70.0 if t == 7000 else 97.0)
    archive.end(instant(14_400))
    text = pages(load(archive, archive.sessions()[-1]))[0].text

    assert _lowest_point(text, "spo2-band") > _lowest_point(text, "spo2-trace") + 100


def test_the_plot_reaches_down_to_the_lowest_value() -> None:
    """A fall to 43 % is inside the plot, whose axis then begins at 40, and asks to check the clip."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    for t in range(200):
        archive.reading("P1", instant(t), 43.0 if 100 <= t < 120 else 97.0)
    page = outline(load(archive, archive.sessions()[-1]))

    assert "40" in page.words
    assert "check the clip" in page.text


def test_hostile_texts_are_text() -> None:
    """Markup in a marker's text and in a participant's code is shown, not obeyed."""
    archive = FakeArchive()
    archive.prepare({"A": HOSTILE}, instant(0))
    archive.mark("dose", instant(1), HOSTILE)
    for t in range(60):
        archive.reading(HOSTILE, instant(t), 97.0)
    archive.end(instant(60))

    (page,) = pages(load(archive, archive.sessions()[-1]))
    found = Outline(page.text)

    assert not {"script", "img", "iframe", "object", "link"} & set(found.tags)
    assert found.text.count(" ".join(HOSTILE.split())) >= 3
    assert re.fullmatch(r"[A-Za-z0-9_-]+\.html", page.name)


def test_a_page_asks_nothing_of_the_network() -> None:
    """No address, no script, no import: what is printed is in the file."""
    for page in pages(alerted(evening(seats="ABC"))):
        found = Outline(page.text)
        links = [value for name, value in found.attributes if name in {"href", "src", "srcset", "data"}]

        assert "://" not in page.text
        assert "@import" not in page.text
        assert all(link.startswith("#") or link.endswith(".html") for link in links)
        assert not [name for name, _ in found.attributes if name.startswith("on")]
        assert "default-src 'none'" in page.text


@pytest.mark.parametrize(
    ("source", "word"),
    [(Source.DEMO, "SIMULATION"), (Source.REPLAY, "REPLAY at 20 times"), (Source.IMPORT, "IMPORT")],
)
def test_what_was_not_measured_live_says_so_twice(source: Source, word: str) -> None:
    """At the head and at the foot stands in words that nobody was measured live."""
    for page in pages(evening(source, seats="AB")):
        assert Outline(page.text).text.count(word) >= 2


def test_a_live_session_says_nothing_of_the_kind() -> None:
    """A live report carries none of the three words."""
    text = outline(evening()).text

    assert not re.search("SIMULATION|REPLAY|IMPORT", text)


def test_no_page_judges() -> None:
    """No page says OK, normal or alarm, nor other words of verdict."""
    for page in pages(alerted(evening(lost=range(300, 360), seats="AB"))):
        assert not re.search(
            r"\b(ok|okay|normal|alarm|critical|patient|invalid)\b", page.text, re.IGNORECASE
        )


@pytest.mark.parametrize(
    ("lost", "shown", "state"),
    [
        (range(100, 300), "86 %", "whole"),
        (range(100, 600), "86 %", "incomplete"),
        (range(100, 760), "–", "unknown"),  # noqa: RUF001 - the dash that is printed
    ],
)
def test_numbers_over_too_little_time_are_grey_or_a_dash(lost: range, shown: str, state: str) -> None:
    """Under 70 % complete a number is marked incomplete, under 50 % a dash takes its place."""
    page = outline(evening(lost=lost))

    assert f"{shown} lowest SpO₂ held for 8 s" in page.text
    assert (page.count("incomplete") >= 4) == (state == "incomplete")
    assert (page.count("unknown") >= 4) == (state == "unknown")


def test_doubted_values_are_shown_and_still_counted() -> None:
    """A lone jump is drawn as doubted; the figures with and without it both stand there."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    for t in range(120):
        archive.reading("P1", instant(t), 80.0 if t in {50, 51} else 97.0)
    page = outline(load(archive, archive.sessions()[-1]))

    assert "doubted 0:02" in page.text
    assert "0:02 below 94" in page.text
    assert "Without the 0:02 doubted: lowest held 97, below 94 for 0:00" in page.text
    assert page.count("artefact") == 4  # bar, two plots, legend


def test_nobody_measured_is_a_report_all_the_same() -> None:
    """A session without a reading has dashes, a fully hatched bar and no number."""
    archive = FakeArchive()
    archive.prepare({"A": "P1", "B": "P2"}, instant(0))
    archive.end(instant(600))

    first, _, group = pages(load(archive, archive.sessions()[-1]))

    assert "10:00 without a reading" in Outline(first.text).text
    assert Outline(group.text).count("unknown") == 2


def test_a_group_has_a_page_of_its_own() -> None:
    """Two or more participants have an index that leads to each; one alone has none."""
    group = pages(evening(seats="ABC"))[-1]

    assert group.name == GROUP
    assert [page.name for page in pages(evening())] == ["P-01.html"]
    for name in ("P-01", "P-02", "P-03"):
        assert f'href="{name}.html"' in group.text


def test_file_names_are_plain_and_apart() -> None:
    """No code leads out of the directory, over the index, or over another's file."""
    names = file_names(["../../etc/passwd", "index", "P/1", "P_1", "p_1", "", "ä" * 200])

    assert len({name.casefold() for name in names}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}\.html", name) for name in names)
    assert GROUP not in names


def test_many_markers_stay_inside_the_plot() -> None:
    """Sixty markers in one minute have their numbers side by side within the page."""
    archive = FakeArchive()
    archive.prepare({"A": "P1"}, instant(0))
    for t in range(3600):
        archive.reading("P1", instant(t), 97.0)
        if 3500 <= t < 3560:
            archive.mark("note", instant(t), str(t))
    text = pages(load(archive, archive.sessions()[-1]))[0].text
    centres = [float(x) for x in re.findall(r'class="bubble" cx="([\d.]+)"', text)]

    assert len(centres) == 60
    assert centres == sorted(centres)
    assert min(centres) >= 0
    assert max(centres) <= 702


def _trace(text: str, look: str) -> str:
    (d,) = re.findall(rf'class="{look}" d="([^"]*)"', text)
    return str(d)


def _lowest_point(text: str, look: str) -> float:
    return max(float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", _trace(text, look)))
