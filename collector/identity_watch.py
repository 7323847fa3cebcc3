"""Looks whether the clips that people wear are still those that were given to them: entries of kind `identity`.

An address may be drawn anew when a clip is switched on (reliability.md row 59). Its readings are then nobody's,
which is right, but the person is unmonitored while the clip is on the finger. A clip of the same name under
another address, while the bound one is not there, casts that doubt; a person settles it by binding it.
"""

import re
import sys
from collections.abc import Iterable

from collector.clock import SECOND, Clock
from collector.commands import Bind
from collector.device import Device
from collector.fitting import Candidate, Fitting
from collector.identity import IDENTITY, Doubt, doubt_body
from collector.recorder import Recorder
from collector.session import Binding, Phase, Session

LOOK_S = 1.0
# A name that is one clip's own ends in a serial number, apart from the model ("O2Ring 1234", "Nonin3230_5025").
OWN = re.compile(r"[ _-]\w*\d{4}$")


def moved(session: Session | None, clips: Iterable[Candidate]) -> list[tuple[str, str]]:
    """Seats whose clip seems to have another address now, each with that address.

    Only by names that are one clip's own: a name that several bear is a model (row 58).
    """
    if session is None:
        return []
    there = list(clips)
    connected = {clip.address for clip in there if clip.connected}
    worn = [held.name for held in session.bindings.values()]
    return [
        (seat, clip.address)
        for seat, held in session.bindings.items()
        if held.device not in connected and OWN.search(held.name) and worn.count(held.name) == 1
        for clip in there
        if clip.name == held.name
        and clip.address != held.device
        and not clip.seat
        and not any(c.name == clip.name for c in there if c.address not in (clip.address, held.device))
    ]


class IdentityWatch:
    """Records a doubt once for each seat and address.

    With `by_name` the clip is bound to its seat under the new address instead: on macOS addresses are made up
    by the computer, and its own name, with its services, is all that stays of a clip.
    """

    def __init__(
        self, recorder: Recorder, fitting: Fitting, clock: Clock, *, by_name: bool = False
    ) -> None:
        self._recorder, self._fitting, self._clock, self._by_name = recorder, fitting, clock, by_name
        self._told: set[tuple[str, str, str]] = set()

    def look(self) -> None:
        """Look once."""
        session = self._recorder.session
        if session is None or session.phase is Phase.ENDED:
            return
        for seat, address in moved(session, self._fitting.candidates(session)):
            held, found = session.bindings[seat], self._fitting.device(address)
            if self._by_name and found.family == held.family:
                self._bind(held, found)
            elif (session.id, seat, address) not in self._told:
                self._told.add((session.id, seat, address))
                self._doubt(held, address)

    def _bind(self, held: Binding, found: Device) -> None:
        self._recorder.execute(
            Bind(
                seat=held.seat,
                participant=held.participant,
                device=found.address,
                family=found.family,
                name=held.name,
                by="its name",
            )
        )

    def _doubt(self, held: Binding, address: str) -> None:
        why = f"{held.name} is heard under another address than the one given to this seat"
        self._recorder.add(
            kind=IDENTITY,
            subject=held.seat,
            participant=held.participant,
            body=doubt_body(Doubt.SWAPPED, devices=[held.device, address], why=why),
            instant=self._clock.now(),
            urgent=True,
        )


async def watch_identity(
    recorder: Recorder, fitting: Fitting, clock: Clock, *, by_name: bool = sys.platform == "darwin"
) -> None:
    """Look for ever, once a second."""
    watch = IdentityWatch(recorder, fitting, clock, by_name=by_name)
    while True:
        watch.look()
        await clock.sleep_until(clock.now().running_ns + int(LOOK_S * SECOND))
