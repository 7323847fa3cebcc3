"""How much a phone is asked to take, whatever happens in the room (I22)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.condition import Level
from alerts.notifications import Notification, Occasion
from alerts.pace import Pace
from tests.alerts.world import instant

ANNOUNCES = (Occasion.FIRST, Occasion.SECOND, Occasion.ALL, Occasion.AGAIN)


def told(
    seat: str = "A", occasion: Occasion = Occasion.FIRST, level: Level = Level.URGENT, target: str = "M"
) -> Notification:
    """Something to send."""
    return Notification(
        key=f"{seat}/{occasion}",
        episode=seat,
        target=target,
        occasion=occasion,
        level=level,
        seat=seat,
        at=instant(0),
    )


def test_a_first_urgent_alert_never_waits_for_another_seat() -> None:
    """However much has gone out just before."""
    pace = Pace()
    for seat in "BCDEFGH":
        pace.sent(told(seat), instant(0))

    assert pace.allowed([told("A")], instant(0.1)) == [told("A")]


@pytest.mark.parametrize(
    "later", [told("A", level=Level.CAUTION), told("A", Occasion.AGAIN), told("A", Occasion.SECOND)]
)
def test_everything_else_keeps_five_seconds(later: Notification) -> None:
    """Counted for each target on its own."""
    pace = Pace()
    pace.sent(told("B"), instant(0))
    pace.sent(told("B", target="K"), instant(3))

    assert pace.allowed([later], instant(4.9)) == []
    assert pace.allowed([later], instant(5)) == [later]


def test_a_withdrawal_and_a_test_give_no_signal_and_never_wait() -> None:
    """Taking back what is no longer true is not more noise."""
    pace = Pace()
    pace.sent(told("A"), instant(0))
    quiet = [told("A", Occasion.SEEN), told("", Occasion.TEST)]

    assert pace.allowed(quiet, instant(0)) == quiet


def test_a_wall_clock_put_back_between_two_boots_holds_nothing_up() -> None:
    """What was sent in another boot cannot lie ahead."""
    pace = Pace()
    for _ in range(7):
        pace.sent(told("A"), instant(0))

    assert pace.allowed([told("A")], instant(1, boot="other", step_s=-86_400)) == [told("A")]


WISHES = st.lists(
    st.tuples(
        st.integers(0, 3_000),
        st.sampled_from("ABC"),
        st.sampled_from(ANNOUNCES),
        st.sampled_from([Level.CAUTION, Level.URGENT]),
    ),
    max_size=120,
)


@given(WISHES)
def test_output_is_bounded_in_every_minute(
    wishes: list[tuple[int, str, Occasion, Level]],
) -> None:
    """At most 7 a minute about a seat, and 12 a minute over all beside the first urgent ones (I22)."""
    pace, sent, now = Pace(), list[tuple[float, Notification]](), 0.0
    for ms, seat, occasion, level in wishes:
        now += ms / 1000
        for one in pace.allowed([told(seat, occasion, level)], instant(now)):
            pace.sent(one, instant(now))
            sent.append((now, one))
    for begin, _ in sent:
        minute = [one for t, one in sent if begin <= t < begin + 60]
        firsts = [one for one in minute if one.occasion is Occasion.FIRST and one.level is Level.URGENT]
        assert len(minute) - len(firsts) <= 12
        assert all(sum(one.seat == seat for one in minute) <= 7 for seat in "ABC")
