"""The section [alerts]: what it accepts, and that it holds no secret."""

from pathlib import Path

import pytest

from alerts.settings import AlertsSettings
from collector.config import read_section
from collector.errors import ConfigError

CANARY = "ntfy://canary-7f3a:canary-pass-91@push.example/canary-topic"


def read(tmp_path: Path, text: str) -> AlertsSettings:
    """The section out of a file with this text."""
    file = tmp_path / "holdspace.toml"
    file.write_text(text, encoding="utf-8")
    return read_section(file, "alerts", AlertsSettings)


def test_a_url_comes_from_a_variable_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways give the URL without the blanks around it."""
    (tmp_path / "url").write_text(f"{CANARY}\n", encoding="utf-8")
    monkeypatch.setenv("HOLDSPACE_M", f" {CANARY} ")
    settings = read(
        tmp_path,
        f"""
        [alerts]
        room = "Room 2"
        [[alerts.targets]]
        name = "M's phone"
        url_env = "HOLDSPACE_M"
        levels = ["urgent", "caution"]
        [[alerts.targets]]
        name = "K's phone"
        step = 2
        url_file = "{tmp_path}/url"
        """,
    )

    assert [target.address().get_secret_value() for target in settings.targets] == [CANARY, CANARY]
    assert [target.step for target in settings.targets] == [1, 2]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[alerts.targets]]\nname = "M"', "give either url_env or url_file"),
        (
            '[[alerts.targets]]\nname = "M"\nurl_env = "A"\nurl_file = "b"',
            "give either url_env or url_fi",
        ),
        ('[[alerts.targets]]\nname = "M"\nurl_env = "A"\nstep = 2', "one target needs step 1"),
        (
            '[[alerts.targets]]\nname = "M"\nurl_env = "A"\nlevels = ["caution"]',
            "has to include urgent",
        ),
        (
            '[[alerts.targets]]\nname = "M"\nurl_env = "A"\n[[alerts.targets]]\nname = "M"\nurl_env = "A"',
            "two targets have the same name",
        ),
        (
            '[[alerts.targets]]\nname = "M"\nurl_env = "A"\nstep = 2\nlevels = ["urgent", "caution"]',
            "a caution goes to the first person only",
        ),
        ('[alerts]\nroom = "Room\\n2"', "only printable characters"),
        ('[alerts]\nlink_base = "10.0.0.5"', "begins with http"),
    ],
)
def test_a_wrong_section_is_refused_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    """The sentence names the file and says what to write."""
    with pytest.raises(ConfigError, match=sentence) as refused:
        read(tmp_path, text)

    assert "holdspace.toml" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_secret_written_into_the_file_is_refused_without_repeating_it(tmp_path: Path) -> None:
    """The sentence names the key, not the value."""
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, f'[[alerts.targets]]\nname = "M"\nurl = "{CANARY}"')

    assert "url" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_a_missing_secret_is_named_and_a_present_one_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Errors name the variable or the file; repr and str show nothing."""
    text = '[alerts]\ndead_man_env = "HOLDSPACE_D"\n[[alerts.targets]]\nname = "M"\nurl_env = "HOLDSPACE_M"'
    settings = read(tmp_path, text)
    with pytest.raises(ConfigError, match="HOLDSPACE_M is not set or empty"):
        settings.check_secrets()
    monkeypatch.setenv("HOLDSPACE_M", CANARY)
    monkeypatch.setenv("HOLDSPACE_D", "ftp://canary")
    with pytest.raises(ConfigError, match="begins with http") as refused:
        settings.check_secrets()
    monkeypatch.setenv("HOLDSPACE_D", "https://canary.example/ping")
    settings.check_secrets()

    said = f"{settings!r} {settings.targets[0].address()!r} {settings.dead_man()} {refused.value}"
    assert "canary" not in said
