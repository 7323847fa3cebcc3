"""The makers' CSV files beside an independent reader of them: o2ring-analyzer, from PyPI."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from o2ring_analyzer.parser import parse_file  # type: ignore[import-untyped]

from collector.recordings import foreign

BEGAN = datetime(2026, 9, 21, 23, 59, 50)  # noqa: DTZ001 - the wall clock of an app; runs over midnight
VIHEALTH = ("Time,Oxygen Level,Pulse Rate,Motion,O2 Reminder,PR Reminder", "%H:%M:%S %b %d %Y", "")
O2_INSIGHT = (
    "Time,SpO2(%),Pulse Rate(bpm),Motion,SpO2 Reminder,PR Reminder,",
    '"%I:%M:%S%p %b %d, %Y"',
    ",",
)
Rows = list[tuple[int | None, int | None]]
# From what its makers call possible on; lower numbers are data to us and not to everybody.
rows = st.lists(
    st.tuples(st.none() | st.integers(50, 100), st.none() | st.integers(30, 220)),
    min_size=2,
    max_size=40,
)


def written(form: tuple[str, str, str], said: Rows) -> str:
    """An export of that program: a row every 4 s."""
    header, clock, end = form
    lines = [
        f"{BEGAN + timedelta(seconds=4 * n):{clock}},{_cell(spo2)},{_cell(rate)},0,0,0{end}"
        for n, (spo2, rate) in enumerate(said)
    ]
    return "\n".join((header, *lines)) + "\n"


def _cell(value: int | None) -> str:
    return "--" if value is None else str(value)


def number(cell: object) -> float | None:
    """A cell of the peer's table, which has two ways to say "none"."""
    return None if str(cell) in ("<NA>", "nan") else float(str(cell))


@pytest.mark.parametrize("form", [VIHEALTH, O2_INSIGHT], ids=["vihealth", "o2_insight"])
@settings(max_examples=25)
@given(said=rows)
def test_both_read_the_same(
    form: tuple[str, str, str], said: Rows, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every time, SpO2 and pulse rate, and every "no value"."""
    path: Path = tmp_path_factory.getbasetemp() / "peer.csv"
    path.write_text(written(form, said), encoding="utf-8")

    ours = foreign.read(path)
    theirs = parse_file(path).data

    times = theirs["time"]
    assert [(sample.t_s, sample.spo2, sample.pulse_rate) for sample in ours.samples] == [
        ((time - times.iloc[0]).total_seconds(), number(spo2), number(rate))
        for time, spo2, rate in zip(times, theirs["spo2"], theirs["pulse"], strict=True)
    ]
