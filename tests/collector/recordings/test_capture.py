"""Capture files: written, read, and refused in one sentence."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.errors import BadInput, Unavailable
from collector.recordings import capture
from collector.recordings.capture import Capture, Heard, Moment

PLX = "00002a5f-0000-1000-8000-00805f9b34fb"
HEAD = '{"holdspace_capture": 1, "name": "Clip", "address": "02:00:00:00:00:01", "services": []}'
LINE = '{"t": 1.5, "char": "2A5F", "hex": "00 61 00 48 00", "dir": "rx"}'

uuids = st.integers(0, 0xFFFF).map(lambda short: capture.uuid(f"{short:04x}"))
captures = st.builds(
    Capture,
    name=st.text(),
    address=st.text(),
    services=st.frozensets(uuids),
    advertised=st.frozensets(uuids),
    company=st.frozensets(st.integers(0, 0xFFFF)),
    characteristics=st.frozensets(uuids),
    moments=st.lists(
        st.builds(
            Moment,
            t_s=st.floats(-1e6, 1e9),
            characteristic=uuids,
            data=st.binary(),
            sent=st.booleans(),
        )
    ).map(tuple),
    heard=st.lists(
        st.builds(
            Heard,
            t_s=st.floats(-1e6, 1e9),
            name=st.text(),
            services=st.frozensets(uuids),
            makers=st.dictionaries(st.integers(0, 0xFFFF), st.binary()),
        )
    ).map(tuple),
)


def written(folder: Path, *lines: str) -> Path:
    """A file of these lines."""
    file = folder / "clip.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@settings(max_examples=40)
@given(taken=captures)
def test_a_capture_comes_back_as_it_was_written(
    taken: Capture, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Writing and reading give the same capture, whatever its names contain."""
    file = tmp_path_factory.mktemp("captures") / "clip.jsonl"

    capture.write(file, taken)

    assert capture.read(file) == taken


def test_short_uuids_and_spaces_are_accepted(tmp_path: Path) -> None:
    """A person may write 2A5F, spaced bytes, blank lines and no direction."""
    short = '{"t": 2, "char": "0x2A5F", "hex": "0061004800"}'
    file = written(tmp_path, HEAD.replace("Clip", "My\u2028clip"), LINE, "", short, "")

    taken = capture.read(file)

    assert taken.name == "My\u2028clip"
    assert taken.moments == (
        Moment(t_s=1.5, characteristic=PLX, data=b"\0\x61\0\x48\0"),
        Moment(t_s=2.0, characteristic=PLX, data=b"\0\x61\0\x48\0"),
    )
    assert taken.moments[0].at.running_ns == 1_500_000_000


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([""], " is empty: a capture file begins with a holdspace_capture line."),
        (["t,spo2", "0,97"], ", line 1 is not JSON."),
        (["[]"], ", line 1 is not a JSON object."),
        (["{}"], ", line 1: a capture file begins with holdspace_capture, this one does not."),
        (['{"holdspace_capture": 2}'], ", line 1: capture version 2 is not known here, only 1 is."),
        (
            ['{"holdspace_capture": true}'],
            ", line 1: capture version True is not known here, only 1 is.",
        ),
        (['{"holdspace_capture": 1, "services": 7}'], ", line 1: services is not a list."),
        ([HEAD, '{"adv": "", "t": 1, "makers": 7}'], ", line 2: makers is no object."),
        ([HEAD, '{"adv": "", "t": 1, "makers": {"x": ""}}'], ", line 2: 'x' is no company number."),
        (['{"holdspace_capture": 1, "services": ["x"]}'], ", line 1: 'x' is not a UUID."),
        (['{"holdspace_capture": 1, "name": 7}'], ", line 1: name is not a text."),
        ([HEAD, LINE, LINE[:30]], ", line 3 is not JSON."),
        ([HEAD, "[" * 5000], ", line 2 is not JSON."),
        ([HEAD, LINE.replace("1.5", '"1.5"')], ", line 2: t is not a number of seconds."),
        ([HEAD, LINE.replace("1.5", "NaN")], ", line 2: t is not a number of seconds."),
        ([HEAD, LINE.replace("1.5", "true")], ", line 2: t is not a number of seconds."),
        ([HEAD, LINE.replace("2A5F", "2A5")], ", line 2: '2A5' is not a UUID."),
        ([HEAD, LINE.replace("char", "chr")], ", line 2: None is not a UUID."),
        ([HEAD, LINE.replace("61", "6x")], ", line 2: hex is not pairs of hexadecimal digits."),
        ([HEAD, LINE.replace("hex", "hx")], ", line 2: hex is missing."),
        ([HEAD, LINE.replace('"rx"', '"up"')], ", line 2: dir is neither rx nor tx."),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, lines: list[str], sentence: str) -> None:
    """The refusal names file and line and what is wrong there."""
    file = written(tmp_path, *lines)

    with pytest.raises(BadInput) as refused:
        capture.read(file)

    assert str(refused.value) == f"{file}{sentence}"


def test_what_is_no_text_or_not_there_is_named(tmp_path: Path) -> None:
    """A missing file, a folder and a binary file are refused by name."""
    binary = tmp_path / "ring.vld"
    binary.write_bytes(b"\x03\x00\xff\xfe")

    for file, why in (
        (tmp_path / "none", "cannot be read: No such file or directory."),
        (tmp_path, "cannot be read: Is a directory."),
        (binary, "is not a capture file: it is not UTF-8 text."),
    ):
        with pytest.raises(BadInput) as refused:
            capture.read(file)
        assert str(refused.value) == f"{file} {why}"


@given(t=st.integers(10**300, 10**400) | st.sampled_from(["1e999", "-1e999", "9" * 5000]))
def test_a_time_beyond_all_numbers_is_refused(
    t: int | str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Times that overflow give a sentence, or a capture, but no other error."""
    file = written(tmp_path_factory.mktemp("captures"), HEAD, LINE.replace("1.5", str(t)))

    try:
        moments = capture.read(file).moments
    except BadInput as refused:
        moments = ()
        told = str(refused)
    else:
        told = ""

    assert len(moments) == 1 or "line 2" in told


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """Failing half-way changes neither the old file nor the folder."""
    folder = tmp_path / "clip.jsonl"
    folder.mkdir()

    with pytest.raises(Unavailable, match="cannot be written"):
        capture.write(folder, Capture())

    assert list(tmp_path.iterdir()) == [folder]
