"""The shell around the outbox: journals each attempt, hands it to the companion, journals the result.

Session time says when something is due; how long an attempt may take is real time, as for everything
that leaves the machine (DESIGN 4, point 8).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from alerts.calls import Call, Calls
from alerts.channel import CHANNEL, COMPANION, ChannelStatus, channel_body
from alerts.condition import ALERT
from alerts.notifications import NOTIFICATION, State, confirmation_body
from alerts.outbox import Letter, Outbox, encode
from collector.clock import SECOND, Clock, Instant
from collector.entry import Entry
from collector.errors import JournalError
from collector.feed import Feed, Loss
from collector.recorder import Recorder
from collector.session import SESSION

log = structlog.get_logger(__name__)

KINDS = frozenset({SESSION, ALERT, NOTIFICATION, CHANNEL})
BOUND = 10_000
# Real time. An attempt without a confirmed delivery by then counts as missed (alerts.md, channel_failed).
CONFIRM_NS = 10 * SECOND
# The second attempt begins no sooner after the first: a network that hiccups gets time to come back.
APART_NS = 5 * SECOND
# The entry is on disk before the attempt, unless the disk takes longer than this (DESIGN 4, point 1).
COMMIT_S = 0.5
LOOK_NS = SECOND
LONGEST_NAME = 40


class Committing(Protocol):
    """What is needed of the journal."""

    async def committed_to(self, seq: int) -> None:
        """Return when everything up to `seq` is on disk."""
        ...


@dataclass(slots=True)
class _Begun:
    attempt: int
    at_ns: int  # real


class Delivery:
    """Sends what the alerts ask for. Make it before the alerts, so that it misses none of their events.

    `post` hands a letter to the companion and never waits; whoever delivers calls `result`. `past` are
    the entries of the open session that were recorded before. `real` is the clock of real time.
    """

    def __init__(  # noqa: PLR0913 - its neighbours, named
        self,
        outbox: Outbox,
        *,
        recorder: Recorder,
        journal: Committing,
        feed: Feed,
        clock: Clock,
        real: Clock,
        post: Callable[[Letter, str], None],
        past: Iterable[Entry] = (),
    ) -> None:
        self._outbox, self._recorder, self._journal = outbox, recorder, journal
        self._clock, self._real, self._send = clock, real, post
        self._entries = feed.subscribe("delivery", bound=BOUND, loss=Loss.NOTHING, kinds=KINDS)
        self._calls = Calls()
        self._begun: dict[str, _Begun] = {}
        self._later: dict[str, int] = {}  # key -> real time of its second attempt
        self._leaving: deque[tuple[int, Letter, float]] = deque()
        self._posted = asyncio.Event()
        self._left = asyncio.Event()
        self._left.set()
        for entry in past:
            if entry.kind in KINDS:
                outbox.take(entry)
                self._calls.take(entry)
        # Begun by a former run and never answered: once more at most, or not at all.
        self._unsure = [one for one in outbox.letters.values() if one.state is State.SENDING]

    async def run(self) -> None:
        """Send what is due, for ever."""
        self.turn()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow(), name="delivery follows the feed")
            tasks.create_task(self._tick(), name="delivery follows the session")
            tasks.create_task(self._watch(), name="delivery watches its attempts")
            tasks.create_task(self._leave(), name="delivery posts")

    def turn(self) -> None:
        """Take what has come and begin what is due."""
        self._take()
        unsure, self._unsure = self._unsure, []
        for letter in unsure:
            self._retry(letter)
        for letter in self._outbox.wanted(self._clock.now()):
            self._begin(letter)
        for at, letter in self._calls.letters(self._clock.now(), self._real.now().utc_ns):
            self._record(letter, at)
        self._outbox.prune()

    async def settle(self, real_s: float) -> None:
        """Begin what is due and return when it has been handed over, at the latest after `real_s`."""
        self.turn()
        with suppress(TimeoutError):
            async with asyncio.timeout(real_s):
                await self._left.wait()

    def result(self, key: str, attempt: int, state: State, reason: str) -> None:
        """An attempt has ended, as the companion says."""
        letter = self._outbox.letters.get(key)
        if letter is None or attempt > letter.attempt or letter.state is State.DELIVERED:
            return
        if state is not State.DELIVERED and (
            attempt != letter.attempt or letter.state is not State.SENDING
        ):
            return  # a late word about an attempt that was given up
        begun = self._begun.pop(key, None)
        self._later.pop(key, None)
        self._record(replace(letter, state=state, reason=reason))
        if state in (State.FAILED, State.TIMEOUT) and begun is not None:
            self._later[key] = begun.at_ns + APART_NS
            self.look()

    def called(self, call: Call) -> None:
        """The companion has told somebody by itself, while nobody here could ask for it."""
        self._calls.heard(call)
        self.turn()

    def confirm(self, by: str) -> None:
        """Somebody has seen the test notification arrive."""
        self._recorder.add(
            kind=NOTIFICATION,
            subject="",
            participant=None,
            body=confirmation_body(by[:LONGEST_NAME] or "somebody"),
            instant=self._clock.now(),
        )
        self._take()

    def companion(self, up: bool, why: str = "") -> None:  # noqa: FBT001 - a fact, not an option
        """Say that the companion process is gone, or here again."""
        if (not up) is not (COMPANION in self._outbox.failed):
            self._say(ChannelStatus(target=COMPANION, failed=not up, reason=why))

    @property
    def mark(self) -> str:
        """The word that says that it is a simulation, or nothing."""
        return self._outbox.mark

    async def _follow(self) -> None:
        while True:
            await self._entries.arrived()
            self.turn()

    async def _tick(self) -> None:
        while True:
            now = self._clock.now()
            due = self._outbox.next_due(now) or now.running_ns + LOOK_NS
            await self._clock.sleep_until(min(max(due, now.running_ns + 1), now.running_ns + LOOK_NS))
            self.turn()

    async def _watch(self) -> None:
        while True:
            await self._real.sleep_until(self._real.now().running_ns + LOOK_NS // 4)
            self.look()

    def look(self) -> None:
        """Give up attempts whose time is over, and try once more where that makes sense."""
        now = self._real.now().running_ns
        late = [key for key, begun in self._begun.items() if now - begun.at_ns >= CONFIRM_NS]
        for key in late:
            if key in self._begun:
                self.result(key, self._begun[key].attempt, State.TIMEOUT, "no answer")
        for key in [key for key, due in self._later.items() if now >= due]:
            del self._later[key]
            if key in self._outbox.letters:
                self._retry(self._outbox.letters[key])

    async def _leave(self) -> None:
        """Post each letter once its entry is on disk, or half a second after it was written."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._leaving:
                self._left.set()
                self._posted.clear()
                await self._posted.wait()
            seq, letter, at = self._leaving[0]
            with suppress(TimeoutError, JournalError):
                async with asyncio.timeout_at(max(at + COMMIT_S, loop.time())):
                    await self._journal.committed_to(seq)
            self._leaving.popleft()
            self._send(letter, self._outbox.mark)

    def _retry(self, letter: Letter) -> None:
        following = self._outbox.again(letter)
        if following.state is State.SENDING:
            self._begin(following)
        elif letter.state is State.SENDING:
            self._record(following)

    def _begin(self, letter: Letter) -> None:
        seq = self._record(letter)
        key = letter.notification.key
        self._begun[key] = _Begun(letter.attempt, self._real.now().running_ns)
        self._leaving.append((seq, letter, asyncio.get_running_loop().time()))
        self._left.clear()
        self._posted.set()

    def _record(self, letter: Letter, at: Instant | None = None) -> int:
        told = letter.notification
        seq = self._add(NOTIFICATION, told.seat, told.participant, encode(letter), at)
        log.info("notification", state=letter.state.value, target=told.target, why=letter.reason)
        status = self._outbox.channel(told.target)
        if status is not None:
            self._say(status)
        return seq

    def _say(self, status: ChannelStatus) -> None:
        self._add(CHANNEL, status.target, None, channel_body(status))
        log.warning("channel", target=status.target, failed=status.failed, why=status.reason)

    def _add(
        self,
        kind: str,
        subject: str,
        participant: str | None,
        body: Mapping[str, object],
        at: Instant | None = None,
    ) -> int:
        entry = self._recorder.add(
            kind=kind,
            subject=subject,
            participant=participant,
            body=body,
            instant=at or self._clock.now(),
            urgent=True,
        )
        self._take()
        return entry.seq

    def _take(self) -> None:
        for entry in self._entries.take():
            self._outbox.take(entry)
            self._calls.take(entry)
