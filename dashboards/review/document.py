"""The document that `review --json` prints."""

from collections.abc import Iterable
from dataclasses import asdict

from collector.session import Source
from dashboards.review.figures import measure
from dashboards.review.history import AlertEpisode
from dashboards.review.load import Record, Recorded
from dashboards.review.metrics import gap_numbers, marked_numbers, numbers

Json = dict[str, object]


def document(recorded: Recorded) -> Json:
    """The session as JSON values, times in s since its first reading."""
    exact = recorded.session.source is Source.IMPORT
    return {
        "session": recorded.session.id,
        "interrupted": recorded.interrupted is not None,
        "damaged_entries": recorded.damaged,
        "alerts": [{**_alert(one), "about": one.about} for one in recorded.alerts],
        "told": _told(recorded.alerts),
        "participants": [_participant(record, exact=exact) for record in recorded.records],
    }


def _participant(record: Record, *, exact: bool) -> Json:
    figures = measure(record)
    return {
        "participant": record.participant,
        "numbers": {
            **(numbers(record.samples) if exact else _capped(numbers(record.samples))),
            **marked_numbers(record.samples),
            "marked_completeness_pct": figures.unmarked_pct,
        },
        "gaps": {
            **gap_numbers(record.samples),
            "before_first_s": figures.before_first_s,
            "after_last_s": figures.after_last_s,
        },
        "alerts": [_alert(episode) for episode in record.alerts],
        "told": _told(record.alerts),
        "markers": [asdict(mark) for mark in record.markers],
        "fetched_later": [asdict(word) for word in record.fetched],
    }


def _capped(figures: Json) -> Json:
    """No more than all of it: readings over radio jitter, and a last step may end a moment too early."""
    share = figures["completeness_pct"]
    return {**figures, "completeness_pct": min(100.0, share) if isinstance(share, float) else share}


def _alert(episode: AlertEpisode) -> Json:
    return {
        "episode": episode.episode,
        "family": episode.family.value,
        "level": episode.level.word,
        "raised": episode.raised,
        "acknowledged": episode.acknowledged,
        "ended": episode.ended,
        "worst": episode.worst,
        "cause": episode.cause.value if episode.cause else None,
    }


def _told(alerts: Iterable[AlertEpisode]) -> list[Json]:
    """Who was notified of which episode, and when it was delivered (null = it was not)."""
    return [{"episode": one.episode, **asdict(telling)} for one in alerts for telling in one.told]
