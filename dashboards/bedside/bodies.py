"""What the page's commands carry: each a small JSON object, checked and washed."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from alerts.pause import PauseReason
from collector.commands import LONGEST_CODE
from dashboards.bedside.words import washed

MOST_SEATS = 32


def _name(text: str) -> str:
    return washed(text, 40) or "facilitator"


By = Annotated[str, Field(max_length=200), AfterValidator(_name)]
Text = Annotated[str, Field(max_length=500), AfterValidator(lambda text: washed(text, 500))]
Seat = Annotated[str, Field(max_length=3)]
# Too long, or nothing but blanks, is refused in the recorder's words.
Code = Annotated[str, AfterValidator(lambda text: washed(text, LONGEST_CODE + 1))]


class NamedBody(BaseModel):
    """Who does it."""

    model_config = ConfigDict(extra="forbid")

    by: By = "facilitator"


class AcknowledgeBody(NamedBody):
    """Which alert has been seen."""

    episode: Annotated[str, Field(min_length=1, max_length=200)]
    watch: Annotated[float, Field(ge=25, le=250)] | None = None


class PauseBody(NamedBody):
    """Whose signals rest, and why; a cuff's pause has its own length."""

    seat: Seat
    reason: PauseReason
    minutes: int = 2


class BackBody(NamedBody):
    """Whose pause is over."""

    seat: Seat


class SettleBody(NamedBody):
    """Whose clip has been looked at."""

    seat: Seat


class BaselineBody(NamedBody):
    """Whose baseline is taken; an empty seat means everybody's."""

    seat: Seat = ""


class PressureBody(NamedBody):
    """A blood pressure that somebody took with a cuff, in mmHg."""

    seat: Annotated[str, Field(min_length=1, max_length=3)]
    systolic: Annotated[int, Field(ge=40, le=300)]
    diastolic: Annotated[int, Field(ge=20, le=200)]

    @field_validator("diastolic")
    @classmethod
    def _in_order(cls, diastolic: int, info: ValidationInfo) -> int:
        if diastolic >= info.data.get("systolic", diastolic + 1):
            raise ValueError("the lower number must be below the upper one")
        return diastolic


class MarkBody(NamedBody):
    """A moment."""

    what: Annotated[str, Field(min_length=1, max_length=40), AfterValidator(lambda t: washed(t, 40))]
    text: Text = ""
    seat: Seat = ""


class EndBody(NamedBody):
    """The end of a session."""

    reason: Text = ""


class PrepareBody(NamedBody):
    """A new session: seat -> participant code, or how many of the seats, with the people of before."""

    roster: Annotated[dict[Seat, Code], Field(min_length=1, max_length=MOST_SEATS)] | None = None
    seats: Annotated[int, Field(ge=1, le=MOST_SEATS)] = 6
    title: Text = ""
