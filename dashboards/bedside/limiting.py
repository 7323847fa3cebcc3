"""The route that changes a limit for one person, to the end of the session."""

from collections.abc import Mapping
from typing import Annotated, Protocol

from fastapi import FastAPI
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from alerts.condition import Family, Level
from alerts.overrides import LIMIT_KEYS, words_of
from collector.errors import Refused
from dashboards.bedside.words import washed


class Limits(Protocol):
    """What is needed of the alerts."""

    def override(self, seat: str, body: Mapping[str, object]) -> None:
        """Other limits for the person on `seat`, or raise `Refused`."""
        ...

    def close_limits(self, seat: str) -> list[str]:
        """Sentences on limits that equal what is usual for the person on that seat."""
        ...


class OverrideBody(BaseModel):
    """Which limit, for whom, why, and who says so."""

    model_config = ConfigDict(extra="forbid")

    seat: Annotated[str, Field(max_length=3)]
    family: Family
    level: str = Level.CAUTION.word
    limit: float
    reason: Annotated[str, Field(max_length=200), AfterValidator(lambda text: washed(text, 200))] = ""
    by: Annotated[str, Field(max_length=200), AfterValidator(lambda text: washed(text, 40))] = ""


def add_route(app: FastAPI, alerts: Limits) -> None:
    """Let `app` take limits for one person."""

    @app.post("/api/override")
    async def override(body: OverrideBody) -> dict[str, object]:
        key = LIMIT_KEYS.get(body.family)
        if key is None:
            raise Refused(f"{body.family.value} has no limit for one person.")
        asked: dict[str, object] = {"family": body.family.value, "level": body.level, key: body.limit}
        said = {"reason": body.reason, "by": body.by}
        asked |= {name: word for name, word in said.items() if word}
        alerts.override(body.seat, asked)
        words = f"Seat {body.seat}, to the end of the session: {words_of(asked)}"
        return {"words": " · ".join([words, *alerts.close_limits(body.seat)])}
