"""The doctor asks every server that is configured, whatever kind it is."""

import socket
from pathlib import Path

import pytest

from collector.checkup import Ground, Verdict
from collector.sinks import SINKS
from collector.sinks.servers_check import check

TOKEN = "5ecret-t0ken"  # noqa: S105 - must not be shown


def nobody() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.mark.asyncio
async def test_a_server_that_is_not_there_is_one_fault_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence for each kind of sink there is, without its secret."""
    monkeypatch.setenv("HOLDSPACE_TEST_TOKEN", TOKEN)
    config = tmp_path / "holdspace.toml"
    text = (
        f'[influxdb]\nurl = "http://127.0.0.1:{nobody()}"\ntoken_env = "HOLDSPACE_TEST_TOKEN"\n'
        f'[mqtt]\nurl = "mqtt://127.0.0.1:{nobody()}"\n'
    )
    config.write_text(text, encoding="utf-8")

    found = await check(Ground(data=tmp_path, config=config))

    assert {finding.check for finding in found} == set(SINKS)
    assert {finding.verdict for finding in found} == {Verdict.FAULT}
    assert TOKEN not in str(found)


@pytest.mark.asyncio
async def test_what_is_not_configured_is_not_asked(tmp_path: Path) -> None:
    """With an empty configuration, and without one."""
    config = tmp_path / "holdspace.toml"
    config.touch()

    assert await check(Ground(data=tmp_path, config=config)) == []
    assert await check(Ground(data=tmp_path)) == []
