"""The section [alerts] of holdspace.toml."""

from pathlib import Path

from collector.config import Section


class AlertsSettings(Section):
    """`rules` is a rules file to use instead of the limits that ship; see `holdspace rules check`."""

    rules: Path | None = None
