"""Moments of one participant's session: what somebody marked, pauses, the baseline."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alerts.baseline import BASELINE, baseline_of
from alerts.overrides import OVERRIDE, words_of
from alerts.pause import PAUSE, read_asked
from alerts.preparation import ACCEPTED
from collector.clock import SECOND
from collector.entry import Entry
from collector.session import MARKER, read_marker
from dashboards.review.history import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A marker on the session's axis; an empty `seat` means everybody."""

    t: float
    what: str
    text: str
    seat: str
    by: str


def moments(entries: Iterable[Entry], who: str, seconds: Seconds) -> Iterator[Mark]:
    """Markers of this participant's seat and those for everybody; the participant's pauses and baseline."""
    for entry in entries:
        if entry.kind == PAUSE and entry.participant == who:
            yield _pause(entry, seconds)
        if entry.kind == OVERRIDE and entry.participant == who:
            yield _override(entry, seconds)
        if entry.kind == BASELINE and entry.participant == who:
            yield _baseline(entry, seconds)
        if entry.kind == ACCEPTED:
            yield _accepted(entry, seconds)
        if entry.kind == MARKER and entry.participant in {who, None}:
            marker = read_marker(entry)
            yield Mark(
                t=seconds(entry.instant),
                what=marker.what,
                text=marker.text,
                seat=marker.seat,
                by=marker.by,
            )


def _override(entry: Entry, seconds: Seconds) -> Mark:
    """A limit of this person's own, why, and by whom."""
    return Mark(
        t=seconds(entry.instant),
        what="limit",
        text=words_of(entry.facts),
        seat=entry.subject,
        by=str(entry.facts.get("by", "")),
    )


def _baseline(entry: Entry, seconds: Seconds) -> Mark:
    """When the person's own numbers were taken, and which they are."""
    taken = baseline_of(entry)
    numbers = (("SpO2", taken.spo2), ("pulse", taken.pulse_rate))
    return Mark(
        t=seconds(entry.instant),
        what="baseline",
        text=", ".join(f"{name} {value:g}" for name, value in numbers if value is not None),
        seat=entry.subject,
        by=taken.by,
    )


def _accepted(entry: Entry, seconds: Seconds) -> Mark:
    """What somebody accepted before the start, which concerns everybody."""
    facts = entry.facts
    text, by = str(facts.get("text", entry.subject)), str(facts.get("by", ""))
    return Mark(t=seconds(entry.instant), what="accepted", text=text, seat="", by=by)


def _pause(entry: Entry, seconds: Seconds) -> Mark:
    """A pause as a moment in the list: when it began or ended, why, and by whom."""
    asked = read_asked(entry)
    what = "pause" if asked else "pause over"
    text = f"{asked.reason.value}, {asked.length // (60 * SECOND)} min" if asked else ""
    if asked and asked.length % (60 * SECOND):
        text = f"{asked.reason.value}, {asked.length // SECOND} s"
    return Mark(
        t=seconds(entry.instant),
        what=what,
        text=text,
        seat=entry.subject,
        by=str(entry.facts.get("by", "")),
    )
