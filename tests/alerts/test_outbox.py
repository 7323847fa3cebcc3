"""Outbox and delivery: journaled before the attempt, tried twice at most, taken up by a restart."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channel import CHANNEL
from alerts.condition import Level
from alerts.notifications import NOTIFICATION, State
from collector.commands import End
from collector.entry import Entry
from collector.session import Source
from tests.alerts.room import CAREFUL, FIRST, K, M, Room, room, settle, without_test


@pytest.mark.asyncio
async def test_an_attempt_is_journaled_and_committed_before_it_is_made() -> None:
    """The entry says `sending`, is urgent, and the letter leaves once it is on disk."""
    async with room(M) as made:
        await without_test(made)
        made.shelf.stuck = True
        made.alert()
        await settle()
        entry = made.shelf.entries[-1]

        assert (entry.facts["state"], entry.facts["key"], entry.subject) == ("sending", FIRST, "A")
        assert entry.participant == "PA"
        assert entry.seq in made.shelf.urgent
        assert made.shelf.waited[-1] == entry.seq
        assert made.posted == []


@pytest.mark.asyncio
async def test_a_disk_that_does_not_answer_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time allowed for the commit the notification goes out all the same."""
    monkeypatch.setattr("alerts.delivery.COMMIT_S", 0)  # the time allowed, not the behaviour
    async with room(M) as made:
        made.shelf.stuck = True
        made.alert()
        await settle()

        assert FIRST + " 1" in made.keys


@pytest.mark.asyncio
async def test_a_delivered_notification_is_done() -> None:
    """One attempt, one result, nothing more."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await settle()
        made.answer(FIRST, State.DELIVERED)
        await made.pass_time(real_s=30)

        assert made.keys == [FIRST + " 1"]
        assert made.told()[-2:] == [FIRST + " 1 sending", FIRST + " 1 delivered"]
        assert made.told(CHANNEL) == []


@pytest.mark.asyncio
async def test_without_an_answer_it_is_tried_twice_and_the_channel_failed_by_20_s() -> None:
    """No confirmed delivery in 10 s, twice: a second attempt, then the channel counts as failed (I23)."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await made.pass_time(real_s=21)

        assert made.keys == [FIRST + " 1", FIRST + " 2"]
        assert made.told()[-4:] == [
            FIRST + " 1 sending",
            FIRST + " 1 timeout",
            FIRST + " 2 sending",
            FIRST + " 2 timeout",
        ]
        assert made.told(CHANNEL) == ["M True"]


@pytest.mark.asyncio
async def test_a_quick_failure_is_tried_again_after_5_s() -> None:
    """A network that hiccups gets time; the second delivery clears the miss."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await settle()
        made.answer(FIRST, State.FAILED, reason="unreachable")
        await made.pass_time(real_s=4)
        early = made.keys
        await made.pass_time(real_s=2)
        made.answer(FIRST, State.DELIVERED, attempt=2)

        assert early == [FIRST + " 1"]
        assert made.keys == [FIRST + " 1", FIRST + " 2"]
        assert made.told(CHANNEL) == []


@pytest.mark.asyncio
async def test_a_failed_channel_is_cleared_by_the_next_confirmed_delivery() -> None:
    """Two misses in a row say failed, one delivery says it is back, each once."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await made.pass_time(real_s=21)
        await made.pass_time(session_s=60)
        made.answer("A1#1/all/M", State.DELIVERED)

        assert made.told(CHANNEL) == ["M True", "M False"]


@pytest.mark.asyncio
async def test_a_late_confirmation_counts() -> None:
    """What was given up as timeout and then confirmed has been delivered."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await made.pass_time(real_s=10.5)
        made.answer(FIRST, State.DELIVERED)
        await made.pass_time(real_s=15)

        assert made.told()[-1] == FIRST + " 2 delivered"
        assert made.told(CHANNEL) == []


@pytest.mark.asyncio
async def test_what_is_acknowledged_is_not_tried_again() -> None:
    """The second attempt is for alerts that still wait; those who were told are told that it is seen."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await settle()
        made.alert("acknowledge")
        await made.pass_time(real_s=11)

        assert made.keys == [FIRST + " 1", "A1#1/seen/M 1"]


@pytest.mark.asyncio
async def test_the_second_person_is_told_by_session_time() -> None:
    """Thirty seconds of session, however fast they pass."""
    async with room(M, K) as made:
        await without_test(made)
        made.alert()
        await made.pass_time(session_s=29.5)
        early = made.keys
        await made.pass_time(session_s=0.5)

        assert early == [FIRST + " 1"]
        assert made.keys == [FIRST + " 1", "A1#1/second/K 1"]


@pytest.mark.asyncio
async def test_a_restart_sends_what_was_not_answered_once_more_and_never_a_third_time() -> None:
    """Each restart folds the same entries; an attempt of which nothing is known is made once more."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await settle()
    async with room(M, before=made.shelf.entries) as second:
        await settle()
    async with room(M, before=second.shelf.entries) as third:
        await settle()

        assert made.keys == [FIRST + " 1"]
        assert second.keys == [FIRST + " 2"]
        assert third.keys == []
        assert third.told()[-1] == FIRST + " 2 expired"


@pytest.mark.asyncio
async def test_a_restart_sends_nothing_that_is_over() -> None:
    """An attempt of which nothing is known expires when its alert has been acknowledged."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await settle()
    made.alert("acknowledge")
    async with room(M, before=made.shelf.entries) as second:
        await settle()

        assert FIRST + " 2" not in second.keys
        assert FIRST + " 1 expired" in second.told()


@pytest.mark.asyncio
async def test_a_test_goes_to_every_target_when_a_session_is_prepared() -> None:
    """Once per session and target, and not again after a restart."""
    async with room(M, K) as made:
        assert [key.rsplit("/", 1)[1] for key in made.keys] == ["M 1", "K 1"]
        await without_test(made)
    async with room(M, K, before=made.shelf.entries) as second:
        assert second.keys == []


@pytest.mark.asyncio
async def test_a_confirmed_test_is_not_sent_again() -> None:
    """Somebody has seen it, whatever the service says; who did is in the journal."""
    async with room(M) as made:
        made.delivery.confirm("M" * 50)
        entry = made.shelf.entries[-1]
        await made.pass_time(real_s=11)

        assert entry.facts == {"state": "confirmed", "by": "M" * 40}
        assert len(made.keys) == 1


@pytest.mark.asyncio
async def test_a_second_word_about_the_same_delivery_is_not_recorded() -> None:
    """Two answers, one result."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await settle()
        made.answer(FIRST, State.DELIVERED)
        before = made.told()
        made.answer(FIRST, State.DELIVERED)
        made.answer(FIRST, State.FAILED)

        assert made.told() == before


@pytest.mark.asyncio
async def test_a_closed_episode_waits_for_its_last_answer() -> None:
    """The result of the withdrawal still finds its letter."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await settle()
        made.answer(FIRST, State.DELIVERED)
        made.alert("close")
        await made.pass_time(session_s=2)
        made.answer("A1#1/over/M", State.DELIVERED)

        assert made.told()[-1] == "A1#1/over/M 1 delivered"


@pytest.mark.asyncio
async def test_the_end_of_the_session_takes_everything_back_before_the_station_leaves() -> None:
    """`settle` returns once the withdrawals have been handed over."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await settle()
        made.recorder.execute(End())
        made.alert("close", reason="released")
        await made.delivery.settle(1.0)

        assert made.keys == [FIRST + " 1", "A1#1/over/M 1"]


@pytest.mark.asyncio
async def test_a_closed_episode_is_forgotten_once_everything_is_answered() -> None:
    """The outbox does not grow over a session."""
    async with room(M) as made:
        await without_test(made)
        made.alert()
        await settle()
        made.answer(FIRST, State.DELIVERED)
        made.alert("close")
        await settle()
        made.answer("A1#1/over/M", State.UNABLE)
        made.delivery.turn()

        assert not [key for key in made.outbox.letters if key.startswith("A1")]
        assert made.keys == [FIRST + " 1", "A1#1/over/M 1"]


@pytest.mark.asyncio
async def test_a_gone_companion_is_said_once_and_so_is_its_return() -> None:
    """The page shows the last word."""
    async with room(M) as made:
        for up in (True, False, False, True, True):
            made.delivery.companion(up, "it hung")

        assert made.told(CHANNEL) == [" True", " False"]


@pytest.mark.asyncio
async def test_the_word_for_a_demo_travels_with_each_letter() -> None:
    """A phone must say that it is a simulation."""
    async with room(M, source=Source.DEMO) as made:
        assert made.delivery.mark == "SIMULATION"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["delivered", "failed", "timeout", "nothing", "ack", "worse", "restart", "others", "over"]
        ),
        st.integers(0, 12),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(STEPS)
def test_whatever_happens_it_is_delivered_or_said_within_25_s(steps: list[tuple[str, int]]) -> None:
    """I23: a confirmed delivery or a failed channel; and no key is attempted more than twice.

    Cautions of other seats come and go meanwhile: each is told of at most once, alone or with others.
    """
    asyncio.run(_whatever(steps))


async def _whatever(steps: list[tuple[str, int]]) -> None:
    before: list[Entry] = []
    attempts: dict[str, int] = {}
    for part in _lives(steps):
        async with room(CAREFUL, before=before) as made:
            if not before:
                made.alert()
            for what, seconds in part:
                await made.pass_time(real_s=seconds)
                _happen(made, what)
            await made.pass_time(real_s=25)
            for letter in made.posted:
                key = letter.notification.key
                attempts[key] = attempts.get(key, 0) + 1
            assert all(_answered(made, index) for index in _begun(made))
            assert all(count <= 2 for count in attempts.values())
            parts = _parts(made)
            assert len(parts) == len(set(parts))
        before = made.shelf.entries


def _happen(made: Room, what: str) -> None:
    """One step: of the first alert, of the companion, or of cautions on other seats."""
    others = [
        str(entry.facts["episode"]) for entry in made.shelf.entries if entry.subject in ("C", "F")
    ]
    if what == "ack":
        made.alert("acknowledge")
    elif what == "worse":
        made.alert("reannounce", reason="worse")
    elif what == "others":
        for seat in "CF":
            made.alert(level=Level.CAUTION, episode=f"{seat}{made.shelf.last_seq}")
    elif what == "over" and others:
        made.alert("close", Level.CAUTION, episode=others[-1])
    elif what in ("delivered", "failed", "timeout") and made.posted:
        last = made.posted[-1]
        made.delivery.result(last.notification.key, last.attempt, State(what), "refused")


def _parts(made: Room) -> list[str]:
    """What has been told of, of every seat, alone or with others."""
    told = [letter.notification for letter in made.outbox.letters.values()]
    return [part.key for one in told if one.episode for part in one.parts]


def _begun(made: Room) -> list[int]:
    """Where in the journal the first attempt at an alert stands."""
    return [
        index
        for index, entry in enumerate(made.shelf.entries)
        if (entry.facts.get("state"), entry.facts.get("attempt")) == ("sending", 1)
        and entry.facts["occasion"] in ("first", "second", "all", "again")
    ]


def _answered(made: Room, begun: int) -> bool:
    """Whether a delivery was confirmed after it, or the channel failed, or nobody had to act any more."""
    later = made.shelf.entries[begun:]
    said = {entry.facts.get("state") for entry in later if entry.kind == NOTIFICATION}
    seen = any(entry.facts.get("happening") == "acknowledge" for entry in later)
    return bool(said & {"delivered", "expired"}) or "M" in made.outbox.failed or seen


def _lives(steps: list[tuple[str, int]]) -> list[list[tuple[str, int]]]:
    """The steps of each life of the station, cut at the restarts."""
    lives: list[list[tuple[str, int]]] = [[]]
    for what, seconds in steps:
        if what == "restart":
            lives.append([])
        else:
            lives[-1].append((what, seconds))
    return lives
