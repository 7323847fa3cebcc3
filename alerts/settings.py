"""The section [alerts] of holdspace.toml. Secrets are named here, never written here."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from collector.config import Section, read_secret
from collector.errors import ConfigError


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("only printable characters, without blanks at the ends")
    return text


def _web(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("must be an address that begins with http:// or https://")
    return text.rstrip("/")


Name = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_printable)]


class TargetSettings(Section):
    """One place that notifications go to, [[alerts.targets]].

    `name` says who reads it ("M's phone"). The apprise URL comes from the environment variable `url_env`
    or the file `url_file`. `step`: 1 the first person at once, 2 the second person 30 s later, 3 all
    other channels 60 s later. `levels`: the first person may also choose cautions.
    """

    name: Name
    url_env: str = ""
    url_file: Path | None = None
    step: Literal[1, 2, 3] = 1
    levels: tuple[Literal["urgent", "caution"], ...] = ("urgent",)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.url_env) is (self.url_file is not None):
            raise ValueError("give either url_env or url_file")
        if "urgent" not in self.levels:
            raise ValueError("levels has to include urgent")
        if "caution" in self.levels and self.step > 1:
            raise ValueError("a caution goes to the first person only; take it out of levels")
        return self

    def address(self) -> SecretStr:
        """The apprise URL; `ConfigError` names the variable or file, never what it holds."""
        return read_secret(f"The target {self.name!r}", self.url_env, self.url_file)


class AlertsSettings(Section):
    """`rules` is a rules file to use instead of the limits that ship; see `holdspace rules check`.

    `room` stands on lock screens. `link_base` is the page's address as phones reach it. A dead man's
    switch (`dead_man_env` or `dead_man_file` hold its URL) is pinged every 60 s while the station lives.
    """

    rules: Path | None = None
    room: Annotated[str, Field(max_length=40), AfterValidator(_printable)] = "Holdspace"
    link_base: Annotated[str, AfterValidator(_web)] = ""
    targets: tuple[TargetSettings, ...] = Field(default=(), max_length=16)
    dead_man_env: str = ""
    dead_man_file: Path | None = None

    @model_validator(mode="after")
    def _somebody_first(self) -> Self:
        names = [target.name for target in self.targets]
        if len(set(names)) < len(names):
            raise ValueError("two targets have the same name")
        if self.targets and not any(target.step == 1 for target in self.targets):
            raise ValueError("one target needs step 1: the first person")
        if self.dead_man_env and self.dead_man_file:
            raise ValueError("give either dead_man_env or dead_man_file")
        return self

    def dead_man(self) -> SecretStr | None:
        """The URL of the dead man's switch, None when there is none; raises `ConfigError`."""
        if not self.dead_man_env and self.dead_man_file is None:
            return None
        url = read_secret("The dead man's switch", self.dead_man_env, self.dead_man_file)
        if not url.get_secret_value().startswith(("http://", "https://")):
            raise ConfigError("The dead man's switch needs a URL that begins with http:// or https://.")
        return url

    def check_secrets(self) -> None:
        """Raise `ConfigError` when a secret that is named here is not there."""
        for target in self.targets:
            target.address()
        self.dead_man()
