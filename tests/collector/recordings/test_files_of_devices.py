"""Files that devices and their programs keep: `.vld`, OxyII, `.spo2`, and our own captures."""

import json
import os
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import SECOND
from collector.errors import BadInput
from collector.importing import import_files
from collector.recordings import foreign
from collector.recordings.recording import Recording

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
VECTORS = {
    vector["id"]: vector
    for vector in json.loads((CAPTURES / "vectors_files.json").read_text(encoding="utf-8"))
}
START = "2026-05-01T20:00:00"
Numbers = list[tuple[float, float | None, float | None]]


def read(folder: Path, name: str, data: bytes) -> Recording:
    """The recording in a file of this name and content."""
    path = folder / name
    path.write_bytes(data)
    return foreign.read(path)


def refusal(folder: Path, name: str, data: bytes) -> str:
    """The sentence with which such a file is refused."""
    with pytest.raises(BadInput) as caught:
        read(folder, name, data)
    return str(caught.value).replace(f"{folder}/", "")


def numbers(recording: Recording) -> Numbers:
    """Seconds, SpO2 and pulse rate of every sample."""
    return [(sample.t_s, sample.spo2, sample.pulse_rate) for sample in recording.samples]


def local(recording: Recording) -> str:
    """When it began, on this machine's wall clock, as the device had it."""
    assert recording.start_utc_ns is not None
    return datetime.fromtimestamp(recording.start_utc_ns / SECOND, UTC).astimezone().isoformat()[:19]


def vector(name: str) -> tuple[bytes, dict[str, Any]]:
    """A vector's bytes and what it expects."""
    found = VECTORS[name]
    return bytes.fromhex("".join(found["hex"])), found["expect"]


def vld(count: int, records: bytes, *, start: str = START, step: int = 4) -> bytes:
    """A ring's file that announces `count` records."""
    at = datetime.fromisoformat(start)
    head = bytes((3, 0)) + at.year.to_bytes(2, "little")
    head += bytes((at.month, at.day, at.hour, at.minute, at.second))
    head += (40 + 5 * count).to_bytes(4, "little") + (count * step).to_bytes(2, "little")
    return head.ljust(40, b"\0") + records


def test_a_real_header_and_real_records(tmp_path: Path) -> None:
    """What a real ring wrote: start, 4 s, its numbers; the rest of the file is missing, which is said."""
    header, expect = vector("vld-001")
    records, said = vector("vld-002")

    recording = read(tmp_path, "night.vld", header + records)

    assert local(recording) == expect["header"]["start"]
    assert recording.step_s == expect["header"]["interval_s"]
    assert numbers(recording) == [
        (n * 4.0, one["spo2"], one["hr"]) for n, one in enumerate(said["records"])
    ]
    assert recording.remarks == ("it is cut off: 10 of 7818 records are there",)


def test_a_downloaded_file_with_a_gap(tmp_path: Path) -> None:
    """The file of a whole download: FF and FFFF are no values."""
    _, expect = vector("vld-004")

    recording = read(tmp_path, "x", bytes.fromhex(expect["file_hex"]))

    assert local(recording) == expect["header"]["start"]
    assert numbers(recording) == [(0, 97, 60), (4, None, None)]
    assert recording.remarks == ()


@pytest.mark.parametrize(
    ("start", "name", "began"),
    [
        ("2015-01-01T00:00:00", "20260501200000.vld", START),
        ("2015-01-01T00:00:00", "night.vld", None),
        ("2015-01-01T00:00:00", "20001301000000", None),
        (START, "20270101000000", START),
    ],
)
def test_a_ring_whose_clock_was_never_set(
    tmp_path: Path, start: str, name: str, began: str | None
) -> None:
    """The header counts when it can be right, else the name, else the time is unknown."""
    recording = read(tmp_path, name, vld(1, b"\x61\x48\0\0\0", start=start))

    assert (None if recording.start_utc_ns is None else local(recording)) == began


def test_an_oxyii_file(tmp_path: Path) -> None:
    """Samples with and without values, the ring's local start, its step."""
    data, expect = vector("oxy2-022")

    recording = read(tmp_path, "night", data)

    assert local(recording) == expect["start"]
    assert recording.step_s == expect["interval_s"]
    assert numbers(recording) == [
        (n, one["spo2"], one["hr"]) for n, one in enumerate(expect["records"])
    ]
    assert recording.remarks == ()


def test_an_oxyii_file_that_was_not_finished(tmp_path: Path) -> None:
    """Without its trailer the name tells when, and the step is a guess that is said."""
    data, _ = vector("oxy2-022")

    recording = read(tmp_path, "20260927230102", data[:-48])

    assert len(recording.samples) == 4
    assert local(recording) == "2026-09-27T23:01:02"
    assert recording.remarks == ("the ring had not finished it; 1 s was taken between its samples",)


def test_an_oxyii_file_with_another_count(tmp_path: Path) -> None:
    """A sum that is right over a count that is wrong: what is there is read, and the rest said."""
    data, _ = vector("oxy2-022")
    trailer = data[-48:-36] + (9).to_bytes(4, "little") + data[-32:]

    recording = read(tmp_path, "x", data[:-48] + trailer)

    assert recording.remarks == ("it says 9 samples and holds 4",)


def test_a_damaged_oxyii_file_is_refused(tmp_path: Path) -> None:
    """Its own sum tells."""
    data, _ = vector("oxy2-022")

    assert refusal(tmp_path, "x", data[:10] + b"\x50" + data[11:]) == (
        "x is damaged: its sum is wrong. Download it again."
    )


def spo2_file(count: int, pairs: bytes, year: int = 2026) -> bytes:
    """A file of Contec's program that announces `count` samples."""
    return bytes(1028) + struct.pack("<7I", year, 5, 1, 20, 0, 0, count) + pairs


def test_a_contec_file(tmp_path: Path) -> None:
    """One sample a second; 127 and 255 are no values, low numbers are."""
    recording = read(tmp_path, "Night.SPO2", spo2_file(3, bytes((97, 60, 127, 255, 36, 15))))

    assert local(recording) == START
    assert numbers(recording) == [(0, 97, 60), (1, None, None), (2, 36, 15)]
    assert (recording.step_s, recording.remarks) == (1.0, ())


def test_a_contec_file_that_ends_early(tmp_path: Path) -> None:
    """What is there is read, half a sample is not."""
    recording = read(tmp_path, "a.spo2", spo2_file(9, bytes((97, 60, 96))))

    assert numbers(recording) == [(0, 97, 60)]
    assert recording.remarks == ("it is cut off: 1 of 9 samples are there",)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.vld", vld(0, b""), "a.vld holds no record: the ring had not finished it."),
        ("a.vld", vld(5, b"\x61"), "a.vld holds no record: the ring had not finished it."),
        ("a", b"\x01\x03" + bytes(8), "a holds no sample."),
        ("a.spo2", b"", "a.spo2 is no Contec recording: it is shorter than its header."),
        ("a.spo2", spo2_file(0, b""), "a.spo2 holds no sample."),
        ("a.spo2", spo2_file(1, b"aa", year=0), "a.spo2 is no Contec recording: its date is none."),
        (
            "a.jsonl",
            b'{"holdspace_capture": 1, "services": ["1822"]}\n',
            "a.jsonl holds no reading; `holdspace decode` shows what it holds.",
        ),
    ],
)
def test_what_holds_nothing_is_refused_in_a_sentence(
    tmp_path: Path, name: str, data: bytes, sentence: str
) -> None:
    """Which file, and what is wrong with it."""
    assert refusal(tmp_path, name, data) == sentence


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """Whatever its name promises."""
    for name in ("no.vld", "no.spo2", "no.csv"):
        with pytest.raises(BadInput, match=rf"{name} cannot be read: No such file or directory\."):
            foreign.read(tmp_path / name)


@pytest.mark.parametrize("file", sorted(CAPTURES.glob("*.jsonl")), ids=lambda file: file.stem)
def test_our_own_captures_are_recordings(file: Path) -> None:
    """Every example becomes readings on its own clock, from its first one on."""
    recording = foreign.read(file)

    assert recording.samples[0].t_s == 0
    assert any(sample.pulse_rate is not None for sample in recording.samples)
    assert recording.start_utc_ns is None


def test_a_capture_whose_times_go_back_is_refused(tmp_path: Path) -> None:
    """Two captures pasted together are no recording."""
    lines = [
        '{"holdspace_capture": 1, "services": ["1822"]}',
        *(f'{{"t": {t}, "char": "2a5f", "hex": "0061004800"}}' for t in (5, 1)),
    ]

    assert refusal(tmp_path, "a.jsonl", "\n".join(lines).encode()) == "a.jsonl: its times go back."


GOOD = (
    vld(3, b"\x61\x48\0\0\0" * 3),
    bytes.fromhex("".join(VECTORS["oxy2-022"]["hex"])),
    spo2_file(3, bytes((97, 60, 127, 255, 36, 15))),
    b'{"holdspace_capture": 1, "services": ["1822"]}\n{"t": 1, "char": "2a5f", "hex": "0061004800"}\n',
)


@given(
    good=st.sampled_from(GOOD),
    name=st.sampled_from(("fuzz.vld", "fuzz.spo2", "20260928221507", "fuzz.jsonl")),
    places=st.tuples(st.integers(0, 2000), st.integers(0, 2000)),
    junk=st.binary(max_size=60),
)
def test_any_file_is_a_recording_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory,
    good: bytes,
    name: str,
    places: tuple[int, int],
    junk: bytes,
) -> None:
    """Cut, overwritten, under another name: never another exception, never an impossible number."""
    path = tmp_path_factory.getbasetemp() / name
    keep, at = places
    cut = good[:keep]
    path.write_bytes(cut[:at] + junk + cut[at + len(junk) :])
    try:
        recording = foreign.read(path)
    except BadInput as error:
        assert str(error).endswith(".")  # noqa: PT017 - either a recording or a sentence
        return

    times = [sample.t_s for sample in recording.samples]
    assert times == sorted(times)
    assert recording.step_s > 0
    for sample in recording.samples:
        assert sample.spo2 is None or 0 < sample.spo2 <= 100
        assert sample.pulse_rate is None or 0 < sample.pulse_rate <= 300


def test_an_import_takes_them_all_and_says_what_was_decided(tmp_path: Path) -> None:
    """One session of three kinds of file, and a remark for the one that is cut off."""
    files = [tmp_path / "a.vld", tmp_path / "b.spo2", tmp_path / "c.csv"]
    files[0].write_bytes(vld(3, b"\x61\x48\0\0\0" * 2))
    files[1].write_bytes(spo2_file(2, bytes((97, 60, 96, 61))))
    files[2].write_text(f"time,spo2\n{START},95\n", encoding="utf-8")
    os.utime(files[0], (1_790_000_000, 1_790_000_000))

    made = import_files(files, directory=tmp_path / "data")

    assert made.readings == 5
    assert made.remarks == (f"{files[0]}: it is cut off: 2 of 3 records are there.",)
