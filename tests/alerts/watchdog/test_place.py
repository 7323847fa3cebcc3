"""The meeting place: only its owner gets in, and whoever listens last is found."""

import asyncio
import json
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.watchdog.place import CARD, SOCKET, Place
from alerts.watchdog.wire import line


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory whose path fits into a socket's name; that of `tmp_path` may not."""
    with tempfile.TemporaryDirectory(prefix="hs") as made:
        yield Path(made)


async def meets(place: Place, guest: Place) -> bool:
    """Whether `guest` gets a greeting from whoever listens at `place`."""
    listener = place.listen()
    admitted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        admitted.set_result(await place.admits(reader))
        writer.close()

    serve = asyncio.start_unix_server if listener.family.name == "AF_UNIX" else asyncio.start_server
    async with await serve(take, sock=listener):
        streams = await guest.connect()
        assert streams is not None
        streams[1].close()
        return await admitted


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no Unix domain sockets")
@pytest.mark.asyncio
async def test_a_socket_in_the_data_directory_is_for_its_owner_only(directory: Path) -> None:
    """Mode 0600."""
    met = await meets(Place(directory), Place(directory))

    assert met
    assert stat.S_IMODE((directory / SOCKET).stat().st_mode) == 0o600


def deep(tmp_path: Path) -> Path:
    """A directory whose path is too long for a socket."""
    made = tmp_path / ("x" * 90)
    made.mkdir()
    return made


@pytest.mark.asyncio
async def test_loopback_needs_the_token_in_the_card(tmp_path: Path) -> None:
    """Where no socket can be: a port and a random token in a file of mode 0600."""
    directory = deep(tmp_path)
    met = await meets(Place(directory), Place(directory))
    card = json.loads((directory / CARD).read_text())

    assert met
    assert len(card["token"]) == 64
    if sys.platform != "win32":
        assert stat.S_IMODE((directory / CARD).stat().st_mode) == 0o600


@pytest.mark.asyncio
async def test_a_wrong_token_is_turned_away(tmp_path: Path) -> None:
    """Anybody can connect to a loopback port."""
    place = Place(deep(tmp_path))
    listener = place.listen()
    stranger, known = asyncio.StreamReader(), asyncio.StreamReader()
    stranger.feed_data(line("hello", token=""))
    known.feed_data(line("hello", token=place._token))

    assert not await place.admits(stranger)
    assert await place.admits(known)
    place.leave(listener)


@pytest.mark.asyncio
async def test_nobody_there_is_none(tmp_path: Path) -> None:
    """Neither socket nor card, and a card whose port is gone."""
    place = Place(deep(tmp_path))
    never = await place.connect()
    listener = place.listen()
    listener.close()

    assert never is None
    assert await place.connect() is None


@pytest.mark.asyncio
async def test_leaving_takes_away_only_ones_own_card(tmp_path: Path) -> None:
    """Another companion may have moved in meanwhile."""
    directory = deep(tmp_path)
    old, new = Place(directory), Place(directory)
    old_listener = old.listen()
    new_listener = new.listen()
    old.leave(old_listener)
    stands = (directory / CARD).exists()
    new.leave(new_listener)

    assert stands
    assert not (directory / CARD).exists()
