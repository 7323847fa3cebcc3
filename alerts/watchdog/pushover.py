"""What Pushover can do and apprise does not ask of it: a tag on an emergency, and its end by that tag.

An emergency is repeated by Pushover until somebody taps it or it expires; without this it would go on after
the alert has been acknowledged on the page. apprise gives back no receipt, so that a tap on the phone cannot
be asked for; cancelling by tag needs none (https://pushover.net/api/receipts).
"""

import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

API = "https://api.pushover.net/1"


def tag_it(service: Any, tag: str) -> None:
    """Have the apprise service for Pushover send `tag` along, so that `cancel` finds what it sends."""
    send = service._send  # noqa: SLF001 - the only place where the payload can be added to

    def send_tagged(payload: dict[str, Any], attach: Any = None) -> bool:
        return bool(send({**payload, "tags": tag}, attach))

    service._send = send_tagged  # noqa: SLF001


def cancel(service: Any, tag: str, seconds: float) -> int:
    """End the repeats of what `service` sent under `tag`; the HTTP status.

    Raises `OSError` when nobody answers within `seconds`; neither URL nor error holds the token.
    """
    where = f"{API}/receipts/cancel_by_tag/{tag}.json"
    body = urlencode({"token": service.token}).encode()
    try:
        with urllib.request.urlopen(where, data=body, timeout=seconds) as answer:  # noqa: S310 - https
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
