"""`Broker`: one connection after the other to an MQTT broker; the only import of aiomqtt.

aiomqtt's client lives as long as one connection, waits its whole timeout for an answer of a broker that is
gone, and forgets what the broker answers (servers.md 3.3). So somebody always listens for the end of the
connection, and `Connection` keeps the reason of a refusal. Nothing is subscribed to: nobody can command a
station over MQTT.
"""

import asyncio
import contextlib
import logging
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from random import Random
from typing import Any

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import MQTT_ERR_SUCCESS
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.clock import SECOND, Clock
from collector.errors import ConfigError
from collector.settings import MqttSettings
from collector.sinks.base import DELIVERED, Answer, Outcome
from collector.sinks.message import Message, Topics
from collector.sinks.reasons import Asked, ended, refused, silent, turned_away, unreached
from collector.supervision import BackOff, either

# Real seconds (reliability.md S21: keep-alive 15 s, deadline of a publish 5 s).
KEEPALIVE_S = 15
REACH_S, ANSWER_S, CLOSING_S = 5.0, 5.0, 1.0
# Pauses between attempts: a broker that is back is found within a second.
FIRST_S, CAP_S = 0.2, 1.0
HOLD_S = 30.0
# Messages on their way at once. A broker may allow fewer than Mosquitto's 20; 10 is the least we know of.
WINDOW = 10
# Messages handed over at once: about 2 ms of the loop's time.
PART = 50

# What the libraries log is said by an `Answer`, once.
_quiet = logging.getLogger("holdspace.mqtt")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class Connection(aiomqtt.Client):
    """A client that publishes many messages at once and remembers that it was refused.

    Its own `publish` costs a task and a timer per message and forgets the reason (aiomqtt 2.5).
    """

    refused: ReasonCode | None = None  # the newest reason

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self._unanswered: set[int] = set()
        self._answered = asyncio.Event()

    async def publish_all(self, messages: Sequence[Message]) -> None:
        """Publish all of them, in this order; return when each is acknowledged.

        Raises `MqttError` without a connection, `TimeoutError` when the broker does not answer.
        """
        self._unanswered, self._answered = set(), asyncio.Event()
        for one in messages:
            sent = self._client.publish(
                one.topic, one.payload, qos=1, retain=one.retain, properties=_expiring(one.expiry_s)
            )
            if sent.rc != MQTT_ERR_SUCCESS:
                raise aiomqtt.MqttCodeError(sent.rc, "Could not publish")
            self._unanswered.add(sent.mid)
        async with asyncio.timeout(ANSWER_S):
            await self._answered.wait()

    def settle(self) -> None:
        """Take note of how the connection ended; asyncio would print what nobody has asked for."""
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()

    def _on_publish(
        self, client: Any, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        if reason_code.is_failure:
            self.refused = reason_code
        self._unanswered.discard(mid)
        if not self._unanswered:
            self._answered.set()
        super()._on_publish(client, userdata, mid, reason_code, properties)


class Broker:
    """Keeps a connection open (`run`) and publishes on it (`publish`); `count` counts connections.

    `greeting` gives what each connection begins with; it is not used when one of these is refused. The
    broker publishes `will` when the connection ends, and so do we before we end it.
    """

    def __init__(  # noqa: PLR0913 - its neighbours, named
        self,
        settings: MqttSettings,
        topics: Topics,
        *,
        greeting: Callable[[], Sequence[Message]],
        will: Message | None,
        real: Clock,
        random: Random,
    ) -> None:
        self.count = 0
        self._settings, self._greeting, self._will, self._real = settings, greeting, will, real
        self._topics = topics
        self._asked = Asked(
            url=settings.url, station=topics.station, user=settings.user, kept=settings.kept
        )
        self._tls: ssl.SSLContext | None = None
        self._back_off = BackOff(random, first_s=FIRST_S, cap_s=CAP_S)
        self._hold = BackOff(random, first_s=HOLD_S, cap_s=HOLD_S)
        self._connection: Connection | None = None
        self._lost = asyncio.Event()  # a new one for each connection
        self._tried = asyncio.Event()
        self._down = silent(self._asked)

    async def run(self) -> None:
        """Connect for ever."""
        while True:
            self._down = await self.visit(stay=True)
            self._tried.set()
            hold = self._down.outcome is Outcome.HOLD
            pause_s = self._hold.next_s() if hold else self._back_off.next_s()
            await self._real.sleep_until(self._real.now().running_ns + int(pause_s * SECOND))

    async def tried(self) -> None:
        """Return when the first attempt to connect has come to something, or takes too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REACH_S + ANSWER_S):
                await self._tried.wait()

    async def publish(self, messages: Sequence[Message]) -> Answer:
        """Publish in this order; `DELIVERED` when the broker has taken all of them."""
        for part in self._parts(messages):
            answer = await self._send(part)
            if answer.outcome is not Outcome.DELIVERED:
                return answer
        return DELIVERED

    async def visit(self, *, stay: bool) -> Answer:
        """Connect and say the greeting; to `stay` until the connection is lost. Why it is no more."""
        try:
            connection = self._made()
        except ConfigError as error:
            return Answer(outcome=Outcome.HOLD, why=str(error))
        will = None
        try:
            answer = await self._greet(connection)
            if stay and answer.outcome is Outcome.DELIVERED:
                will = self._will
                answer = await self._stay(connection)
        finally:
            self._connection = None
            await _close(connection, will)
        return answer

    async def _send(self, messages: Sequence[Message]) -> Answer:
        """Publish what may be on its way at once."""
        connection, lost = self._connection, self._lost
        if connection is None:
            return self._down
        try:
            await either(
                connection.publish_all(messages), lost.wait(), clock=self._real, name="mqtt publishes"
            )
        except (TimeoutError, aiomqtt.MqttError):  # the broker is frozen, or gone just now
            lost.set()
        if lost.is_set():
            return silent(self._asked)
        return self._judged(connection, messages[0])

    async def _greet(self, connection: Connection) -> Answer:
        try:
            await self._knock()
            await connection.__aenter__()
            for part in self._parts(self._greeting()):
                await either(
                    connection.publish_all(part),
                    _over(connection),
                    clock=self._real,
                    name="mqtt greets",
                )
                answer = self._judged(connection, part[0])
                if answer.outcome is not Outcome.DELIVERED:
                    return answer
        except OSError as error:
            return unreached(error, self._asked)
        except MqttConnectError as error:
            return turned_away(*_code(error), self._asked)
        except aiomqtt.MqttError as error:
            code, said = _code(error.__cause__)
            return ended(code, said, self._asked) if code else silent(self._asked)
        return DELIVERED

    async def _stay(self, connection: Connection) -> Answer:
        self.count += 1
        self._lost = asyncio.Event()
        self._connection = connection
        self._tried.set()
        self._back_off.reset()
        try:
            await either(_over(connection), self._lost.wait(), clock=self._real, name="mqtt listens")
        except aiomqtt.MqttError as error:
            return ended(*_code(error.__cause__), self._asked)
        finally:
            self._lost.set()
        return silent(self._asked)

    async def _knock(self) -> None:
        """Reach the port in a way that can be given up at any time and says what is wrong.

        aiomqtt connects in a thread that nothing can stop, and a station that ends would wait for it.
        """
        settings = self._settings
        async with asyncio.timeout(REACH_S):
            _, writer = await asyncio.open_connection(settings.host, settings.port, ssl=self._tls)
        writer.transport.abort()

    def _made(self) -> Connection:
        """A client for one connection; raises `ConfigError` without password or certificate."""
        if sys.platform == "win32":
            raise ConfigError("MQTT is not to be had on Windows; leave [mqtt] out there.")
        settings, will = self._settings, self._will
        password = settings.password()
        if settings.encrypted and (self._tls is None or self._down.outcome is Outcome.HOLD):
            self._tls = _trust(settings)  # not every time: reading the system's takes 20 ms
        return Connection(
            settings.host,
            settings.port,
            username=settings.user or None,
            password=password.get_secret_value() if password else None,
            identifier=f"holdspace-{self._topics.station}" if will else None,
            protocol=aiomqtt.ProtocolVersion.V5,
            will=aiomqtt.Will(will.topic, will.payload, qos=1, retain=True) if will else None,
            tls_context=self._tls,
            timeout=ANSWER_S,
            keepalive=KEEPALIVE_S,
            max_inflight_messages=WINDOW,
            logger=_quiet,
        )

    def _parts(self, messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
        """What may be on its way at once; the same right is needed for all of a part."""
        for _, group in groupby(messages, lambda one: self._topics.around(one.topic)):
            alike = list(group)
            for at in range(0, len(alike), PART):
                yield alike[at : at + PART]

    def _judged(self, connection: Connection, message: Message) -> Answer:
        """Whether what was acknowledged was also taken."""
        if connection.refused is None:
            return DELIVERED
        asked = replace(self._asked, topic=self._topics.around(message.topic))
        return refused(connection.refused.value, str(connection.refused), asked)


def _expiring(expiry_s: int | None) -> Properties | None:
    if expiry_s is None:
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # the library's
    properties.MessageExpiryInterval = expiry_s
    return properties


async def _close(connection: Connection, will: Message | None) -> None:
    """Say that we go, and go; a broker that does not answer holds nobody up."""
    with contextlib.suppress(TimeoutError, aiomqtt.MqttError):
        async with asyncio.timeout(CLOSING_S):
            if will:
                await connection.publish_all([will])
    with contextlib.suppress(TimeoutError, aiomqtt.MqttError):
        async with asyncio.timeout(CLOSING_S):
            await connection.__aexit__(None, None, None)
    connection.settle()


async def _over(connection: Connection) -> None:
    """Raise when the connection ends."""
    async for _ in connection.messages:
        pass


def _code(error: BaseException | None) -> tuple[int, str]:
    """The reason code that an error carries, and its name; 0 without one."""
    code = error.rc if isinstance(error, aiomqtt.MqttCodeError) else None
    return (code.value, str(code)) if isinstance(code, ReasonCode) else (0, "")


def _trust(settings: MqttSettings) -> ssl.SSLContext:
    """Whose certificates are believed; raises `ConfigError` for a file that holds none."""
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"{settings.ca_file} holds no certificate; check [mqtt] ca_file.") from error
