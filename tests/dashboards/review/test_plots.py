"""The plots of the report."""

import re

from dashboards.review.load import load
from tests.dashboards.review.fakes import FakeArchive, instant
from tests.dashboards.review.pages import evening, outline, pages


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
