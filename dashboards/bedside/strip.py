"""The open alerts in the order of the strip, as the browser is told of them."""

from collections.abc import Collection, Mapping

from alerts.condition import Family, Level
from dashboards.bedside.card import OVER, Card
from dashboards.bedside.told import Told


def strip(
    cards: Mapping[str, Card], pauses: Mapping[str, object], told: Told
) -> list[dict[str, object]]:
    """The frames of `cards` (by episode); those that rest in a pause of their seat come last.

    An advisory is an icon and words in its tile, which the readings themselves give.
    """
    shown = [card for card in cards.values() if card.level > Level.ADVISORY]
    loud = {card.seat for card in shown if card.state != OVER and not card.pausable}
    resting = pauses.keys() - loud
    ordered = sorted(shown, key=lambda card: (card.seat in resting, card.order()))
    return [
        card.frame()
        | {"paused": card.seat in resting, "explained": _is_explained(card, shown)}
        | told.about(card.episode)
        for card in ordered
    ]


def _is_explained(card: Card, shown: Collection[Card]) -> bool:
    """Whether the radio explains that nothing comes from this seat."""
    lost = [one.about.split(", ") for one in shown if one.family is Family.RADIO]
    return card.family is Family.UNMONITORED and any(card.seat in seats for seats in lost)
