"""Instants as plain JSON values, for state that is saved across restarts."""

from collections.abc import Sequence

from collector.clock import Instant


def pack(instant: Instant | None) -> list[str | int] | None:
    """An instant as a list; None stays None."""
    if instant is None:
        return None
    return [instant.boot, instant.running_ns, instant.utc_ns]


def unpack(saved: Sequence[str | int] | None) -> Instant | None:
    """The inverse of `pack`."""
    if saved is None:
        return None
    boot, running_ns, utc_ns = saved
    return Instant(boot=str(boot), running_ns=int(running_ns), utc_ns=int(utc_ns))
