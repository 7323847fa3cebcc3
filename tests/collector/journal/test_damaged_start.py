"""A damaged journal: what can be done without is done without, everything else is one plain sentence."""

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from collector.__main__ import main
from collector.checkup import Ground, Verdict
from collector.errors import JournalError
from collector.journal.archive import Archive
from collector.journal.file import NAME
from collector.journal.journal_check import check, judge
from collector.journal.store import Journal
from tests.collector.evening import whole

Damage = Callable[[Path], None]


def page(path: Path) -> None:
    """The second page, the root of some table, is overwritten."""
    held = bytearray(path.read_bytes())
    held[4096:4160] = bytes(64)
    path.write_bytes(held)


def scattered(path: Path) -> None:
    """Single bits all over the file but its first page."""
    held = bytearray(path.read_bytes())
    for place in range(8192, len(held), 5001):
        held[place] ^= 0x10
    path.write_bytes(held)


def state(body: bytes) -> Damage:
    """What was kept under a name reads thus."""

    def damage(path: Path) -> None:
        with apsw.Connection(str(path)) as connection:
            row = "INSERT INTO state (name, seq, body) VALUES ('engine', 1, CAST(? AS TEXT))"
            connection.execute(row, (body,))

    return damage


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A data directory with one evening in it."""
    whole().keep(tmp_path)
    with apsw.Connection(str(tmp_path / NAME)) as connection:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    return tmp_path


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [b'{"a": 1', b"[1]", b"\xff\xfe", b"null"])
async def test_a_damaged_state_counts_as_never_kept(directory: Path, body: bytes) -> None:
    """The station starts, and whoever kept it begins anew from the entries."""
    state(body)(directory / NAME)

    async with Journal(directory) as journal:
        assert journal.state("engine") is None
        assert journal.last_seq > 0


@pytest.mark.asyncio
@pytest.mark.parametrize("damage", [page, scattered])
async def test_a_damaged_file_is_used_or_refused_in_a_sentence(directory: Path, damage: Damage) -> None:
    """Never a traceback: either it serves, or it is said to be moved aside."""
    damage(directory / NAME)

    refused = "move it aside"
    try:
        async with Journal(directory) as journal:
            assert journal.last_seq > 0
    except JournalError as error:
        refused = str(error)

    assert "move it aside" in refused


@pytest.mark.parametrize("damage", [page, scattered, state(b'{"a": 1')])
@pytest.mark.parametrize(
    "command", [["sinks"], ["sessions"], ["erase", "--participant", "P1", "--yes"], ["doctor"]]
)
def test_no_command_ends_in_a_traceback(
    directory: Path, damage: Damage, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Done, or refused in one sentence."""
    damage(directory / NAME)

    assert main([*command, "--data", str(directory)]) in {0, 1, 2}
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.asyncio
async def test_the_doctor_looks_at_the_journal(directory: Path, tmp_path: Path) -> None:
    """Sound, damaged, and not there yet."""
    assert judge(directory).verdict is Verdict.NOTED
    page(directory / NAME)
    (found,) = await check(Ground(data=directory, root=tmp_path))
    assert found.verdict is Verdict.FAULT
    assert "move it aside" in found.says
    (nothing,) = await check(Ground(data=tmp_path / "none", root=tmp_path))
    assert nothing.verdict is Verdict.NOTED


def test_a_damaged_state_hides_no_sound_one(directory: Path) -> None:
    """The others are there."""
    with apsw.Connection(str(directory / NAME)) as connection:
        connection.execute("INSERT INTO state (name, seq, body) VALUES ('sound', 2, '{\"a\": 1}')")
    state(b"{")(directory / NAME)

    with Archive(directory) as archive:
        assert archive.states() == {"sound": (2, {"a": 1})}
