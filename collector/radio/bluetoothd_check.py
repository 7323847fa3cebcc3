"""Which Bluetooth service and which adapter: versions and combinations that are known to do badly (Linux)."""

import asyncio
import re
import shutil
import sys

from collector.checkup import Finding, Ground, Verdict

NAME = "bluetooth"
# bleak's installation page asks for BlueZ 5.55 or newer; tests/radio and CI use 5.66.
OLDEST = (5, 55)
ANSWER_S = 5.0
CONTAINER_MARKS = (".dockerenv", "run/.containerenv")
BUS = "run/dbus/system_bus_socket"


async def check(ground: Ground) -> list[Finding]:
    """The version of BlueZ, and what the machine is."""
    if sys.platform != "linux":
        return []
    return [judge_version(await said()), *judge_machine(ground), *judge_container(ground)]


def judge_version(said: str) -> Finding:
    """What `bluetoothctl --version` printed, for example "bluetoothctl: 5.66"."""
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None:
        says = "The version of BlueZ is not known (there is no bluetoothctl)."
        return Finding(check=NAME, verdict=Verdict.UNKNOWN, says=says)
    version = (int(found[1]), int(found[2]))
    if version < OLDEST:
        says = f"BlueZ {found[0]} is too old for the Bluetooth library; bring the system up to 5.55 or newer."
        return Finding(check=NAME, verdict=Verdict.FAULT, says=says)
    return Finding(check=NAME, verdict=Verdict.NOTED, says=f"BlueZ {found[0]} (tested with 5.66).")


def judge_machine(ground: Ground) -> list[Finding]:
    """Bluetooth and Wi-Fi in one chip of a small computer disturb each other (reliability.md row 14)."""
    model = ground.text("proc/device-tree/model").rstrip("\0")
    radios = sorted((ground.root / "sys/class/bluetooth").glob("hci*"))
    if "Raspberry Pi" not in model or not radios or any("usb" in str(r.resolve()) for r in radios):
        return []
    if not any((ground.root / "sys/class/net").glob("wlan*")):
        return []
    says = (
        f"The {model} has Bluetooth and Wi-Fi in one chip; plug in a USB Bluetooth adapter, or use a cable"
        " or 5 GHz for the network."
    )
    return [Finding(check=NAME, verdict=Verdict.ADVICE, says=says)]


def judge_container(ground: Ground) -> list[Finding]:
    """Inside a container the message bus of the host has to be mounted."""
    inside = any((ground.root / mark).exists() for mark in CONTAINER_MARKS)
    if not inside or (ground.root / BUS).exists():
        return []
    says = f"This container does not see the host's message bus; mount /{BUS} (profile ble does)."
    return [Finding(check=NAME, verdict=Verdict.FAULT, says=says)]


async def said() -> str:
    """What bluetoothctl says of its version; empty when it is not there or does not answer."""
    program = shutil.which("bluetoothctl")
    if program is None:
        return ""
    asked = await asyncio.create_subprocess_exec(
        program,
        "--version",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(ANSWER_S):
            out, _ = await asked.communicate()
    except TimeoutError:
        asked.kill()
        return ""
    return out.decode(errors="replace")
