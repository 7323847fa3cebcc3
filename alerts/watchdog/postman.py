"""Delivers one message to one target by apprise: the only module that imports it.

Each try runs in a daemon thread with a deadline of its own, because apprise's threads go on after a
timeout and would keep the process from ending (ui.md 3). Nothing that apprise or the network layer logs
gets out: it may hold addresses with secrets in them; of a failure only its class is told.
"""

import asyncio
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog
from apprise import Apprise, AppriseAsset
from apprise.common import PersistentStoreMode
from pydantic import SecretStr

from alerts.watchdog import pushover
from alerts.watchdog.wire import Message
from collector.clock import SECOND, Clock

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

# Real seconds. Two tries and the pause between them stay below the 10 s after which the station asks again.
TRY_S = 4.5
PAUSE_S = 0.4
CONNECT_S, READ_S = 3.0, 4.0
# So many tries of one target may hang at the same time; more would only be more hanging threads.
HANGING = 8
# Pushover: every 30 s for at most 10 min, until somebody taps it on the phone (ui.md 3: not `retry`).
INTERVAL_S, EXPIRE_S = 30, 600

QUIETED = ("apprise", "urllib3", "requests", "smtplib", "asyncio")
STATUS = re.compile(r"error=(\d{3})")


class Reason(StrEnum):
    """Classes of failure; the only thing that is ever told about one."""

    NONE = ""
    UNREACHABLE = "unreachable"
    BUSY = "service trouble"
    REFUSED = "refused"
    ADDRESS = "address not understood"
    HANGS = "service hangs"
    FAULT = "fault in the plugin"
    ITSELF = "repeats by itself"


TRY_AGAIN = frozenset({Reason.UNREACHABLE, Reason.BUSY})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a delivery ended: a word of `alerts.notifications.State`, and the reason class."""

    state: str
    reason: Reason = Reason.NONE


class Postman:
    """Knows the addresses; `problems` names the targets whose address cannot be used, and why."""

    def __init__(self, addresses: Mapping[str, SecretStr], clock: Clock, random: Random) -> None:
        self._addresses, self._clock, self._random = dict(addresses), clock, random
        self._hanging: Counter[str] = Counter()
        self._repeating: dict[tuple[str, str], int] = {}
        self._asset = AppriseAsset(storage_mode=PersistentStoreMode.MEMORY)
        self._trouble = _Trouble()
        _quiet(self._trouble)
        self.problems = {
            name: problem for name, url in addresses.items() if (problem := self._problem(url))
        }

    async def deliver(self, message: Message) -> Outcome:
        """Deliver within 10 s or say why not; never raises for what a service does."""
        address = self._addresses.get(message.target)
        if address is None or message.target in self.problems:
            return Outcome("failed", Reason.ADDRESS)
        url = address.get_secret_value()
        if message.withdraws and not (_replaces(url) or self._is_repeated(url, message)):
            return Outcome("unable")
        if self._repeats(url, message):
            return Outcome("delivered", Reason.ITSELF)
        outcome = await self._try(url, message)
        if outcome.reason in TRY_AGAIN:
            await asyncio.sleep(PAUSE_S * (0.5 + 0.5 * self._random.random()))
            outcome = await self._try(url, message)
        return outcome

    async def _try(self, url: str, message: Message) -> Outcome:
        if self._hanging[message.target] >= HANGING:
            return Outcome("failed", Reason.HANGS)
        self._hanging[message.target] += 1
        loop = asyncio.get_running_loop()

        def send() -> Outcome:
            try:
                return self._send(url, message)
            finally:
                with suppress(RuntimeError):  # the loop may be closed long since
                    loop.call_soon_threadsafe(self._came_back, message.target)

        try:
            return await apart(send, TRY_S)
        except TimeoutError:
            return Outcome("timeout", Reason.HANGS)
        except Exception as error:  # noqa: BLE001 - whatever one service's plugin does, the others go on
            # Its words and its traceback may hold the address; its kind does not.
            log.error("plugin failed", target=message.target, kind=type(error).__name__)  # noqa: TRY400
            return Outcome("failed", Reason.FAULT)

    def _send(self, url: str, message: Message) -> Outcome:
        """In the thread: hand it to apprise."""
        self._trouble.begin()
        service = Apprise.instantiate(with_extras(url, message), asset=self._asset)
        if service is None:
            return Outcome("failed", Reason.ADDRESS)
        if _scheme(url) == "pover":
            if message.withdraws:
                return _judge(pushover.cancel(service, message.tag, READ_S))
            pushover.tag_it(service, message.tag)
        title, body = _text(url, message)
        if service.notify(title=title, body=body):
            return Outcome("delivered")
        return Outcome("failed", self._trouble.reason())

    def _came_back(self, target: str) -> None:
        self._hanging[target] -= 1

    def _is_repeated(self, url: str, message: Message) -> bool:
        """Whether Pushover may be repeating what is to be taken back: then it is asked to stop."""
        known = self._repeating.pop((message.target, message.tag), 0) > self._clock.now().running_ns
        return _scheme(url) == "pover" and (known or message.level == "urgent")

    def _repeats(self, url: str, message: Message) -> bool:
        """Whether the service is still repeating what it was given; notes it when it begins to."""
        if _scheme(url) != "pover" or message.level != "urgent":
            return False
        now, place = self._clock.now().running_ns, (message.target, message.tag)
        if message.occasion in ("all", "again") and self._repeating.get(place, 0) > now:
            return True
        asked = dict(parse_qsl(urlsplit(with_extras(url, message)).query))
        if asked.get("priority") == "emergency":
            self._repeating[place] = now + int(asked.get("expire", EXPIRE_S)) * SECOND
        return False

    def _problem(self, address: SecretStr) -> str:
        url = address.get_secret_value()
        asked = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
        if "retry" in asked:
            return "leave out retry=; for Pushover's emergency repeat write interval= and expire="
        if Apprise.instantiate(url, asset=self._asset) is None:
            return "apprise does not understand its URL"
        return ""


async def apart(work: Callable[[], Answer], seconds: float) -> Answer:
    """What `work` returns or raises in a thread of its own; `TimeoutError` leaves the thread behind."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Answer] = loop.create_future()

    def tell(give: Callable[[Any], None], what: object) -> None:
        if not future.done():
            give(what)

    def run() -> None:
        try:
            give, what = future.set_result, work()
        except Exception as error:  # noqa: BLE001 - it is raised where it is awaited
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(tell, future.set_exception, error)
        else:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(tell, give, what)

    threading.Thread(target=run, daemon=True, name="delivery").start()
    async with asyncio.timeout(seconds):
        return await future


def with_extras(url: str, message: Message) -> str:
    """`url` with what its service can do for us: deadlines, priority, link, tag. Its own words win."""
    url = re.sub(r"(?<=[?&])(rto|cto)=[^&]*&?", "", url, flags=re.IGNORECASE)
    asked = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
    extras = {"rto": READ_S, "cto": CONNECT_S, **_extras(url, message)}
    added = urlencode({name: value for name, value in extras.items() if name not in asked}, safe=":")
    return url + ("" if url.endswith(("?", "&")) else "&" if "?" in url else "?") + added


def _judge(status: int) -> Outcome:
    if status < 400:
        return Outcome("delivered")
    return Outcome("failed", Reason.BUSY if status == 429 or status >= 500 else Reason.REFUSED)


def _extras(url: str, message: Message) -> dict[str, object]:
    urgent = message.level == "urgent" and not message.withdraws
    match _scheme(url):
        case "ntfy" | "ntfys":
            extras: dict[str, object] = {"priority": "max" if urgent else "default"}
            return extras | ({"click": message.link} if message.link else {})
        case "pover":
            extras = {"priority": "emergency", "interval": INTERVAL_S, "expire": EXPIRE_S}
            extras = extras if urgent else {"priority": "normal"}
            return extras | ({"url": message.link} if message.link else {})
        case "hassio" | "hassios":
            return {"nid": f"holdspace_{message.tag}"} if message.tag else {}
        case "json" | "jsons" | "form" | "forms":
            return {
                ":tag": message.tag,
                ":level": message.level,
                ":occasion": message.occasion,
                ":link": message.link,
            }
        case _:
            return {}


def _text(url: str, message: Message) -> tuple[str, str]:
    """Title and body: services without a field for the link get it on a line of its own."""
    scheme = _scheme(url)
    if scheme in ("ntfy", "ntfys", "pover", "json", "jsons", "form", "forms") or not message.link:
        return ("", message.text) if not scheme.startswith("mailto") else (message.text, message.text)
    body = f"{message.text}\n{message.link}"
    return (message.text if scheme.startswith("mailto") else ""), body


def _replaces(url: str) -> bool:
    """Whether the service replaces what it shows under the same tag, or is told to by the webhook."""
    parts = urlsplit(url)
    alone = len([part for part in parts.path.split("/") if part]) <= 1
    scheme = _scheme(url)
    return scheme in ("json", "jsons", "form", "forms") or (scheme in ("hassio", "hassios") and alone)


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


class _Trouble(logging.Handler):
    """Keeps the class of what apprise complained about in this thread, and nothing of its words."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._mine = threading.local()

    def begin(self) -> None:
        """Forget what was before, in this thread."""
        self._mine.reason = Reason.UNREACHABLE

    def reason(self) -> Reason:
        """The class of the last complaint in this thread."""
        found: Reason = self._mine.reason
        return found

    def emit(self, record: logging.LogRecord) -> None:
        """Take a complaint."""
        status = STATUS.search(record.getMessage())
        if status is not None:
            self._mine.reason = _judge(int(status[1])).reason


def _quiet(trouble: logging.Handler) -> None:
    """Let nothing of these libraries reach a log."""
    for name in QUIETED:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.addHandler(logging.NullHandler())
        logger.setLevel(logging.WARNING)
    logging.getLogger("apprise").addHandler(trouble)
