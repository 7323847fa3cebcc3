"""Does the system put the USB Bluetooth adapter to sleep? Then links drop at random (reliability.md row 4)."""

from pathlib import Path

from collector.checkup import Finding, Ground, Verdict, text_of

NAME = "usb"


async def check(ground: Ground) -> list[Finding]:
    """Look at each Bluetooth adapter of the system."""
    radios = sorted((ground.root / "sys/class/bluetooth").glob("hci*"))
    return [finding for radio in radios for finding in judge(radio)]


def judge(radio: Path) -> list[Finding]:
    """One adapter, such as /sys/class/bluetooth/hci0; nothing for one that is not on USB."""
    device = next((f for f in radio.resolve().parents if (f / "idVendor").exists()), None)
    if device is None or text_of(device / "power/control") != "auto":
        return []
    says = (
        f"The system may put the adapter {radio.name} to sleep; until the next start, run:"
        f" echo on | sudo tee {device / 'power/control'} (docs/radio.md has the rule that lasts)."
    )
    return [Finding(check=NAME, verdict=Verdict.ADVICE, says=says)]
