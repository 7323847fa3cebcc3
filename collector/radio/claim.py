"""One station per adapter: two that share one fail 40 % of each other's connects (reliability.md row 17)."""

import socket
import sys


class Claims:
    """The adapter that this process has claimed; the kernel lets go of it however the process ends.

    Linux: a name among the abstract sockets (unix(7)), which all users of a machine share and which
    leaves no file behind. Elsewhere the system itself shares one radio among programs: nothing is claimed.
    """

    def __init__(self) -> None:
        self._address = ""
        self._held: socket.socket | None = None

    def take(self, address: str) -> bool:
        """Whether the adapter at `address` is ours now; an other one that was ours is let go then."""
        if address == self._address:
            return True
        held = _claimed(address)
        if held is None and sys.platform == "linux":
            return False
        self.release()
        self._address, self._held = address, held
        return True

    def release(self) -> None:
        """Let others have the adapter."""
        if self._held is not None:
            self._held.close()
        self._address, self._held = "", None


def _claimed(address: str) -> socket.socket | None:
    if sys.platform != "linux":
        return None
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        held.bind(f"\0holdspace/adapter/{address.upper()}")
    except OSError:
        held.close()
        return None
    return held
