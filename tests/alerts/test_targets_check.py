"""Whether notifications would reach anybody, without showing where they go."""

from pathlib import Path

import pytest

from alerts.targets_check import NOBODY, check
from collector.checkup import Ground, Verdict

SECRET = "kb7Qv2xw9Rn4"  # noqa: S105 - a topic that must not be shown


def ground(tmp_path: Path, *, send_test: bool = False) -> Ground:
    """A configuration with one target whose address is in a variable."""
    config = tmp_path / "holdspace.toml"
    text = '[[alerts.targets]]\nname = "M"\nurl_env = "HOLDSPACE_TEST_M"\n'
    config.write_text(text, encoding="utf-8")
    return Ground(data=tmp_path, config=config, send_test=send_test)


@pytest.mark.asyncio
async def test_without_targets_the_page_is_all_there_is(tmp_path: Path) -> None:
    """Advice, with or without a configuration."""
    (finding,) = await check(Ground(data=tmp_path))

    assert (finding.verdict, finding.says) == (Verdict.ADVICE, NOBODY)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        (f"ntfy://127.0.0.1:9/{SECRET}", Verdict.NOTED),
        (f"nonsense-{SECRET}", Verdict.FAULT),
        (None, Verdict.FAULT),
    ],
)
async def test_an_address_is_judged_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str | None, verdict: Verdict
) -> None:
    """Understood, not understood, not there."""
    monkeypatch.delenv("HOLDSPACE_TEST_M", raising=False)
    if address is not None:
        monkeypatch.setenv("HOLDSPACE_TEST_M", address)

    (finding,) = await check(ground(tmp_path))

    assert finding.verdict is verdict
    assert SECRET not in finding.says


@pytest.mark.asyncio
async def test_a_test_that_is_not_taken_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens on the discard port of this machine."""
    monkeypatch.setenv("HOLDSPACE_TEST_M", f"ntfy://127.0.0.1:9/{SECRET}")

    (finding,) = await check(ground(tmp_path, send_test=True))

    assert finding.verdict is Verdict.FAULT
    assert "unreachable" in finding.says
    assert SECRET not in finding.says
