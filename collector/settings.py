"""The collector's own sections of holdspace.toml. Secrets are named here, never written here."""

from typing import Annotated

from pydantic import Field

from collector.config import Section


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
