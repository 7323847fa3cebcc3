"""What an answer of InfluxDB means for the batch: servers.md 1.4 as a table. Pure.

InfluxDB's own refusals are JSON with a `message` (2.x) or an `error` (1.x). A 400 without one comes from
something else that listens there (a TLS port asked in plain HTTP answers so): then nothing may be set aside.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from collector.sinks.base import DELIVERED, Answer, Outcome

LONGEST_REASON = 120
# Parts of a server's reason that repeat our line; quarantine entries hold nothing about a participant.
_QUOTED = re.compile(r"'.*'", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the sentences name: where the server is, and what was asked of it."""

    url: str
    org: str
    bucket: str
    kept: str  # where the token is kept, never the token


def answered(status: int, body: str, retry_after: str, place: Place, now: datetime) -> Answer:
    """What `status`, `body` and the header Retry-After mean; `now` (aware) is for a date in the header."""
    match status:
        case 201 | 204:
            return DELIVERED
        case 400 | 422 if reason(body):
            return Answer(outcome=Outcome.REFUSED, why=f"InfluxDB refused the row: {reason(body)}")
        case 401:
            why = f"InfluxDB refuses the token; put one that may write to {place.bucket} into {place.kept}."
        case 403:
            why = (
                f"The InfluxDB token may not write to {place.bucket}; give it the right or put another into"
                f" {place.kept}."
            )
        case 404:
            why = (
                f"InfluxDB has no bucket {place.bucket} in the organisation {place.org}; make it or check"
                " [influxdb] org and bucket."
            )
        case 413:
            return Answer(outcome=Outcome.TOO_LARGE, why="It is larger than InfluxDB takes.")
        case 408 | 429 | 503:
            wait = seconds(retry_after, now)
            return Answer(
                outcome=Outcome.AGAIN, why="InfluxDB is busy; it is tried again.", after_s=wait
            )
        case _ if status >= 500:
            told = f": {reason(body)}" if reason(body) else ""
            why = f"InfluxDB failed with status {status}{told}."
            # Conflicts of types are answered so at times (reliability.md S18); a gateway's 502 says nothing.
            return Answer(outcome=Outcome.FAILED if status == 500 else Outcome.AGAIN, why=why)
        case _:
            why = (
                f"What answers at {place.url} is not InfluxDB (status {status}); check [influxdb] url."
            )
    return Answer(outcome=Outcome.HOLD, why=why)


def reason(body: str) -> str:
    """The reason in an answer of InfluxDB, without the line it quotes; empty when it is not InfluxDB's."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    said = told.get("message") or told.get("error")
    if not isinstance(said, str):
        return ""
    return " ".join(_QUOTED.sub("...", said).split())[:LONGEST_REASON] or "without a reason"


def seconds(retry_after: str, now: datetime) -> float | None:
    """What the header Retry-After asks for: seconds, or an HTTP date; None when it cannot be read."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):  # no date, or one without a zone
        return None
