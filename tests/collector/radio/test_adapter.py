"""Whatever is wrong with the adapter has one sentence with its remedy, and the right adapter is chosen."""

import pytest

from collector.radio.adapter import Adapter, Block, Trouble, View, choose

ONE = Adapter(address="00:11:22:33:44:55", name="hci0")
TWO = Adapter(address="AA:11:22:33:44:55", name="hci1")
OFF = Adapter(address="00:11:22:33:44:55", name="hci0", powered=False)
OLD = Adapter(address="00:11:22:33:44:55", name="hci0", low_energy=False)


def free(_address: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("view", "wanted", "expected"),
    [
        (View(adapters=(ONE, TWO)), "", (ONE, None)),
        (View(adapters=(ONE, TWO)), TWO.address.lower(), (TWO, None)),
        (View(adapters=(OFF, TWO)), "", (TWO, None)),
        (View(adapters=(OLD, TWO)), "", (TWO, None)),
        (View(), "", (None, None)),
        (View(trouble=Trouble.NO_BUS), "", (None, Trouble.NO_BUS)),
        (View(adapters=()), "", (None, Trouble.NO_ADAPTER)),
        (View(adapters=(), block=Block.HARD), "", (None, Trouble.SWITCHED_OFF)),
        (View(adapters=(ONE,)), TWO.address, (None, Trouble.NOT_THERE)),
        (View(adapters=()), TWO.address, (None, Trouble.NO_ADAPTER)),
        (View(adapters=(OLD,)), "", (None, Trouble.NO_LOW_ENERGY)),
        (View(adapters=(OFF,)), "", (OFF, Trouble.OFF)),
        (View(adapters=(OFF,), block=Block.SOFT), "", (OFF, Trouble.BLOCKED)),
        (View(adapters=(OFF,), block=Block.HARD), "", (OFF, Trouble.SWITCHED_OFF)),
    ],
)
def test_choice(view: View, wanted: str, expected: tuple[Adapter | None, Trouble | None]) -> None:
    """The first adapter that can work, or the best explanation why none does."""
    assert choose(view, wanted=wanted, is_free=free) == expected


def test_adapter_of_another_station_is_passed_over() -> None:
    """The next one is taken; without a next one the sentence says why."""
    view = View(adapters=(ONE, TWO))

    assert choose(view, wanted="", is_free=lambda address: address == TWO.address) == (TWO, None)
    assert choose(view, wanted="", is_free=lambda _: False) == (None, Trouble.TAKEN)


@pytest.mark.parametrize("trouble", Trouble)
def test_each_trouble_is_one_sentence_with_a_remedy(trouble: Trouble) -> None:
    """It begins large, has a part that tells what to do, and fits on the page."""
    assert trouble.sentence[0].isupper()
    assert any(mark in trouble.sentence for mark in (";", ","))
    assert len(trouble.sentence) <= 160
