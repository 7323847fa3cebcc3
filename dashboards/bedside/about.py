"""What the page is told of the session itself."""

from collections.abc import Iterable

from alerts.preparation import Notice
from collector.session import Session
from dashboards.bedside.axis import MS, Axis
from dashboards.bedside.words import washed

DOSE = "dose"
LONGEST_MARK = 80
LONGEST_NOTICE = 400
MOST_MARKS = 50  # the newest; a browser draws those of the last ten minutes


def about(session: Session | None, axis: Axis) -> dict[str, object] | None:
    """Title, phase, moments; None without a session."""
    if session is None:
        return None
    marks = [
        [axis.ms(marker.at), washed(marker.what, LONGEST_MARK), marker.seat]
        for marker in session.markers[-MOST_MARKS:]
    ]
    dose = next((m.at for m in reversed(session.markers) if m.what == DOSE), None)
    return {
        "id": session.id,
        "title": washed(session.title, LONGEST_MARK),
        "source": session.source.value,
        "phase": session.phase.value,
        "started": axis.ms(session.started) if session.started else None,
        "ended": session.ended.utc_ns // MS if session.ended else None,
        "dose": axis.ms(dose) if dose else None,
        "marks": marks,
    }


def asked(notices: Iterable[Notice]) -> list[list[str]]:
    """What is to be accepted before the start: point and sentence of each."""
    return [[notice.point.value, washed(notice.text, LONGEST_NOTICE)] for notice in notices]
