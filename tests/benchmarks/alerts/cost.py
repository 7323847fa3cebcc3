"""What one reading costs the engine, in CPU time of its thread."""

import gc
import time
from random import Random

from alerts.engine import Engine
from alerts.rules import Rules
from tests.alerts.courses import clip, steady
from tests.alerts.signals import Signal
from tests.alerts.world import Script, instant
from tests.benchmarks.alerts.sets import seeded

SEATS = "ABCDEFGHIJKL"


def calm(random: Random, length: int) -> Signal:
    """Everybody well, with noise."""
    return clip(random, steady(96, length), steady(70, length))


def troubled(random: Random, length: int) -> Signal:
    """Every vital number beyond its limits: each level of each family has evidence."""
    return clip(random, steady(88, length), steady(135, length))


def reading_us(rules: Rules, kind: str, length: int) -> list[float]:
    """Microseconds of each of 12 x `length` readings after the first minute; `kind` = calm or troubled."""
    script, engine = Script(), Engine(rules)
    opening = script.opening(SEATS, instant(0))
    for entry in (*opening, *(script.baseline(instant(0), seat, 97, 70) for seat in SEATS)):
        engine.take(entry)
    make = calm if kind == "calm" else troubled
    beats = [make(seeded(f"cost/{kind}/{seat}"), length).beats() for seat in SEATS]
    entries = []
    for second in zip(*beats, strict=True):
        for place, (seat, beat) in enumerate(zip(SEATS, second, strict=True)):
            at = instant(beat.t / 1000 + place / 20)
            entries.append(script.reading(at, seat, spo2=beat.spo2, pulse=beat.pulse, index=2.0))
    gc.collect()
    gc.freeze()  # the entries made beforehand are not the engine's to look through
    took: list[float] = []
    clock = time.thread_time_ns
    for entry in entries:
        begin = clock()
        engine.take(entry)
        took.append((clock() - begin) / 1000)
    gc.unfreeze()
    return took[60 * len(SEATS) :]
