"""Who has been told, entry by entry."""

from typing import Any

import pytest

from alerts.channel import CHANNEL
from alerts.notifications import NOTIFICATION, State, tag
from collector.clock import ManualClock
from collector.entry import Entry
from dashboards.bedside.told import Told


def entry(kind: str, body: dict[str, object]) -> Entry:
    """An entry of the delivery."""
    return Entry(seq=1, session="s", instant=ManualClock().now(), kind=kind, body=body)


def attempt(state: str, *, target: str = "M", occasion: str = "first", episode: str = "e") -> Entry:
    """An attempt or its result."""
    body: dict[str, Any] = {"key": "k", "episode": episode, "target": target, "occasion": occasion}
    return entry(NOTIFICATION, {**body, "level": "urgent", "attempt": 1, "state": state, "reason": ""})


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        (["sending"], "sending"),
        (["sending", "delivered"], "delivered"),
        (["sending", "timeout"], "failed"),
        (["sending", "failed", "sending"], "sending"),
        (["delivered", "sending"], "delivered"),
        (["delivered", "sending", "failed"], "failed"),
        (["sending", "expired"], "failed"),
    ],
)
def test_the_last_word_about_a_target_is_shown(states: list[str], shown: str) -> None:
    """Except that somebody who was reached stays reached while the next is on its way."""
    told = Told()
    for state in states:
        told.take(attempt(state))

    assert told.about("e") == {"tag": tag("e"), "told": [["M", shown]]}


@pytest.mark.parametrize("state", list(State))
def test_a_withdrawal_tells_nobody_anything(state: State) -> None:
    """Nor does the result of one."""
    told = Told()
    told.take(attempt(state.value, occasion="over"))

    assert told.about("e")["told"] == []


def test_a_test_stays_until_it_is_confirmed_and_begins_anew_with_each_session() -> None:
    """The name of whoever confirmed it is washed like every name."""
    told = Told()
    told.take(attempt("delivered", occasion="test", episode=""))
    told.take(entry(NOTIFICATION, {"state": "confirmed", "by": "M\u202e"}))
    confirmed = told.health()["test"]
    told.begin()

    assert confirmed == {"targets": [["M", "delivered"]], "by": "M"}
    assert told.health()["test"] is None


def test_who_cannot_be_reached_is_named_until_reached() -> None:
    """Over sessions too: a dead channel does not come alive by itself."""
    told = Told()
    told.take(entry(CHANNEL, {"target": "K", "failed": True, "reason": "refused"}))
    told.begin()
    failed = told.health()["unreached"]
    told.take(entry(CHANNEL, {"target": "K", "failed": False, "reason": ""}))

    assert failed == [["K", "refused"]]
    assert told.health()["unreached"] == []
