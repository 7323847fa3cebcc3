"""What a reader must know before any number: what the recording lacks, one sentence each."""

from collections.abc import Iterator

from dashboards.review.load import Recorded
from dashboards.review.saving import Unsaved
from dashboards.review.words import Times, counted


def notices(recorded: Recorded, times: Times) -> list[str]:
    """The boxed sentences of every page; none for a recording that is whole."""
    return [*_interrupted(recorded, times), *_unsaved(recorded, times), *_damaged(recorded)]


def _interrupted(recorded: Recorded, times: Times) -> Iterator[str]:
    if recorded.interrupted is not None:
        yield f"The recording stops at {times.clock(recorded.interrupted)}: the session was not ended."


def _unsaved(recorded: Recorded, times: Times) -> Iterator[str]:
    for period in recorded.unsaved:
        yield _unsaved_words(period, times)


def _unsaved_words(period: Unsaved, times: Times) -> str:
    why = f" ({period.why})" if period.why else ""
    lost = f"{counted(period.lost, 'reading')} of the session lost"
    if period.last is not None:
        return f"Not saved from {times.clock(period.first)} to {times.clock(period.last)}, {lost}{why}."
    known = lost if period.lost else "readings after that may be missing"
    return f"Not saved from {times.clock(period.first)} on, {known}{why}."


def _damaged(recorded: Recorded) -> Iterator[str]:
    if recorded.damaged:
        yield (
            f"The journal is damaged: {counted(recorded.damaged, 'entry', 'entries')} of this session"
            " left out, so that readings, alerts or markers are missing here."
        )
