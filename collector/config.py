"""holdspace.toml: read once, checked whole, refused in one sentence.

Each package declares its own section as a pydantic model in its `settings.py`; the composition root
names them all. An unknown section or key is an error with the nearest right name, because a misspelt
limit that is silently ignored is worse than a station that does not start. Secrets never stand here.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar, get_args

import platformdirs
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from collector.errors import ConfigError

Settings = TypeVar("Settings", bound="Section")

DATA_VARIABLE = "HOLDSPACE_DATA"


class Section(BaseModel):
    """Base of every section: immutable, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def data_directory(option: Path | None) -> Path:
    """Where the journal lives: `--data`, else `HOLDSPACE_DATA`, else the user's data directory."""
    if option is not None:
        return option
    named = os.environ.get(DATA_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_data_dir("holdspace", appauthor=False))


class Config:
    """The sections that were read; `config.of(PageSettings)` gives one."""

    def __init__(self, sections: Mapping[type[Section], Section]) -> None:
        self._sections = sections

    def of(self, model: type[Settings]) -> Settings:
        """The section whose model is `model`."""
        section = self._sections[model]
        assert isinstance(section, model)  # noqa: S101 - for the type checker; read_config made it so
        return section


def read_config(path: Path | None, sections: Mapping[str, type[Section]]) -> Config:
    """Every section, from `path` or with its defaults; `ConfigError` names file, section and key."""
    tables = _tables(path) if path is not None else {}
    for name in tables:
        if name not in sections:
            raise ConfigError(f"{path}: there is no section [{name}]{_nearest(name, sections)}.")
    read = {
        model: _section(path, name, model, tables.get(name, {})) for name, model in sections.items()
    }
    return Config(read)


def read_section(path: Path, name: str, model: type[Settings]) -> Settings:
    """One section of `path` for a process that needs no other; `ConfigError` as with all of them."""
    section = _section(path, name, model, _tables(path).get(name, {}))
    assert isinstance(section, model)  # noqa: S101 - for the type checker; it was validated as one
    return section


def read_secret(whose: str, variable: str, file: Path | None) -> SecretStr:
    """What the environment variable `variable` holds, or `file` if one is given.

    `ConfigError` names `whose` it is and where it was looked for, never what was found.
    """
    if file is None:
        where, text = f"the environment variable {variable}", os.environ.get(variable, "")
    else:
        where = str(file)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{whose}: {where} cannot be read.") from error
    if not text.strip():
        raise ConfigError(f"{whose}: {where} is not set or empty.")
    return SecretStr(text.strip())


def _tables(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error


def _section(path: Path | None, name: str, model: type[Section], table: object) -> Section:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_plainly(name, model, error)}.") from error


def _plainly(name: str, model: type[BaseModel], error: ValidationError) -> str:
    """The first thing that is wrong: the table, the key, and what it needs."""
    first = error.errors(include_url=False)[0]
    table, keys, inner = f"[{name}]", list(first["loc"]), model
    while len(keys) > 1 and isinstance(keys[1], int) and (each := _member(inner, keys[0])) is not None:
        name, inner = f"{name}.{keys[0]}", each
        table, keys = f"[[{name}]] no. {keys[1] + 1}", keys[2:]
    key = str(keys[0]) if keys else ""
    if first["type"] == "extra_forbidden":
        return f"{table} has no key {key!r}{_nearest(key, inner.model_fields)}"
    return f"{table} {key}".rstrip() + f": {in_plain_words(first['type'], first['msg'])}"


def in_plain_words(kind: str, message: str) -> str:
    """What pydantic says of a value, as one would say it to a person: "must be ..."."""
    if kind == "missing":
        return "it is missing"
    if kind == "model_type":
        return "must be a table of keys and values"
    said = message.removeprefix("Value error, ").partition(", unable to parse")[0]
    said = re.sub(r"^(Input|[A-Z][a-z]+) should ", "must ", said)
    return said.replace("a valid tuple", "a list")


def _member(model: type[BaseModel], key: object) -> type[BaseModel] | None:
    """The model of each item of the list under `key`, if that is a list of tables."""
    field = model.model_fields.get(str(key))
    items = get_args(field.annotation) if field is not None else ()
    return next((one for one in items if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _nearest(word: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(word, names, n=1)
    return f"; did you mean {close[0]!r}" if close else f"; known are {', '.join(sorted(names))}"
