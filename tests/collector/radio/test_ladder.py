"""The ladder varies the action, and spares the links of others."""

from collector.radio.ladder import Rung, is_exhausted, rung


def test_each_failure_brings_the_next_action() -> None:
    """First nothing, then retry, disconnect, remove, restart the scan, power-cycle."""
    assert rung(0, alone=True) is None
    assert [rung(failures, alone=True) for failures in range(1, 6)] == list(Rung)


def test_after_the_last_rung_it_goes_round_and_a_person_is_asked() -> None:
    """All actions but the first come again, for ever."""
    again = [rung(failures, alone=True) for failures in range(6, 14)]

    assert again == [Rung.DISCONNECT, Rung.REMOVE, Rung.RESTART_SCAN, Rung.POWER_CYCLE] * 2
    assert [is_exhausted(failures) for failures in (0, 5, 6, 13)] == [False, False, True, True]


def test_nothing_costs_others_their_links() -> None:
    """While others have links the adapter is never power-cycled."""
    assert Rung.POWER_CYCLE not in {rung(failures, alone=False) for failures in range(40)}
