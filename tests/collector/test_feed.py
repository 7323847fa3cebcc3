"""The feed: everybody gets everything, nobody is waited for."""

import asyncio

import pytest

from collector.feed import Feed, Loss, Subscription
from tests.collector.journal.samples import reading


def test_every_subscriber_gets_every_entry_in_order() -> None:
    """Each has a queue of its own."""
    feed = Feed()
    one = feed.subscribe("one", bound=10, loss=Loss.NOTHING)
    two = feed.subscribe("two", bound=10, loss=Loss.OLDEST)
    for seq in range(1, 4):
        feed.publish(reading(seq))

    assert [e.seq for e in one.take()] == [1, 2, 3]
    assert [e.seq for e in two.take()] == [1, 2, 3]
    assert one.take() == []


def test_a_page_that_falls_behind_loses_the_oldest_and_counts_them() -> None:
    """The latest values are what a page needs."""
    page = _filled(Loss.OLDEST, bound=2, entries=5)

    assert page.dropped == 3
    assert page.overflowed
    assert [e.seq for e in page.take()] == [4, 5]


def test_the_alerts_never_lose_an_entry_and_say_that_they_are_behind() -> None:
    """Better late than blind."""
    alerts = _filled(Loss.NOTHING, bound=2, entries=5)

    assert alerts.overflowed
    assert [e.seq for e in alerts.take()] == [1, 2, 3, 4, 5]
    assert alerts.dropped == 0
    assert not alerts.overflowed


def test_who_unsubscribes_gets_nothing_more() -> None:
    """A page that was closed costs nothing."""
    feed = Feed()
    page = feed.subscribe("page", bound=2, loss=Loss.OLDEST)
    feed.unsubscribe(page)
    feed.publish(reading(1))

    assert page.take() == []


@pytest.mark.asyncio
async def test_a_waiting_subscriber_wakes_for_one_entry_and_sleeps_again_after_taking_it() -> None:
    """No entry is missed between taking and waiting."""
    feed = Feed()
    page = feed.subscribe("page", bound=2, loss=Loss.OLDEST)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(page.arrived())
        await asyncio.sleep(0)
        assert not waiting.done()
        feed.publish(reading(1))
    page.take()

    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(page.arrived())
        await asyncio.sleep(0)
        assert not waiting.done()
        feed.publish(reading(2))


def _filled(loss: Loss, *, bound: int, entries: int) -> Subscription:
    feed = Feed()
    subscription = feed.subscribe("one", bound=bound, loss=loss)
    for seq in range(1, entries + 1):
        feed.publish(reading(seq))
    return subscription
