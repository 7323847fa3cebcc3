"""InfluxDB line protocol, written by us so that nothing else can reach the wire. Pure.

A line is `head field=value,... time`. Source: docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol.
Every numeric field is a float (a number without the suffix `i`); the only string is `text`. What cannot be
said is left out (NaN, infinity) or replaced (control characters), never passed on.
"""

from collections.abc import Iterable
from math import isfinite

# What a server takes as a time: 1970 to 2262 (int64 nanoseconds; the greatest one is reserved).
MIN_NS, MAX_NS = 0, 9_223_372_036_854_775_806
LONGEST_TAG = 256
LONGEST_TEXT = 2000
REPLACED = "\ufffd"
# A backslash cannot be escaped in a tag and would escape what follows it; its full-width twin is harmless.
BACKSLASH = "\uff3c"


class Unfit(ValueError):
    """The point can never be on the wire; the message says why."""


def head(measurement: str, tags: Iterable[tuple[str, str]]) -> str:
    """Measurement and tags, in the order given; empty tags are left out."""
    parts = [measurement]
    parts += [f"{key}={tag}" for key, value in tags if (tag := escape_tag(value))]
    return ",".join(parts)


def line(start: str, fields: Iterable[tuple[str, float | None]], time_ns: int, text: str = "") -> str:
    """The line of one point behind `start` (a `head`), without its newline.

    Raises `Unfit` when the time is out of range or no field has a value.
    """
    parts = [f"{key}={value}" for key, value in fields if value is not None and isfinite(value)]
    if text:
        parts.append(f'text="{escape_text(text)}"')
    if not parts:
        raise Unfit("it has no value")
    return f"{start} {','.join(parts)} {fit_time(time_ns)}"


def fit_time(time_ns: int) -> int:
    """`time_ns` (UTC since 1970) when it can be a time at all; raises `Unfit`."""
    if not MIN_NS <= time_ns <= MAX_NS:
        raise Unfit("its time is out of range")
    return time_ns


def escape_tag(value: str) -> str:
    """`value` as a tag's value."""
    fit = printable(value[:LONGEST_TAG]).replace("\\", BACKSLASH)
    return fit.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def escape_text(value: str) -> str:
    """`value` as the inside of a string field."""
    return printable(value[:LONGEST_TEXT]).replace("\\", "\\\\").replace('"', '\\"')


def printable(text: str) -> str:
    """`text` with everything that is no visible character or blank replaced."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else REPLACED for one in text)
