"""The sinks of a station: started when they are configured, settled at the end."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Protocol, cast

from collector.clock import Clock, LiveClock
from collector.entry import Entry
from collector.feed import Feed
from collector.journal.archive import Archive
from collector.journal.port import JournalPort
from collector.recorder import Recorder
from collector.settings import SinkSettings
from collector.sinks import SINKS
from collector.sinks.base import Around, Sink
from collector.sinks.delivery import Delivery
from collector.sinks.health import HealthWatch
from collector.supervision import Policy, Supervisor


class SinkModule(Protocol):
    """What the module of each kind of sink has."""

    def open_sink(
        self, settings: SinkSettings, station: str, around: Around
    ) -> AbstractAsyncContextManager[Sink]:
        """The sink, as a context; entering it waits for nobody."""
        ...


# Of the session (the first argument) the entries of some kinds.
Past = Callable[[str, Sequence[str]], Iterable[Entry]]


def recorded(directory: Path) -> Past:
    """The past as the journal in `directory` holds it."""

    def past(session: str, kinds: Sequence[str]) -> Iterator[Entry]:
        with Archive(directory) as archive:
            yield from archive.entries(session, kinds=kinds)

    return past


class Sinks:
    """The deliveries of a station; none when nothing is configured."""

    def __init__(self, deliveries: Mapping[str, Delivery]) -> None:
        self._deliveries = deliveries

    def lag(self) -> dict[str, object]:
        """How many entries wait for each sink, and how many rows were set aside."""
        return {
            key: {"waiting": delivery.waiting, "set_aside": delivery.set_aside}
            for key, delivery in self._deliveries.items()
        }

    async def settle(self, real_s: float) -> None:
        """Return when everything committed is delivered, at the first failure, or after `real_s`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(real_s):
                await asyncio.gather(*(one.settle() for one in self._deliveries.values()))


def start_sinks(  # noqa: PLR0913 - the parts of a station, each by name
    tasks: Supervisor,
    configured: Mapping[str, SinkSettings],
    *,
    station: str,
    recorder: Recorder,
    journal: JournalPort,
    feed: Feed,
    clock: Clock,
    past: Past = lambda _session, _kinds: (),
) -> Sinks:
    """Begin to deliver to the `configured` sinks (section name -> settings); others are not imported.

    `station` is what this station is called in the servers, `past` what was recorded before. Raises
    `ConfigError` when a secret that is named in the settings is not there.
    """
    deliveries: dict[str, Delivery] = {}
    for key, settings in configured.items():
        settings.check_secrets()
        module = cast("SinkModule", import_module(SINKS[key].module))

        def before(kinds: Sequence[str], key: str = key) -> Iterator[Entry]:
            session = recorder.session
            entries = past(session.id, kinds) if session else ()
            return (entry for entry in entries if entry.seq <= deliveries[key].cursor)

        deliveries[key] = Delivery(
            partial(module.open_sink, settings, station, Around(clock=clock, before=before)),
            key=key,
            recorder=recorder,
            journal=journal,
            clock=clock,
            real=LiveClock(),
            random=Random(),  # noqa: S311 - jitter of pauses
        )
    sinks = Sinks(deliveries)
    for key, delivery in deliveries.items():
        tasks.start(f"sink {key}", delivery.run, policy=Policy.RESTART)
    if deliveries:
        watch = HealthWatch(recorder, feed, clock, sinks.lag)
        tasks.start("health", watch.run, policy=Policy.RESTART)
    return sinks
