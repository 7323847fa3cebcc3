"""Whom to notify and when: a table of what happens on the left and what is sent on the right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.condition import AlertEvent, Family, Happening, Level
from alerts.escalation import Standing, Target, due, follow, next_due
from collector.clock import SECOND
from tests.alerts.world import instant, seconds

URGENT, CAUTION = frozenset({Level.URGENT}), frozenset({Level.URGENT, Level.CAUTION})
M, K, ROOM = Target(name="M"), Target(name="K", step=2), Target(name="room", step=3)
CAREFUL = Target(name="M", levels=CAUTION)

FOR_TWO_MINUTES = (
    "0 M first; 30 K second; 60 M all; 60 K all; 60 room all; "
    "90 M again; 90 K again; 90 room again; 120 M again; 120 K again; 120 room again"
)


def event(words: str, *, episode: str = "s-A-spo2_low-1", boot: str = "boot") -> AlertEvent:
    """An event from words: `12 raise urgent`, `30 reannounce urgent worse`, `5 raise urgent quiet`."""
    t, happening, level, *reason = words.split()
    signals = happening in ("raise", "escalate", "reannounce") and reason != ["quiet"]
    return AlertEvent(
        at=instant(float(t), boot=boot),
        episode=episode,
        family=Family.SPO2_LOW,
        seat="A",
        participant="PA",
        happening=Happening(happening),
        level=Level[level.upper()],
        since=instant(0),
        reason=reason[0] if reason else "",
        announce=signals,
    )


def told(targets: list[Target], happenings: str, *, until: float) -> str:
    """What is sent, second by second, when these things happen (separated by `;`)."""
    events = [event(words) for words in happenings.split(";") if words.strip()]
    standing: Standing | None = None
    sent: dict[str, None] = {}
    out = []
    for step in range(int(until * 4) + 1):
        now = instant(step / 4)
        while events and events[0].at.running_ns <= now.running_ns:
            standing = follow(standing, events.pop(0))
        for one in due(targets, [standing] if standing else [], sent, now):
            sent[one.key] = None
            out.append(f"{seconds(now):g} {one.target} {one.occasion}")
    return "; ".join(out)


@pytest.mark.parametrize(
    ("happenings", "until", "expected"),
    [
        ("10 raise urgent", 39, "10 M first"),
        ("10 raise urgent", 40, "10 M first; 40 K second"),
        ("10 raise urgent", 70, "10 M first; 40 K second; 70 M all; 70 K all; 70 room all"),
        (
            "0 raise urgent",
            125,
            FOR_TWO_MINUTES,
        ),
        ("0 raise urgent; 15 reannounce urgent repeat", 29, "0 M first"),
        ("0 raise urgent; 20 acknowledge urgent", 90, "0 M first; 20 M seen"),
        ("0 raise urgent; 35 acknowledge urgent", 90, "0 M first; 30 K second; 35 M seen; 35 K seen"),
        ("0 raise urgent; 20 end urgent; 25 close urgent", 90, "0 M first; 20 M over"),
        ("0 raise urgent; 9 acknowledge urgent; 20 close urgent", 90, "0 M first; 9 M seen"),
        (
            "0 raise urgent; 9 acknowledge urgent; 50 reannounce urgent worse",
            85,
            "0 M first; 9 M seen; 50 M first; 80 K second",
        ),
        ("0 raise caution", 90, ""),
        ("0 raise caution; 20 escalate urgent", 55, "20 M first; 50 K second"),
        ("0 raise urgent; 20 deescalate caution", 90, "0 M first"),
        ("0 raise urgent; 20 deescalate caution; 40 escalate urgent", 45, "0 M first; 40 M first"),
        ("0 raise urgent quiet", 90, ""),
        ("0 raise advisory", 90, ""),
        ("0 raise urgent; 12 cause urgent", 29, "0 M first"),
        ("0 raise urgent; 20 reannounce urgent restart", 35, "0 M first; 20 M first; 30 K second"),
        (
            "0 raise urgent; 40 reannounce urgent restart",
            45,
            "0 M first; 30 K second; 40 M first; 40 K second",
        ),
    ],
)
def test_who_is_told_what_and_when(happenings: str, until: float, expected: str) -> None:
    """First person at once, second after 30 s, everybody after 60 s and each 30 s; then taken back."""
    assert told([M, K, ROOM], happenings, until=until) == expected


@pytest.mark.parametrize(
    ("happenings", "expected"),
    [
        ("0 raise caution", "0 M first"),
        ("0 raise caution; 20 acknowledge caution", "0 M first; 20 M seen"),
        ("0 raise caution; 20 escalate urgent", "0 M first; 20 M first; 50 K second"),
    ],
)
def test_a_caution_goes_once_to_a_first_person_who_wants_it(happenings: str, expected: str) -> None:
    """Cautions are optional per target, and nobody is called a second time for one."""
    assert told([CAREFUL, K], happenings, until=55) == expected


def test_what_was_missed_is_not_caught_up_on() -> None:
    """After 100 s without a look each target gets one notification: the latest due."""
    standing = follow(None, event("0 raise urgent"))
    assert standing is not None

    found = due([M, K, ROOM], [standing], {}, instant(100))

    assert [(one.target, one.occasion) for one in found] == [
        ("M", "again"),
        ("K", "again"),
        ("room", "again"),
    ]


def test_after_a_reboot_the_wait_is_counted_by_the_wall_clock() -> None:
    """Running clocks of two boots have nothing to do with each other."""
    standing = follow(None, event("0 raise urgent"))
    standing = follow(standing, event("45 reannounce urgent restart", boot="other"))
    assert standing is not None

    found = due([M, K, ROOM], [standing], {}, instant(45, boot="other"))

    assert [one.target for one in found] == ["M", "K"]


def test_a_stepped_wall_clock_changes_nothing() -> None:
    """Within one boot only the running clock counts."""
    standing = follow(None, event("0 raise urgent"))
    assert standing is not None

    found = due([M, K, ROOM], [standing], {}, instant(29, step_s=3600))

    assert [one.target for one in found] == ["M"]


def test_the_most_urgent_goes_first() -> None:
    """With several episodes at once the order is by level, then by time."""
    early = follow(None, event("0 raise caution", episode="one"))
    late = follow(None, event("5 raise urgent", episode="two"))
    later = follow(None, event("6 raise urgent", episode="three"))
    assert early is not None
    assert late is not None
    assert later is not None

    found = due([CAREFUL], [early, later, late], {}, instant(7))

    assert [one.episode for one in found] == ["two", "three", "one"]


@given(st.integers(0, 400))
def test_next_due_is_the_next_change(waited: int) -> None:
    """Between now and `next_due` nothing new becomes due, and at it something does."""
    standing = follow(None, event("0 raise urgent"))
    assert standing is not None
    now = instant(waited)
    soon = next_due([standing], now)
    assert soon is not None
    sent = {one.key for one in due([M, K, ROOM], [standing], {}, now)}
    then = now.plus(soon - now.running_ns)

    assert due([M, K, ROOM], [standing], sent, then.plus(-SECOND // 1000)) == []
    assert due([M, K, ROOM], [standing], sent, then) != []
