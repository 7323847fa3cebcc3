"""What is to be accepted before a session starts, and that it is recorded by whom."""

import pytest

from alerts.accepting import Accepting, refuse_start
from alerts.condition import Family, Level
from alerts.notifications import NOTIFICATION, confirmation_body
from alerts.overrides import Override
from alerts.preparation import ACCEPTED, Notice, Point, Preparation, absent
from collector.clock import ManualClock
from collector.entry import Entry
from collector.errors import Refused
from collector.session import SESSION, Phase, Session
from tests.alerts.world import Script, instant

HERE = Session(id="s", roster={"A": "P-01", "B": "P-02"})
SENT = {
    "key": "test/M",
    "episode": "",
    "target": "M",
    "occasion": "test",
    "level": "urgent",
    "attempt": 1,
    "state": "delivered",
    "reason": "",
}


def limit(**whom: str) -> Override:
    """A limit of the file for somebody."""
    return Override(family=Family.HR_LOW, level=Level.CAUTION, limit=42, **whom)  # type: ignore[arg-type]


def told(preparation: Preparation, kind: str, body: dict[str, object], subject: str = "") -> None:
    """An entry that the preparation takes."""
    preparation.take(Script().entry(instant(1), kind, body, subject=subject))


def points(preparation: Preparation, session: Session | None = HERE) -> list[Point]:
    """What is asked."""
    return [notice.point for notice in preparation.notices(session)]


def test_without_any_channel_the_page_says_so() -> None:
    """R14: nobody is notified elsewhere."""
    (notice,) = Preparation().notices(HERE)

    assert notice.text == "Urgent alerts reach this page only: nobody is notified elsewhere."


def test_a_test_counts_once_somebody_has_seen_it_arrive() -> None:
    """That the service took it is not enough; each preparation needs its own."""
    preparation = Preparation()
    told(preparation, NOTIFICATION, dict(SENT))
    (notice,) = preparation.notices(HERE)
    told(preparation, NOTIFICATION, confirmation_body("M"))
    confirmed = points(preparation)
    told(preparation, SESSION, {"event": "prepare", "roster": {}})

    assert notice.text.startswith("Nobody has seen the test notification arrive")
    assert confirmed == []
    assert points(preparation) == [Point.ALONE]


@pytest.mark.parametrize(
    ("whom", "sentence"),
    [
        ([{"participant": "P-02"}, {"seat": "A"}], ""),
        ([{"participant": "P-09"}], "P-09, who is not in this session."),
        ([{"seat": "H"}], "seat H, which is not in this session."),
        ([{"seat": "H"}, {"participant": "P-09"}] * 2, "seat H, P-09, none of them in this session."),
    ],
)
def test_limits_of_the_file_for_somebody_who_is_not_here(
    whom: list[dict[str, str]], sentence: str
) -> None:
    """R12, session part: each named once; those that apply are no notice."""
    text = absent([limit(**one) for one in whom], HERE)

    assert text == (f"The rules file has limits for {sentence}" if sentence else "")


def test_each_is_accepted_by_itself_and_asked_anew_for_the_next_session() -> None:
    """One tap for each; a session that runs, or none, asks nothing."""
    preparation = Preparation([limit(participant="P-09")])
    both = points(preparation)
    told(preparation, ACCEPTED, {"by": "M"}, subject="alone")
    one = points(preparation)
    nothing = points(preparation, None) + points(preparation, Session(id="s", phase=Phase.RUNNING))
    told(preparation, SESSION, {"event": "prepare", "roster": {}})

    assert (both, one, nothing) == ([Point.ALONE, Point.ABSENT], [Point.ABSENT], [])
    assert points(preparation) == both


class Book:
    """Records as the recorder does."""

    def __init__(self) -> None:
        self.session: Session | None = HERE
        self.entries: list[tuple[str, str, str | None, dict[str, object]]] = []

    def add(self, **given: object) -> Entry:
        fields = ("kind", "subject", "participant", "body")
        self.entries.append(tuple(given[field] for field in fields))  # type: ignore[arg-type]
        return Script().entry(instant(1), ACCEPTED, {})


def test_who_accepts_is_recorded_and_a_start_before_is_refused() -> None:
    """By name, without anybody's code; what does not wait cannot be accepted."""
    book = Book()
    accepting = Accepting(book, ManualClock())
    waiting = [Notice(point=Point.ALONE, text="Read this.")]
    with pytest.raises(Refused, match="Accept this first, then start: Read this"):
        refuse_start(waiting)
    with pytest.raises(Refused, match="not to be accepted any more"):
        accepting.accept(waiting, "absent", "M")
    accepting.accept(waiting, "alone", "M")
    refuse_start([])

    assert book.entries == [(ACCEPTED, "alone", None, {"by": "M", "text": "Read this."})]
