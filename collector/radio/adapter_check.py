"""Can this computer's Bluetooth be used, seen as the station sees it?"""

import asyncio
import contextlib
import sys

from collector.checkup import Finding, Ground, Verdict
from collector.clock import LiveClock
from collector.config import read_section
from collector.radio.adapter import View, choose
from collector.radio.claim import Claims
from collector.radio.settings import RadioSettings

if sys.platform == "linux":
    from collector.radio.bluez import BlueZ

NAME = "radio"
# The service is asked once; each call of it is given up after 5 s (bluez.py).
LOOK_S = 6.0


async def check(ground: Ground) -> list[Finding]:
    """Ask the Bluetooth service which adapters it has."""
    if sys.platform != "linux":
        says = (
            "This system does not show its adapter: `holdspace scan` finds out whether it hears clips."
        )
        return [Finding(check=NAME, verdict=Verdict.UNKNOWN, says=says)]
    settings = read_section(ground.config, "radio", RadioSettings) if ground.config else RadioSettings()
    return [judge(await look(), settings.adapter)]


def judge(view: View, wanted: str) -> Finding:
    """The adapter that a station would use now, or what is wrong and the remedy."""
    claims = Claims()
    adapter, trouble = choose(view, wanted=wanted, is_free=claims.take)
    claims.release()
    if trouble is not None:
        return Finding(check=NAME, verdict=Verdict.FAULT, says=trouble.sentence)
    if adapter is None:
        says = "The Bluetooth service does not show its adapters; `holdspace scan` finds out."
        return Finding(check=NAME, verdict=Verdict.UNKNOWN, says=says)
    says = f"The Bluetooth adapter {adapter.name} ({adapter.address}) is switched on and free."
    return Finding(check=NAME, verdict=Verdict.NOTED, says=says)


async def look() -> View:
    """What the service shows at this moment (Linux)."""
    seen = asyncio.Event()
    bluez = BlueZ(LiveClock())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOK_S), asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(bluez.run(seen.set), name="look at Bluetooth once")
            await seen.wait()
            watching.cancel()
    return bluez.view
