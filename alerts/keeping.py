"""Keeps the engine's state in the journal, in turns: what a restart takes up."""

from alerts.engine import Engine
from alerts.ports import Keeping
from alerts.store import STATE, seat_state
from collector.clock import SECOND

# The state of each seat is kept every 10 s of a session, a tenth of the seats each second.
SHARES = 10


class Keeper:
    """Saves the parts of one engine; each in one transaction with the entries up to the seq given."""

    def __init__(self, engine: Engine, journal: Keeping) -> None:
        self._engine, self._journal = engine, journal
        self._at, self._share = 0, 0

    def everything(self, seq: int) -> None:
        """The session has begun or is over."""
        self._head(seq)
        for name in self._engine.seats:
            self.part(name, seq)

    def share(self, seq: int, now: int) -> None:
        """Once a second (`now` in running ns) the share whose turn it is; the head with the first."""
        if now < self._at:
            return
        self._at = now + SECOND
        self._share = (self._share + 1) % SHARES
        if self._share == 0:
            self._head(seq)
        for name in self._engine.seats[self._share :: SHARES]:
            self.part(name, seq)

    def part(self, name: str, seq: int) -> None:
        """One seat or, without a name, the station's own part."""
        if name in self._engine.seats:
            self._journal.save_state(seat_state(name), seq, self._engine.save_seat(name))

    def _head(self, seq: int) -> None:
        self._journal.save_state(STATE, seq, self._engine.save_head())
