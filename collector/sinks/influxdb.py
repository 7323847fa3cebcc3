"""The sink for InfluxDB 2.x: `InfluxDBClientAsync` sends the lines that we built, and nothing else.

The client's own batching loses data without a word (servers.md 2.1); here it is told one request at a time,
and whatever comes of it is an `Answer`.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import aiohttp
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException

from collector.entry import Entry
from collector.errors import ConfigError
from collector.settings import InfluxdbSettings, SinkSettings
from collector.sinks.answers import Place, answered
from collector.sinks.base import DELIVERED, Answer, Around, Outcome, Sink
from collector.sinks.line import Unfit
from collector.sinks.points import lines

# Real seconds, reliability.md S11.
TIMEOUT = aiohttp.ClientTimeout(total=15.0, sock_connect=5.0)
CLOSING_S = 1.0
# One request a second while it keeps up; dashboards look no more often.
LINGER_S = 1.0
_NS = cast("WritePrecision", WritePrecision.NS)  # a plain string, whatever its type says
# Lines built per turn of the loop (about 8 us each).
SLICE = 32


@asynccontextmanager
async def open_sink(
    settings: SinkSettings, station: str, around: Around | None = None
) -> AsyncIterator[Sink]:
    """The sink of the section [influxdb]; connects with the first batch."""
    del around  # every entry says all that is needed
    assert isinstance(settings, InfluxdbSettings)  # noqa: S101 - for the type checker; SINKS says so
    sink = InfluxdbSink(settings, station)
    try:
        yield sink
    finally:
        await sink.close()


async def check(settings: InfluxdbSettings, station: str) -> str:
    """What is wrong with server, token or bucket, in one sentence; empty when rows would be taken.

    Asks the server to take no rows at all, which it refuses only after it has looked at everything else.
    """
    sink = InfluxdbSink(settings, station)
    try:
        answer = await sink.send(b"")
    finally:
        await sink.close()
    return "" if answer.outcome in (Outcome.DELIVERED, Outcome.REFUSED) else answer.why


class InfluxdbSink:
    """A `Sink` that writes to one bucket."""

    name = "InfluxDB"
    linger_s = LINGER_S

    def __init__(self, settings: InfluxdbSettings, station: str) -> None:
        self._settings, self._station = settings, station
        self._client: InfluxDBClientAsync | None = None
        source = f"the variable {settings.token_env}" if settings.token_env else settings.token_file
        self._place = Place(
            url=settings.url, org=settings.org, bucket=settings.bucket, kept=str(source)
        )

    async def deliver(self, entries: Sequence[Entry]) -> Answer:
        """Write the points of `entries` in one request."""
        body, unfit = await self._encode(entries)
        answer = await self.send(body) if body else DELIVERED
        return replace(answer, unfit=unfit) if answer.outcome is Outcome.DELIVERED else answer

    async def send(self, body: bytes) -> Answer:
        """Write lines; after an answer that somebody has to mend, token and certificate are read again."""
        answer = await self._send(body)
        if answer.outcome is Outcome.HOLD:
            await self.close()
        return answer

    async def close(self) -> None:
        """Let go of the connection; a server that does not answer holds nobody up."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_S):
                    await client.close()  # type: ignore[no-untyped-call]  # the library's

    async def _encode(self, entries: Sequence[Entry]) -> tuple[bytes, dict[int, str]]:
        """The lines of `entries`, and those of them that have none, with the reason."""
        built: list[str] = []
        unfit: dict[int, str] = {}
        for number, entry in enumerate(entries):
            if number and number % SLICE == 0:
                await asyncio.sleep(0)
            try:
                if text := lines(entry, self._station):
                    built.append(text)
            except Unfit as error:
                unfit[entry.seq] = f"It cannot be written: {error}."
        return "\n".join(built).encode(), unfit

    async def _send(self, body: bytes) -> Answer:
        place = self._place
        try:
            client = self._client = self._client or self._connect()
            taken = await client.write_api().write(place.bucket, place.org, body, _NS)
        except ConfigError as error:
            return Answer(outcome=Outcome.HOLD, why=str(error))
        except ApiException as error:
            return _told(error, place)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return unreached(error, place)
        return DELIVERED if taken else answered(200, "", "", place, datetime.now(UTC))

    def _connect(self) -> InfluxDBClientAsync:
        settings = self._settings
        return InfluxDBClientAsync(
            settings.url,
            token=settings.token().get_secret_value(),
            org=settings.org,
            timeout=TIMEOUT,
            allow_redirects=False,  # a redirected POST would come back as a GET and look like a success
            ssl_context=_trust(settings),
        )


def _told(error: ApiException, place: Place) -> Answer:
    """What the server's answer means; the library keeps it in untyped attributes."""
    said = error.body.decode(errors="replace") if isinstance(error.body, bytes) else ""
    after = str(error.headers.get("Retry-After", "")) if error.headers else ""
    return answered(int(error.status or 0), said, after, place, datetime.now(UTC))


def unreached(error: Exception, place: Place) -> Answer:
    """What it means that there was no answer at all."""
    host = place.url
    match error:
        case aiohttp.ClientConnectorCertificateError():
            why = f"The certificate of {host} is not trusted; name its authority in [influxdb] ca_file."
            return Answer(outcome=Outcome.HOLD, why=why)
        case aiohttp.ClientConnectorDNSError():
            why = f"The name in {host} is not known in this network; check [influxdb] url."
        case aiohttp.ClientConnectorSSLError():
            why = f"{host} does not speak TLS as we do; check https:// in [influxdb] url."
            return Answer(outcome=Outcome.HOLD, why=why)
        case aiohttp.InvalidURL():
            why = f"{host} is not an address; check [influxdb] url."
            return Answer(outcome=Outcome.HOLD, why=why)
        case TimeoutError():
            why = f"InfluxDB at {host} does not answer; look whether its machine is well."
        case aiohttp.ClientConnectorError():
            why = f"Nothing answers at {host}; start InfluxDB or check [influxdb] url."
        case _:
            why = f"The connection to InfluxDB at {host} broke; it is tried again."
    return Answer(outcome=Outcome.AGAIN, why=why)


def _trust(settings: InfluxdbSettings) -> ssl.SSLContext:
    """Whose certificates are believed; raises `ConfigError` for a file that holds none."""
    if not settings.url.startswith("https://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used; reading the system's takes 20 ms
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"{settings.ca_file} holds no certificate; check [influxdb] ca_file."
        ) from error
