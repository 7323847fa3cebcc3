"""Whom to notify, when and why: pure (alerts.md 4.2).

An urgent alert goes to the first person at once; unacknowledged for 30 s to the second; for 60 s to all
channels, and again each 30 s. A caution goes once to the first person, where chosen. What was missed
while the station was away is not caught up on: a target gets the latest thing due, once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from alerts.condition import AlertEvent, Happening, Level, Reason
from alerts.notifications import Notification, Occasion
from collector.clock import SECOND, Instant

SECOND_PERSON_NS = 30 * SECOND
ALL_NS = 60 * SECOND
AGAIN_NS = 30 * SECOND
# A caution waits for others of its second, so that they go out together (alerts.md 4.10; see `bundle`).
TOGETHER_NS = SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Somebody who can be notified; see `TargetSettings`."""

    name: str
    step: int = 1
    levels: frozenset[Level] = frozenset({Level.URGENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An episode as far as notifying goes.

    `since` is when the present run of waiting began: with the raise, when it got worse or more urgent,
    when an acknowledgement expired. `withdraw` is set once nobody has to act any more.
    """

    episode: str
    seat: str
    participant: str
    level: Level
    run: int
    since: Instant
    at: Instant
    waits: bool
    withdraw: Occasion | None = None


def follow(standing: Standing | None, event: AlertEvent) -> Standing | None:
    """The standing of an episode after `event`; None = nothing to do about it (any more)."""
    match event.happening:
        case Happening.RAISE | Happening.ESCALATE:
            return _next_run(standing, event, event.at)
        case Happening.REANNOUNCE:
            return standing if event.reason == Reason.REPEAT else _renewed(standing, event)
        case Happening.DEESCALATE if standing is not None:
            return replace(standing, level=event.level, waits=False)
        case Happening.ACKNOWLEDGE:
            return _settled(standing, event, Occasion.SEEN)
        case Happening.END | Happening.CLOSE:
            return _settled(standing, event, Occasion.OVER)
        case Happening.DEESCALATE | Happening.CAUSE:
            return standing


def due(
    targets: Sequence[Target], standings: Iterable[Standing], sent: Collection[str], now: Instant
) -> list[Notification]:
    """What to send now: everything due whose key is not in `sent`, in the order of urgency and time."""
    found: list[Notification] = []
    for standing in sorted(standings, key=lambda one: (-one.level, one.since.running_ns)):
        for target in targets:
            slot = _slot(standing, target, now)
            if slot is None:
                continue
            key = f"{standing.episode}#{standing.run}/{slot}/{target.name}"
            if key not in sent and (standing.waits or _was_told(standing, target, sent)):
                found.append(_notification(standing, target, slot, key, now))
    return found


def next_due(standings: Iterable[Standing], now: Instant) -> int | None:
    """When `due` will have something new to say, in running ns."""
    waiting = [one for one in standings if one.waits]
    return min((due for one in waiting if (due := _next_step(one, now)) is not None), default=None)


def current(standing: Standing | None, key: str) -> bool:
    """Whether the notification `key` of this episode is still worth sending."""
    return (
        standing is not None
        and standing.waits
        and key.startswith(f"{standing.episode}#{standing.run}/")
    )


def waited(standing: Standing, now: Instant) -> int:
    """How long the present run has waited, in ns."""
    if standing.since.boot == now.boot:
        return max(0, now.running_ns - standing.since.running_ns)
    return max(0, now.utc_ns - standing.since.utc_ns)


def _next_run(standing: Standing | None, event: AlertEvent, since: Instant) -> Standing:
    return Standing(
        episode=event.episode,
        seat=event.seat,
        participant=event.participant,
        level=event.level,
        run=standing.run + 1 if standing else 1,
        since=since,
        at=event.at,
        waits=event.announce,
    )


def _renewed(standing: Standing | None, event: AlertEvent) -> Standing:
    again = event.reason == Reason.RESTART
    return _next_run(standing, event, _earlier(standing, event.at) if again else event.at)


def _earlier(standing: Standing | None, now: Instant) -> Instant:
    """Since when a run has waited that goes on after a restart: whoever was reached stays reached."""
    gone = min(waited(standing, now), ALL_NS) if standing and standing.waits else 0
    return now.plus(-gone)


def _settled(standing: Standing | None, event: AlertEvent, why: Occasion) -> Standing | None:
    if standing is None or standing.withdraw is not None:
        return standing  # it was taken back already
    return replace(standing, waits=False, withdraw=why, at=event.at)


def _slot(standing: Standing, target: Target, now: Instant) -> str | None:
    """What `target` should have been sent by now in this run: the latest thing only."""
    if standing.withdraw is not None:
        return standing.withdraw.value
    if not standing.waits or standing.level not in target.levels:
        return None
    if standing.level is not Level.URGENT:
        return Occasion.FIRST.value if target.step == 1 else None
    return _urgent_slot(target.step, waited(standing, now))


def _urgent_slot(step: int, waited: int) -> str | None:
    if waited >= ALL_NS + AGAIN_NS:
        return f"{Occasion.AGAIN.value}-{(waited - ALL_NS) // AGAIN_NS}"
    if waited >= ALL_NS:
        return Occasion.ALL.value
    if step == 1:
        return Occasion.FIRST.value
    return Occasion.SECOND.value if step == 2 and waited >= SECOND_PERSON_NS else None


def _next_step(standing: Standing, now: Instant) -> int | None:
    gone = waited(standing, now)
    if standing.level is not Level.URGENT:
        wait = TOGETHER_NS if gone < TOGETHER_NS and standing.level is Level.CAUTION else None
    elif gone < SECOND_PERSON_NS:
        wait = SECOND_PERSON_NS
    else:
        wait = ALL_NS + max(0, (gone - ALL_NS) // AGAIN_NS + 1) * AGAIN_NS
    return None if wait is None else standing.since.running_ns + wait


def _was_told(standing: Standing, target: Target, sent: Collection[str]) -> bool:
    return any(
        key.startswith(f"{standing.episode}#") and key.endswith(f"/{target.name}") for key in sent
    )


def _notification(
    standing: Standing, target: Target, slot: str, key: str, now: Instant
) -> Notification:
    return Notification(
        key=key,
        episode=standing.episode,
        target=target.name,
        occasion=Occasion(slot.partition("-")[0]),
        level=standing.level,
        seat=standing.seat,
        participant=standing.participant,
        at=now,
    )
