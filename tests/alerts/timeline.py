"""The timeline language of the rule tests: readings at times in, alert events at times out.

One line each, times in s since the start of the session, `#` starts a comment:

    0..30    spo2 97             a reading each second from 0 up to 30, excluded; pulse 70 if not said
    30..60   pulse 35 motion     flags by name; `none` = no numbers; `every 5`; `B` names another seat
    60       battery 19          in %, beside the numbers; `index 0.2` is the perfusion index
    40       backfill spo2 60    also `late 4`: a reading that is 4 s old when it arrives
    41       acknowledge spo2_low        the newest episode of that family; `acknowledge @ID` any id
    50       link lost REASON    dose im    bind d9    release    end    tick
    30       baseline 97 70      the person's own SpO2 and pulse rate
    55       pause toilet 2      minutes; `pause cuff 1.5`; `back`
    60       restart             save, forget, restore, resume at that time; `reboot` in another boot
    => 33    raise urgent spo2_low       all events expected, in order; reason or cause at the end;
                                         `silently` when a pause or an explanation keeps back what would
                                         be announced; `cause ... by FAMILY` when one explains it
"""

import difflib
import json
from collections.abc import Iterator
from itertools import pairwise

from alerts.condition import AlertEvent, Family, Happening, Level
from alerts.engine import Engine
from alerts.rules import Rules
from collector.clock import SECOND, Instant
from collector.entry import Entry
from collector.reading import Flag
from tests.alerts.world import PLAIN, Script, instant, seconds

SEATS = ("A", "B", "C")
SPEAKS = {Happening.RAISE, Happening.ESCALATE, Happening.REANNOUNCE}
NUMBERS = {"spo2", "pulse", "late", "battery", "index"}
FLAGS = {flag.value: flag for flag in Flag}


def timeline(text: str, *, rules: Rules = PLAIN, bound: tuple[str, ...] | None = None) -> None:
    """Play `text` and compare what the engine says with its `=>` lines."""
    lines = [line.split("#")[0].split() for line in text.splitlines()]
    expected = [" ".join(line[1:]) for line in lines if line and line[0] == "=>"]
    steps = sorted(_steps([line for line in lines if line and line[0] != "=>"]), key=lambda s: s[0])
    seats = [seat for seat in SEATS if seat == "A" or any(seat in words for _, words in steps)]
    script, engine, boot, events = Script(), Engine(rules), "boot", list[AlertEvent]()
    for entry in script.opening(seats, instant(0), bound):
        events += engine.take(entry)
    for t, words in steps:
        at = instant(t, boot=boot)
        seat = next((word for word in words if word in SEATS), "A")
        match [word for word in words if word not in SEATS]:
            case ["acknowledge", what]:
                episode = what[1:] if what[0] == "@" else _newest(events, what, seat)
                events += engine.acknowledge(episode, by="f", now=at)
            case ["tick"]:
                events += engine.advance(at)
            case ["restart" | "reboot" as how]:
                engine = Engine(rules, json.loads(json.dumps(engine.save())))
                boot = boot if how == "restart" else boot + "'"
                events += engine.resume(instant(t, boot=boot))
            case rest:
                events += engine.take(_entry(script, at, seat if seat in words else "", rest))
    told = [_line(event) for event in events]
    assert told == expected, "\n" + "\n".join(difflib.ndiff(expected, told))


def _steps(lines: list[list[str]]) -> Iterator[tuple[float, list[str]]]:
    for when, *words in lines:
        first, _, last = when.partition("..")
        every = float(words[words.index("every") + 1]) if "every" in words else 1.0
        count = int((float(last) - float(first)) / every) if last else 1
        for index in range(count):
            yield float(first) + index * every, words


def _newest(events: list[AlertEvent], family: str, seat: str) -> str:
    return [e.episode for e in events if e.family == Family(family) and e.seat == seat][-1]


def _entry(  # noqa: PLR0911 - one row per word
    script: Script, at: Instant, named: str, words: list[str]
) -> Entry:
    seat = named or "A"
    match words:
        case ["link", state, *why]:
            return script.link(at, seat, state, " ".join(why))
        case ["dose", *route]:
            return script.mark(at, "dose", " ".join(route), named)
        case ["bind", device]:
            return script.bind(at, seat, device)
        case ["pause" | "back" as event, *rest]:
            reason, minutes = rest or (event, "0")
            return script.pause(at, seat, reason, float(minutes))
        case ["baseline", spo2, pulse]:
            return script.baseline(at, seat, float(spo2), float(pulse))
        case ["release"]:
            return script.release(at, seat)
        case ["end"]:
            return script.end(at)
        case reading:
            return _reading(script, at, seat, reading)


def _reading(script: Script, at: Instant, seat: str, words: list[str]) -> Entry:
    numbers = {word: float(number) for word, number in pairwise(words) if word in NUMBERS}
    empty = "none" in words
    return script.reading(
        at.plus(-round(numbers.get("late", 0) * SECOND)),
        seat,
        spo2=None if empty or "pulse_only" in words else numbers.get("spo2", 97.0),
        pulse=None if empty or "spo2_only" in words else numbers.get("pulse", 70.0),
        flags=frozenset(FLAGS[word] for word in words if word in FLAGS),
        backfill="backfill" in words,
        battery=int(numbers["battery"]) if "battery" in numbers else None,
        index=numbers.get("index"),
    )


def _line(event: AlertEvent) -> str:
    words = [f"{seconds(event.at):g}", event.happening.value, event.level.word, event.family.value]
    if event.happening in {Happening.RAISE, Happening.CAUSE} and event.cause:
        words.append(event.cause.value)
    words += [str(event.reason)] if event.reason else []
    if event.happening is Happening.CAUSE and event.family is not Family.UNMONITORED:
        words += ["by", event.explained.value if event.explained else "nothing"]
    speaks = event.happening in SPEAKS and event.level > Level.ADVISORY
    words += ["silently"] if speaks and not event.announce else []
    words += [event.seat] if event.seat != "A" else []
    return " ".join(words)
