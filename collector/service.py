"""The collector's share of a running station: acquisitions that follow the session, store watch."""

import contextlib
from random import Random

from collector.acquisition import Acquisitions
from collector.clock import Clock
from collector.feed import Feed, Loss
from collector.fitting import Fitting
from collector.intake import Surroundings
from collector.journal.port import JournalPort
from collector.radio.base import Radio
from collector.recorder import Recorder
from collector.session import BINDING, SESSION
from collector.store_watch import watch_store
from collector.supervision import Policy, Supervisor, within

# Bindings change by hand; a few dozen waiting would already mean that the loop stands still.
BOUND = 256
LOOK_S = 1.0  # how soon a clip that came into range is connected for the fitting list


async def follow_bindings(
    acquisitions: Acquisitions,
    recorder: Recorder,
    feed: Feed,
    clock: Clock,
    fitting: Fitting | None = None,
) -> None:
    """Keep one acquisition per bound device, and per clip of the fitting list while that is looked at."""
    kinds = frozenset({SESSION, BINDING})
    changes = feed.subscribe("acquisitions", bound=BOUND, loss=Loss.NOTHING, kinds=kinds)
    try:
        while True:
            session = recorder.session
            acquisitions.follow(session, fitting.wanted(session) if fitting else ())
            if fitting is None:
                await changes.arrived()
            else:
                with contextlib.suppress(TimeoutError):
                    await within(clock, LOOK_S, changes.arrived(), name="changes of bindings")
            changes.take()
    finally:
        feed.unsubscribe(changes)


def start_collecting(  # noqa: PLR0913 - the parts of a station, each by name
    tasks: Supervisor,
    *,
    radio: Radio,
    recorder: Recorder,
    journal: JournalPort,
    feed: Feed,
    clock: Clock,
    random: Random,
    fitting: Fitting | None = None,
) -> None:
    """Begin to acquire what the session binds and to watch whether it is saved.

    With a `fitting` list, what clips say goes through it, and it is kept up to date.
    """
    around = Surroundings(radio=radio, recording=fitting or recorder, clock=clock, random=random)
    acquisitions = Acquisitions(tasks, around)
    if fitting is not None:
        tasks.start("fitting list", fitting.run, policy=Policy.RESTART)
    tasks.start(
        "acquisitions",
        lambda: follow_bindings(acquisitions, recorder, feed, clock, fitting),
        policy=Policy.ESCALATE,
    )
    start_store_watch(tasks, recorder=recorder, journal=journal, clock=clock)


def start_store_watch(
    tasks: Supervisor, *, recorder: Recorder, journal: JournalPort, clock: Clock
) -> None:
    """Begin to watch whether what is recorded is saved."""
    tasks.start("store watch", lambda: watch_store(recorder, journal, clock), policy=Policy.RESTART)
