"""`Delivery`: follows the committed journal from a durable cursor and hands it to one sink.

One batch is in flight. The cursor moves when everything of the batch is at the server or set aside, and is
kept in the journal; whatever happens in between, the same entries are sent again.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from random import Random

import structlog

from collector.clock import SECOND, Clock
from collector.entry import Entry
from collector.errors import NotSaved
from collector.journal.port import JournalPort
from collector.recorder import Recorder
from collector.sinks.base import Answer, Outcome, Sink
from collector.sinks.portion import Portion
from collector.sinks.trouble import Trouble, Word
from collector.supervision import BackOff, either

log = structlog.get_logger(__name__)

# Entry kinds; `subject` is the sink's section of holdspace.toml.
SINK = "sink"  # body {"name", "behind", "why", "since_utc_ns", "refused": rows set aside just now}
QUARANTINE = "quarantine"  # body {"rows": {seq: why}}: the rows themselves stay in the journal
STATE = "sink/{}"  # the cursor, as a state of the journal; body {"set_aside", "told"}

# Rows per batch, and per turn of the loop: 500 rows cost several ms of the loop's time, and readings that
# come in meanwhile wait as long (promised: 5 ms from bytes to page state, also while a backlog drains).
MOST = 500
SLICE = 32
# Pauses in real seconds (reliability.md S11, S14, S17).
FIRST_S, CAP_S = 0.5, 60.0
HOLD_S = 60.0
LONGEST_ASKED_S = 300.0
LONGEST_WHY = 200


class Delivery:
    """Delivers the journal to the sink that `opened` makes; its cursor is kept under `key`.

    Make one per opened journal. `run` may be cancelled and run again at any time; it opens the sink and
    closes it. `clock` is the session's, `real` that of real time.
    """

    def __init__(  # noqa: PLR0913 - its neighbours, named
        self,
        opened: Callable[[], AbstractAsyncContextManager[Sink]],
        *,
        key: str,
        recorder: Recorder,
        journal: JournalPort,
        clock: Clock,
        real: Clock,
        random: Random,
    ) -> None:
        self.key = key
        self.cursor, kept = journal.state(STATE.format(key)) or (0, {})
        self.set_aside = int(str(kept.get("set_aside", 0)))
        self._opened, self._recorder, self._journal = opened, recorder, journal
        self._clock, self._real = clock, real
        self._back_off = BackOff(random, first_s=FIRST_S, cap_s=CAP_S)
        self._hold = BackOff(random, first_s=HOLD_S, cap_s=HOLD_S)
        self._trouble = Trouble(str(kept.get("told", "")))
        self._most = MOST
        self._next_ns = 0  # when the next batch may begin, real
        self._changed = asyncio.Event()
        self._leaving = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many committed entries are not delivered yet."""
        return self._journal.committed - self.cursor

    async def run(self) -> None:
        """Deliver for ever; return when the journal has ended."""
        async with self._opened() as sink:
            while True:
                try:
                    await self._journal.committed_to(self.cursor + 1)
                except NotSaved:
                    return
                await self._linger(sink)
                await self._deliver(sink)

    async def settle(self) -> None:
        """Return when everything committed is delivered, or at the first failure: for the end of a station."""
        self._leaving.set()
        while self.waiting > 0 and not self._trouble.failing:
            self._changed.clear()
            await self._changed.wait()

    async def _linger(self, sink: Sink) -> None:
        """Let a batch fill up, unless it is full already or the station is about to end."""
        if self.waiting < self._most and not self._leaving.is_set():
            await either(
                self._real.sleep_until(self._next_ns),
                self._leaving.wait(),
                clock=self._real,
                name="sink lingers",
            )
        self._next_ns = self._real.now().running_ns + int(sink.linger_s * SECOND)

    async def _deliver(self, sink: Sink) -> None:
        """Settle one batch, however long it takes, and move the cursor behind it."""
        entries, upto = await self._read()
        portion = Portion(entries)
        while (part := portion.part) is not None:
            answer = await sink.deliver(part)
            if answer.outcome in (Outcome.AGAIN, Outcome.HOLD):
                await self._pause(sink.name, answer)
            elif answer.outcome is Outcome.FAILED:
                await self._pause(sink.name, answer)
                if portion.failed(answer.why[:LONGEST_WHY]) and self.waiting > len(entries):
                    return  # there are others by now, and it is read again with them
            elif answer.outcome is Outcome.DELIVERED:
                portion.delivered(answer.unfit)
                self._most = min(MOST, self._most * 2)
            else:
                if answer.outcome is Outcome.TOO_LARGE:
                    self._most = max(1, len(part) // 2)
                portion.halve(answer.why[:LONGEST_WHY])
        self._over(sink.name)
        await self._quarantine(sink.name, portion)
        self.cursor = upto
        self._keep()
        self._changed.set()

    def _keep(self) -> None:
        """Keep the cursor, and what the page was told, for the next start."""
        body = {"set_aside": self.set_aside, "told": self._trouble.told}
        self._journal.save_state(STATE.format(self.key), self.cursor, body)

    async def _read(self) -> tuple[list[Entry], int]:
        """The next batch, in slices between which the loop may turn, and the seq up to which it reaches."""
        entries: list[Entry] = []
        upto, most = self.cursor, self._most
        while upto < self._journal.committed and len(entries) < most:
            passage = self._journal.read(upto, min(SLICE, most - len(entries)))
            entries += passage.entries
            upto = passage.upto
            if passage.damaged:
                log.warning("damaged entries are not delivered", sink=self.key, count=passage.damaged)
            await asyncio.sleep(0)
        return entries, upto

    async def _pause(self, name: str, answer: Answer) -> None:
        """Say what is wrong, once, and wait before the next attempt."""
        hold = answer.outcome is Outcome.HOLD
        if not self._trouble.failing:
            log.warning("sink gets nothing", sink=self.key, why=answer.why)
        now = self._real.now().running_ns
        utc_ns = self._clock.now().utc_ns
        why = answer.why[:LONGEST_WHY]
        if word := self._trouble.failed(why, now_ns=now, utc_ns=utc_ns, lasting=hold):
            self._tell(name, word)
            self._keep()
        self._changed.set()
        pause_s = self._hold.next_s() if hold else self._back_off.next_s()
        if answer.after_s is not None:
            pause_s = min(answer.after_s, LONGEST_ASKED_S)
        await self._real.sleep_until(now + int(pause_s * SECOND))

    def _over(self, name: str) -> None:
        """Say that the sink gets everything again, if it was otherwise."""
        if self._trouble.failing:
            log.warning("sink gets everything again", sink=self.key, waiting=self.waiting)
        self._back_off.reset()
        if word := self._trouble.over():
            self._tell(name, word)

    async def _quarantine(self, name: str, portion: Portion) -> None:
        """Record durably which rows are passed over, and why, before the cursor passes them."""
        if not portion.set_aside:
            return
        self.set_aside += len(portion.set_aside)
        first = next(iter(portion.set_aside.values()))
        log.warning("rows set aside", sink=self.key, rows=len(portion.set_aside), why=first)
        rows = {str(seq): why for seq, why in portion.set_aside.items()}
        seq = self._add(QUARANTINE, {"rows": rows})
        self._tell(name, Word(why="", since_utc_ns=None), refused=len(rows))
        await self._journal.committed_to(seq)

    def _tell(self, name: str, word: Word, *, refused: int = 0) -> None:
        self._add(
            SINK,
            {
                "name": name,
                "behind": bool(word.why),
                "why": word.why,
                "since_utc_ns": word.since_utc_ns,
                "refused": refused,
            },
        )

    def _add(self, kind: str, body: dict[str, object]) -> int:
        return self._recorder.add(
            kind=kind,
            subject=self.key,
            participant=None,
            body=body,
            instant=self._clock.now(),
            urgent=True,
        ).seq
