"""The command `holdspace watchdog`: its refusals in one sentence."""

from pathlib import Path

import pytest

from collector.__main__ import main


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[page]\nport = 0\n", "there are no [[alerts.targets]] to deliver to."),
        ('[[alerts.targets]]\nname = "M"\nurl_env = "HS_NOT_SET"', "HS_NOT_SET is not set or empty."),
        ("[alerts]\nrom = 1", "[alerts] has no key 'rom'; did you mean 'room'."),
        ("[alerts", "is not valid TOML"),
    ],
)
def test_what_cannot_work_is_refused_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    """One sentence on stderr, and nothing else."""
    config = tmp_path / "holdspace.toml"
    config.write_text(text, encoding="utf-8")
    code = main(["watchdog", "--config", str(config), "--data", str(tmp_path)])
    said = capsys.readouterr()

    assert code == 2
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_demo_whose_secret_is_missing_does_not_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Better no session than one whose notifications go nowhere."""
    config = tmp_path / "holdspace.toml"
    config.write_text('[[alerts.targets]]\nname = "M"\nurl_env = "HS_NOT_SET"', encoding="utf-8")
    words = ["demo", "--config", str(config), "--data", str(tmp_path), "--port", "0", "--for", "5"]
    code = main([*words, "--no-browser"])

    assert code == 2
    assert "HS_NOT_SET is not set or empty." in capsys.readouterr().err
