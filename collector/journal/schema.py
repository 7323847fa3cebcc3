"""The schema number, the migrations behind it, and the refusal of what we cannot read.

Forward only, one numbered file per step, each in one transaction with its number (reliability.md S10).
"""

from importlib.resources import files
from pathlib import Path

import apsw

from collector.errors import JournalError

# "HOLD": marks the file as ours, so that somebody else's database is refused instead of changed.
APPLICATION_ID = 0x484F4C44
MIGRATIONS = ("0001_entries.sql",)
SCHEMA = len(MIGRATIONS)


def check(connection: apsw.Connection, path: Path) -> int:
    """The file's schema number (0 = empty file); raises `JournalError` when it is not ours or newer."""
    number = int(connection.pragma("user_version"))
    owner = int(connection.pragma("application_id"))
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").get == 0
    if owner != APPLICATION_ID and not (empty and number == 0):
        raise JournalError(f"{path} is not a Holdspace journal; choose another --data.")
    if number > SCHEMA:
        raise JournalError(
            f"The journal {path} was written by a newer Holdspace (schema {number}, this one knows"
            f" {SCHEMA}); update Holdspace or choose another --data."
        )
    return number


def migrate(connection: apsw.Connection, path: Path) -> None:
    """Bring the file to `SCHEMA`; each step is whole or not at all."""
    for number in range(check(connection, path), SCHEMA):
        script = files(__package__).joinpath("migrations", MIGRATIONS[number])
        with connection:
            connection.execute(script.read_text(encoding="utf-8"))
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", number + 1)
