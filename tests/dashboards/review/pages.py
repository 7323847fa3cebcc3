"""A session made up for the report, and the report taken apart."""

from dataclasses import replace
from datetime import timedelta, timezone
from html.parser import HTMLParser

from alerts.condition import Cause, Family, Level
from alerts.rules import load_rules
from collector.session import Source
from dashboards.review.history import AlertEpisode
from dashboards.review.load import Recorded, load
from dashboards.review.report import Page, report
from dashboards.review.words import Times
from tests.dashboards.review.fakes import FakeArchive, instant

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
