"""Tables of other people's oximeters: CSV files, the columns found by their header.

Known headers (review.md 6.6): the tidy form `t_s, spo2, pr, pi`, ViHealth and O2 Insight (O2Ring), EMAY,
and whatever else names its columns in the same words. A ViHealth export in a language that is not known here is
read by the place of its columns, and says so. Times are seconds, or clock times with or without a
date. "No value" codes (empty, --, 0, 127, 255) become None; a low number stays what it is.
"""

import csv
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from collector.errors import BadInput
from collector.reading import possible_pulse_rate, possible_spo2
from collector.recordings.moments import EPOCH_S, FAR, ambiguous, reader, since_first
from collector.recordings.recording import Recording, Sample, usual_step

# Column names in lower case, without units in brackets; the first that is there counts.
SECONDS = ("t_s", "t", "elapsed_s", "elapsed", "seconds", "time_s")
CLOCK = ("timestamp", "timestamp_utc", "datetime", "date time", "time", "date")
SPO2 = ("spo2", "spo2_percent", "oxygen level", "oxygen saturation", "oxygen", "sao2", "o2 saturation")
PULSE_RATE = (
    "pr",
    "pulse_rate",
    "pulse rate",
    "pulse",
    "pulse_bpm",
    "bpm",
    "hr",
    "heart rate",
    "heart_rate",
)
PERFUSION_INDEX = ("pi", "perfusion_index", "perfusion index")

NO_SPO2 = frozenset({0.0, 127.0, 255.0})
NO_VALUE = frozenset({"", "-", "--", "---", "nan", "null", "none", "n/a"})

VIHEALTH_COLUMNS = 6  # time, oxygen level, pulse rate, motion, two reminders

T = TypeVar("T")


def read_csv(path: Path) -> Recording:
    """Read one file whole; raises `BadInput` naming file and line or column for what it cannot read."""
    header, rows = _table(path)
    columns = _Columns(path, header, rows[0][1] if rows else [])
    if not rows:
        raise BadInput(f"{path} holds a header and no rows.")
    times, start = columns.times(rows)
    spo2 = columns.numbers(SPO2, rows)
    pulse_rate = columns.numbers(PULSE_RATE, rows)
    perfusion_index = columns.numbers(PERFUSION_INDEX, rows)
    samples = [
        _sample(*values) for values in zip(times, spo2, pulse_rate, perfusion_index, strict=True)
    ]
    return Recording(
        path=path,
        samples=samples,
        step_s=usual_step(times),
        start_utc_ns=start,
        impossible=sum(map(_impossible, spo2, pulse_rate, perfusion_index, samples)),
        doubt=columns.doubt,
        remarks=columns.remarks,
    )


Row = tuple[int, list[str]]  # the line's number and its cells


def _table(path: Path) -> tuple[list[str], list[Row]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not a CSV file: it is not text.") from error
    lines = text.splitlines()
    delimiter = max(",;\t", key=lines[0].count) if lines else ","
    try:
        table = [
            (number, [cell.strip() for cell in cells])
            for number, cells in enumerate(csv.reader(lines, delimiter=delimiter, strict=True), start=1)
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise BadInput(f"{path} is not a CSV file: {error}.") from error
    if not table:
        raise BadInput(f"{path} is empty.")
    return table[0][1], table[1:]


class _Columns:
    """The columns of one file, found by name."""

    def __init__(self, path: Path, header: list[str], first: list[str]) -> None:
        self._path = path
        self._header = header
        self._at: dict[str, int] = {}
        self.doubt = ""
        self.remarks: tuple[str, ...] = ()
        for n, name in enumerate(header):
            self._at.setdefault(name.partition("(")[0].strip().lower(), n)
        known = any(name in self._at for name in (*SECONDS, *CLOCK, *SPO2, *PULSE_RATE))
        if not known and _is_vihealth(header, first):
            self._at = {"time": 0, "oxygen level": 1, "pulse rate": 2}
            self.remarks = (
                f"its columns {', '.join(map(repr, header[:3]))} were taken for time, SpO2 and pulse rate",
            )
        if not any(name in self._at for name in (*SPO2, *PULSE_RATE)):
            raise self._unknown("SpO2 or pulse rate")
        if not any(name in self._at for name in (*SECONDS, *CLOCK)):
            raise self._unknown("time")

    def _unknown(self, what: str) -> BadInput:
        names = ", ".join(repr(name[:40]) for name in self._header[:12])
        return BadInput(f"{self._path}: no column for {what} is among {names} in line 1.")

    def numbers(self, names: Sequence[str], rows: Sequence[Row]) -> list[float | None]:
        """The values of the first column of `names` that is there; None throughout when none is."""
        column = next((self._at[name] for name in names if name in self._at), None)
        if column is None:
            return [None] * len(rows)
        return [self._cell(row, column, _number) for row in rows]

    def times(self, rows: list[Row]) -> tuple[list[float], int | None]:
        """Seconds since the first row for every row, and when the first row was, if the file says."""
        clock = [self._at[name] for name in CLOCK if name in self._at]
        start: int | None = None
        times: list[float] = []
        if clock:
            times, start = self._clock_times(rows, clock)
        seconds = next((self._at[name] for name in SECONDS if name in self._at), None)
        if seconds is not None:
            given = [self._cell(row, seconds, _finite) for row in rows]
            times = [round(t - given[0], 9) for t in given]
        for (before, after), (line, _) in zip(pairwise(times), rows[1:], strict=True):
            if after < before:
                raise BadInput(f"{self._path}, line {line}: the time goes back.")
        if times[-1] > EPOCH_S:
            raise BadInput(f"{self._path} spans more than three years; its times cannot be right.")
        return times, start

    def _clock_times(self, rows: list[Row], clock: list[int]) -> tuple[list[float], int | None]:
        """A date and a time in columns of their own are read together."""
        together = {"date", "time"} <= self._at.keys()
        columns = [self._at["date"], self._at["time"]] if together else clock[:1]
        joined = [
            (line, [" ".join("".join(cells[n : n + 1]) for n in columns)]) for line, cells in rows
        ]
        read = self._cell(joined[0], 0, reader)
        moments = [self._cell(row, 0, read) for row in joined]
        if (at := ambiguous(cells[0] for _, cells in joined)) is not None:
            day, written = moments[at], joined[at][1][0]
            self.doubt = f"{written[:40]!r} was read as {day.day} {day:%B %Y}"
        dated = moments[0].year >= 1970
        start = round(moments[0].timestamp() * 1000) * 1_000_000 if dated else None
        return since_first(moments), start

    def _cell(self, row: Row, column: int, read: Callable[[str], T]) -> T:
        line, cells = row
        cell = cells[column] if column < len(cells) else ""
        try:
            return read(cell)
        except ValueError as error:
            name = self._header[column] if len(cells) > 1 else "time"
            raise BadInput(
                f"{self._path}, line {line}: {cell[:40]!r} in column {name!r} cannot be read."
            ) from error


def _is_vihealth(header: list[str], first: list[str]) -> bool:
    """Whether a file in an unknown language has the shape of a ViHealth export (review.md 6.6).

    Six columns, the first a clock time with a date, the second possibly a saturation, all others numbers or
    "no value".
    """
    if len(header) != VIHEALTH_COLUMNS or len(first) != VIHEALTH_COLUMNS:
        return False
    try:
        dated = reader(first[0])(first[0]).year >= 1970
        spo2, *others = (_number(cell) for cell in first[1:])
    except ValueError:
        return False
    fits = spo2 is None or spo2 in NO_SPO2 or possible_spo2(spo2) is not None
    return dated and fits and all(other is None or other >= 0 for other in others)


def _number(cell: str) -> float | None:
    return None if cell.lower() in NO_VALUE else _finite(cell)


def _finite(cell: str) -> float:
    value = float(cell.replace(",", "."))
    if not abs(value) < FAR:
        raise ValueError(cell)
    return value


def _sample(t_s: float, spo2: float | None, pulse_rate: float | None, index: float | None) -> Sample:
    spo2 = possible_spo2(spo2)
    lost = pulse_rate == 255 and spo2 is None  # the other half of a row of "no value" codes
    return Sample(
        t_s=t_s,
        spo2=spo2,
        pulse_rate=None if lost else possible_pulse_rate(pulse_rate),
        perfusion_index=index if index is not None and index > 0 else None,
    )


def _impossible(
    spo2: float | None, pulse_rate: float | None, index: float | None, sample: Sample
) -> int:
    """How many values of a row became "no value" without saying so themselves."""
    coded = spo2 is None or spo2 in NO_SPO2
    lost = pulse_rate == 255 and sample.spo2 is None
    return (
        (not coded and sample.spo2 is None)
        + (bool(pulse_rate) and not lost and sample.pulse_rate is None)
        + (index is not None and index < 0)
    )
