"""`holdspace doctor`: all checks in one list, and an exit code that a script can use."""

import json
from pathlib import Path

import pytest

from collector import doctor
from collector.__main__ import main
from collector.checkup import Check, Finding, Ground, Verdict


def said(verdict: Verdict) -> Check:
    """A check that finds just this."""

    async def check(ground: Ground) -> list[Finding]:
        return [Finding(check="x", verdict=verdict, says=f"Something in {ground.data.name}.")]

    return check


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((Verdict.NOTED, Verdict.ADVICE, Verdict.UNKNOWN), 0),
        ((Verdict.NOTED, Verdict.FAULT, Verdict.NOTED), 1),
    ],
)
def test_only_a_fault_makes_the_exit_code_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    verdicts: tuple[Verdict, ...],
    code: int,
) -> None:
    """Every finding is printed in the order of the checks, in JSON too."""
    monkeypatch.setattr(doctor, "examine", _with(tuple(said(verdict) for verdict in verdicts)))

    assert main(["doctor", "--json", "--data", str(tmp_path / "d")]) == code
    told = json.loads(capsys.readouterr().out)["findings"]
    assert [one["verdict"] for one in told] == [verdict.value for verdict in verdicts]
    assert told[0] == {"check": "x", "verdict": "noted", "says": "Something in d."}


def _with(checks: tuple[Check, ...]) -> object:
    real = doctor.examine
    return lambda ground: real(ground, checks)


def test_on_this_machine_every_check_ends_with_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the machine is: each line has a verdict, a name and a whole sentence, and nothing is left."""
    code = main(["doctor", "--data", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()

    assert code in {0, 1}
    assert {line.split()[1] for line in lines} >= {"radio", "clock", "disk", "power", "sleep"}
    assert {line.split()[0] for line in lines} <= {verdict.value for verdict in Verdict}
    assert not [line for line in lines if not line.endswith((".", ")", "run", "bluetooth", "on"))]
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_configuration_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, exit code 2."""
    config = tmp_path / "holdspace.toml"
    config.write_text('[radio]\nadaptor = "x"\n', encoding="utf-8")

    assert main(["doctor", "--config", str(config), "--data", str(tmp_path)]) == 2
    assert "adapter" in capsys.readouterr().err
