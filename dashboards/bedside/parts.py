"""What the station says of its own parts: saving, radio, alerts, sinks."""

from alerts.service import BEHIND
from collector.entry import Entry
from collector.radio_watch import RADIO
from collector.saving import STORE
from collector.sinks.delivery import SINK
from dashboards.bedside.axis import MS
from dashboards.bedside.outside import Outside
from dashboards.bedside.words import washed

PARTS = (STORE, RADIO, BEHIND, SINK)
LONGEST_WHY, LONGEST_REMEDY = 80, 200


class Parts:
    """Folds the entries of the kinds `PARTS`; `told` is what a page needs of them."""

    def __init__(self) -> None:
        self._store: dict[str, object] | None = None
        self._radio = ""  # why no clip can be reached, and the remedy
        self._slow = False
        self._outside = Outside()

    def take(self, entry: Entry) -> None:
        """Fold one entry in."""
        facts = entry.facts
        if entry.kind == STORE:
            self._saved(entry)
        elif entry.kind == RADIO:
            self._radio = washed(facts.get("why", ""), LONGEST_REMEDY)
        elif entry.kind == BEHIND:
            self._slow = facts.get("behind") is True
        else:
            self._outside.take(entry)

    def begin(self) -> None:
        """Another session begins."""
        self._outside.begin()

    def told(self) -> dict[str, object]:
        """As it stands in a frame."""
        sinks = self._outside.told()
        return {"store": self._store, "radio": self._radio, "slow": self._slow, "sinks": sinks}

    def _saved(self, entry: Entry) -> None:
        facts = entry.facts
        lost, since_ns = facts.get("lost"), facts.get("since_utc_ns")
        told = {
            "behind": facts.get("behind") is True,
            "why": washed(facts.get("why", ""), LONGEST_WHY),
            "since": since_ns // MS if isinstance(since_ns, int) else None,
            "lost": lost if isinstance(lost, int) else 0,
        }
        self._store = told if told["behind"] or told["lost"] else None
