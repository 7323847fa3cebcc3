"""The section [radio] of holdspace.toml."""

from pydantic import Field

from collector.config import Section


class RadioSettings(Section):
    """Which Bluetooth adapter is used, by its address, and how many clips it carries at once.

    Without `adapter` the first one that works is taken. `slots` is a property of the adapter (5 for many
    of the cheap ones, 7 for others; its maker may say); without it no number is assumed.
    """

    adapter: str = Field(default="", pattern=r"^$|^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$")
    slots: int | None = Field(default=None, ge=1, le=32)
