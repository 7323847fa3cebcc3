"""The command `holdspace watchdog`: the companion process."""

import asyncio
import signal
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from alerts.settings import AlertsSettings
from alerts.watchdog.place import Place
from alerts.watchdog.postman import Postman
from alerts.watchdog.watch import Watch
from collector.clock import LiveClock
from collector.config import data_directory, read_section
from collector.errors import ConfigError


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(watchdog)


def watchdog(
    *,
    config: Annotated[Path, typer.Option("--config", help="The station's holdspace.toml.")],
    data: Annotated[Path | None, typer.Option("--data", help="The station's data directory.")] = None,
) -> None:
    """Deliver notifications and watch the station's beat; the station starts it by itself."""
    settings = read_section(config, "alerts", AlertsSettings)
    if not settings.targets:
        raise ConfigError(f"{config}: there are no [[alerts.targets]] to deliver to.")
    directory = data_directory(data)
    directory.mkdir(parents=True, exist_ok=True)
    asyncio.run(_watch(settings, Place(directory)))


async def _watch(settings: AlertsSettings, place: Place) -> None:
    clock = LiveClock()
    addresses = {target.name: target.address() for target in settings.targets}
    postman = Postman(addresses, clock, Random())  # noqa: S311 - jitter of pauses
    for name, problem in postman.problems.items():
        typer.echo(f"holdspace: The target {name!r}: {problem}.", err=True)
    watch = Watch(
        place=place,
        postman=postman,
        targets=tuple(addresses),
        room=settings.room,
        clock=clock,
        dead_man_url=settings.dead_man(),
    )
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(watch.stop))
    loop = asyncio.get_running_loop()
    await watch.run()
