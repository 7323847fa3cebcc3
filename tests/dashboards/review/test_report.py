"""The report as the person who opens it finds it."""

import re
from dataclasses import replace

import pytest

from collector.backfill import BackfillWord
from collector.session import Source
from dashboards.review.load import load
from dashboards.review.report import GROUP, file_names
from tests.dashboards.review.fakes import FakeArchive, instant
from tests.dashboards.review.pages import Outline, alerted, evening, outline, pages

HOSTILE = """<script>alert("x")</script><img src=http://evil.example/x> & 'quoted'"""


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
    assert re.search(r"No reading, finger off \d\d:\d\d:\d\d open –", page.text)
    assert "1 of 2 alerts acknowledged; slowest 0:06" in page.text
    assert page.count("filled") == 2  # the ribbon and its legend


def test_what_was_fetched_later_is_named_with_its_file() -> None:
    """How many readings, and how well its numbers are those heard live."""
    recorded = evening()
    word = BackfillWord(
        file="20261126160000", readings=30, offset_s=2, agreement=0.984, utc_ns=instant(7200).utc_ns
    )
    later = replace(recorded, records=(replace(recorded.records[0], fetched=(word,)),))

    assert "20261126160000: 30 readings; beside the live ones 98 %" in outline(later).text
    assert "etched later" not in outline(recorded).text


def test_hostile_texts_are_text() -> None:
    """Markup in a marker's text, a title or a participant's code is shown, not obeyed."""
    recorded = evening(text=HOSTILE, seconds=700)
    record = replace(recorded.records[0], participant=HOSTILE)
    session = replace(recorded.session, title=HOSTILE)

    (page,) = pages(replace(recorded, session=session, records=(record,)))
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
        (range(100, 500), "86 %", "incomplete"),
        (range(100, 690), "86 %", "incomplete"),
        (range(100, 760), "–", "unknown"),
    ],
)
def test_numbers_over_too_little_time_are_grey_or_a_dash(lost: range, shown: str, state: str) -> None:
    """Under 70 % complete a number is marked incomplete, under 50 % a dash takes its place."""
    page = outline(evening(lost=lost))

    assert f"{shown} lowest SpO₂ held for 8 s" in page.text
    assert (page.count("incomplete") >= 4) == (state == "incomplete")
    assert (page.count("unknown") >= 4) == (state == "unknown")


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


def test_the_group_page_uses_its_width_and_tells_the_key_numbers() -> None:
    """Each trace reaches from margin to margin over one clock axis, under the numbers of its person."""
    group = pages(evening(seats="AB"))[-1]
    edges = re.findall(r'class="edge" d="M26 0H702V(\d+)', group.text)

    assert len(edges) == 2
    assert min(float(edge) for edge in edges) > 60
    assert Outline(group.text).text.count("100 % 86 0:30 0:30 0:30 60 → 72 none 0:00") == 2
    assert group.text.count('aria-label="clock time"') == 1


@pytest.mark.parametrize(("seats", "least"), [("ABCDEFGHJKLM", 30), ("ABC", 90)])
def test_the_traces_of_a_group_share_one_sheet(seats: str, least: int) -> None:
    """Many people get lower traces, few people higher ones."""
    group = pages(evening(seats=seats, seconds=60))[-1]
    heights = {float(one) for one in re.findall(r'class="edge" d="M26 0H702V([\d.]+)', group.text)}

    assert len(heights) == 1
    assert least <= heights.pop() <= 96


def test_no_print_is_smaller_than_10_px() -> None:
    """A sheet is read on paper, by people who are not young."""
    sizes = re.findall(r"font(?:-size)?:(?: \d00)? ([\d.]+)px", pages(evening())[0].text)

    assert len(sizes) > 8
    assert min(map(float, sizes)) >= 10


def test_file_names_are_plain_and_apart() -> None:
    """No code leads out of the directory, over the index, or over another's file."""
    names = file_names(["../../etc/passwd", "index", "P/1", "P_1", "p_1", "", "ä" * 200])

    assert len({name.casefold() for name in names}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}\.html", name) for name in names)
    assert GROUP not in names
