"""Episodes put together from their events."""

from alerts.condition import AlertEvent, Cause, Family, Happening, Level
from collector.clock import SECOND, Instant
from dashboards.review.history import AlertEpisode, rebuild
from tests.dashboards.review.fakes import instant


def seconds(at: Instant) -> float:
    return at.running_ns / SECOND


def event(t: float, happening: Happening, level: Level = Level.CAUTION, **facts: object) -> AlertEvent:
    made: dict[str, object] = {
        "episode": "s-A-spo2_low-1",
        "family": Family.SPO2_LOW,
        "seat": "A",
        "participant": "P1",
        "since": instant(90),
        **facts,
    }
    return AlertEvent(at=instant(t), happening=happening, level=level, **made)  # type: ignore[arg-type]


def only(*events: AlertEvent) -> AlertEpisode:
    (episode,) = rebuild(events, seconds)
    return episode


def test_an_episode_has_its_highest_level_and_that_limit() -> None:
    """After escalation and back the episode is told as urgent, with the urgent limit."""
    episode = only(
        event(110, Happening.RAISE, limit=94.0, value=93.0, worst=93.0),
        event(130, Happening.ESCALATE, Level.URGENT, limit=90.0, worst=88.0),
        event(160, Happening.DEESCALATE, Level.CAUTION, limit=94.0, worst=86.0),
        event(190, Happening.END, limit=94.0, worst=86.0),
        event(220, Happening.CLOSE, limit=94.0, worst=86.0),
    )

    assert (episode.level, episode.limit, episode.worst) == (Level.URGENT, 90.0, 86.0)
    assert (episode.since, episode.raised, episode.ended) == (90, 110, 190)
    assert episode.steps == ((110, Level.CAUTION), (130, Level.URGENT), (160, Level.CAUTION))


def test_a_deeper_limit_of_the_same_level_is_the_one_told() -> None:
    """From below 90 to below 85, both urgent, the limit told is 85."""
    episode = only(
        event(110, Happening.RAISE, Level.URGENT, limit=90.0),
        event(120, Happening.ESCALATE, Level.URGENT, limit=85.0),
        event(150, Happening.REANNOUNCE, Level.URGENT, limit=90.0),
    )

    assert episode.limit == 85.0


def test_the_first_acknowledgement_counts() -> None:
    """A second acknowledgement, after the first ran out, does not hide how fast the first was."""
    episode = only(
        event(110, Happening.RAISE),
        event(116, Happening.ACKNOWLEDGE, by="M"),
        event(240, Happening.REANNOUNCE),
        event(250, Happening.ACKNOWLEDGE, by="K"),
    )

    assert (episode.acknowledged, episode.acknowledged_by) == (116, "M")
    assert episode.ended is None


def test_a_close_without_an_end_is_the_end() -> None:
    """An episode closed because the seat was released ended then."""
    episode = only(event(110, Happening.RAISE), event(130, Happening.CLOSE, reason="released"))

    assert episode.ended == 130


def test_the_cause_is_that_of_the_raise() -> None:
    """A better explanation that comes later does not rewrite what the facilitator was told."""
    episode = only(
        event(110, Happening.RAISE, family=Family.UNMONITORED, cause=Cause.FINGER_OFF),
        event(130, Happening.CAUSE, family=Family.UNMONITORED, cause=Cause.LINK_LOST),
    )

    assert episode.cause is Cause.FINGER_OFF


def test_episodes_are_kept_apart_and_in_order() -> None:
    """Events of two episodes that overlap make two episodes, in the order of raising."""
    episodes = rebuild(
        [
            event(110, Happening.RAISE, episode="b"),
            event(105, Happening.RAISE, episode="a"),
            event(120, Happening.END, episode="b"),
        ],
        seconds,
    )

    assert [(one.episode, one.ended) for one in episodes] == [("a", None), ("b", 120)]
