"""Other software of the house: subscribes, and does what the contract asks of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import aiomqtt
from aiomqtt import ProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.collector.sinks.mosquitto import SIGHT, VIEWER

PATIENCE = 600  # of 50 ms
RETRY_S = 0.05


class Subscriber:
    """Hears everything below `topic`; with a `name` it is durable and finds out what it missed.

    `retained` is what a broker keeps, as this one saw it last; `seqs` what is left of the journal's topic
    after dropping what is not above the last.
    """

    def __init__(self, port: int, *, topic: str = "#", name: str = "") -> None:
        self._port, self._topic, self._name = port, topic, name
        self.heard: list[tuple[str, bytes]] = []
        self.expiries: dict[str, int] = {}
        self.seqs: list[int] = []
        self.connected = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Self]:
        """Listen while the block runs, whatever becomes of the broker."""
        running = asyncio.get_running_loop().create_task(self._run())
        try:
            async with asyncio.timeout(30):
                await self.connected.wait()
            yield self
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    @property
    def retained(self) -> dict[str, bytes]:
        """The newest payload of each topic, without those that were taken away."""
        newest = dict(self.heard)
        return {topic: payload for topic, payload in newest.items() if payload}

    def of(self, topic: str) -> list[Any]:
        """What came on `topic`, decoded where it is JSON."""
        return [read(payload) for name, payload in self.heard if name == topic]

    async def until(self, reached: Callable[[], bool]) -> None:
        """Return when `reached` says so."""
        for _ in range(PATIENCE):
            if reached():
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"not heard: {self.seqs} {self.heard[-5:]}")

    async def _run(self) -> None:
        while True:
            with suppress(aiomqtt.MqttError):
                await self._listen()
            await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        durable = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # the library's
        durable.SessionExpiryInterval = 3600 if self._name else 0
        client = aiomqtt.Client(
            "127.0.0.1",
            self._port,
            username=VIEWER,
            password=SIGHT,
            identifier=self._name or None,
            protocol=ProtocolVersion.V5,
            clean_start=not self._name,
            properties=durable,
            timeout=5,
        )
        async with client:
            await client.subscribe(self._topic, qos=1)
            self.connected.set()
            async for message in client.messages:
                self._hear(message)

    def _hear(self, message: aiomqtt.Message) -> None:
        topic, payload = str(message.topic), message.payload
        self.heard.append((topic, payload))
        expiry = getattr(message.properties, "MessageExpiryInterval", None)
        if expiry is not None:
            self.expiries[topic] = int(expiry)
        if topic.endswith("/journal"):
            seq = json.loads(payload)["seq"]
            if not self.seqs or seq > self.seqs[-1]:
                self.seqs.append(seq)


def read(payload: bytes) -> Any:
    """JSON as values, anything else as text."""
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode()


async def kept(port: int) -> dict[str, Any]:
    """What the broker keeps at this moment, as one who comes now sees it."""
    async with Subscriber(port).listening() as newcomer:
        await asyncio.sleep(0.3)  # what is retained comes at once
        return {topic: read(payload) for topic, payload in newcomer.retained.items()}
