"""Several cautions in one notification, and how it is taken back: pure (alerts.md 4.10).

Cautions of the same second go out as one ("C, F"), so that a phone gives one signal. A caution therefore
waits until its second is over. What was told together is taken back together: once none of its episodes
waits for anybody any more, under the tag of the first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from alerts.condition import Level
from alerts.escalation import TOGETHER_NS, Standing, waited
from alerts.notifications import Also, Notification
from collector.clock import Instant

TOO = "+"  # ends the key of a withdrawal that goes out beside another one of its episode


def bundled(
    found: Sequence[Notification], standings: Mapping[str, Standing], now: Instant
) -> list[Notification]:
    """`found` with the cautions of each target in one; those whose second is not over are left out."""
    others = [one for one in found if not _is_caution(one)]
    cautions = [one for one in found if _is_caution(one)]
    for target in dict.fromkeys(one.target for one in cautions):
        mine = [one for one in cautions if one.target == target]
        if any(waited(standings[one.episode], now) >= TOGETHER_NS for one in mine):
            others.append(_one(mine))
    return others


def withdrawals(
    found: Iterable[Notification], told: Iterable[Notification], standings: Mapping[str, Standing]
) -> list[Notification]:
    """`found` with each withdrawal at the place of what it takes back, once for what was told together.

    `told` are the notifications sent so far. A withdrawal is left out while another episode of the same
    notification still waits.
    """
    given = [one for one in told if not one.occasion.withdraws]
    bundles = [one for one in given if one.also]
    kept: list[Notification] = []
    places: dict[tuple[str, str], list[Notification]] = {}
    for one in found:
        bundle = _bundle_of(one, bundles) if one.occasion.withdraws else None
        alone = bundle is None or _is_alone(one, given)
        if alone:
            kept.append(one)
        if bundle is not None and not _waits(bundle, standings):
            part = replace(one, key=f"{one.key}{TOO if alone else ''}")
            places.setdefault((one.target, bundle.episode), []).append(part)
    return kept + [replace(_one(mine), place=place) for (_, place), mine in places.items()]


def _bundle_of(one: Notification, bundles: Sequence[Notification]) -> Notification | None:
    mine = [told for told in bundles if told.target == one.target]
    return next((told for told in mine if one.episode in _episodes(told.parts)), None)


def _is_alone(one: Notification, given: Sequence[Notification]) -> bool:
    """Whether it was told of on its own too: since then it has become urgent, say."""
    return any(
        (told.target, told.episode) == (one.target, one.episode) and not told.also for told in given
    )


def _waits(bundle: Notification, standings: Mapping[str, Standing]) -> bool:
    found = (standings.get(episode) for episode in _episodes(bundle.parts))
    return any(standing is not None and standing.withdraw is None for standing in found)


def _episodes(parts: Collection[Also]) -> set[str]:
    return {part.episode for part in parts}


def _is_caution(one: Notification) -> bool:
    return one.level is Level.CAUTION and not one.occasion.withdraws


def _one(mine: Sequence[Notification]) -> Notification:
    """The first, and the others with it."""
    first, *rest = mine
    return replace(first, also=tuple(part for one in rest for part in one.parts))
