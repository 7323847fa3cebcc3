"""Which servers get nothing, and what they refused, as the page shows it: a fold over sink entries."""

from collector.entry import Entry
from dashboards.bedside.axis import MS
from dashboards.bedside.words import washed

LONGEST_WHY = 200
LONGEST_NAME = 40


class Outside:
    """Per sink what is worth a notice: that it gets nothing, or that it refused rows in this session."""

    def __init__(self) -> None:
        self._sinks: dict[str, dict[str, object]] = {}
        self._refused: dict[str, int] = {}

    def take(self, entry: Entry) -> None:
        """Fold in an entry of the kind sink."""
        facts, key = entry.facts, entry.subject
        since_ns, refused = facts.get("since_utc_ns"), facts.get("refused")
        self._refused[key] = self._refused.get(key, 0) + (refused if isinstance(refused, int) else 0)
        self._sinks[key] = {
            "name": washed(facts.get("name", key), LONGEST_NAME),
            "behind": facts.get("behind") is True,
            "why": washed(facts.get("why", ""), LONGEST_WHY),
            "since": since_ns // MS if isinstance(since_ns, int) else None,
        }

    def begin(self) -> None:
        """Another session: what was refused before is of no interest; who gets nothing still is."""
        self._refused.clear()

    def told(self) -> list[dict[str, object]]:
        """What the browser is told of each sink that has something to tell."""
        counted = [(sink, self._refused.get(key, 0)) for key, sink in self._sinks.items()]
        return [{**sink, "refused": count} for sink, count in counted if sink["behind"] or count]
