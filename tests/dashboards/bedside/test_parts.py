"""The page says when the radio of the station is down, with the remedy, and on the tiles why."""

from collector.device import ADAPTER_DOWN, DeviceStatus, LinkState
from collector.device import status_body as body_of
from dashboards.bedside.tile import Tile
from tests.dashboards.bedside.told import Told

REMEDY = "Bluetooth is off; switch it on."
ASK = "not heard for half a minute: wake it"


def test_radio_that_is_down_is_told_until_it_is_up(told: Told) -> None:
    """The sentence stands in every whole frame, and goes when the radio is back."""
    told.radio(REMEDY)
    assert told.delta()["radio"] == REMEDY
    assert told.whole()["radio"] == REMEDY
    told.radio("")

    assert told.delta()["radio"] == ""


def test_tile_says_that_the_radio_is_off_and_what_a_person_can_do(told: Told) -> None:
    """The reason adapter_down has words of its own; what only a person can do is told with its seat."""
    at = told.clock.now()
    down = DeviceStatus(at=at, device="x", link=LinkState.LOST, why=ADAPTER_DOWN)
    asks = DeviceStatus(at=at, device="x", link=LinkState.LOST, why=ASK, extra={"ask": ASK})
    tile = Tile("P1")
    tile.status(down)
    assert (tile.why, tile.ask) == ("station radio off", "")
    tile.status(asks)

    assert (tile.why, tile.ask) == ("out of range", ASK)
    assert body_of(asks)["extra"] == {"ask": ASK}
