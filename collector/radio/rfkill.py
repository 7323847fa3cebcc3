"""What rfkill says of Bluetooth (Linux): the difference between "off" and "blocked" is the remedy."""

from pathlib import Path

from collector.radio.adapter import Block

SWITCHES = Path("/sys/class/rfkill")


def read_block(switches: Path = SWITCHES) -> Block:
    """The hardest block on any Bluetooth switch; unknown counts as none."""
    found = Block.NONE
    for switch in switches.glob("rfkill*"):
        if _text(switch / "type") != "bluetooth":
            continue
        if _text(switch / "hard") == "1":
            return Block.HARD
        if _text(switch / "soft") == "1":
            found = Block.SOFT
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""
