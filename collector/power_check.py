"""Mains or battery, and how long the battery lasts (Linux: /sys/class/power_supply)."""

import sys
from collections.abc import Iterable
from pathlib import Path

from collector.checkup import Finding, Ground, Verdict, text_of

NAME = "power"
LONGEST_SESSION_H = 4.0


async def check(ground: Ground) -> list[Finding]:
    """Look at the supplies of this computer."""
    if sys.platform != "linux":
        says = "This system does not say whether it runs on battery; plug it in."
        return [Finding(check=NAME, verdict=Verdict.UNKNOWN, says=says)]
    return [judge(ground.root / "sys/class/power_supply")]


def judge(supplies: Path) -> Finding:
    """What the supplies say; a computer without a battery has mains or nothing."""
    # A mouse or an oximeter has a battery too: its scope is "Device".
    own = [one for one in sorted(supplies.glob("*")) if text_of(one / "scope") != "Device"]
    batteries = [one for one in own if text_of(one / "type") == "Battery"]
    if not batteries:
        return Finding(check=NAME, verdict=Verdict.NOTED, says="This computer has no battery.")
    if any(text_of(one / "online") == "1" for one in own):
        return Finding(check=NAME, verdict=Verdict.NOTED, says="This computer runs on mains.")
    hours = _sum(hours_left(one) for one in batteries)
    if hours is None:
        says = "This computer runs on battery, it does not say for how long; plug it in."
        return Finding(check=NAME, verdict=Verdict.ADVICE, says=says)
    verdict = Verdict.ADVICE if hours > LONGEST_SESSION_H else Verdict.FAULT
    says = f"This computer runs on battery, for about {hours:.1f} h; plug it in."
    return Finding(check=NAME, verdict=verdict, says=says)


def hours_left(battery: Path) -> float | None:
    """Energy over power, or charge over current, as the battery tells; None when it does not."""
    for full, flow in (("energy_now", "power_now"), ("charge_now", "current_now")):
        left, drain = _number(battery / full), _number(battery / flow)
        if left is not None and drain:
            return left / abs(drain)
    return None


def _number(file: Path) -> float | None:
    try:
        return float(text_of(file))
    except ValueError:
        return None


def _sum(hours: Iterable[float | None]) -> float | None:
    known = [one for one in hours if one is not None]
    return sum(known) if known else None
