"""A person's own resting numbers: Baseline, and the readings it is worked out from (alerts.md 4.3).

Readings are gathered from the preparation on; the newest five minutes count. The baseline is frozen at the
dose mark or when somebody asks for it, and belongs to the person, not to the clip. The bodies of the
kind `baseline` are made and read here.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.clock import SECOND, Instant
from collector.entry import Entry

BASELINE = "baseline"  # the entry kind
DOSE = "dose"  # what froze it, when nobody asked: the mark of a dose
SPANS = (
    5  # the window moves on by a fifth of itself, which keeps five small tables instead of all readings
)

Counts = dict[float, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineTerms:
    """What a baseline asks for: `readings` within `window` ns, and SpO2 no wider than `spread` (IQR)."""

    readings: int = 60
    window: int = 300 * SECOND
    spread: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Medians at rest: `spo2` in %, `pulse_rate` per minute; None = not known for this number.

    `readings` are those it stands on. `by` asked for it; empty when the mark of a dose froze it.
    """

    spo2: float | None = None
    pulse_rate: float | None = None
    readings: int = 0
    by: str = ""

    def over(self, former: "Baseline | None") -> "Baseline":
        """This one, with the former number where it has none."""
        if former is None or (self.spo2 is not None and self.pulse_rate is not None):
            return self
        return Baseline(
            spo2=former.spo2 if self.spo2 is None else self.spo2,
            pulse_rate=former.pulse_rate if self.pulse_rate is None else self.pulse_rate,
            readings=self.readings,
            by=self.by,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineTaken:
    """A baseline that the mark of a dose froze."""

    at: Instant
    seat: str
    participant: str
    baseline: Baseline


def baseline_body(baseline: Baseline) -> dict[str, object]:
    """Body of the entry that holds a person's baseline."""
    return {
        "spo2": baseline.spo2,
        "pulse_rate": baseline.pulse_rate,
        "readings": baseline.readings,
        "by": baseline.by,
    }


def read_baseline(body: Mapping[str, Any]) -> Baseline:
    """The baseline that such a body holds."""
    return Baseline(
        spo2=body["spo2"],
        pulse_rate=body["pulse_rate"],
        readings=int(body["readings"]),
        by=str(body["by"]),
    )


def baseline_of(entry: Entry) -> Baseline:
    """The baseline that a `baseline` entry holds."""
    return read_baseline(entry.facts)


class Gathering:
    """Counts how often each value came within the newest window."""

    __slots__ = ("_pulse", "_span", "_spo2", "_turn", "_until", "pulses", "spo2s", "terms")

    def __init__(self, terms: BaselineTerms) -> None:
        self.terms = terms
        self._span = terms.window // SPANS
        self.begin()

    def begin(self) -> None:
        """Forget everything: another person."""
        self._until = 0  # the present part of the window ends here, in running ns; 0 = not begun
        self.spo2s: deque[Counts] = deque([{}], maxlen=SPANS)
        self.pulses: deque[Counts] = deque([{}], maxlen=SPANS)
        self._spo2, self._pulse = self.spo2s[-1], self.pulses[-1]

    def hear(self, now: int, spo2: float | None, pulse: float | None) -> None:
        """Take a reading with any usable number."""
        if now >= self._until:
            self.turn(now)
        if spo2 is not None:
            self._spo2[spo2] = self._spo2.get(spo2, 0) + 1
        if pulse is not None:
            self._pulse[pulse] = self._pulse.get(pulse, 0) + 1

    def turn(self, now: int) -> None:
        """Drop what has left the window at `now`."""
        if self._until == 0:
            self._until = now + self._span
            return
        parts = max(0, 1 + (now - self._until) // self._span)
        self._until += parts * self._span
        for _ in range(min(parts, SPANS)):
            self.spo2s.append({})
            self.pulses.append({})
        self._spo2, self._pulse = self.spo2s[-1], self.pulses[-1]

    def baseline(self, now: int, *, by: str = "") -> Baseline | None:
        """The baseline that the readings up to `now` give; None = too few, or SpO2 alone and too wide."""
        if self._until:
            self.turn(now)
        spo2, pulse = _together(self.spo2s), _together(self.pulses)
        calm = self._enough(spo2) and _at(spo2, 0.75) - _at(spo2, 0.25) <= self.terms.spread
        found = Baseline(
            spo2=_median(spo2) if calm else None,
            pulse_rate=_median(pulse) if self._enough(pulse) else None,
            readings=max(sum(spo2.values()), sum(pulse.values())),
            by=by,
        )
        return found if found.spo2 is not None or found.pulse_rate is not None else None

    def refusal(self, now: int) -> str:
        """Why `baseline` gives none at `now`, in one sentence; empty if it gives one."""
        if self.baseline(now) is not None:
            return ""
        most = max(sum(_together(self.spo2s).values()), sum(_together(self.pulses).values()))
        if most < self.terms.readings:
            return f"{most} of {self.terms.readings} readings so far; wait a little."
        return "SpO2 has not been steady enough; wait until it is."

    def _enough(self, counts: Counts) -> bool:
        return sum(counts.values()) >= self.terms.readings

    def save(self) -> dict[str, Any]:
        """A plain JSON value."""
        return {
            "until": self._until,
            "spo2": [[*counts.items()] for counts in self.spo2s],
            "pulse": [[*counts.items()] for counts in self.pulses],
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave."""
        self._until = saved["until"]
        self.spo2s = deque((dict(counts) for counts in saved["spo2"]), maxlen=SPANS)
        self.pulses = deque((dict(counts) for counts in saved["pulse"]), maxlen=SPANS)
        self._spo2, self._pulse = self.spo2s[-1], self.pulses[-1]

    def shift(self, ns: int) -> None:
        """Move remembered instants onto another boot's count."""
        if self._until:
            self._until = max(1, self._until + ns)


def _together(parts: deque[Counts]) -> Counts:
    whole: Counts = {}
    for part in parts:
        for value, count in part.items():
            whole[value] = whole.get(value, 0) + count
    return whole


def _at(counts: Counts, share: float) -> float:
    """The smallest value that at least `share` of the readings do not exceed."""
    wanted, passed = share * sum(counts.values()), 0
    for value in sorted(counts):
        passed += counts[value]
        if passed >= wanted:
            return value
    raise ValueError("There are no readings.")


def _median(counts: Counts) -> float:
    """The middle value; between two, their mean."""
    total = sum(counts.values())
    return (_at(counts, 0.5) + _at(counts, (total // 2 + 1) / total)) / 2
