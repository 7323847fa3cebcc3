"""What the page says of servers that get nothing or refuse something."""

from collections.abc import Mapping

from collector.clock import SECOND
from collector.entry import Entry
from collector.sinks.delivery import SINK
from dashboards.bedside.outside import Outside
from tests.collector.journal.samples import fact

SINCE_NS = 1_790_000_000 * SECOND


def said(seq: int, **facts: object) -> Entry:
    """A sink entry."""
    body: Mapping[str, object] = {
        "name": "InfluxDB",
        "behind": False,
        "why": "",
        "since_utc_ns": None,
        "refused": 0,
        **facts,
    }
    return fact(seq, SINK, body, subject="influxdb")


def test_an_outage_is_told_until_it_is_over() -> None:
    """With the server's name, the reason and since when."""
    outside = Outside()
    outside.take(said(1, behind=True, why="The token is refused.", since_utc_ns=SINCE_NS))
    during = outside.told()
    outside.take(said(2))

    assert during == [
        {
            "name": "InfluxDB",
            "behind": True,
            "why": "The token is refused.",
            "since": SINCE_NS // 1_000_000,
            "refused": 0,
        }
    ]
    assert outside.told() == []


def test_an_outage_is_still_told_in_the_next_session_and_refused_rows_are_not() -> None:
    """What was refused belongs to the session in which it happened."""
    outside = Outside()
    outside.take(said(1, refused=2))
    outside.take(said(2, refused=1))
    counts = [sink["refused"] for sink in outside.told()]
    outside.begin()
    afterwards = outside.told()
    outside.take(said(3, behind=True, why="gone", since_utc_ns=SINCE_NS))
    outside.begin()

    assert counts == [3]
    assert afterwards == []
    assert [sink["behind"] for sink in outside.told()] == [True]


def test_what_a_server_answers_is_washed() -> None:
    """Its words stand on our page."""
    outside = Outside()
    outside.take(said(1, behind=True, why="no\u202e\x07" + "x" * 900, since_utc_ns=SINCE_NS))

    assert str(outside.told()[0]["why"]).startswith("nox")
    assert len(str(outside.told()[0]["why"])) == 200
