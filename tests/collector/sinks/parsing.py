"""Reads line protocol by its published syntax, strictly: what it takes, a server takes.

Source: docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol. Written apart from `line.py`, so that
the two can be held against each other.
"""

from dataclasses import dataclass


class NotALine(ValueError):
    """The text is no line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What a line says."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, float | str]
    time_ns: int


def points(body: str) -> list[Point]:
    """The points of a body; raises `NotALine`."""
    return [point(line) for line in body.split("\n")]


def point(line: str) -> Point:
    """The point of one line."""
    if any(one < " " or one == "\x7f" for one in line):
        raise NotALine(f"a control character in {line!r}")
    series, at = _until(line, 0, " ")
    fields, at = _until(line, at + 1, " ", quoted=True)
    name, *tags = _split(series, ",")
    return Point(
        measurement=_plain(name),
        tags=dict(_tag(tag) for tag in tags),
        fields=dict(_field(field) for field in _split(fields, ",", quoted=True)),
        time_ns=_time(line[at + 1 :]),
    )


def _until(text: str, at: int, end: str, *, quoted: bool = False) -> tuple[str, int]:
    """The part of `text` from `at` to the next `end` that is neither escaped nor in quotation marks."""
    start, inside = at, False
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if quoted and text[at] == '"':
            inside = not inside
        elif text[at] == end and not inside:
            return text[start:at], at
        at += 1
    if inside or at > len(text):
        raise NotALine(f"no end in {text!r}")
    return text[start:], len(text)


def _split(text: str, sign: str, *, quoted: bool = False) -> list[str]:
    parts, at = [], 0
    while True:
        part, end = _until(text, at, sign, quoted=quoted)
        parts.append(part)
        if end == len(text):
            return parts
        at = end + 1


def _pair(text: str) -> tuple[str, str]:
    key, at = _until(text, 0, "=")
    if not key or at >= len(text) - 1:
        raise NotALine(f"no key or no value in {text!r}")
    return _plain(key), text[at + 1 :]


def _tag(text: str) -> tuple[str, str]:
    key, value = _pair(text)
    if len(_split(value, "=")) > 1:
        raise NotALine(f"a bare = in {text!r}")
    return key, _plain(value)


def _field(text: str) -> tuple[str, float | str]:
    key, value = _pair(text)
    if not value.startswith('"'):
        if not set(value) <= set("0123456789.eE+-"):
            raise NotALine(f"not a float: {value!r}")
        return key, float(value)
    if len(value) < 2 or not value.endswith('"'):
        raise NotALine(f"no end of the text {value!r}")
    return key, _unescape(value[1:-1], '"\\')


def _plain(text: str) -> str:
    return _unescape(text, ",= ")


def _unescape(text: str, signs: str) -> str:
    read, at = "", 0
    while at < len(text):
        escaped = text[at] == "\\" and at + 1 < len(text) and text[at + 1] in signs
        read += text[at + 1] if escaped else text[at]
        at += 2 if escaped else 1
    return read


def _time(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 9_223_372_036_854_775_806:
        raise NotALine(f"not a time: {text!r}")
    return int(text)
