"""What was heard is there for listeners and for connecting, in bounded memory."""

import asyncio
from contextlib import aclosing

import pytest

from collector.clock import SECOND, ManualClock
from collector.device import Advertisement
from collector.radio.hearing import BOUND, MOST, Hearing
from tests.collector.radio.world import settle


def test_newest_of_a_device_is_kept_with_its_age() -> None:
    """The object heard last and since when nothing was heard; never heard is infinitely long."""
    clock = ManualClock()
    hearing: Hearing[str] = Hearing(clock)
    hearing.heard("old", Advertisement(address="A"))
    hearing.heard("new", Advertisement(address="A"))
    clock.advance_to(clock.now().running_ns + 7 * SECOND)

    assert (hearing.found("A"), hearing.quiet_s("A")) == ("new", 7)
    assert (hearing.found("B"), hearing.quiet_s("B")) == (None, float("inf"))


def test_forgotten_has_to_be_heard_anew() -> None:
    """Forgetting one leaves the others, forgetting all leaves none."""
    hearing: Hearing[str] = Hearing(ManualClock())
    for address in "AB":
        hearing.heard(address, Advertisement(address=address))
    hearing.forget("A")

    assert (hearing.found("A"), hearing.found("B")) == (None, "B")
    hearing.forget()
    assert hearing.found("B") is None


def test_strangers_do_not_fill_the_memory() -> None:
    """Of ever new addresses the longest unheard go."""
    hearing: Hearing[int] = Hearing(ManualClock())
    for number in range(MOST + 50):
        hearing.heard(number, Advertisement(address=str(number)))
        hearing.heard(-1, Advertisement(address="clip"))

    assert hearing.found("clip") == -1
    assert hearing.found("0") is None
    assert hearing.found(str(MOST + 49)) == MOST + 49


@pytest.mark.asyncio
async def test_slow_listener_loses_the_oldest() -> None:
    """A listener that does not listen keeps the newest advertisements only."""
    hearing: Hearing[int] = Hearing(ManualClock())
    async with aclosing(hearing.advertisements()) as heard, asyncio.TaskGroup() as group:
        first = group.create_task(anext(heard))
        await settle()
        for number in range(BOUND + 10):
            hearing.heard(number, Advertisement(address=str(number)))
        await settle()
        await first

        assert int((await anext(heard)).address) >= 9
