"""Scenario: what happens to whom in a simulated session, read from a small text file.

title = "One clip comes off"
participants = 3        # seats A, B, C; everybody without an event is calm
dose_at = 120           # optional: pulse rates rise gently from this second on

[families]              # optional: which protocol a seat's clip speaks; else they take turns
A = "viatom_aa55"

[[event]]
seat = "A"
kind = "finger_off"     # one of the kinds below
at = 20                 # second of the session
for = 45                # seconds; without it: until the end
to = 82                 # lowest SpO2 or battery in %, for the kinds that fall
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import resources
from pathlib import Path

from collector.devices import DRIVERS
from collector.errors import ConfigError
from collector.session import SEATS

FAMILIES = tuple(driver.family for driver in DRIVERS)
TURNS = ("plx", "viatom_oxy", "viatom_aa55")  # who wears what where a scenario does not say
_SCENARIOS = resources.files("collector.radio") / "scenarios"


class Kind(StrEnum):
    """What can happen to a seat."""

    DESATURATION = "desaturation"  # SpO2 falls slowly to `to` and recovers
    DEEP = "deep"  # SpO2 falls within seconds to `to`, stays there, recovers
    FINGER_OFF = "finger_off"
    MOTION = "motion"
    LINK_LOST = "link_lost"  # the clip disappears and comes back
    BATTERY_LOW = "battery_low"  # falls to `to` and stays there
    SILENT = "silent"  # the link stands, no frames come
    FROZEN = "frozen"  # the same numbers again and again
    DOUBLED = "doubled"  # every notification arrives twice (reliability.md row 39)


LOWEST: Mapping[Kind, float] = {Kind.DESATURATION: 82, Kind.DEEP: 78, Kind.BATTERY_LOW: 6}
_EVENT_KEYS = {"seat", "kind", "at", "for", "to"}
_KEYS = {"title", "participants", "dose_at", "families", "event"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens to `seat` from second `at` of the session on, for `for_s` seconds."""

    seat: str
    kind: Kind
    at: float
    for_s: float = math.inf
    to: float = 0.0

    @property
    def until(self) -> float:
        """The second of the session at which it is over."""
        return self.at + self.for_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A simulated session: how many people by default, what happens to whom, who wears which family."""

    title: str = ""
    participants: int = 3
    dose_at: float | None = None
    families: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()

    def family(self, number: int) -> str:
        """The protocol family of participant `number` (from 0)."""
        seat = SEATS[number] if number < len(SEATS) else ""
        return self.families.get(seat, TURNS[number % len(TURNS)])

    def events_of(self, number: int) -> tuple[Event, ...]:
        """What happens to participant `number` (from 0); nothing to those beyond the last seat."""
        seat = SEATS[number] if number < len(SEATS) else ""
        return tuple(event for event in self.events if event.seat == seat)


def scenario_names() -> tuple[str, ...]:
    """The scenarios that come with Holdspace, sorted."""
    files = (entry.name for entry in _SCENARIOS.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def load_scenario(name: str) -> Scenario:
    """The scenario called `name`, or the one in the file `name`; raises `ConfigError`."""
    if name in scenario_names():
        return read_scenario((_SCENARIOS / f"{name}.toml").read_text(encoding="utf-8"), source=name)
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        known = ", ".join(scenario_names())
        raise ConfigError(
            f"There is no scenario {name!r}; choose one of {known}, or name a readable scenario file."
        ) from None
    return read_scenario(text, source=name)


def read_scenario(text: str, *, source: str) -> Scenario:
    """The scenario that `text` describes; raises `ConfigError` naming `source` and the key."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source} is not a TOML file: {error}.") from None
    page = _Page(source, table)
    page.only(_KEYS)
    events = tuple(
        _event(page.inner(f"event {n}", entry)) for n, entry in enumerate(page.entries("event"), 1)
    )
    return Scenario(
        title=page.text("title", default=""),
        participants=int(
            page.number("participants", lowest=1, highest=len(SEATS), default=3, whole=True)
        ),
        dose_at=page.number("dose_at", lowest=0) if "dose_at" in table else None,
        families=_families(page.inner("families", table.get("families", {}))),
        events=tuple(sorted(events, key=lambda event: event.at)),
    )


def _families(page: "_Page") -> dict[str, str]:
    page.only(set(SEATS), known="seats are A to M without I, then N1 to N20")
    return {seat: page.choice(seat, FAMILIES) for seat in page.table}


def _event(page: "_Page") -> Event:
    page.only(_EVENT_KEYS)
    kind = Kind(page.choice("kind", tuple(Kind)))
    if "to" in page.table and kind not in LOWEST:
        raise page.wrong("to", f"has no meaning for {kind.value}")
    return Event(
        seat=page.choice("seat", SEATS, known="seats are A to M without I, then N1 to N20"),
        kind=kind,
        at=page.number("at", lowest=0),
        for_s=page.number("for", lowest=1, default=math.inf),
        to=page.number("to", lowest=1, highest=100, default=LOWEST[kind]) if kind in LOWEST else 0.0,
    )


class _Page:
    """One table of a file, read key by key; everything wrong becomes one sentence with file and key."""

    def __init__(self, source: str, table: object, path: str = "") -> None:
        self._source = source
        self._path = path
        if not isinstance(table, dict):
            raise ConfigError(f"{source}: {path} must be a table.")
        self.table: dict[str, object] = table

    def wrong(self, key: str, why: str) -> ConfigError:
        where = f"{self._path}, {key!r}" if self._path else repr(key)
        return ConfigError(f"{self._source}: {where} {why}.")

    def inner(self, path: str, table: object) -> "_Page":
        return _Page(self._source, table, path)

    def only(self, keys: set[str], *, known: str = "") -> None:
        for key in self.table:
            if key not in keys:
                raise self.wrong(
                    key, f"is not known here; {known or 'known: ' + ', '.join(sorted(keys))}"
                )

    def entries(self, key: str) -> list[object]:
        found = self.table.get(key, [])
        if not isinstance(found, list):
            raise self.wrong(key, f"must be written as [[{key}]]")
        return found

    def text(self, key: str, *, default: str) -> str:
        found = self.table.get(key, default)
        if not isinstance(found, str):
            raise self.wrong(key, "must be text in quotes")
        return found

    def choice(self, key: str, among: tuple[str, ...], *, known: str = "") -> str:
        found = self.table.get(key)
        if not isinstance(found, str) or found not in among:
            raise self.wrong(
                key, f"does not exist; {known}" if known else f"must be one of {', '.join(among)}"
            )
        return found

    def number(
        self,
        key: str,
        *,
        lowest: float,
        highest: float = math.inf,
        default: float | None = None,
        whole: bool = False,
    ) -> float:
        found = self.table.get(key, default)
        kinds = int if whole else (int, float)
        if found is None:
            raise self.wrong(key, "is missing")
        if not isinstance(found, kinds) or isinstance(found, bool) or not lowest <= found <= highest:
            most = f" to {highest:g}" if highest < math.inf else " or more"
            raise self.wrong(key, f"must be a {'whole ' if whole else ''}number, {lowest:g}{most}")
        return found
