"""What station and companion say to each other: one JSON object per line, `say` tells which.

station: hello, beat {watching, mark}, send {Message, attempt}, bye, replaced
companion: here {problems}, alive, result {key, attempt, state, reason}, called {Call},
    handover {outage, mark, calls}
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import tzinfo
from typing import Any

from alerts.notifications import Notification, link, lock_text, tag

LONGEST_LINE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to deliver. `text` is all that a lock screen may show; `link` leads to the page.

    `tag` is the same for everything about one episode, so that a service can replace what it shows.
    """

    key: str
    target: str
    text: str
    level: str
    occasion: str
    tag: str = ""
    link: str = ""
    withdraws: bool = False


def compose(
    told: Notification, *, room: str, base: str, mark: str, zone: tzinfo | None = None
) -> Message:
    """What is handed over for a notification; `base` is the page's address as phones reach it."""
    text = lock_text(
        room=room,
        seats=told.seats,
        occasion=told.occasion,
        level=told.level,
        at=told.at,
        mark=mark,
        zone=zone,
    )
    return Message(
        key=told.key,
        target=told.target,
        text=text,
        level=told.level.word,
        occasion=told.occasion.value,
        tag=tag(told.place or told.episode) if told.episode else "",
        link=link(base, told.episode),
        withdraws=told.occasion.withdraws,
    )


def line(say: str, **facts: object) -> bytes:
    """One line to write."""
    return json.dumps({"say": say, **facts}, separators=(",", ":")).encode() + b"\n"


def send_line(message: Message, attempt: int) -> bytes:
    """The line that hands a message over."""
    return line("send", attempt=attempt, **asdict(message))


def read_line(said: bytes) -> Mapping[str, Any]:
    """What a line says; `ValueError` when it is not one of ours."""
    facts = json.loads(said)
    if not isinstance(facts, dict) or not isinstance(facts.get("say"), str):
        raise ValueError("not a line of ours")  # noqa: TRY004 - it is the value of a peer
    return facts


def read_message(facts: Mapping[str, Any]) -> tuple[Message, int]:
    """Message and attempt of a `send` line; `ValueError` when something is missing or odd."""
    rest = {name: value for name, value in facts.items() if name not in ("say", "attempt")}
    try:
        return Message(**rest), int(facts["attempt"])
    except (TypeError, KeyError) as error:
        raise ValueError("not a message") from error
