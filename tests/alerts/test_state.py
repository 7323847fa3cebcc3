"""The transition table."""

import pytest

from alerts.state import TRANSITIONS, IllegalStepError, State, Step, step


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Step)
def test_every_pair_is_in_the_table_or_refused(state: State, event: Step) -> None:
    """There is no third way: a row, or an error that names both."""
    if (state, event) in TRANSITIONS:
        assert step(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(IllegalStepError, match=f"{event.value} cannot happen while {state.value}"):
            step(state, event)


def test_release_leads_to_quiet_from_everywhere() -> None:
    """Nothing stays open when nobody is watched any more."""
    assert {step(state, Step.RELEASE) for state in State} == {State.QUIET}


def test_every_state_can_be_reached_and_left() -> None:
    """No dead ends and no islands."""
    reached, frontier = {State.QUIET}, {State.QUIET}
    while frontier:
        frontier = {to for (start, _), to in TRANSITIONS.items() if start in frontier} - reached
        reached |= frontier

    assert reached == set(State)
    assert {start for start, _ in TRANSITIONS} == set(State)
