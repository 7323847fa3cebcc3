"""The route that takes what is accepted before a session starts."""

from collections.abc import Callable, Iterable
from typing import Annotated, Protocol

from fastapi import FastAPI
from pydantic import Field

from alerts.preparation import Notice
from collector.errors import Refused
from dashboards.bedside.bodies import NamedBody

Waiting = Callable[[], tuple[Notice, ...]]


class Accepts(Protocol):
    """What is needed of the alerts."""

    def accept(self, waiting: Iterable[Notice], point: str, by: str) -> None:
        """Record that somebody accepts the notice about `point`, or raise `Refused`."""
        ...


class AcceptBody(NamedBody):
    """Which notice."""

    point: Annotated[str, Field(min_length=1, max_length=40)]


def add_route(app: FastAPI, accepting: Accepts | None, waiting: Waiting) -> None:
    """Let `app` take the tap; without `accepting` there is never anything to accept."""

    @app.post("/api/accept")
    async def accept(body: AcceptBody) -> dict[str, object]:
        if accepting is None:
            raise Refused("Nothing is to be accepted here.")
        accepting.accept(waiting(), body.point, by=body.by)
        return {"accepted": body.point}
