"""Capture: our own file of raw notifications, JSON Lines.

First line: `{"holdspace_capture": 1, "name": ..., "address": ..., "services": [...]}`, then one line
per notification or write: `{"t": seconds, "char": uuid, "hex": "...", "dir": "rx"|"tx"}` (DESIGN
section 6). `holdspace capture` adds to the first line what else it knows: `advertised` service UUIDs,
`company` numbers and all `characteristics` found; and for each advertisement that differs from the one before a
line `{"t": seconds, "adv": name, "services": [...], "makers": {"76": "hex"}}`, by company number.
UUIDs may be short (`2a5f`) or full, in either case; once read they are full and lower-case.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from collector.clock import SECOND, Instant
from collector.errors import BadInput, Unavailable

VERSION = 1
KEY = "holdspace_capture"
BEGINNING = 64  # bytes that tell JSON Lines from a table
_SHORT_UUID = re.compile(r"(?:0x)?([0-9a-f]{4}|[0-9a-f]{8})")
_FULL_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BASE = "-0000-1000-8000-00805f9b34fb"

Said = Mapping[str, object]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One notification, or one write (`sent`); `t_s` seconds on the file's own clock."""

    t_s: float
    characteristic: str
    data: bytes
    sent: bool = False

    @property
    def at(self) -> Instant:
        """The instant on the file's own clock."""
        ns = round(self.t_s * SECOND)
        return Instant(boot="capture", running_ns=ns, utc_ns=ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One advertisement; `makers` is the data in it by company number."""

    t_s: float
    name: str = ""
    services: frozenset[str] = frozenset()
    makers: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What one link carried, in order; `services` and `characteristics` are those found on it.

    `advertised` services and `company` numbers are what it sent before, `heard` each advertisement that
    was another than the one before. All are empty when not noted.
    """

    name: str = ""
    address: str = ""
    services: frozenset[str] = frozenset()
    moments: tuple[Moment, ...] = ()
    advertised: frozenset[str] = frozenset()
    company: frozenset[int] = frozenset()
    characteristics: frozenset[str] = frozenset()
    heard: tuple[Heard, ...] = ()


def read(path: Path) -> Capture:
    """The capture in `path`, checked to its last line.

    Raises:
        BadInput: the file or a line is not as it should be; the message names both.
    """
    first, *rest = _text(path).split("\n")
    head = _checked(path, 1, first, _head)
    lines = [
        _checked(path, number, line, _line) for number, line in enumerate(rest, start=2) if line.strip()
    ]
    return replace(
        head,
        moments=tuple(line for line in lines if isinstance(line, Moment)),
        heard=tuple(line for line in lines if isinstance(line, Heard)),
    )


def is_capture(path: Path) -> bool:
    """Whether the file begins as a capture does; what follows may still be wrong."""
    try:
        with path.open("rb") as file:
            return file.read(BEGINNING).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error


def write(path: Path, capture: Capture) -> None:
    """Write `capture` to `path`; an existing file is replaced only by a whole one.

    Raises:
        Unavailable: the file cannot be written there; nothing has changed.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text("".join(f"{line}\n" for line in _lines(capture)), encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error


def _text(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not a capture file: it is not UTF-8 text.") from error
    if not text.strip():
        raise BadInput(f"{path} is empty: a capture file begins with a {KEY} line.")
    return text


def _checked(path: Path, number: int, line: str, parse: Callable[[Said], T]) -> T:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}, line {number} is not JSON.") from error
    if not isinstance(said, dict):
        raise BadInput(f"{path}, line {number} is not a JSON object.")
    try:
        return parse(said)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{path}, line {number}: {error}.") from error


def _head(said: Said) -> Capture:
    version = said.get(KEY)
    if version is None:
        raise ValueError(f"a capture file begins with {KEY}, this one does not")
    if version != VERSION or isinstance(version, bool):
        raise ValueError(f"capture version {version} is not known here, only {VERSION} is")
    company = _list(said, "company")
    if not all(isinstance(number, int) for number in company):
        raise ValueError("company holds what is no number")
    return Capture(
        name=_word(said, "name"),
        address=_word(said, "address"),
        services=frozenset(map(uuid, _list(said, "services"))),
        advertised=frozenset(map(uuid, _list(said, "advertised"))),
        company=frozenset(number for number in company if isinstance(number, int)),
        characteristics=frozenset(map(uuid, _list(said, "characteristics"))),
    )


def _list(said: Said, key: str) -> list[object]:
    found = said.get(key) or []
    if not isinstance(found, list):
        raise ValueError(f"{key} is not a list")  # noqa: TRY004 - one error for every wrong line
    return found


def _line(said: Said) -> Moment | Heard:
    return _heard(said) if "adv" in said else _moment(said)


def _heard(said: Said) -> Heard:
    makers = said.get("makers") or {}
    if not isinstance(makers, dict):
        raise ValueError("makers is no object")  # noqa: TRY004 - one error for every wrong line
    return Heard(
        t_s=_seconds(said),
        name=_word(said, "adv"),
        services=frozenset(map(uuid, _list(said, "services"))),
        makers={_number(company): _bytes(data) for company, data in makers.items()},
    )


def _number(company: str) -> int:
    if not company.isdecimal():
        raise ValueError(f"{company!r} is no company number")
    return int(company)


def _seconds(said: Said) -> float:
    t_s = said.get("t")
    if isinstance(t_s, bool) or not isinstance(t_s, int | float) or not math.isfinite(t_s):
        raise ValueError("t is not a number of seconds")
    return float(t_s)


def _moment(said: Said) -> Moment:
    direction = said.get("dir", "rx")
    if direction not in ("rx", "tx"):
        raise ValueError("dir is neither rx nor tx")
    return Moment(
        t_s=_seconds(said),
        characteristic=uuid(said.get("char")),
        data=_bytes(said.get("hex")),
        sent=direction == "tx",
    )


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError("hex is missing")  # noqa: TRY004 - one error for every wrong line
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise ValueError("hex is not pairs of hexadecimal digits") from error


def _word(said: Said, key: str) -> str:
    word = said.get(key) or ""
    if not isinstance(word, str):
        raise ValueError(f"{key} is not a text")  # noqa: TRY004 - one error for every wrong line
    return word


def uuid(text: object) -> str:
    """The full lower-case form of a short or full UUID.

    Raises:
        ValueError: it is none.
    """
    if isinstance(text, str):
        lower = text.strip().lower()
        if short := _SHORT_UUID.fullmatch(lower):
            return short[1].rjust(8, "0") + _BASE
        if _FULL_UUID.fullmatch(lower):
            return lower
    raise ValueError(f"{text!r} is not a UUID")


def _noted(capture: Capture) -> dict[str, frozenset[str] | frozenset[int]]:
    return {
        "advertised": capture.advertised,
        "company": capture.company,
        "characteristics": capture.characteristics,
    }


def _lines(capture: Capture) -> Iterator[str]:
    yield json.dumps(
        {
            KEY: VERSION,
            "name": capture.name,
            "address": capture.address,
            "services": sorted(capture.services),
            **{key: sorted(noted) for key, noted in _noted(capture).items() if noted},
        }
    )
    for heard in capture.heard:
        makers = {str(company): data.hex() for company, data in heard.makers.items()}
        yield json.dumps(
            {"t": heard.t_s, "adv": heard.name, "services": sorted(heard.services), "makers": makers}
        )
    for moment in capture.moments:
        yield json.dumps(
            {
                "t": moment.t_s,
                "char": moment.characteristic,
                "hex": moment.data.hex(),
                "dir": "tx" if moment.sent else "rx",
            }
        )
