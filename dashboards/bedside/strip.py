"""The open alerts in the order of the strip, as the browser is told of them."""

from collections.abc import Mapping

from alerts.condition import Family, Level
from dashboards.bedside.card import OVER, Card
from dashboards.bedside.told import Told


def strip(
    cards: Mapping[str, Card], pauses: Mapping[str, object], told: Told
) -> list[dict[str, object]]:
    """The frames of `cards` (by episode); those that rest (in a pause, or explained) come last.

    An advisory is an icon and words in its tile, which the readings themselves give.
    """
    shown = [card for card in cards.values() if card.level > Level.ADVISORY]
    loud = {card.seat for card in shown if card.state != OVER and not card.pausable}
    paused = pauses.keys() - loud
    resting = {card.episode for card in shown if card.explained or card.seat in paused}
    ordered = sorted(shown, key=lambda card: (card.episode in resting, card.order()))
    return [
        card.frame() | {"paused": card.episode in resting} | told.about(card.episode)
        for card in ordered
    ]


def pressures_due(cards: Mapping[str, Card]) -> list[str]:
    """The seats whose blood pressure is to be taken: a word in the tile, never a line of the strip."""
    return [card.seat for card in cards.values() if card.family is Family.BP_DUE]
