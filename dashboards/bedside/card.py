"""One open alert as the page shows it: Card, a fold over the events of its episode."""

from dataclasses import dataclass, replace

from alerts.condition import SYSTEM, AlertEvent, Family, Happening, Level
from dashboards.bedside.words import CAUSES, EXPLAINS, FAMILIES, REFERENCES, washed
from dashboards.troubles import trouble_words

# Places within a level of the strip: active before over before seen (looks.md).
ACTIVE, OVER, SEEN = "active", "over", "seen"
PLACES = (ACTIVE, OVER, SEEN)
# A repeat announces the same alert once more; it takes no acknowledgement back.
REPEATS = ("repeat", "paused", "resumed")
CHANGE = "change at a break"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An open episode. Times are session time in ms; `worst` and `seen_at` are values."""

    episode: str
    seat: str
    family: Family
    level: Level
    state: str
    since_ms: int
    limit: float | None = None
    reference: float | None = None
    worst: float | None = None
    cause: str = ""
    by: str = ""
    again: str = ""  # expired or worse, when an acknowledgement has ended
    seen_value: float | None = None
    over_ms: int | None = None
    pausable: bool = True
    about: str = ""
    watch: float | None = None
    explained: str = ""  # by which other alert; its signals rest meanwhile

    def order(self) -> tuple[int, int, bool, int]:
        """Sorts cards as the strip shows them: urgent first, people before the station, then by onset."""
        return -int(self.level), PLACES.index(self.state), not self.seat, self.since_ms

    def frame(self) -> dict[str, object]:
        """What the browser is told."""
        field, name, sign = FAMILIES.get(self.family, ("", "", ""))
        cause = CHANGE if self.family is Family.BATTERY else self.cause
        if self.family in SYSTEM:
            name, cause = (washed(word) for word in trouble_words(self.family, self.about, self.worst))
        if self.family is Family.BATTERY:
            name = "Battery low" if self.worst is None else f"Battery {self.worst:.0f} %"
        return {
            "id": self.episode,
            "seat": self.seat,
            "family": self.family.value,
            "level": self.level.word,
            "state": self.state,
            "field": field,
            "name": name,
            "sign": sign,
            "limit": _plain(self.limit),
            "than": self._than(),
            "explained": self.explained,
            "worst": _plain(self.worst),
            "cause": cause,
            "missing": self.family is Family.UNMONITORED,
            "doubt": self.family is Family.IDENTITY,
            "device": self.family is Family.BATTERY,
            "by": self.by,
            "again": self.again,
            "seen": _plain(self.seen_value),
            "watch": _plain(self.watch),
            "since": self.since_ms,
            "over": self.over_ms,
        }

    def _than(self) -> str:
        """What the value is compared with, where that is not a limit: such as "own 97"."""
        if self.reference is None or self.family not in REFERENCES:
            return ""
        return f"{REFERENCES[self.family]} {_plain(self.reference)}"


def after(card: Card | None, event: AlertEvent, *, since_ms: int, at_ms: int) -> Card | None:
    """The card of the episode after `event`; None when it is closed."""
    if event.happening is Happening.CLOSE:
        return None
    card = card or Card(
        episode=event.episode,
        seat=event.seat,
        family=event.family,
        level=event.level,
        state=ACTIVE,
        since_ms=since_ms,
    )
    card = replace(
        card,
        level=event.level,
        limit=card.limit if event.limit is None else event.limit,
        reference=card.reference if event.reference is None else event.reference,
        worst=card.worst if event.worst is None else event.worst,
        pausable=event.pausable,
        about=event.about,
        explained=EXPLAINS.get(event.explained, event.explained.value) if event.explained else "",
        cause=card.cause if event.cause is None else CAUSES[event.cause],
    )
    match event.happening:
        case Happening.RAISE | Happening.ESCALATE:
            return replace(card, state=ACTIVE, by="", again="", over_ms=None)
        case Happening.REANNOUNCE:
            return card if event.reason in REPEATS else replace(card, state=ACTIVE, again=event.reason)
        case Happening.ACKNOWLEDGE:
            return replace(
                card,
                state=SEEN,
                by=washed(event.by),
                again="",
                seen_value=event.value,
                watch=event.watch,
            )
        case Happening.END:
            return replace(card, state=OVER, over_ms=at_ms)
        case Happening.DEESCALATE | Happening.CAUSE:
            return card


def _plain(value: float | None) -> int | float | None:
    return int(value) if value is not None and value == int(value) else value
