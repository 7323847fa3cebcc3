"""The collector's own sections of holdspace.toml."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from collector.config import read_config
from collector.errors import ConfigError
from collector.settings import InfluxdbSettings, MqttSettings, SinkSettings, StationSettings


def section(folder: Path, text: str) -> InfluxdbSettings:
    """The section [influxdb] of a file that holds it."""
    file = folder / "holdspace.toml"
    file.write_text(f"[influxdb]\n{text}\n", encoding="utf-8")
    return read_config(file, {"influxdb": InfluxdbSettings}).of(InfluxdbSettings)


def test_a_sink_without_an_address_does_not_exist() -> None:
    """What is not configured is not imported."""
    assert not SinkSettings().configured
    assert SinkSettings(url="http://influxdb:8086").configured


@pytest.mark.parametrize("name", ["", "Room 1", "a/b", "é", "-x", "x" * 33])
def test_a_station_name_is_fit_for_tags_and_topics(name: str) -> None:
    """Lower case letters, digits, dash and underscore."""
    with pytest.raises(ValidationError):
        StationSettings(name=name)


def test_influxdb_needs_an_address_and_a_token_and_takes_the_rest_as_it_is_shipped(
    tmp_path: Path,
) -> None:
    """Organisation and bucket are those that the compose file makes."""
    (tmp_path / "token").write_text("abc\n", encoding="utf-8")
    made = section(tmp_path, f'url = "http://db:8086/"\ntoken_file = "{tmp_path / "token"}"')

    assert (made.url, made.org, made.bucket) == ("http://db:8086", "holdspace", "vitals")
    assert made.token().get_secret_value() == "abc"
    assert "abc" not in repr(made)
    made.check_secrets()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('url = "db:8086"', "begins with http"),
        ('url = "http://db:8086"', "give either token_env or token_file"),
        ('url = "http://db"\ntoken_env = "A"\ntoken_file = "b"', "give either token_env or token_file"),
        ('bucket = "vitals"', "give url, too"),
        ('url = "http://db"\ntoken = "secret"', "has no key 'token'; did you mean"),
        ('url = "http://db"\ntoken_env = "A"\nbucket = "a\\nb"', "only printable characters"),
    ],
)
def test_a_section_that_cannot_work_is_refused_in_one_sentence(
    text: str, words: str, tmp_path: Path
) -> None:
    """With file, section and key, and never with a secret."""
    with pytest.raises(ConfigError) as refused:
        section(tmp_path, text)

    assert words in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_token_that_is_not_there_is_named_by_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the station is up."""
    monkeypatch.delenv("NOT_THERE", raising=False)
    made = section(tmp_path, 'url = "http://db"\ntoken_env = "NOT_THERE"')

    with pytest.raises(ConfigError, match="InfluxDB: the environment variable NOT_THERE is not set"):
        made.check_secrets()


def broker(folder: Path, text: str) -> MqttSettings:
    """The section [mqtt] of a file that holds it."""
    file = folder / "holdspace.toml"
    file.write_text(f"[mqtt]\n{text}\n", encoding="utf-8")
    return read_config(file, {"mqtt": MqttSettings}).of(MqttSettings)


def test_mqtt_needs_an_address_alone(tmp_path: Path) -> None:
    """Without a user there is no password; the port is the usual one of the scheme."""
    plain = broker(tmp_path, 'url = "mqtt://broker/"')
    encrypted = broker(tmp_path, 'url = "mqtts://broker"')

    assert (plain.host, plain.port, plain.encrypted) == ("broker", 1883, False)
    assert (encrypted.port, encrypted.encrypted) == (8883, True)
    assert (plain.base_topic, plain.home_assistant) == ("holdspace", False)
    assert plain.password() is None


def test_the_password_of_mqtt_is_where_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nowhere else."""
    monkeypatch.setenv("HOLDSPACE_TEST_MQTT", "abc")
    made = broker(tmp_path, 'url = "mqtt://b:1"\nuser = "u"\npassword_env = "HOLDSPACE_TEST_MQTT"')

    password = made.password()
    assert password is not None
    assert password.get_secret_value() == "abc"
    assert "abc" not in repr(made)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('url = "broker:1883"', "an address like mqtt://"),
        ('url = "http://broker"', "an address like mqtt://"),
        ('url = "mqtt://broker:none"', "an address like mqtt://"),
        ('url = "mqtt://broker/topic"', "an address like mqtt://"),
        ('url = "mqtt://me:secret@broker"', "keys of their own"),
        ('url = "mqtt://broker"\nuser = "u"', "give user together with either"),
        ('url = "mqtt://broker"\npassword_env = "A"', "give user together with either"),
        ('user = "u"', "give url, too"),
        ('url = "mqtt://broker"\nbase_topic = "a/#"', "base_topic"),
        ('url = "mqtt://broker"\nhomeassistant = true', "did you mean 'home_assistant'"),
        ('url = "mqtt://broker"\npassword = "secret"', "has no key 'password'; did you mean"),
    ],
)
def test_a_section_of_mqtt_that_cannot_work_is_refused_in_one_sentence(
    text: str, words: str, tmp_path: Path
) -> None:
    """With file, section and key, and never with a secret."""
    with pytest.raises(ConfigError) as refused:
        broker(tmp_path, text)

    assert words in str(refused.value)
    assert "[mqtt]" in str(refused.value)
    assert "secret" not in str(refused.value)
