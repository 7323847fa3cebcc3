"""The life of one alert as a table: state and event in, next state out; anything else is a defect.

Only the one axis of alerts.md 4.5 stands here. Level, evidence, who acknowledged and when the next
announcement is due are facts of their own and live with the episode.
"""

from enum import StrEnum


class State(StrEnum):
    """Where one family of one seat stands."""

    QUIET = "quiet"
    PENDING = "pending"  # there is evidence, not yet enough
    ACTIVE = "active"  # raised, nobody has acknowledged it
    ACKNOWLEDGED = "acknowledged"
    LATCHED = "latched"  # over, but urgent and unseen


class Step(StrEnum):
    """What can happen to it."""

    BREACH = "breach"  # the first reading beyond a limit
    FADE = "fade"  # the evidence is used up or too old
    QUALIFY = "qualify"  # enough evidence: a new episode
    ESCALATE = "escalate"
    DEESCALATE = "deescalate"
    REPEAT = "repeat"
    ACKNOWLEDGE = "acknowledge"
    EXPIRE = "expire"  # the acknowledgement has lived its time
    WORSEN = "worsen"  # clearly worse than when it was acknowledged
    VOID = "void"  # a restart leaves doubt about the acknowledgement
    RECOVER = "recover"  # over, and seen or not worth keeping
    RECOVER_UNSEEN = "recover_unseen"  # over, urgent, and nobody has seen it
    RELEASE = "release"  # the session ended or somebody else took the seat


_Q, _P, _A, _S, _L = State.QUIET, State.PENDING, State.ACTIVE, State.ACKNOWLEDGED, State.LATCHED

TRANSITIONS: dict[tuple[State, Step], State] = {
    (_Q, Step.BREACH): _P,
    (_Q, Step.RELEASE): _Q,
    (_P, Step.FADE): _Q,
    (_P, Step.QUALIFY): _A,
    (_P, Step.RELEASE): _Q,
    (_A, Step.ESCALATE): _A,
    (_A, Step.DEESCALATE): _A,
    (_A, Step.REPEAT): _A,
    (_A, Step.ACKNOWLEDGE): _S,
    (_A, Step.RECOVER): _Q,
    (_A, Step.RECOVER_UNSEEN): _L,
    (_A, Step.RELEASE): _Q,
    (_S, Step.ESCALATE): _A,
    (_S, Step.DEESCALATE): _S,
    (_S, Step.EXPIRE): _A,
    (_S, Step.WORSEN): _A,
    (_S, Step.VOID): _A,
    (_S, Step.RECOVER): _Q,
    (_S, Step.RELEASE): _Q,
    (_L, Step.ACKNOWLEDGE): _Q,
    (_L, Step.QUALIFY): _A,  # the old episode is closed as superseded
    (_L, Step.RELEASE): _Q,
}


class IllegalStepError(Exception):
    """A step that the table does not know: a defect of the engine, never of the input."""


def step(state: State, event: Step) -> State:
    """The state after `event`; raises `IllegalStepError` when the table has no such row."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalStepError(f"{event.value} cannot happen while {state.value}") from None
