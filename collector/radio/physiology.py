"""A synthetic person wearing a clip: pure, seeded, one step a second.

Numbers wander as first-order autoregressive noise around personal means, because real ones never stand
still: the perfusion index of a real clip changes at least about every 10 s, and whatever only repeats
is not taken for a reading. The size of changes after a dose: alerts.md section 2.2.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from collector.devices.base import Vitals
from collector.radio.scenario import Event, Kind

PLETH_HZ = 50
FLAT = (0,) * PLETH_HZ
# Time a clip looks for a pulse after the finger is back.
SEARCHING_S = 4.0
# Steps of one beat in the table of the waveform.
PHASES = 60 * PLETH_HZ


@dataclass(slots=True)
class _Body:
    """The numbers of one second while events act on them."""

    spo2: float
    pulse_rate: float
    perfusion_index: float
    battery: float
    finger: bool = True
    searching: bool = False
    motion: bool = False
    repeat: bool = False


class _Wander:
    """First-order autoregressive noise of mean 0 that forgets within about `memory_s` seconds."""

    def __init__(self, random: Random, *, spread: float, memory_s: float) -> None:
        self._random = random
        self._keep = math.exp(-1 / memory_s)
        self._step = spread * math.sqrt(1 - self._keep**2)
        self.value = random.gauss(0, spread)

    def next(self) -> float:
        self.value = self.value * self._keep + self._random.gauss(0, self._step)
        return self.value


class Person:
    """One participant; `second` gives what the clip measures, once per second of session."""

    def __init__(
        self, seed: str, *, dose_at: float | None = None, events: tuple[Event, ...] = ()
    ) -> None:
        self._random = random = Random(seed)  # noqa: S311 - a simulation, not a secret
        self._events = tuple(event for event in events if event.kind in _EFFECTS)
        self._dose_at = dose_at
        self._spo2 = random.uniform(96.4, 98.0)
        self._pulse_rate = random.uniform(65, 80)
        self._perfusion_index = random.uniform(1.8, 5.0)
        self._dose_rise = random.uniform(8, 20)
        falls = any(event.kind is Kind.BATTERY_LOW for event in events)
        self._battery = 26.0 if falls else random.uniform(70, 100)
        self._spo2_noise = _Wander(random, spread=0.5, memory_s=20)
        self._pulse_noise = _Wander(random, spread=2.0, memory_s=15)
        self._perfusion_noise = _Wander(random, spread=0.12, memory_s=25)
        self._phase = random.random()
        self._held: tuple[float, float, float] | None = None

    def second(self, t: float) -> Vitals:
        """The vitals at second `t` of the session (negative: before it), with a second of pleth."""
        body = self._calm(t)
        for event in self._events:
            if event.at <= t < event.until or (t >= event.until and event.kind in _AFTER):
                _EFFECTS[event.kind](body, event, t - event.at, self._random)
        self._hold(body)
        found = not body.searching
        return Vitals(
            spo2=min(100.0, body.spo2) if found else None,
            pulse_rate=body.pulse_rate if found else None,
            perfusion_index=body.perfusion_index if found else None,
            finger=body.finger,
            searching=body.searching,
            motion=body.motion,
            battery=round(body.battery),
            pleth=self._pleth(body),
            repeat=body.repeat,
        )

    def _calm(self, t: float) -> _Body:
        rise = 0.0
        if self._dose_at is not None and t > self._dose_at:
            rise = self._dose_rise * (1 - math.exp((self._dose_at - t) / 300))
        return _Body(
            spo2=min(99.4, self._spo2 + self._spo2_noise.next()),
            pulse_rate=self._pulse_rate + rise + self._pulse_noise.next(),
            perfusion_index=self._perfusion_index * math.exp(self._perfusion_noise.next()),
            battery=max(5.0, self._battery - max(0.0, t) / 720),  # 5 % an hour
        )

    def _hold(self, body: _Body) -> None:
        """While the finger is off or the firmware stuck, the numbers of the last good second stay."""
        if (body.repeat or not body.finger) and self._held is not None:
            body.spo2, body.pulse_rate, body.perfusion_index = self._held
        else:
            self._held = body.spo2, body.pulse_rate, body.perfusion_index

    def _pleth(self, body: _Body) -> tuple[int, ...]:
        if body.repeat or body.searching or not body.finger:
            return FLAT
        bpm = max(20, min(250, round(body.pulse_rate)))
        wave = _wave(bpm, self._phase)
        self._phase = (self._phase + bpm / 60) % 1.0
        if body.motion:
            shake = self._random.randrange(25, 60)
            return tuple(
                min(100, (sample * shake >> 5) + (n * shake) % 23) for n, sample in enumerate(wave)
            )
        return wave


def _fall(into: float, *, fall: float, hold: float, rise: float) -> float:
    """Depth 0 to 1 of a fall: down over `fall` seconds, there for `hold`, up again over `rise`."""
    if into < fall:
        return into / fall
    return max(0.0, min(1.0, (fall + hold + rise - into) / rise))


def _desaturate(body: _Body, event: Event, depth: float) -> None:
    noise = body.spo2 - round(body.spo2)
    body.spo2 += (event.to + 0.5 * noise - body.spo2) * depth
    body.pulse_rate += 8 * depth


def _desaturation(body: _Body, event: Event, into: float, _: Random) -> None:
    fall = min(90.0, 0.55 * event.for_s)
    rise = min(60.0, 0.3 * event.for_s)
    hold = event.for_s - fall - rise
    _desaturate(body, event, _fall(into, fall=fall, hold=hold, rise=rise))


def _deep(body: _Body, event: Event, into: float, _: Random) -> None:
    rise = min(20.0, 0.3 * event.for_s)
    _desaturate(body, event, _fall(into, fall=8.0, hold=event.for_s - 8.0 - rise, rise=rise))


def _finger_off(body: _Body, event: Event, into: float, _: Random) -> None:
    if into < event.for_s:
        body.finger = False
    elif into < event.for_s + SEARCHING_S:
        body.searching = True


def _motion(body: _Body, _event: Event, _into: float, random: Random) -> None:
    body.motion = True
    body.spo2 -= min(3.0, abs(random.gauss(0, 1.0)))
    body.pulse_rate += random.gauss(0, 9)
    body.perfusion_index *= random.uniform(0.4, 1.6)


def _battery_low(body: _Body, event: Event, into: float, _: Random) -> None:
    part = min(1.0, into / min(event.for_s, 90.0))
    body.battery += (event.to - body.battery) * part


def _frozen(body: _Body, _event: Event, _into: float, _random: Random) -> None:
    body.repeat = True


_EFFECTS: dict[Kind, Callable[[_Body, Event, float, Random], None]] = {
    Kind.DESATURATION: _desaturation,
    Kind.DEEP: _deep,
    Kind.FINGER_OFF: _finger_off,
    Kind.MOTION: _motion,
    Kind.BATTERY_LOW: _battery_low,
    Kind.FROZEN: _frozen,
}
# What has not passed when the event is over: a searching clip, an empty battery.
_AFTER = {Kind.FINGER_OFF, Kind.BATTERY_LOW}


def _beat(phase: float) -> int:
    """The pulse wave at `phase` (0 to 1) of a beat, 0-100: systolic peak and dicrotic wave."""
    systole = math.exp(-(((phase - 0.22) / 0.11) ** 2))
    dicrotic = 0.35 * math.exp(-(((phase - 0.55) / 0.12) ** 2))
    return round(5 + 90 * (systole + dicrotic))


# 60 s x 50 Hz steps: a beat at n per minute advances by n of them per sample, so that a second
# of waveform is one slice of this table; long enough for a second at 300 per minute.
_BEATS = tuple(_beat(n / PHASES) for n in range(PHASES)) * 6


def _wave(bpm: int, phase: float) -> tuple[int, ...]:
    """One second of waveform at `bpm`, beginning at `phase` of a beat."""
    start = int(phase * PHASES)
    return _BEATS[start : start + PLETH_HZ * bpm : bpm]
