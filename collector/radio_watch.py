"""Looks at the radio and says when no clip can be reached, and why: entries of the kind `radio`."""

from typing import Protocol

from collector.clock import SECOND, Clock
from collector.entry import Entry
from collector.radio.adapter import Trouble
from collector.recorder import Recorder

RADIO = (
    "radio"  # the entry kind; body {"down", "trouble", "why"}: a name, and a sentence with the remedy
)

LOOK_S = 0.5
# A radio that comes and goes within moments (its service is restarted) is told all the same, but once.
CALM_LOOKS = 4


class Troubled(Protocol):
    """What is needed of the radio."""

    @property
    def trouble(self) -> Trouble | None:
        """Why no clip can be reached."""
        ...

    async def looked(self) -> None:
        """Wait until `trouble` is known."""
        ...


class RadioWatch:
    """Records a `radio` entry when the radio goes down, for another reason, and when it is up again."""

    def __init__(self, recorder: Recorder, radio: Troubled, clock: Clock) -> None:
        self._recorder, self._radio, self._clock = recorder, radio, clock
        self._told: Trouble | None = None
        self._calm = 0

    def look(self) -> Entry | None:
        """Look once; the entry recorded, if there was something to say."""
        trouble = self._radio.trouble
        self._calm = 0 if trouble else self._calm + 1
        if trouble is self._told or (trouble is None and self._calm < CALM_LOOKS):
            return None
        self._told = trouble
        return self._recorder.add(
            kind=RADIO,
            subject="",
            participant=None,
            body={
                "down": trouble is not None,
                "trouble": trouble.name.lower() if trouble else "",
                "why": trouble.sentence if trouble else "",
            },
            instant=self._clock.now(),
        )


async def watch_radio(recorder: Recorder, radio: Troubled, clock: Clock) -> None:
    """Look for ever, twice a second."""
    await radio.looked()
    watch = RadioWatch(recorder, radio, clock)
    while True:
        watch.look()
        await clock.sleep_until(clock.now().running_ns + int(LOOK_S * SECOND))
