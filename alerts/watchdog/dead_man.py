"""The dead man's switch: an outside service that calls when it is no longer pinged."""

import asyncio
import urllib.request
from collections.abc import Callable

import structlog
from pydantic import SecretStr

from alerts.watchdog.postman import apart

log = structlog.get_logger(__name__)

EVERY_S, TRY_S = 60.0, 5.0
LOOK_S = 1.0


async def ping(address: SecretStr | None, fresh: Callable[[], bool]) -> None:
    """Ping for ever, once a minute while the station is heard; its own silence is the signal."""
    if address is None:
        return
    url = address.get_secret_value()
    failing = False
    while True:
        if not fresh():
            await asyncio.sleep(LOOK_S)
            continue
        try:
            await apart(lambda: _get(url), TRY_S + 1)
        except (OSError, TimeoutError, ValueError):
            if not failing:
                log.warning("dead man's switch not reached")
            failing = True
        else:
            failing = False
        await asyncio.sleep(EVERY_S)


def _get(url: str) -> None:
    with urllib.request.urlopen(url, timeout=TRY_S):  # noqa: S310 - http(s), checked in settings
        pass
