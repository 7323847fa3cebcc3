"""Alert episodes as they happened, put together again from their events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from alerts.condition import AlertEvent, Cause, Family, Happening, Level
from collector.clock import Instant

Seconds = Callable[[Instant], float]
RAISED = (Happening.RAISE, Happening.ESCALATE, Happening.DEESCALATE, Happening.REANNOUNCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One target that was told of an alert: when it was first tried, and when (if ever) it was reached."""

    target: str
    tried: float
    delivered: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEpisode:
    """One episode; times in s on the session's axis, None = did not happen (yet).

    `level` is the highest it reached and `limit` the one crossed for it; `reference` is the number of the
    person's own that the limit followed; `cause` is the best explanation at the raise; `explained` is the
    alert that explained it first, so that it was quiet; `about` is the thing that a trouble of the station
    is with; `ended` is when the condition was over, or when the episode was closed without that. `told` are
    the targets that were notified. `steps` holds the level from each time on, for the ribbon.
    """

    episode: str
    family: Family
    seat: str
    participant: str
    level: Level
    since: float
    raised: float
    acknowledged: float | None = None
    acknowledged_by: str = ""
    ended: float | None = None
    worst: float | None = None
    limit: float | None = None
    reference: float | None = None
    cause: Cause | None = None
    about: str = ""
    explained: Family | None = None
    told: tuple[Telling, ...] = ()
    steps: tuple[tuple[float, Level], ...] = ()


def rebuild(events: Iterable[AlertEvent], seconds: Seconds) -> list[AlertEpisode]:
    """The episodes behind `events` (in the journal's order), in order of raising."""
    episodes: dict[str, AlertEpisode] = {}
    for event in events:
        at = seconds(event.at)
        before = episodes.get(event.episode) or _begin(event, at, seconds(event.since))
        episodes[event.episode] = _after(before, event, at)
    return sorted(episodes.values(), key=lambda episode: episode.raised)


def _begin(event: AlertEvent, at: float, since: float) -> AlertEpisode:
    return AlertEpisode(
        episode=event.episode,
        family=event.family,
        seat=event.seat,
        participant=event.participant,
        level=event.level,
        since=since,
        raised=at,
        limit=event.limit,
        reference=event.reference,
        steps=((at, event.level),),
    )


def _after(episode: AlertEpisode, event: AlertEvent, at: float) -> AlertEpisode:
    episode = replace(
        episode,
        worst=episode.worst if event.worst is None else event.worst,
        cause=episode.cause or event.cause,
        about=event.about or episode.about,
        explained=episode.explained or event.explained,
    )
    match event.happening:
        case Happening.ACKNOWLEDGE if episode.acknowledged is None:
            return replace(episode, acknowledged=at, acknowledged_by=event.by)
        case Happening.END | Happening.CLOSE if episode.ended is None:
            return replace(episode, ended=at)
        case happening if happening in RAISED:
            return _levelled(episode, event, at)
    return episode


def _levelled(episode: AlertEpisode, event: AlertEvent, at: float) -> AlertEpisode:
    if event.level != episode.steps[-1][1]:
        episode = replace(episode, steps=(*episode.steps, (at, event.level)))
    if event.happening is Happening.ESCALATE or event.level > episode.level:
        return replace(episode, level=max(event.level, episode.level), limit=event.limit)
    return episode
