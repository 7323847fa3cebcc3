"""What one seat knows of itself: last values, ten-minute trace, state words."""

from collections import deque

from alerts.condition import Cause
from collector.device import ADAPTER_DOWN, DeviceStatus, LinkState
from collector.reading import Flag, Reading
from dashboards.bedside.words import CAUSES, LINKS, NO_VALUE, washed

TRACE_S = 600
# Low is data, and so low that somebody should look whether the clip sits well (DESIGN 5, decided points).
DOUBTFUL_SPO2, DOUBTFUL_PULSE = 50, 25
LOW_BATTERY = 20
LONGEST_ASK = 200

Point = tuple[int, int | None]
Said = tuple[int, int]  # value, session time in ms at which it was measured


class Tile:
    """One seat under one participant and one clip; a rebound seat gets a new tile and so forgets all."""

    __slots__ = (
        "_key",
        "ask",
        "battery",
        "fresh",
        "limits",
        "link",
        "note",
        "own",
        "participant",
        "points",
        "pulse_rate",
        "spo2",
        "weak",
        "why",
        "words_changed",
    )

    def __init__(self, participant: str, *, why: str = "no clip") -> None:
        self.participant = participant
        self.spo2: Said | None = None
        self.pulse_rate: Said | None = None
        self.points: deque[Point] = deque(maxlen=TRACE_S)
        self.fresh: list[Point] = []
        self.why = why  # why there is no number, if there is none
        self.note: tuple[str, str] | None = None  # what to know beside a number
        self.words_changed = True
        self.own: tuple[float | None, float | None] | None = None  # the baseline: SpO2, pulse rate
        self.weak = False  # an alert says that the signal has been weak for long
        self.limits = ""  # those that are this person's own, in words
        self.battery: int | None = None
        self.link: LinkState | None = None
        self.ask = ""  # what a person can do so that the clip comes back
        self._key: object = None

    def read(self, reading: Reading, at_ms: int) -> None:
        """Take a reading measured at `at_ms` of session time."""
        spo2, pulse_rate = reading.spo2, reading.pulse_rate
        if spo2 is not None:
            # Cut, not rounded: 89.6 under a limit of 90 must not read "90 < 90".
            self.spo2 = (int(spo2), at_ms)
        if pulse_rate is not None:
            self.pulse_rate = (round(pulse_rate), at_ms)
        self._point(at_ms // 1000, None if spo2 is None else int(spo2))
        doubtful = (spo2 is not None and spo2 < DOUBTFUL_SPO2) or (
            pulse_rate is not None and pulse_rate < DOUBTFUL_PULSE
        )
        key = (reading.flags, reading.battery, doubtful, self.weak, spo2 is None, pulse_rate is None)
        if key != self._key:
            self._key = key
            self._say(reading, doubtful=doubtful)

    def status(self, status: DeviceStatus) -> None:
        """Take what became known about the clip."""
        if status.battery is not None:
            self.battery = status.battery
        self.link = status.link
        self.ask = washed(status.extra.get("ask", ""), LONGEST_ASK)
        if status.link is not LinkState.CONNECTED or self._key is None:
            self._key = None  # the next reading says anew why it has no number
            down = status.why == ADAPTER_DOWN
            self._set(CAUSES[Cause.ADAPTER_DOWN] if down else LINKS[status.link], self.note)

    def know(self, own: tuple[float | None, float | None] | None, limits: str) -> None:
        """Take the person's baseline and own limits."""
        self.own, self.limits, self.words_changed = own, limits, True

    def forget_values(self) -> None:
        """Drop the numbers, keep the trace: the session is over."""
        self.spo2 = self.pulse_rate = None
        self._key = None
        self._set("", None)

    def settle(self) -> None:
        """Everything so far has been told to the pages."""
        self.fresh = []
        self.words_changed = False

    def _point(self, second: int, spo2: int | None) -> None:
        points = self.points
        point: Point = (second, spo2)
        if points and points[-1][0] >= second:
            last = points[-1][1]
            if spo2 is None or (last is not None and last <= spo2):
                return  # one point per second: the lowest, so that no dip is lost
            points[-1] = point = (points[-1][0], spo2)
        elif spo2 is None and (not points or points[-1][1] is None):
            return
        else:
            points.append(point)
        self.fresh.append(point)

    def _say(self, reading: Reading, *, doubtful: bool) -> None:
        if reading.battery is not None:
            self.battery = reading.battery
        self._set(_why(reading), self._note(reading, doubtful=doubtful))

    def _note(self, reading: Reading, *, doubtful: bool) -> tuple[str, str] | None:
        flags = reading.flags
        if doubtful:
            return ("Check the clip", "very low number")
        weak = Flag.LOW_PERFUSION in flags or Flag.POOR_SIGNAL in flags
        if reading.valid and (weak or self.weak):
            return ("Weak signal", "warm the hand, use the thumb" if self.weak else "warm the hand")
        if reading.valid and Flag.MOTION in flags:
            return ("Moving", "numbers may be off")
        if self.battery is not None and self.battery <= LOW_BATTERY:
            return (f"Battery {self.battery} %", "change at a break")
        if Flag.LOW_BATTERY in flags:
            return ("Battery low", "change at a break")
        return None

    def _set(self, why: str, note: tuple[str, str] | None) -> None:
        if (why, note) != (self.why, self.note):
            self.why, self.note, self.words_changed = why, note, True


def _why(reading: Reading) -> str:
    if reading.spo2 is not None:
        return ""
    found = next((word for flag, word in NO_VALUE if flag in reading.flags), "")
    return found or ("" if reading.valid else "searching for pulse")
