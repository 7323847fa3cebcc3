"""The collector's own sections of holdspace.toml. Secrets are named here, never written here."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from collector.config import Section, read_secret


def _web(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("an address that begins with http:// or https://")
    return text.rstrip("/")


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("only printable characters, without blanks at the ends")
    return text


Word = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)]


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
