"""Would the configured servers take what a station sends them?"""

from importlib import import_module
from typing import Protocol, cast

from collector.checkup import Finding, Ground, Verdict
from collector.config import read_section
from collector.errors import ConfigError
from collector.settings import SinkSettings, StationSettings
from collector.sinks import SINKS, SinkKind


class CheckedModule(Protocol):
    """What the module of each kind of sink has for this."""

    async def check(self, settings: SinkSettings, station: str) -> str:
        """What is wrong, in one sentence that names no secret; empty when `station` could deliver."""
        ...


async def check(ground: Ground) -> list[Finding]:
    """Ask each server that is configured; nothing is written to it."""
    if ground.config is None:
        return []
    station = read_section(ground.config, "station", StationSettings).name
    found = [
        await _ask(key, kind, read_section(ground.config, key, kind.settings), station)
        for key, kind in SINKS.items()
    ]
    return [finding for finding in found if finding is not None]


async def _ask(key: str, kind: SinkKind, settings: SinkSettings, station: str) -> Finding | None:
    if not settings.configured:
        return None
    try:
        settings.check_secrets()
        wrong = await cast("CheckedModule", import_module(kind.module)).check(settings, station)
    except ConfigError as error:
        wrong = str(error)
    if wrong:
        return Finding(check=key, verdict=Verdict.FAULT, says=wrong)
    says = f"{settings.url} answers and would take what is sent."
    return Finding(check=key, verdict=Verdict.NOTED, says=says)
