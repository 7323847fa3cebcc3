"""The sink for an MQTT 5 broker: the whole journal as a stream, and what is true now as retained messages.

Topics and payloads are a contract (docs/mqtt.md, `mqtt.schema.json`). A subscriber that drops what has a
seq not above the last gets every entry once and in order, whoever was restarted: after a connection is lost
the newest entries are published once more, because a broker may have forgotten what it acknowledged.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import metadata
from random import Random

from collector.clock import LiveClock
from collector.entry import Entry
from collector.errors import Unavailable
from collector.journal.erasure import Erasure
from collector.session import SEATS
from collector.settings import MqttSettings, SinkSettings
from collector.sinks.base import DELIVERED, Answer, Around, Outcome, Sink
from collector.sinks.broker import Broker
from collector.sinks.discovery import seat_device, station_device
from collector.sinks.line import Unfit
from collector.sinks.message import OFFLINE, ONLINE, Message, Topics, gone
from collector.sinks.payloads import EVENTS, entry_payload
from collector.sinks.seats import FOLDED, Seats, age
from collector.supervision import Policy, Supervisor

# Real seconds. Home Assistant's recorder stores each message, so no seat says more than one a second.
LINGER_S = 1.0
# Session seconds: a batch older than this is history and goes to the journal's topic alone.
NEWS_S = 10.0
# Entries published once more on a new connection: a broker that was killed may have lost its last second.
OVERLAP = 1000
# Entries taken per turn of the loop (about 30 us each).
SLICE = 64


@asynccontextmanager
async def open_sink(
    settings: SinkSettings, station: str, around: Around | None = None
) -> AsyncIterator[Sink]:
    """The sink of the section [mqtt]; connects in the background and stays connected."""
    assert isinstance(settings, MqttSettings)  # noqa: S101 - for the type checker; SINKS says so
    assert around is not None  # noqa: S101 - a station always gives it
    sink = MqttSink(settings, station, around)
    async with Supervisor(LiveClock(), random=Random()) as tasks:  # noqa: S311 - jitter of pauses
        tasks.start("mqtt connection", sink.broker.run, policy=Policy.ESCALATE)
        try:
            yield sink
        finally:
            tasks.stop()


async def erase(settings: SinkSettings, station: str, erasures: Sequence[Erasure]) -> None:
    """Take away what the broker keeps of `station`; raises `Unavailable` with one sentence.

    All of it, whomever it is about: no session runs while something is erased.
    """
    assert isinstance(settings, MqttSettings)  # noqa: S101 - for the type checker; SINKS says so
    topics = Topics(settings.base_topic, station)
    answer = await _visit(settings, topics, _cleared(topics)) if erasures else DELIVERED
    if answer.outcome is not Outcome.DELIVERED:
        raise Unavailable(answer.why)


async def check(settings: MqttSettings, station: str) -> str:
    """What is wrong with broker, password or rights, in one sentence; empty when messages are taken."""
    topics = Topics(settings.base_topic, station)
    answer = await _visit(settings, topics, [Message(topic=topics.event("check"), payload=b"{}")])
    return "" if answer.outcome is Outcome.DELIVERED else answer.why


class MqttSink:
    """A `Sink` that publishes; `broker` has to be run beside it."""

    name = "MQTT"
    linger_s = LINGER_S

    def __init__(self, settings: MqttSettings, station: str, around: Around) -> None:
        self._clock = around.clock
        self._topics = Topics(settings.base_topic, station)
        self._home_assistant = settings.home_assistant
        self._version = metadata.version("holdspace")
        self._seats = Seats()
        for entry in around.before(FOLDED):
            self._seats.take(entry)
        self._kept: dict[str, bytes] = {}  # what the broker keeps of the seats, by topic
        self._announced: set[str] = set()  # seats that Home Assistant knows on this connection
        self._recent: deque[Message] = deque(maxlen=OVERLAP)
        self._connection = 0
        self.broker = Broker(
            settings,
            self._topics,
            greeting=self._greeting,
            will=Message(topic=self._topics.availability, payload=OFFLINE, retain=True),
            real=LiveClock(),
            random=Random(),  # noqa: S311 - jitter of pauses
        )

    async def deliver(self, entries: Sequence[Entry]) -> Answer:
        """Publish each entry on the journal's topic, then what it changes."""
        told, unfit = await self._told(entries)
        await self.broker.tried()
        connection = self.broker.count
        anew = connection != self._connection
        answer = await self.broker.publish([*(self._recent if anew else ()), *told.values()])
        if answer.outcome is not Outcome.DELIVERED:
            return answer
        self._recent.extend(told.values())
        if anew:
            self._kept.clear()
            self._announced.clear()
            self._connection = connection
        answer = await self._change(entries, told)
        return replace(answer, unfit=unfit) if answer.outcome is Outcome.DELIVERED else answer

    async def _told(self, entries: Sequence[Entry]) -> tuple[dict[int, Message], dict[int, str]]:
        """The message of each entry by its seq, and the reasons of those that have none; folds them in."""
        told: dict[int, Message] = {}
        unfit: dict[int, str] = {}
        for number, entry in enumerate(entries):
            if number and number % SLICE == 0:
                await asyncio.sleep(0)
            self._seats.take(entry)
            try:
                told[entry.seq] = Message(topic=self._topics.journal, payload=entry_payload(entry))
            except Unfit as error:
                unfit[entry.seq] = f"It cannot be published: {error}."
        return told, unfit

    async def _change(self, entries: Sequence[Entry], told: Mapping[int, Message]) -> Answer:
        """Publish what is news, and what the broker is to keep from now on.

        What is history changes nothing of that, unless it ends the session.
        """
        now = self._clock.now()
        news = age(entries[-1].instant, now) < NEWS_S
        if not news and self._seats.open:
            return DELIVERED
        wanted = self._seats.messages(self._topics, now)
        changed = [one for one in wanted.values() if self._kept.get(one.topic) != one.payload]
        changed += [
            one for topic in self._kept if topic not in wanted for one in self._topics.ended(topic)
        ]
        answer = await self.broker.publish(
            [*self._news(entries if news else (), told), *self._announcements(), *changed]
        )
        if answer.outcome is Outcome.DELIVERED:
            self._kept = {one.topic: one.payload for one in wanted.values()}
            self._announced |= set(self._roster)
        return answer

    def _news(self, entries: Sequence[Entry], told: Mapping[int, Message]) -> Iterator[Message]:
        for entry in entries:
            if entry.kind in EVENTS and entry.seq in told:
                yield replace(told[entry.seq], topic=self._topics.event(entry.kind))

    def _announcements(self) -> Iterator[Message]:
        """The seats that Home Assistant does not know yet."""
        if self._home_assistant:
            for seat in self._roster:
                if seat not in self._announced:
                    yield seat_device(self._topics, seat, self._version)

    @property
    def _roster(self) -> Collection[str]:
        session = self._seats.session
        return session.roster.keys() if session and self._seats.open else ()

    def _greeting(self) -> list[Message]:
        """What a connection begins with; the first one also tidies up after a station that was killed."""
        greeting = [Message(topic=self._topics.availability, payload=ONLINE, retain=True)]
        if self._home_assistant:
            greeting.append(station_device(self._topics, self._version))
        if self.broker.count == 0:
            wanted = self._seats.messages(self._topics, self._clock.now())
            greeting[:0] = [one for one in _cleared(self._topics) if one.topic not in wanted]
        return greeting


def _cleared(topics: Topics) -> list[Message]:
    """Takes away all that can be kept of the station but whether it is there."""
    kept = [topic for seat in SEATS for topic in topics.of_seat(seat)]
    return [gone(topic) for topic in (*kept, topics.alert)]


async def _visit(settings: MqttSettings, topics: Topics, messages: Sequence[Message]) -> Answer:
    """Publish `messages` on a connection of their own, as a guest beside the station."""
    broker = Broker(
        settings,
        topics,
        greeting=lambda: messages,
        will=None,
        real=LiveClock(),
        random=Random(),  # noqa: S311 - jitter of pauses
    )
    return await broker.visit(stay=False)
