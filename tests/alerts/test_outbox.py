"""Outbox and delivery: journaled before the attempt, tried twice at most, taken up by a restart."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channel import CHANNEL
from alerts.condition import ALERT, AlertEvent, Family, Happening, Level
from alerts.delivery import Delivery
from alerts.escalation import Target
from alerts.notifications import NOTIFICATION, State
from alerts.outbox import Letter, Outbox
from alerts.store import encode
from collector.clock import SECOND, ManualClock
from collector.commands import End, Prepare, Start
from collector.entry import Entry
from collector.feed import Feed
from collector.recorder import Recorder
from collector.session import Source

M, K = Target(name="M"), Target(name="K", step=2)
CAREFUL = Target(name="M", levels=frozenset({Level.URGENT, Level.CAUTION}))
TEST, FIRST = "test/{session}/M", "A1#1/first/M"


class Shelf:
    """An `EntrySink` and `Committing` in memory; `stuck` = the disk does not answer."""

    sessions: frozenset[str] = frozenset()

    def __init__(self, before: Iterable[Entry] = ()) -> None:
        self.entries = list(before)
        self.opening = [entry for entry in self.entries if entry.kind == "session"]
        self.urgent: set[int] = set()
        self.stuck = False
        self.waited: list[int] = []

    @property
    def last_seq(self) -> int:
        """The newest seq."""
        return self.entries[-1].seq if self.entries else 0

    def append(self, entry: Entry, *, urgent: bool = False) -> None:
        """Keep an entry."""
        self.entries.append(entry)
        if urgent:
            self.urgent.add(entry.seq)

    async def room(self) -> None:
        """There is room."""

    async def committed_to(self, seq: int) -> None:
        """At once, or never while stuck."""
        self.waited.append(seq)
        if self.stuck:
            await asyncio.Event().wait()


class Room:
    """A station's worth of neighbours around a delivery."""

    def __init__(self, targets: list[Target], before: Iterable[Entry] = ()) -> None:
        before = list(before)
        self.clock, self.real, self.feed = ManualClock(), ManualClock(), Feed()
        self.shelf = Shelf(before)
        self.recorder = Recorder(self.shelf, self.feed, self.clock)
        self.outbox = Outbox(targets)
        self.posted: list[Letter] = []
        self.delivery = Delivery(
            self.outbox,
            recorder=self.recorder,
            journal=self.shelf,
            feed=self.feed,
            clock=self.clock,
            real=self.real,
            post=lambda letter, _mark: self.posted.append(letter),
            past=before,
        )

    @property
    def session(self) -> str:
        """The id of the session."""
        assert self.recorder.session is not None
        return self.recorder.session.id

    @property
    def keys(self) -> list[str]:
        """What was handed over, in order: key and attempt."""
        return [f"{one.notification.key} {one.attempt}" for one in self.posted]

    def told(self, kind: str = NOTIFICATION) -> list[str]:
        """The journal's entries of `kind`, in words."""
        names = {NOTIFICATION: ("key", "attempt", "state"), CHANNEL: ("target", "failed")}[kind]
        return [
            " ".join(str(entry.facts[name]) for name in names)
            for entry in self.shelf.entries
            if entry.kind == kind and names[0] in entry.facts
        ]

    def alert(
        self,
        happening: str = "raise",
        level: Level = Level.URGENT,
        *,
        reason: str = "",
        episode: str = "A1",
    ) -> None:
        """Something happens to an episode; its first letter is the seat."""
        event = AlertEvent(
            at=self.clock.now(),
            episode=episode,
            family=Family.SPO2_LOW,
            seat=episode[0],
            participant="PA",
            happening=Happening(happening),
            level=level,
            since=self.clock.now(),
            reason=reason,
            announce=happening in ("raise", "escalate", "reannounce"),
        )
        seat, participant, body = encode(event)
        self.recorder.add(
            kind=ALERT, subject=seat, participant=participant, body=body, instant=event.at, urgent=True
        )

    async def pass_time(self, session_s: float = 0, real_s: float = 0) -> None:
        """Let time pass in steps of a quarter second, and everybody act."""
        await settle()
        for clock, seconds in ((self.clock, session_s), (self.real, real_s)):
            for _ in range(int(seconds * 4)):
                clock.advance_to(clock.now().running_ns + SECOND // 4)
                await settle()

    def answer(self, key: str, state: State, *, attempt: int = 1, reason: str = "") -> None:
        """The companion answers."""
        self.delivery.result(key.format(session=self.session), attempt, state, reason)


async def settle() -> None:
    """Give every task its turns."""
    for _ in range(12):
        await asyncio.sleep(0)


@asynccontextmanager
async def room(
    *targets: Target, before: Iterable[Entry] = (), source: Source = Source.LIVE
) -> AsyncIterator[Room]:
    """A running delivery in a started session, its test confirmed and out of the way."""
    made = Room(list(targets), before)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(made.delivery.run())
        if made.recorder.session is None:
            made.recorder.execute(Prepare(roster={"A": "PA"}, source=source))
            made.recorder.execute(Start())
        await settle()
        yield made
        running.cancel()


async def without_test(made: Room) -> None:
    """The tests of all targets have arrived; forget that they were posted."""
    for letter in list(made.posted):
        made.delivery.result(letter.notification.key, 1, State.DELIVERED, "")
    made.posted.clear()
    await settle()


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
