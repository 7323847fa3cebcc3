"""The sink for InfluxDB against a server that answers as badly as it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random

import aiohttp
import pytest

from collector.clock import SECOND
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.settings import InfluxdbSettings
from collector.sinks import influxdb
from collector.sinks.base import Answer, Outcome
from collector.sinks.delivery import SINK, Delivery
from collector.sinks.influxdb import InfluxdbSink, check, open_sink
from collector.sinks.memory import MemorySink
from tests.collector.journal.samples import instant, reading
from tests.collector.sinks.hurry import Hurry
from tests.collector.sinks.influxd import free_port
from tests.collector.sinks.loop import KEY, Room
from tests.collector.sinks.replies import Fault, Replies

pytestmark = pytest.mark.asyncio

TOLD_AT_ONCE = {
    Fault.STRANGER: "refuses the token",
    Fault.RIGHT: "may not write",
    Fault.BUCKET: "has no bucket",
    Fault.REDIRECT: "is not InfluxDB",
    Fault.PORTAL: "is not InfluxDB",
    Fault.PROXY_400: "is not InfluxDB",
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that hangs is given up soon."""
    monkeypatch.setattr(influxdb, "TIMEOUT", aiohttp.ClientTimeout(total=0.5, sock_connect=0.5))


def configured(url: str, folder: Path) -> InfluxdbSettings:
    """The section [influxdb] for a server."""
    file = folder / "token"
    file.write_text("a-secret\n", encoding="utf-8")
    return InfluxdbSettings(url=url, token_file=file)


async def delivered(settings: InfluxdbSettings) -> Answer:
    """The answer to one reading."""
    async with open_sink(settings, "here") as sink:
        return await sink.deliver([reading(1)])


@asynccontextmanager
async def delivering(settings: InfluxdbSettings, disk: MemoryDisk) -> AsyncIterator[Room]:
    """A station that delivers to InfluxDB, with pauses a hundredth as long."""
    async with MemoryJournal(disk) as journal:
        room = Room(journal, MemorySink())
        room.delivery = Delivery(
            partial(open_sink, settings, "here"),
            key=KEY,
            recorder=room.recorder,
            journal=journal,
            clock=room.clock,
            real=Hurry(),
            random=Random(1),
        )
        running = asyncio.get_running_loop().create_task(room.delivery.run())
        try:
            yield room
        finally:
            running.cancel()
            await asyncio.wait({running})


async def readings_of(room: Room, *, batches: int = 4, each: int = 25) -> list[int]:
    """Record readings in several commits; the seqs of all readings."""
    room.begin()
    seqs = []
    for _ in range(batches):
        seqs += room.read(each)
        await room.committed()
    return seqs


async def used_up(server: Replies, room: Room, seqs: list[int]) -> None:
    """Record on until every fault has had its request and everything is delivered."""
    while server.faults:
        seqs += room.read()
        await room.committed()
        await asyncio.sleep(0.01)
    await room.until(lambda: room.delivery.waiting == 0)


@pytest.mark.parametrize("fault", Fault)
async def test_every_row_is_there_exactly_once_after(fault: Fault, tmp_path: Path) -> None:
    """Whatever goes wrong with three requests, one after the other."""
    async with (
        Replies(None, fault, fault, None, fault).running() as server,
        delivering(configured(server.url, tmp_path), MemoryDisk()) as room,
    ):
        seqs = await readings_of(room)
        await used_up(server, room, seqs)

        assert server.seqs == seqs
        assert room.delivery.set_aside == 0
        said = [str(entry.facts["why"]) for entry in room.said(SINK)]
        if fault in TOLD_AT_ONCE:
            assert TOLD_AT_ONCE[fault] in said[0]
            assert said[-1] == ""


async def test_every_row_is_there_exactly_once_after_all_of_them_mixed(tmp_path: Path) -> None:
    """In a random order, rows coming in meanwhile."""
    chance = Random(20261125)
    # A 413 for a single row would set it aside, as it should.
    faults: list[Fault | None] = [fault for fault in Fault if fault is not Fault.TOO_LARGE]
    faults += [None] * 20
    chance.shuffle(faults)
    async with (
        Replies(*faults).running() as server,
        delivering(configured(server.url, tmp_path), MemoryDisk()) as room,
    ):
        seqs = await readings_of(room, batches=20, each=40)
        await used_up(server, room, seqs)

        assert server.seqs == seqs
        assert max(server.written.values()) > 1


async def test_a_lost_answer_is_sent_again_byte_for_byte(tmp_path: Path) -> None:
    """The second time changes nothing."""
    async with (
        Replies(Fault.ANSWER_LOST).running() as server,
        delivering(configured(server.url, tmp_path), MemoryDisk()) as room,
    ):
        seqs = await readings_of(room, batches=1)
        await room.until(lambda: room.delivery.waiting == 0)

        assert server.seqs == seqs
        assert max(server.written.values()) == 2


async def test_rows_that_cannot_be_written_are_named_and_the_others_go(tmp_path: Path) -> None:
    """A time out of range never reaches the wire."""
    async with (
        Replies().running() as server,
        open_sink(configured(server.url, tmp_path), "here") as sink,
    ):
        answer = await sink.deliver([reading(1), reading(2, second=-4_000_000_000), reading(3)])

        assert answer.outcome is Outcome.DELIVERED
        assert answer.unfit == {2: "It cannot be written: its time is out of range."}
        assert server.seqs == [1, 3]


async def test_a_batch_of_no_interest_makes_no_request(tmp_path: Path) -> None:
    """Entries that are no points cost nothing."""
    async with (
        Replies().running() as server,
        open_sink(configured(server.url, tmp_path), "here") as sink,
    ):
        unfit = reading(2, second=-4_000_000_000)
        answers = [await sink.deliver([]), await sink.deliver([unfit])]

        assert [answer.outcome for answer in answers] == [Outcome.DELIVERED] * 2
        assert server.requests == 0


async def test_the_token_is_read_again_after_it_was_refused(tmp_path: Path) -> None:
    """Putting the right one into the file is enough; it is never in a sentence or an address."""
    heard: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heard.append(next(line for line in head.split("\r\n") if line.startswith("Authorization")))
        assert "secret" not in head.split("\r\n")[0]
        right = "right-secret" in heard[-1]
        writer.write(
            b"HTTP/1.1 204 No\r\n\r\n" if right else b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"
        )
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    sink = InfluxdbSink(configured(url, tmp_path), "here")
    first = await sink.deliver([reading(1)])
    (tmp_path / "token").write_text("right-secret", encoding="utf-8")
    second = await sink.deliver([reading(1)])
    await sink.close()
    server.close()

    assert (first.outcome, second.outcome) == (Outcome.HOLD, Outcome.DELIVERED)
    assert "secret" not in first.why
    assert str(tmp_path / "token") in first.why
    assert heard == ["Authorization: Token a-secret", "Authorization: Token right-secret"]


async def test_a_token_file_that_is_gone_holds_everything(tmp_path: Path) -> None:
    """With a sentence that names the file."""
    settings = configured("http://127.0.0.1:1", tmp_path)
    (tmp_path / "token").unlink()
    answer = await delivered(settings)

    assert answer.outcome is Outcome.HOLD
    assert answer.why == f"InfluxDB: {tmp_path / 'token'} cannot be read."


async def test_nobody_there_is_tried_again_and_said_in_one_sentence(tmp_path: Path) -> None:
    """The address is in it, and what to do."""
    url = f"http://127.0.0.1:{free_port()}"
    answer = await delivered(configured(url, tmp_path))

    assert answer.outcome is Outcome.AGAIN
    assert answer.why == f"Nothing answers at {url}; start InfluxDB or check [influxdb] url."


async def test_a_name_that_nobody_knows_is_said(tmp_path: Path) -> None:
    """The network may come back, so it is tried again."""
    settings = configured("http://influxdb.invalid:8086", tmp_path)
    answer = await delivered(settings)

    assert answer.outcome is Outcome.AGAIN
    assert "influxdb.invalid" in answer.why


async def test_stopping_does_not_wait_for_a_server_that_hangs(tmp_path: Path) -> None:
    """The request in flight is given up; what it held goes at the next start."""
    loop, disk = asyncio.get_running_loop(), MemoryDisk()
    async with Replies(*[Fault.HANGS] * 99).running() as server:
        async with delivering(configured(server.url, tmp_path), disk) as room:
            await readings_of(room, batches=1)
            await room.until(lambda: server.requests > 0)
            before = loop.time()
        assert loop.time() - before < 0.4
        server.faults.clear()
        async with delivering(configured(server.url, tmp_path), disk) as room:
            await room.until(lambda: room.delivery.waiting == 0)

        assert len(server.seqs) == 25


async def test_a_certificate_that_is_not_trusted_holds_everything_until_it_is_named(
    tmp_path: Path, certificate: Path
) -> None:
    """With `ca_file` the same server is believed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{certificate}.crt", certificate)
    replies = Replies()
    server = await asyncio.start_server(replies._serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    settings = configured(f"https://localhost:{port}", tmp_path)
    trusting = settings.model_copy(update={"ca_file": Path(f"{certificate}.crt")})
    wrong = settings.model_copy(update={"ca_file": tmp_path / "token"})
    answers = [await delivered(one) for one in (settings, trusting, wrong)]
    server.close()

    assert [answer.outcome for answer in answers] == [Outcome.HOLD, Outcome.DELIVERED, Outcome.HOLD]
    assert answers[0].why == (
        f"The certificate of https://localhost:{port} is not trusted; name its authority in [influxdb] ca_file."
    )
    assert answers[2].why == f"{tmp_path / 'token'} holds no certificate; check [influxdb] ca_file."


async def test_https_to_a_plain_port_is_said(tmp_path: Path) -> None:
    """It does not mend itself."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    answer = await delivered(configured(f"https://127.0.0.1:{port}", tmp_path))
    server.close()

    assert answer.outcome is Outcome.HOLD
    assert "does not speak TLS" in answer.why


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (None, ""),
        (Fault.STRANGER, "InfluxDB refuses the token"),
        (Fault.BUCKET, "InfluxDB has no bucket vitals"),
        (Fault.PORTAL, "is not InfluxDB"),
        (Fault.FAILED, "InfluxDB failed with status 500: shard is closed."),
    ],
)
async def test_the_check_says_what_is_wrong_and_writes_nothing(
    fault: Fault | None, words: str, tmp_path: Path
) -> None:
    """For `holdspace doctor`; empty when rows would be taken."""
    async with Replies(fault).running() as server:
        found = await check(configured(server.url, tmp_path), "room")

        assert (found == "") is (words == "")
        assert words in found
        assert server.written == {}


async def test_times_of_all_points_lie_where_the_journal_has_them(tmp_path: Path) -> None:
    """To the microsecond, whenever they are sent."""
    async with (
        Replies().running() as server,
        open_sink(configured(server.url, tmp_path), "here") as sink,
    ):
        await sink.deliver([reading(5)])

        ((_, _, time_ns),) = server.written
        assert time_ns // 1000 == instant(5).utc_ns // 1000
        assert time_ns > 1_000_000 * SECOND
