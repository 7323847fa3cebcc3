"""What the companion told by itself in an outage stands with the alert on that outage."""

import pytest

from alerts.calls import Call, Calls, call_facts, read_call
from alerts.condition import ALERT, AlertEvent, Family, Happening, Level
from alerts.notifications import NOTIFICATION, State
from alerts.outbox import read_letter
from alerts.store import encode
from collector.clock import SECOND, ManualClock
from collector.entry import Entry
from tests.alerts.room import Room, room, settle

pytestmark = pytest.mark.asyncio


def call(target: str, state: State = State.DELIVERED, *, outage: str = "1", ago_s: int = 0) -> Call:
    """A call that ended so long before the manual clock's beginning of time."""
    utc_ns = ManualClock().now().utc_ns - ago_s * SECOND
    return Call(target=target, outage=outage, utc_ns=utc_ns, state=state)


def stood(
    made: Room, happening: str = "raise", *, episode: str = "away", family: str = "collector_dead"
) -> None:
    """The station says that it was gone."""
    event = AlertEvent(
        at=made.clock.now(),
        episode=episode,
        family=Family(family),
        seat="",
        participant="",
        happening=Happening(happening),
        level=Level.URGENT,
        since=made.clock.now(),
        announce=False,
    )
    seat, participant, body = encode(event)
    made.recorder.add(
        kind=ALERT, subject=seat, participant=participant, body=body, instant=event.at, urgent=True
    )


def told(made: Room) -> list[tuple[str, str, str]]:
    """Episode, target and state of each call that was recorded."""
    letters = [read_letter(entry) for entry in made.shelf.entries if entry.kind == NOTIFICATION]
    return [
        (one.notification.episode, one.notification.target, one.state.value)
        for one in letters
        if one is not None and one.notification.key.startswith("station/")
    ]


async def test_who_was_called_stands_with_the_outage() -> None:
    """Each target once per outcome, reached or not, and nothing is sent again for it."""
    async with room() as made:
        stood(made)
        for one in (call("M"), call("K", State.FAILED), call("M"), call("K")):
            made.delivery.called(one)
        await settle()

        assert told(made) == [
            ("away", "M", "delivered"),
            ("away", "K", "failed"),
            ("away", "K", "delivered"),
        ]
        assert made.posted == []


async def test_a_call_waits_for_the_alert_on_its_outage() -> None:
    """While the alerts stand still the companion speaks before the station knows."""
    async with room() as made:
        made.delivery.called(call("M"))
        await settle()
        before = told(made)
        stood(made, family="engine_dead")
        await settle()

        assert before == []
        assert told(made) == [("away", "M", "delivered")]


async def test_calls_of_another_outage_stay_away() -> None:
    """An alert that has its outage takes no calls of the next one, and a closed one takes none."""
    async with room() as made:
        stood(made)
        made.delivery.called(call("M", outage="1"))
        await settle()
        made.delivery.called(call("M", outage="2"))
        await settle()
        stood(made, "close")
        stood(made, episode="again", family="engine_dead")
        await settle()

        assert told(made) == [("away", "M", "delivered"), ("again", "M", "delivered")]


async def test_a_restart_knows_what_was_recorded() -> None:
    """The companion says it once more to the new station, which records nothing twice."""
    async with room() as made:
        stood(made)
        made.delivery.called(call("M"))
        await settle()
    entries: list[Entry] = list(made.shelf.entries)
    async with room(before=entries) as after:
        after.delivery.called(call("M"))
        await settle()

        assert told(after) == [("away", "M", "delivered")]


async def test_it_is_recorded_at_the_time_of_the_call() -> None:
    """Not when the station heard of it; never before the boot."""
    async with room() as made:
        stood(made)
        made.delivery.called(call("M", ago_s=4))
        await settle()

        (entry,) = [e for e in made.shelf.entries if str(e.facts.get("key")).startswith("station/")]
        assert made.clock.now().running_ns - entry.instant.running_ns == 4 * SECOND


async def test_a_call_travels_whole() -> None:
    """What is read is what was written; anything else is refused."""
    assert read_call(call_facts(call("M"))) == call("M")
    for odd in (
        {},
        {**call_facts(call("M")), "state": "sung"},
        {**call_facts(call("M")), "utc_ns": None},
    ):
        with pytest.raises(ValueError, match=r"call|valid|int"):
            read_call(odd)
    assert Calls().letters(Room([]).clock.now(), 0) == []
