"""holdspace.toml: what it refuses and how it says so."""

from pathlib import Path

import pytest

from alerts.settings import AlertsSettings
from collector.config import Section, data_directory, read_config
from collector.errors import ConfigError


class Page(Section):
    port: int = 8080
    host: str = "127.0.0.1"


SECTIONS = {"page": Page}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "holdspace.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_every_section_has_its_defaults() -> None:
    """No file means defaults, not an error."""
    page = read_config(None, SECTIONS).of(Page)

    assert page == Page(port=8080, host="127.0.0.1")


def test_a_written_key_wins_over_the_default(tmp_path: Path) -> None:
    """What the file says holds."""
    page = read_config(written(tmp_path, "[page]\nport = 9000\n"), SECTIONS).of(Page)

    assert page == Page(port=9000)


def test_what_is_wrong_in_a_list_of_tables_is_counted_and_named(tmp_path: Path) -> None:
    """By the name of the list, which item it is, and the right name of the key."""
    text = '[[alerts.targets]]\nname = "M"\nurl_env = "M"\n[[alerts.targets]]\nname = "K"\nurl = "x"\n'

    with pytest.raises(ConfigError) as caught:
        read_config(written(tmp_path, text), {"alerts": AlertsSettings})

    assert str(caught.value).endswith(
        "[[alerts.targets]] no. 2 has no key 'url'; did you mean 'url_env'."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[page]\nprot = 9000\n", ["[page]", "'prot'", "did you mean 'port'"]),
        ("[page]\nport = 'a'\n", ["[page] port: must be a valid integer."]),
        ("page = 3\n", ["[page]: must be a table"]),
        ("[pgae]\nport = 1\n", ["[pgae]", "did you mean 'page'"]),
        ('[page]\nport = "many"\n', ["[page] port"]),
        ("[page\n", ["not valid TOML", "line 1"]),
        ("port = 1\n", ["there is no section [port]"]),
    ],
)
def test_what_is_wrong_is_named_in_one_sentence(tmp_path: Path, text: str, words: list[str]) -> None:
    """The message names the file and the key, and the nearest right name."""
    path = written(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        read_config(path, SECTIONS)

    assert all(word in str(caught.value) for word in [str(path), *words])
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A path that does not exist is an error that names it."""
    with pytest.raises(ConfigError, match=r"absent\.toml cannot be read"):
        read_config(tmp_path / "absent.toml", SECTIONS)


def test_the_data_directory_follows_option_then_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--data wins over HOLDSPACE_DATA, which wins over the user's own directory."""
    monkeypatch.setenv("HOLDSPACE_DATA", str(tmp_path / "named"))

    assert data_directory(tmp_path / "option") == tmp_path / "option"
    assert data_directory(None) == tmp_path / "named"
    monkeypatch.delenv("HOLDSPACE_DATA")
    assert data_directory(None).name == "holdspace"
