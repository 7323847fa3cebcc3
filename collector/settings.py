"""The collector's own sections of holdspace.toml. Secrets are named here, never written here."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from collector.config import Section, read_secret


def _web(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("must be an address that begins with http:// or https://")
    return text.rstrip("/")


def _broker(text: str) -> str:
    if not text:
        return text
    told = urlsplit(text)
    try:
        whole = told.scheme in MQTT_PORTS and told.hostname and told.port != 0
    except ValueError:  # a port that is no number
        whole = False
    if not whole or told.path.strip("/") or told.query or told.fragment:
        raise ValueError("must be an address like mqtt://broker:1883 or mqtts://broker:8883")
    if told.username is not None or told.password is not None:
        raise ValueError("no user and no password in the address; they have keys of their own")
    return text.rstrip("/")


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("only printable characters, without blanks at the ends")
    return text


Word = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)]

Topic = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$", max_length=100)]
MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}


class StationSettings(Section):
    """[station]: `name` tells stations that share a database or a broker apart; lower case, no blanks."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=32)] = "holdspace"


class RetentionSettings(Section):
    """[retention]: sessions older than `days` are listed as due; nothing is erased without being asked."""

    days: Annotated[int | None, Field(ge=1)] = None


class SinkSettings(Section):
    """What every section of a sink has; without a `url` the sink does not exist."""

    url: str = ""

    @property
    def configured(self) -> bool:
        """Whether the sink is wanted."""
        return bool(self.url)

    def check_secrets(self) -> None:
        """Raise `ConfigError` when a secret that is named in the section is not there."""


class InfluxdbSettings(SinkSettings):
    """[influxdb]: where readings are archived.

    `url` begins with http:// or https://; `ca_file` holds the certificate of an authority of one's own.
    The token comes from the environment variable `token_env` or the file `token_file`, which is read
    again after the server has refused it. It needs the right to write to `bucket`, nothing else.
    """

    url: Annotated[str, AfterValidator(_web)] = ""
    org: Word = "holdspace"
    bucket: Word = "vitals"
    token_env: str = ""
    token_file: Path | None = None
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.configured and bool(self.token_env) is (self.token_file is not None):
            raise ValueError("give either token_env or token_file")
        if not self.configured and self.model_fields_set - {"url"}:
            raise ValueError("give url, too")
        return self

    def token(self) -> SecretStr:
        """The token; `ConfigError` names the variable or file, never what it holds."""
        return read_secret("InfluxDB", self.token_env, self.token_file)

    def check_secrets(self) -> None:
        """Raise `ConfigError` when the token or the certificate file is not there."""
        self.token()


class MqttSettings(SinkSettings):
    """[mqtt]: the broker that other software of the house listens to.

    `url` is mqtt://host:port or, encrypted, mqtts://host:port; `ca_file` holds the certificate of an
    authority of one's own. The password of `user` comes from the environment variable `password_env` or the
    file `password_file`. All topics begin with `base_topic` and the station's name. `home_assistant` announces
    the seats there.
    """

    url: Annotated[str, AfterValidator(_broker)] = ""
    user: Annotated[str, AfterValidator(_printable)] = ""
    password_env: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    base_topic: Topic = "holdspace"
    home_assistant: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        sources = bool(self.password_env) + (self.password_file is not None)
        if self.configured and sources != bool(self.user):
            raise ValueError("give user together with either password_env or password_file")
        if not self.configured and self.model_fields_set - {"url"}:
            raise ValueError("give url, too")
        return self

    @property
    def host(self) -> str:
        """The machine of the broker."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Its port: as given, else the one that is usual."""
        told = urlsplit(self.url)
        return told.port or MQTT_PORTS[told.scheme]

    @property
    def encrypted(self) -> bool:
        """Whether the link is encrypted."""
        return self.url.startswith("mqtts://")

    @property
    def kept(self) -> str:
        """Where the password is kept, in words."""
        return f"the variable {self.password_env}" if self.password_env else str(self.password_file)

    def password(self) -> SecretStr | None:
        """The password, None without a user; `ConfigError` names the variable or file."""
        if not self.user:
            return None
        return read_secret("MQTT", self.password_env, self.password_file)

    def check_secrets(self) -> None:
        """Raise `ConfigError` when the password is not there."""
        self.password()
