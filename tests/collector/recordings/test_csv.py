"""CSV files: columns by header, steps from the times, and a sentence for everything else."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import SECOND
from collector.errors import BadInput
from collector.recordings.csv import read_csv
from collector.recordings.recording import Recording

VIHEALTH = """\
Time,Oxygen Level,Pulse Rate,Motion,O2 Reminder,PR Reminder
23:59:58 Sep 21 2026,97,61,0,0,0
00:00:02 Sep 22 2026,96,62,3,0,0
00:00:06 Sep 22 2026,--,--,0,0,0
"""
O2_INSIGHT = """\
Time,SpO2(%),Pulse Rate(bpm),Motion,SpO2 Reminder,PR Reminder,
"11:59:58PM Sep 21, 2026",97,61,0,0,0,
"12:00:02AM Sep 22, 2026",96,62,3,0,0,
"12:00:06AM Sep 22, 2026",--,--,0,0,0,
"""
EMAY = """\
Date,Time,SpO2(%),PR(bpm)
9/21/2026,11:59:58 PM,97,61
9/22/2026,12:00:02 AM,96,62
9/22/2026,12:00:06 AM,,
"""
OTHER_LANGUAGE = "Time;SpO2;Pulse\n23:59:58 21/09/2026;97,5;61\n00:00:02 22/09/2026;96;62\n"


def _read(tmp_path: Path, text: str | bytes) -> Recording:
    path = tmp_path / "night.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_csv(path)


def _refusal(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(BadInput) as caught:
        _read(tmp_path, text)
    return str(caught.value).replace(str(tmp_path), "")


def test_the_tidy_form_is_read_with_every_column(tmp_path: Path) -> None:
    """Empty fields and what no oximeter can say become None; low numbers stay."""
    recording = _read(
        tmp_path, "t_s,spo2,pr,pi\n0,97.4,57,1.5\n1,,277,0\n2,127,255,\n3,36.0,39.9,0.3\n4,0,0,\n"
    )

    rows = [(s.t_s, s.spo2, s.pulse_rate, s.perfusion_index) for s in recording.samples]
    assert rows == [
        (0, 97.4, 57, 1.5),
        (1, None, 277, None),
        (2, None, None, None),
        (3, 36.0, 39.9, 0.3),
        (4, None, None, None),
    ]
    assert (recording.step_s, recording.start_utc_ns) == (1.0, None)


@pytest.mark.parametrize(
    "text", [VIHEALTH, O2_INSIGHT, EMAY, "\ufeff" + VIHEALTH.replace("\n", "\r\n")]
)
def test_the_exports_of_known_apps_are_read(tmp_path: Path, text: str) -> None:
    """ViHealth, O2 Insight and EMAY, over midnight, with and without a byte-order mark."""
    recording = _read(tmp_path, text)

    rows = [(s.t_s, s.spo2, s.pulse_rate) for s in recording.samples]
    assert rows == [(0, 97, 61), (4, 96, 62), (8, None, None)]
    assert recording.step_s == 4.0
    assert recording.start_utc_ns is not None


def test_semicolons_and_decimal_commas_are_read(tmp_path: Path) -> None:
    """As spreadsheets in much of Europe write them."""
    recording = _read(tmp_path, OTHER_LANGUAGE)

    assert [(s.t_s, s.spo2) for s in recording.samples] == [(0, 97.5), (4, 96)]


@pytest.mark.parametrize(
    ("times", "start"),
    [
        (("2026-01-23T17:21:44.433+00:00", "2026-01-23T17:21:49.433+00:00"), 1769188904.433),
        (("2026-01-23T18:21:44.433+01:00", "2026-01-23T17:21:49.433Z"), 1769188904.433),
        (("1769188904", "1769188909"), 1769188904),
        (("1769188904433", "1769188909433"), 1769188904.433),
        (("23:59:57", "00:00:02"), None),
        (("12", "17"), None),
    ],
)
def test_clock_times_give_the_start_and_the_distance(
    tmp_path: Path, times: tuple[str, str], start: float | None
) -> None:
    """Whatever the form, the first row is second 0."""
    recording = _read(tmp_path, f"timestamp,spo2\n{times[0]},97\n{times[1]},96\n")

    assert [s.t_s for s in recording.samples] == [0, 5]
    assert recording.start_utc_ns == (None if start is None else round(start * 1000) * SECOND // 1000)


def test_seconds_are_preferred_and_the_start_comes_from_the_clock(tmp_path: Path) -> None:
    """A recorder's own count of seconds does not step with its clock."""
    recording = _read(
        tmp_path,
        "timestamp,elapsed_s,spo2\n2026-01-23T17:21:44Z,7.0,97\n2026-01-23T18:00:00Z,12.5,96\n",
    )

    assert [s.t_s for s in recording.samples] == [0, 5.5]
    assert recording.start_utc_ns == 1769188904 * SECOND


def test_the_step_is_the_usual_distance_of_two_rows(tmp_path: Path) -> None:
    """Gaps do not make it longer, jitter of a radio does not make it odd."""
    times = [0, 5.02, 10.01, 15.03, 75.0, 80.02]
    rows = "".join(f"{t},97\n" for t in times)

    assert _read(tmp_path, f"t,spo2\n{rows}").step_s == 5.0
    assert _read(tmp_path, "t,spo2\n0,97\n0.25,97\n0.5,97\n").step_s == 0.25
    assert _read(tmp_path, "t,spo2\n0,97\n").step_s == 1.0


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ("150,-3,-1", 3),
        ("97,301,1", 1),
        ("101,60,", 1),
        ("0,0,0", 0),
        ("127,255,", 0),
        ("255,255,0", 0),
        ("--,,", 0),
        ("1,24,0.1", 0),
    ],
)
def test_impossible_values_are_counted_and_codes_are_not(tmp_path: Path, row: str, count: int) -> None:
    """A code is the oximeter's own "no value"; a low number is data."""
    assert _read(tmp_path, f"t_s,spo2,pr,pi\n0,{row}\n").impossible == count


@pytest.mark.parametrize(
    ("dates", "doubt"),
    [
        (("01/05/2026",), "'20:00:00 01/05/2026' was read as 1 May 2026"),
        (("05/05/2026", "06/05/2026"), "'20:00:00 06/05/2026' was read as 6 May 2026"),
        (("12/05/2026", "13/05/2026"), ""),
        (("05/05/2026",), ""),
    ],
)
def test_dates_that_can_be_read_in_two_ways_are_told(
    tmp_path: Path, dates: tuple[str, ...], doubt: str
) -> None:
    """Not where both ways give the same day, nor where another row shows which number is the month."""
    rows = "".join(f"20:00:00 {date};97\n" for date in dates)

    assert _read(tmp_path, "Time;SpO2\n" + rows).doubt == doubt


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "/night.csv is empty."),
        ("t_s,spo2\n", "/night.csv holds a header and no rows."),
        (
            "t_s,colour\n0,red\n",
            "/night.csv: no column for SpO2 or pulse rate is among 't_s', 'colour' in line 1.",
        ),
        ("spo2,pr\n97,60\n", "/night.csv: no column for time is among 'spo2', 'pr' in line 1."),
        (
            "t_s,spo2\n0,97\n1,high\n",
            "/night.csv, line 3: 'high' in column 'spo2' cannot be read.",
        ),
        ("t_s,spo2\n0,97\n\n,96\n", "/night.csv, line 4: '' in column 't_s' cannot be read."),
        ("t_s,spo2\n0,97\n5,97\n4,97\n", "/night.csv, line 4: the time goes back."),
        (
            "t_s,spo2\n0,97\n1e9,97\n",
            "/night.csv spans more than three years; its times cannot be right.",
        ),
        ("Time,spo2\nnoon,97\n", "/night.csv, line 2: 'noon' in column 'time' cannot be read."),
        ("t_s,spo2\n0,inf\n", "/night.csv, line 2: 'inf' in column 'spo2' cannot be read."),
        (b"\x00\xff\xfe\x80", "/night.csv is not a CSV file: it is not text."),
    ],
)
def test_what_cannot_be_read_is_said_with_file_and_line(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    """One plain sentence that lets somebody repair the file."""
    assert _refusal(tmp_path, text) == sentence


ROMANIAN = (
    "\ufeffOra,Nivel de oxigen,Puls,Mișcare,Memento O2,Memento puls\n"
    "23:59:58 21/09/2026,97,61,0,0,0\n"
    "00:00:02 22/09/2026,--,--,3,0,0\n"
)


def test_a_vihealth_export_in_an_unknown_language_is_read_by_place(tmp_path: Path) -> None:
    """Its shape and times are ViHealth's own; how the columns were taken is said."""
    recording = _read(tmp_path, ROMANIAN)

    rows = [(s.t_s, s.spo2, s.pulse_rate) for s in recording.samples]
    assert rows == [(0, 97, 61), (4, None, None)]
    assert recording.remarks == (
        "its columns 'Ora', 'Nivel de oxigen', 'Puls' were taken for time, SpO2 and pulse rate",
    )


@pytest.mark.parametrize(
    "text",
    [
        ROMANIAN.replace("97,61", "161,61"),  # no saturation in the second place
        ROMANIAN.replace("23:59:58 21/09/2026", "1"),  # no date
        ROMANIAN.replace(",Memento puls", "").replace(",0\n", "\n"),  # another shape
        ROMANIAN.replace("97,61", "97,slow"),
    ],
)
def test_another_table_in_an_unknown_language_is_refused(tmp_path: Path, text: str) -> None:
    """Numbers are not guessed at: a sentence names the columns."""
    assert "no column for SpO2 or pulse rate is among 'Ora', 'Nivel de oxigen'" in _refusal(
        tmp_path, text
    )


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """As for every other fault, one sentence."""
    with pytest.raises(BadInput, match=r"nowhere\.csv cannot be read: No such file or directory\."):
        read_csv(tmp_path / "nowhere.csv")


cells = st.text(st.sampled_from('0123456789-:./eE+,; \t"NaTZPM\u0661\x00'), max_size=24)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.tuples(cells, cells), max_size=8).map(
            lambda rows: ("time,spo2\n" + "\n".join(",".join(row) for row in rows)).encode()
        ),
        st.lists(cells, max_size=8).map(lambda rows: ("date,time,pr\n" + "\n".join(rows)).encode()),
    )
)
def test_any_file_is_a_recording_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Never another exception, never a number that no oximeter can say."""
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(content)
    try:
        recording = read_csv(path)
    except BadInput as error:
        assert str(error).endswith(".")  # noqa: PT017 - either a recording or a sentence
        return

    for sample in recording.samples:
        assert sample.spo2 is None or 0 < sample.spo2 <= 100
        assert sample.pulse_rate is None or 0 < sample.pulse_rate <= 300
        assert sample.t_s >= 0


@pytest.mark.recordings
def test_the_shared_recordings_are_read_as_their_index_says(recordings: Path) -> None:
    """Rows, missing values, range and span of all nineteen."""
    for known in json.loads((recordings / "index.json").read_text(encoding="utf-8")):
        recording = read_csv(recordings / known["file"])
        spo2 = [s.spo2 for s in recording.samples if s.spo2 is not None]
        pulse = [s.pulse_rate for s in recording.samples if s.pulse_rate is not None]

        assert {
            "rows": len(recording.samples),
            "nominal_step_s": recording.step_s,
            "span_s": recording.samples[-1].t_s,
            "missing_spo2": len(recording.samples) - len(spo2),
            "missing_pr": len(recording.samples) - len(pulse),
            "min_spo2": min(spo2),
            "max_spo2": max(spo2),
        } == {
            name: known[name]
            for name in known
            if name not in ("id", "file", "source", "columns", "sha256")
        }
