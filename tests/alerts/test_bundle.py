"""Cautions told together, and how much a phone is asked to take, through the whole delivery."""

from itertools import pairwise

import pytest

from alerts.condition import Level
from alerts.notifications import State
from collector.clock import SECOND
from tests.alerts.room import CAREFUL, M, room, settle, without_test


@pytest.mark.asyncio
async def test_cautions_of_the_same_second_go_out_as_one() -> None:
    """One signal names both seats; the second caution does not wait for a second of its own."""
    async with room(CAREFUL) as made:
        await without_test(made)
        made.alert(level=Level.CAUTION, episode="C1")
        await made.pass_time(session_s=0.75)
        made.alert(level=Level.CAUTION, episode="F1")
        early = made.keys
        await made.pass_time(session_s=0.25)
        told = [one.notification.seats for one in made.posted]
        await made.pass_time(session_s=3)

        assert early == []
        assert told == [("C", "F")]
        assert made.keys == ["C1#1/first/M 1"]


@pytest.mark.asyncio
async def test_an_urgent_alert_does_not_wait_for_cautions() -> None:
    """It goes out at once and alone."""
    async with room(CAREFUL) as made:
        await without_test(made)
        made.alert(level=Level.CAUTION, episode="C1")
        made.alert(episode="F1")
        await settle()

        assert made.keys == ["F1#1/first/M 1"]


@pytest.mark.asyncio
async def test_what_was_told_together_is_taken_back_together() -> None:
    """Once nobody has to look at any of them, at the place of the first, in one withdrawal."""
    async with room(CAREFUL) as made:
        await without_test(made)
        for episode in ("C1", "F1"):
            made.alert(level=Level.CAUTION, episode=episode)
        await made.pass_time(session_s=1)
        made.answer("C1#1/first/M", State.DELIVERED)
        made.alert("acknowledge", Level.CAUTION, episode="F1")
        await made.pass_time(session_s=2)
        early = made.keys
        made.alert("close", Level.CAUTION, episode="C1")
        await made.pass_time(session_s=2)
        last = made.posted[-1].notification

        assert early == ["C1#1/first/M 1"]
        assert made.keys[1:] == ["C1#1/over/M 1"]
        assert (last.place, last.seats) == ("C1", ("C", "F"))


@pytest.mark.asyncio
async def test_what_became_urgent_afterwards_is_taken_back_by_itself() -> None:
    """A phone may show both: what was told together, and the urgent alert under its own tag."""
    async with room(CAREFUL) as made:
        await without_test(made)
        for episode in ("C1", "F1"):
            made.alert(level=Level.CAUTION, episode=episode)
        await made.pass_time(session_s=1)
        made.alert("escalate", episode="F1")
        await made.pass_time(session_s=1)
        made.alert("acknowledge", episode="F1")
        await made.pass_time(session_s=1)
        made.alert("acknowledge", Level.CAUTION, episode="C1")
        await made.pass_time(session_s=1)

        assert made.keys[2:] == ["F1#2/seen/M 1", "C1#1/seen/M 1"]
        assert [one.notification.place for one in made.posted[2:]] == ["", "C1"]


@pytest.mark.asyncio
async def test_a_restart_knows_what_was_told_together() -> None:
    """Neither seat is told of again, and one withdrawal follows."""
    async with room(CAREFUL) as made:
        await without_test(made)
        for episode in ("C1", "F1"):
            made.alert(level=Level.CAUTION, episode=episode)
        await made.pass_time(session_s=1)
        made.answer("C1#1/first/M", State.DELIVERED)
    async with room(CAREFUL, before=made.shelf.entries) as second:
        await second.pass_time(session_s=2)
        for episode in ("C1", "F1"):
            second.alert("close", Level.CAUTION, episode=episode)
        await second.pass_time(session_s=1)

        assert [one.notification.place for one in second.posted] == ["C1"]


@pytest.mark.asyncio
async def test_twelve_urgent_seats_are_told_at_once_and_their_repeats_are_spread() -> None:
    """No first urgent alert waits; the rest keeps five seconds' distance, the latest thing each (I22)."""
    async with room(M) as made:
        await without_test(made)
        for seat in "ABCDEFGHJKLM":
            made.alert(episode=f"{seat}1")
        await settle()
        first = len(made.posted)
        await made.pass_time(session_s=120)
        later = [one.notification.at.running_ns for one in made.posted[first:]]

        assert first == 12
        assert len(later) == 13
        assert min(b - a for a, b in pairwise(later)) >= 5 * SECOND
