"""The collector's share of a running station: acquisitions that follow the session, store watch."""

from random import Random

from collector.acquisition import Acquisitions
from collector.clock import Clock
from collector.feed import Feed, Loss
from collector.intake import Surroundings
from collector.journal.port import JournalPort
from collector.radio.base import Radio
from collector.recorder import Recorder
from collector.session import BINDING, SESSION
from collector.store_watch import watch_store
from collector.supervision import Policy, Supervisor

# Bindings change by hand; a few dozen waiting would already mean that the loop stands still.
BOUND = 256


async def follow_bindings(acquisitions: Acquisitions, recorder: Recorder, feed: Feed) -> None:
    """Keep one acquisition per bound device, for ever."""
    kinds = frozenset({SESSION, BINDING})
    changes = feed.subscribe("acquisitions", bound=BOUND, loss=Loss.NOTHING, kinds=kinds)
    try:
        while True:
            acquisitions.follow(recorder.session)
            await changes.arrived()
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
) -> None:
    """Begin to acquire what the session binds and to watch whether it is saved."""
    around = Surroundings(radio=radio, recording=recorder, clock=clock, random=random)
    acquisitions = Acquisitions(tasks, around)
    tasks.start(
        "acquisitions",
        lambda: follow_bindings(acquisitions, recorder, feed),
        policy=Policy.ESCALATE,
    )
    start_store_watch(tasks, recorder=recorder, journal=journal, clock=clock)


def start_store_watch(
    tasks: Supervisor, *, recorder: Recorder, journal: JournalPort, clock: Clock
) -> None:
    """Begin to watch whether what is recorded is saved."""
    tasks.start("store watch", lambda: watch_store(recorder, journal, clock), policy=Policy.RESTART)
