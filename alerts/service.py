"""The shell around the engine: feeds it, wakes it, records what it says.

It also owns the commands *acknowledge* and *pause*. All decisions are the engine's; here are the
clock, the feed and the recorder, and nothing is waited for between an entry and the events it causes.
"""

import asyncio
from collections.abc import Mapping

import structlog

from alerts.baseline import BASELINE, Baseline, BaselineTaken, baseline_body
from alerts.condition import ALERT, AlertEvent
from alerts.keeping import Keeper
from alerts.outage import OUTAGE, Outage, Part, outage_body
from alerts.overrides import OVERRIDE
from alerts.pause import (
    CUFF,
    MINUTES,
    PAUSE,
    PauseAsked,
    PauseEnd,
    PauseReason,
    back_body,
    begin_body,
    over_body,
)
from alerts.ports import Keeping, Recording
from alerts.rules import Rules
from alerts.seat import Found
from alerts.store import RULES, Kept, Past, encode, owner, recall, rules_body
from alerts.system import SYSTEM_KINDS
from collector.clock import SECOND, Clock, Instant
from collector.device import DEVICE
from collector.entry import READING
from collector.errors import Refused
from collector.feed import Feed, Loss
from collector.identity import IDENTITY, settled_body
from collector.session import BINDING, MARKER, SESSION, Phase, Session

log = structlog.get_logger(__name__)

KINDS = frozenset({SESSION, BINDING, MARKER, DEVICE, READING, PAUSE, BASELINE, OVERRIDE}) | SYSTEM_KINDS
# Ten seconds of a thousand oximeters; more waiting means that the loop stands still.
BOUND = 10_000
LONGEST_SLEEP = SECOND
BEHIND = "alerts"  # the kind of entry that says whether the alerts are behind the readings
LONGEST_NAME = 80
MINUTE = 60 * SECOND


class Alerts:
    """The alerts of one station. Make it before anything is recorded, then keep `run` running.

    Making it takes up what a former run left: open episodes go on under their ids.
    """

    def __init__(  # noqa: PLR0913 - its neighbours, named
        self,
        rules: Rules,
        *,
        recorder: Recording,
        journal: Keeping,
        feed: Feed,
        clock: Clock,
        past: Past,
    ) -> None:
        self._recorder, self._clock, self._feed = recorder, clock, feed
        self._entries = feed.subscribe("alerts", bound=BOUND, loss=Loss.NOTHING, kinds=KINDS)
        self._seq = 0  # of the newest entry taken or recorded here
        self._running_before = False
        self._wake_at = 0
        self._behind = False
        self.turned_ns = clock.now().running_ns  # when the engine last took its turn
        kept: Kept = journal.state
        self._engine, found = recall(rules, recorder.session, kept, past)
        self._keeper = Keeper(self._engine, journal)
        self._record(found)
        left = self._engine.last
        self._record(self._engine.resume(clock.now()))
        if left is not None:
            self._record_outage(Outage(part=Part.COLLECTOR, since=left, until=clock.now()))
        self._check_start(recorder.session)

    async def run(self) -> None:
        """Follow the feed and the clock, for ever."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow(tasks), name="alerts follow the feed")
                tasks.create_task(self._tick(), name="alerts follow the clock")
        finally:
            self._feed.unsubscribe(self._entries)

    def turn(self) -> None:
        """Take what has come and do what is due now."""
        self._watch_feed()
        for entry in self._entries.take():
            self._seq = max(self._seq, entry.seq)
            self._record(self._engine.take(entry))
        now = self._clock.now()
        self._record(self._engine.advance(now))
        self.turned_ns = now.running_ns
        self._keep()

    def acknowledge(self, episode: str, by: str, watch: float | None = None) -> bool:
        """Somebody has seen `episode`; False = it is gone, and nothing was changed.

        With `watch` until a value beyond that, or half an hour; raises `Refused` where that cannot be.
        """
        self.turn()
        by, now = by[:LONGEST_NAME] or "somebody", self._clock.now()
        if watch is not None and (
            refusal := self._engine.refuses_watch(episode, watch, now.running_ns)
        ):
            raise Refused(refusal)
        events = self._engine.acknowledge(episode, by=by, now=now, watch=watch)
        self._record(events)
        return any(event.by for event in events) or self._engine.acknowledged(episode)

    def acknowledge_cautions(self, by: str) -> list[str]:
        """Somebody has seen every caution that waits, never an urgent alert; their episodes."""
        self.turn()
        return [episode for episode in self._engine.cautions if self.acknowledge(episode, by)]

    def pause(self, seat: str, reason: PauseReason, *, minutes: int, by: str) -> None:
        """Give no signals for the participant on `seat`; a cuff's pause has its own length.

        Raises `Refused` with a sentence when nobody is watched there, after two in a row, or for
        another length than 1, 2 or 5 minutes.
        """
        self.turn()
        if minutes not in MINUTES:
            raise Refused("A pause lasts 1, 2 or 5 minutes.")
        if refusal := self._engine.refuses_pause(seat):
            raise Refused(refusal)
        length = CUFF if reason is PauseReason.CUFF else minutes * MINUTE
        asked = PauseAsked(reason=reason, length=length, by=by[:LONGEST_NAME])
        self._record_pause(seat, begin_body(asked), self._clock.now())
        self.turn()

    def back(self, seat: str, by: str) -> None:
        """End the pause of `seat`; what still stands is announced. Raises `Refused` without a pause."""
        self.turn()
        if not self._engine.paused(seat):
            raise Refused("That pause is over already; nothing changed.")
        self._record_pause(seat, back_body(by[:LONGEST_NAME]), self._clock.now())
        self.turn()

    def settle(self, seat: str, by: str) -> None:
        """The right person wears the right clip on `seat`, somebody says. Raises `Refused` without doubt."""
        self.turn()
        session = self._recorder.session
        if session is None or not self._engine.doubts(seat):
            raise Refused("There is no doubt about that seat; nothing changed.")
        self._record_fact(IDENTITY, seat, settled_body(by[:LONGEST_NAME]), self._clock.now())
        self.turn()

    def baseline(self, seat: str, by: str) -> Baseline:
        """Take the newest readings of the person on `seat` for what is usual, and go by it from now on.

        Raises `Refused` with a sentence when they are too few or not steady.
        """
        self.turn()
        now = self._clock.now()
        baseline = None
        if not (refusal := self._engine.refuses_baseline(seat, now.running_ns)):
            baseline = self._engine.baseline(seat, now.running_ns, by=by[:LONGEST_NAME] or "somebody")
        if baseline is None:
            raise Refused(refusal)
        self._record_fact(BASELINE, seat, baseline_body(baseline), now)
        self.turn()
        return baseline

    def override(self, seat: str, body: Mapping[str, object]) -> None:
        """Other limits for the person on `seat`, to the end of the session; `body` as in a rules file.

        Raises `Refused` with a sentence: looser needs a reason and a name, and no limit may be unsound.
        """
        self.turn()
        asked = {**body, "seat": seat}
        if refusal := self._engine.refuses_override(asked):
            raise Refused(refusal)
        self._record_fact(OVERRIDE, seat, asked, self._clock.now())
        self.turn()

    def close_limits(self, seat: str) -> list[str]:
        """Sentences on limits that equal what is usual for the person on that seat."""
        return self._engine.close_limits(seat)

    async def _follow(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            await self._entries.arrived()
            self.turn()
            due = self._engine.next_due()
            if due is not None and due < self._wake_at:
                self._wake_at = due
                tasks.create_task(self._wake(due), name="alerts wake early")

    async def _tick(self) -> None:
        while True:
            now = self._clock.now().running_ns
            due = self._engine.next_due()
            self._wake_at = now + LONGEST_SLEEP if due is None else min(due, now + LONGEST_SLEEP)
            await self._wake(self._wake_at)

    async def _wake(self, running_ns: int) -> None:
        asked = self._clock.now()
        await self._clock.sleep_until(running_ns)
        since = asked.plus(max(0, running_ns - asked.running_ns))
        self._record_outage(Outage(part=Part.ENGINE, since=since, until=self._clock.now()))
        self.turn()

    def _record_outage(self, outage: Outage) -> None:
        """Say in the record that people were not watched for a while."""
        session = self._recorder.session
        if session is None or session.phase is Phase.ENDED or not outage.counts:
            return
        self._say(OUTAGE, "", outage_body(outage), outage.until)
        log.warning("outage", part=outage.part.value, seconds=outage.seconds)

    def _record(self, events: list[AlertEvent]) -> None:
        """Record events, and keep the state of their seats with them."""
        for event in events:
            seat, participant, body = encode(event)
            entry = self._recorder.add(
                kind=ALERT,
                subject=seat,
                participant=participant,
                body=body,
                instant=event.at,
                urgent=True,
            )
            self._seq = max(self._seq, entry.seq)
            log.info(event.happening.value, episode=event.episode, level=event.level.word)
        if events:
            for seat in dict.fromkeys(owner(event) for event in events):
                self._keeper.part(seat, self._seq)
        if found := self._engine.found():
            self._record_found(found)

    def _record_found(self, found: list[Found]) -> None:
        """Say how pauses ended (one that somebody ended has said so), and what a dose made the baseline."""
        for one in found:
            if isinstance(one, BaselineTaken):
                self._record_fact(
                    BASELINE, one.seat, baseline_body(one.baseline), one.at, one.participant
                )
            elif one.why is not PauseEnd.BACK:
                self._record_pause(one.seat, over_body(one), one.at, one.participant)

    def _record_pause(
        self, seat: str, body: Mapping[str, object], at: Instant, participant: str | None = None
    ) -> None:
        self._record_fact(PAUSE, seat, body, at, participant)

    def _record_fact(
        self,
        kind: str,
        seat: str,
        body: Mapping[str, object],
        at: Instant,
        participant: str | None = None,
    ) -> None:
        """Record what concerns one seat, and keep the state of that seat with it."""
        session = self._recorder.session
        if participant is None and session is not None:
            participant = session.roster.get(seat)
        entry = self._recorder.add(
            kind=kind, subject=seat, participant=participant, body=body, instant=at, urgent=True
        )
        log.info(kind, seat=seat)
        self._seq = max(self._seq, entry.seq)
        self._keeper.part(seat, self._seq)

    def _keep(self) -> None:
        """Keep everything when the session begins or ends, and a share of it each second."""
        running = self._engine.watching
        if running is not self._running_before:
            self._running_before = running
            if running:
                self._record_rules()
            self._keeper.everything(self._seq)
        if running:
            self._keeper.share(self._seq, self._clock.now().running_ns)

    def _record_rules(self) -> None:
        """Say in the journal under which rules the session runs from now on."""
        self._say(RULES, "", rules_body(self._engine.rules), self._clock.now())

    def _say(self, kind: str, subject: str, body: Mapping[str, object], at: Instant) -> None:
        """Record what concerns no participant."""
        self._recorder.add(
            kind=kind, subject=subject, participant=None, body=body, instant=at, urgent=True
        )

    def _watch_feed(self) -> None:
        """Say once that the alerts have fallen behind, and once that they have caught up."""
        if self._entries.overflowed is self._behind:
            return
        self._behind = not self._behind
        log.warning("alerts behind" if self._behind else "alerts caught up")
        self._say(BEHIND, "engine", {"behind": self._behind}, self._clock.now())

    def _check_start(self, session: Session | None) -> None:
        """A session that began before this was made would run unwatched: a defect of the wiring."""
        if session is not None and session.phase is Phase.RUNNING and not self._engine.watching:
            raise RuntimeError("Alerts must be made before the session's first entry is recorded.")
