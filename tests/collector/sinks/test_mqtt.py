"""The sink for MQTT and a real Mosquitto: nothing is lost, nothing old is kept, nobody is held up."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from structlog.testing import capture_logs

from collector.clock import LiveClock
from collector.commands import End, Mark, Prepare
from collector.errors import Unavailable
from collector.journal.erasure import Erasure
from collector.journal.memory import MemoryDisk, MemoryJournal
from collector.settings import MqttSettings
from collector.sinks.base import Around, Outcome
from collector.sinks.delivery import SINK, Delivery
from collector.sinks.memory import MemorySink
from collector.sinks.mqtt import check, erase, open_sink
from tests.browser.proxy import Proxy
from tests.collector.journal.samples import fact
from tests.collector.sinks.contract import valid
from tests.collector.sinks.loop import KEY, Room
from tests.collector.sinks.mosquitto import NO_RIGHTS, OWN_RIGHTS, Mosquitto
from tests.collector.sinks.subscriber import Subscriber, kept

pytestmark = [pytest.mark.asyncio, pytest.mark.broker]

STATION = "room-1"
ROOT = f"holdspace/{STATION}"
SEAT = f"{ROOT}/seat/A"


@asynccontextmanager
async def station(settings: MqttSettings, disk: MemoryDisk | None = None) -> AsyncIterator[Room]:
    """A station on real time that delivers to the broker; on leaving it is ended in good order."""
    async with MemoryJournal(disk or MemoryDisk()) as journal:
        room = Room(journal, MemorySink(), LiveClock())
        around = Around(clock=room.clock, before=lambda kinds: before(room, journal, kinds))
        room.delivery = Delivery(
            partial(open_sink, settings, STATION, around),
            key=KEY,
            recorder=room.recorder,
            journal=journal,
            clock=room.clock,
            real=LiveClock(),
            random=Random(1),
        )
        running = asyncio.get_running_loop().create_task(room.delivery.run())
        try:
            yield room
        finally:
            running.cancel()
            await asyncio.wait({running})


def before(room: Room, journal: MemoryJournal, kinds: Sequence[str]) -> list[Any]:
    """What was delivered already of the newest session."""
    session = room.recorder.session
    return [
        entry
        for entry in journal.disk.entries
        if session
        and entry.session == session.id
        and entry.kind in kinds
        and entry.seq <= room.delivery.cursor
    ]


async def delivered(room: Room) -> None:
    """Return when the broker has taken everything."""
    await room.committed()
    async with asyncio.timeout(30):
        await room.until(lambda: room.delivery.waiting == 0)


async def test_a_subscriber_hears_every_entry_and_what_is_true_now(mosquitto: Mosquitto) -> None:
    """Each payload as the contract says; no topic names a person."""
    async with (
        Subscriber(mosquitto.port).listening() as heard,
        station(mosquitto.settings(home_assistant=True)) as room,
    ):
        room.begin()
        room.recorder.execute(Mark(what="dose", seat="A", text="with music"))
        room.read(2)
        await delivered(room)

        assert heard.seqs == list(range(1, room.journal.last_seq + 1))
        assert all(valid(told, "entry") for told in heard.of(f"{ROOT}/journal"))
        assert [told["kind"] for told in heard.of(f"{ROOT}/event/marker")] == ["marker"]
        assert [told["event"] for told in heard.of(f"{ROOT}/event/session")] == ["prepare", "start"]
        (state,) = heard.of(f"{SEAT}/state")
        assert valid(state, "state")
        assert (state["participant"], state["spo2"], state["seat"]) == ("P1", 97.0, "A")
        assert 5 <= heard.expiries[f"{SEAT}/state"] <= 10
        assert valid(heard.of(f"{SEAT}/alert")[-1], "alert")
        assert heard.of(f"{ROOT}/availability") == ["online"]
        config = heard.of(f"homeassistant/device/holdspace_{STATION}_seat_a/config")[-1]
        assert config["components"]["spo2"]["state_topic"] == f"{SEAT}/state"
        assert not [topic for topic, _ in heard.heard if "P1" in topic]


async def test_nothing_of_a_session_is_kept_when_it_is_over(mosquitto: Mosquitto) -> None:
    """Only that the station is there, and what Home Assistant knows of the seats."""
    async with station(mosquitto.settings(home_assistant=True)) as room:
        room.begin()
        room.read()
        await delivered(room)
        during = await kept(mosquitto.port)
        room.recorder.execute(End())
        await delivered(room)
        after = await kept(mosquitto.port)

    assert {f"{SEAT}/state", f"{SEAT}/alert", f"{SEAT}/link", f"{ROOT}/alert"} <= set(during)
    config = "homeassistant/device/holdspace_room-1"
    assert set(after) == {f"{ROOT}/availability", f"{config}/config", f"{config}_seat_a/config"}
    assert await kept(mosquitto.port) == after | {f"{ROOT}/availability": "offline"}


async def test_a_durable_subscriber_gets_every_entry_once_through_kills_of_the_broker(
    mosquitto: Mosquitto,
) -> None:
    """Ten kills while the station publishes; the subscriber drops what is not above its last seq."""
    chance = Random(20261126)
    listener = Subscriber(mosquitto.port, topic=f"{ROOT}/journal", name="archive")
    async with listener.listening() as heard, station(mosquitto.settings()) as room:
        room.begin()
        for _ in range(10):
            room.read(40)
            await asyncio.sleep(chance.uniform(0.05, 0.6))
            room.read(40)
            mosquitto.kill()
            await asyncio.sleep(chance.uniform(0, 0.3))
            await mosquitto.start()
        room.read()
        await delivered(room)
        await heard.until(lambda: heard.seqs[-1:] == [room.journal.last_seq])

        assert heard.seqs == list(range(1, room.journal.last_seq + 1))


async def test_what_a_broker_forgets_that_it_acknowledged_comes_once_more(
    mosquitto_program: str, tmp_path: Path
) -> None:
    """One that saves once a second is killed in between, while the durable subscriber is away."""
    home = tmp_path / "saving"
    home.mkdir()
    broker = Mosquitto(mosquitto_program, home, at_once=False)
    await broker.start()
    archive = Subscriber(broker.port, topic=f"{ROOT}/journal", name="archive")
    try:
        async with archive.listening():
            pass
        async with station(broker.settings()) as room:
            room.begin()
            await delivered(room)
            await broker.saved()
            room.read(50)
            await delivered(room)
            broker.kill()
            await broker.start()
            room.read()
            await delivered(room)
            async with archive.listening() as heard:
                await heard.until(lambda: heard.seqs[-1:] == [room.journal.last_seq])

            assert heard.seqs == list(range(1, room.journal.last_seq + 1))
    finally:
        broker.kill()


@pytest.mark.process
async def test_a_station_that_is_killed_is_offline_by_its_last_will(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """The broker says it, because the station cannot any more."""
    settings, config = mosquitto.settings(), tmp_path / "holdspace.toml"
    config.write_text(
        f'[mqtt]\nurl = "{settings.url}"\nuser = "station"\npassword_file = "{settings.password_file}"\n',
        encoding="utf-8",
    )
    words = f"-m collector demo --no-browser --port 0 --data {tmp_path / 'data'} --config {config}"
    topic = "holdspace/holdspace-demo/availability"
    async with Subscriber(mosquitto.port, topic=topic).listening() as heard:
        command = await asyncio.create_subprocess_exec(
            sys.executable, *words.split(), stdout=asyncio.subprocess.DEVNULL
        )
        await heard.until(lambda: heard.of(topic) == ["online"])
        command.kill()
        await command.wait()

        await heard.until(lambda: heard.of(topic) == ["online", "offline"])


async def test_a_connection_that_breaks_is_made_again_and_all_that_is_true_said_again(
    mosquitto: Mosquitto,
) -> None:
    """The last will says offline for the moment between."""
    with Proxy() as between:
        between.target = mosquitto.port
        url = f"mqtt://127.0.0.1:{between.port}"
        async with (
            Subscriber(mosquitto.port).listening() as heard,
            station(mosquitto.settings(url=url)) as room,
        ):
            room.begin()
            await delivered(room)
            between.cut()
            between.mend()
            await heard.until(
                lambda: heard.of(f"{ROOT}/availability") == ["online", "offline", "online"]
            )
            room.read()
            await delivered(room)
            await heard.until(lambda: len(heard.of(f"{SEAT}/availability")) == 2)


async def test_a_frozen_broker_holds_nobody_up(mosquitto: Mosquitto) -> None:
    """The batch is given back within seconds, the station ends within two, and nothing is lost."""
    loop = asyncio.get_running_loop()
    archive = Subscriber(mosquitto.port, topic=f"{ROOT}/journal", name="archive")
    async with archive.listening():
        pass
    async with station(mosquitto.settings()) as room:
        room.begin()
        await delivered(room)
        mosquitto.freeze()
        room.read(30)
        await room.until(lambda: room.delivery._trouble.failing)
        begun = loop.time()
        await room.delivery.settle()
    took_s = loop.time() - begun
    mosquitto.thaw()

    assert took_s < 2.5
    assert "No MQTT broker answers" in room.delivery._trouble.why
    async with station(mosquitto.settings(), room.journal.disk) as again:
        await delivered(again)
    async with archive.listening() as heard:
        await heard.until(lambda: heard.seqs[-1:] == [again.journal.last_seq])
        assert heard.seqs == list(range(1, again.journal.last_seq + 1))


async def test_missing_rights_are_found_at_the_start_and_said_in_one_sentence(
    mosquitto: Mosquitto,
) -> None:
    """On the page and in the log; mended there, everything goes, and nobody restarts the station."""
    mosquitto.kill()
    mosquitto.allow(NO_RIGHTS)
    await mosquitto.start()
    sentence = (
        "The broker does not let the user station publish on holdspace/room-1/#;"
        " give it the right in the broker's access list."
    )
    with capture_logs() as logs:
        async with station(mosquitto.settings()) as room:
            room.begin()
            await room.until(lambda: room.delivery._trouble.failing)

    assert [entry.facts["why"] for entry in room.said(SINK)] == [sentence]
    assert [line["why"] for line in logs if line["event"] == "sink gets nothing"] == [sentence]


async def test_rights_that_only_home_assistant_lacks_are_named(mosquitto: Mosquitto) -> None:
    """With the way out."""
    mosquitto.kill()
    mosquitto.allow(OWN_RIGHTS)
    await mosquitto.start()
    async with open_sink(mosquitto.settings(home_assistant=True), STATION, nothing_before()) as sink:
        answer = await sink.deliver([fact(1, "rules")])

    assert answer.outcome is Outcome.HOLD
    assert "homeassistant/device/#" in answer.why
    assert "home_assistant = false" in answer.why


async def test_a_wrong_password_is_said_without_it(mosquitto: Mosquitto) -> None:
    """Where it is kept is named; nothing that is logged or said holds it."""
    settings = mosquitto.settings()
    (mosquitto.home / "password").write_text("not-the-password", encoding="utf-8")
    with capture_logs() as logs:
        async with open_sink(settings, STATION, nothing_before()) as sink:
            answer = await sink.deliver([fact(1, "rules")])

    assert answer.outcome is Outcome.HOLD
    assert answer.why == (
        "The broker refuses the user station or the password; put the right one into"
        f" {mosquitto.home / 'password'}."
    )
    assert "not-the-password" not in repr((logs, answer, settings))


async def test_an_address_where_nothing_listens_is_said(mosquitto: Mosquitto) -> None:
    """And tried again soon."""
    mosquitto.kill()
    found = await check(mosquitto.settings(), STATION)

    assert found == (
        f"Nothing answers at mqtt://127.0.0.1:{mosquitto.port}; start the broker or check [mqtt] url."
    )


async def test_a_certificate_is_believed_when_its_authority_is_named(
    mosquitto_program: str, tmp_path: Path, certificate: Path
) -> None:
    """Else it is said; so is an encrypted address of a port that is not."""
    home = tmp_path / "tls"
    home.mkdir()
    broker = Mosquitto(mosquitto_program, home, certificate=certificate)
    await broker.start()
    url = f"mqtts://localhost:{broker.port}"
    told = [
        await check(broker.settings(url=url, **more), STATION)
        for more in ({}, {"ca_file": Path(f"{certificate}.crt")}, {"ca_file": home / "password"})
    ]
    broker.kill()

    assert told == [
        f"The certificate of {url} is not trusted; name its authority in [mqtt] ca_file.",
        "",
        f"{home / 'password'} holds no certificate; check [mqtt] ca_file.",
    ]


async def test_an_erasure_takes_away_all_that_is_kept_of_the_station(mosquitto: Mosquitto) -> None:
    """Of this one, not of another; a broker that is down is said."""
    async with station(mosquitto.settings()) as room:
        room.begin()
        room.read()
        await delivered(room)
    assert f"{SEAT}/alert" in await kept(mosquitto.port)

    await erase(mosquitto.settings(), "room-2", [Erasure(session="s")])
    assert f"{SEAT}/alert" in await kept(mosquitto.port)
    await erase(mosquitto.settings(), STATION, [Erasure(session="s")])
    assert await kept(mosquitto.port) == {f"{ROOT}/availability": "offline"}
    mosquitto.kill()
    with pytest.raises(Unavailable, match="Nothing answers"):
        await erase(mosquitto.settings(), STATION, [Erasure(session="s")])


async def test_a_station_that_comes_back_tidies_up_after_itself(mosquitto: Mosquitto) -> None:
    """What an earlier life left there, with a journal that is gone, does not stand as true."""
    async with station(mosquitto.settings()) as room:
        room.begin()
        room.read()
        await delivered(room)
    async with station(mosquitto.settings()) as other:
        other.recorder.execute(Prepare(roster={"B": "P2"}))
        await delivered(other)
        after = await kept(mosquitto.port)

    assert [topic for topic in after if topic.startswith(SEAT)] == []
    assert after[f"{ROOT}/seat/B/availability"] == "online"


def nothing_before() -> Around:
    """A station that has just been made."""
    return Around(clock=LiveClock(), before=lambda _: ())
