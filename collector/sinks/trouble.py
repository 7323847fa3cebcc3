"""`Trouble`: since when a sink gets nothing, and when that is worth a word. Pure; times are arguments."""

from dataclasses import dataclass

from collector.clock import SECOND

# Real time. A server that is restarted is back by then; a facilitator need not read of it.
PATIENCE_NS = 10 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What is to be said: `why` is empty when the sink gets everything again."""

    why: str
    since_utc_ns: int | None


class Trouble:
    """Watches the answers of one sink; `word` is what the page is to be told, None when nothing is new.

    What only lasts a moment is never told. What somebody has to mend (`lasting`) is told at once.
    """

    def __init__(self, told: str = "") -> None:
        """`told` is what a former run of the station said last and never took back."""
        self.told = told
        self.why = ""  # the newest reason, told or not
        self._since: tuple[int, int] | None = None  # real running ns, UTC ns

    @property
    def failing(self) -> bool:
        """Whether the newest answer was a failure."""
        return self._since is not None

    def failed(self, why: str, *, now_ns: int, utc_ns: int, lasting: bool) -> Word | None:
        """A batch was not delivered."""
        self._since = self._since or (now_ns, utc_ns)
        self.why = why
        if why == self.told or not (lasting or self.told or now_ns - self._since[0] >= PATIENCE_NS):
            return None
        self.told = why
        return Word(why=why, since_utc_ns=self._since[1])

    def over(self) -> Word | None:
        """A batch was delivered."""
        told, self.told, self.why, self._since = self.told, "", "", None
        return Word(why="", since_utc_ns=None) if told else None
