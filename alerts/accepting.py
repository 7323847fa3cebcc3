"""The command *accept*: somebody has read a notice of the preparation and starts all the same."""

from collections.abc import Iterable

from alerts.ports import Recording
from alerts.preparation import ACCEPTED, Notice
from collector.clock import Clock
from collector.errors import Refused

LONGEST_NAME = 80


class Accepting:
    """Records who accepted what, and when."""

    def __init__(self, recorder: Recording, clock: Clock) -> None:
        self._recorder, self._clock = recorder, clock

    def accept(self, waiting: Iterable[Notice], point: str, by: str) -> None:
        """Accept the notice about `point`; raises `Refused` when it is not among those `waiting`."""
        texts = {notice.point.value: notice.text for notice in waiting}
        if point not in texts:
            raise Refused("That is not to be accepted any more; nothing changed.")
        self._recorder.add(
            kind=ACCEPTED,
            subject=point,
            participant=None,
            body={"by": by[:LONGEST_NAME] or "somebody", "text": texts[point]},
            instant=self._clock.now(),
            urgent=True,
        )


def refuse_start(waiting: Iterable[Notice]) -> None:
    """Raise `Refused` while something waits to be accepted: nobody starts without having read it."""
    for notice in waiting:
        raise Refused(f"Accept this first, then start: {notice.text}")
