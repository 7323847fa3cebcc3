"""The alerts of somebody, and who was told of each on which target: a fold over entries."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from alerts.condition import ALERT, Family
from alerts.notifications import NOTIFICATION, State
from alerts.outbox import Letter, read_letter
from alerts.store import decode
from collector.entry import Entry
from dashboards.review.history import AlertEpisode, Seconds, Telling, rebuild


def alerts_of(entries: Sequence[Entry], who: str | None, seconds: Seconds) -> tuple[AlertEpisode, ...]:
    """The episodes of a participant (None: of the station itself), and who was told of each."""
    events = (decode(entry) for entry in entries if entry.kind == ALERT and entry.participant == who)
    alerts = (event for event in events if event.family is not Family.BP_DUE)  # a reminder is none
    return tuple(_told(rebuild(alerts, seconds), entries, seconds))


def _told(
    episodes: Iterable[AlertEpisode], entries: Sequence[Entry], seconds: Seconds
) -> list[AlertEpisode]:
    """`episodes` with what the notifications among `entries` say of each, targets in the order of trying."""
    known: dict[str, dict[str, Telling]] = {}
    for entry in entries:
        letter = read_letter(entry) if entry.kind == NOTIFICATION else None
        if letter is None or letter.notification.occasion.withdraws:
            continue
        for part in letter.notification.parts:
            mine = known.setdefault(part.episode, {})
            target = letter.notification.target
            mine[target] = _after(mine.get(target), letter, seconds(entry.instant))
    return [replace(one, told=tuple(known.get(one.episode, {}).values())) for one in episodes]


def _after(before: Telling | None, letter: Letter, at: float) -> Telling:
    """Who was reached once has been told, whatever became of later attempts."""
    present = before or Telling(target=letter.notification.target, tried=at)
    if letter.state is State.DELIVERED and present.delivered is None:
        return replace(present, delivered=at)
    return present
