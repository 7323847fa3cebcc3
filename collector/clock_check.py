"""Is this computer's clock set by a time server? Every entry and every report carries its time."""

import ctypes
import sys
from dataclasses import dataclass

from collector.checkup import Finding, Ground, Verdict

NAME = "clock"
# adjtimex(2), linux/timex.h.
STA_UNSYNC = 0x0040
ERROR_STATE = 5
# Above this the times of two computers, of a page and of an oximeter's memory no longer fit together.
FAR_S = 2.0
SET_IT = "switch on automatic time (for example: sudo timedatectl set-ntp true)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Discipline:
    """What the kernel knows of its clock: whether somebody keeps it right, and how wrong it may be."""

    kept: bool
    error_s: float


async def check(ground: Ground) -> list[Finding]:
    """Ask the kernel."""
    del ground
    return [judge(ask())]


def judge(found: Discipline | None) -> Finding:
    """One sentence about what the kernel said."""
    if found is None:
        return Finding(
            check=NAME,
            verdict=Verdict.UNKNOWN,
            says="This system does not say whether its clock is set.",
        )
    if not found.kept:
        says = f"No time server sets the clock; {SET_IT}"
        return Finding(check=NAME, verdict=Verdict.ADVICE, says=says)
    if found.error_s > FAR_S:
        says = f"The clock may be {found.error_s:.0f} s wrong; check the network, or {SET_IT}"
        return Finding(check=NAME, verdict=Verdict.ADVICE, says=says)
    says = f"The clock is set by a time server, to {1000 * found.error_s:.0f} ms or better."
    return Finding(check=NAME, verdict=Verdict.NOTED, says=says)


def ask() -> Discipline | None:
    """adjtimex(2) without changing anything; None where there is no such call."""
    if sys.platform != "linux":
        return None
    words = _Timex()
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(words))
    if state < 0:
        return None
    kept = state != ERROR_STATE and not words.status & STA_UNSYNC
    return Discipline(kept=kept, error_s=words.maxerror / 1e6)


class _Timex(ctypes.Structure):
    """The beginning of struct timex, with room for the rest of it (about 208 bytes)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    )
