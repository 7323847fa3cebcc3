"""The ladder of escalation: what to do before the next try when the tries before have failed.

When every try fails the same way, waiting longer does not help, because the radio's own stale state is never
cleaned between tries; so the action varies (reliability.md rows 23 and 25). Pure: failures in, a rung out.
"""

from enum import IntEnum


class Rung(IntEnum):
    """One action, from the gentlest to the last that a program can take."""

    RETRY = 1
    DISCONNECT = 2  # end a link that the radio believes to be there
    REMOVE = 3  # have the radio forget the device, and hear it anew
    RESTART_SCAN = 4
    POWER_CYCLE = 5  # costs every link of the adapter


# After all rungs it goes round again without the first, and a person is asked at the same time.
AGAIN = (Rung.DISCONNECT, Rung.REMOVE, Rung.RESTART_SCAN, Rung.POWER_CYCLE)


def rung(failures: int, *, alone: bool) -> Rung | None:
    """The action after `failures` failed tries in a row; None before the first.

    Unless this device is `alone`, nothing is done that would cost others their links.
    """
    if failures <= 0:
        return None
    again = (failures - len(Rung) - 1) % len(AGAIN)
    chosen = Rung(failures) if failures <= len(Rung) else AGAIN[again]
    return Rung.REMOVE if chosen is Rung.POWER_CYCLE and not alone else chosen


def is_exhausted(failures: int) -> bool:
    """Whether all that a program can do has been tried, so that a person has to help."""
    return failures > len(Rung)
