"""Contec: its reference vectors, its keep-alive, and what it has stored."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.devices import contec, contec_frame, contec_stored
from collector.devices.base import Vitals
from collector.devices.contec import NOTIFY, WRITE
from collector.reading import Flag, PlethChunk, Reading
from tests.collector.devices import vectors
from tests.collector.devices.checking import check, frames
from tests.collector.devices.vectors import Vector, at, chosen, named, readings

REQUESTS = {
    "start realtime params": contec_frame.START,
    "hello": contec_frame.HELLO,
    "device state": contec_frame.DEVICE_STATE,
    "get battery": contec_frame.BATTERY,
    "heartbeat/keep-alive": contec_frame.KEEP_ALIVE,
}
CALM = Vitals(spo2=97, pulse_rate=72)


@named(chosen("contec", direction="tx"))
def test_requests(vector: Vector) -> None:
    """Each request is byte for byte the known one; that of the spot checker is never sent."""
    known = REQUESTS.get(vector["expect"]["command"])
    said = [bytes.fromhex(text) for text in vector["hex"]]

    if known is None:
        assert vector["expect"]["command"].startswith("PO60")
        assert not any(map(contec_frame.allows, said))
    else:
        assert said == [known]
        assert contec_frame.allows(known)
        assert vector["characteristic"] == WRITE


def check_contec(vector: Vector) -> None:
    """Compare a vector's readings, wave, bars, battery, and stored values."""
    expect = vector["expect"]
    good = frames(vector, contec_frame.SHAPE)
    if vector["characteristic"] == "stored_data":
        assert expect.get("stored_values", []) == stored(good)[: len(expect.get("stored_values", []))]
        return
    check(contec.Decoder(), vector)
    if "bar" in expect:
        assert [frame[4] & 0x0F for frame in good if frame[:2] == b"\xeb\0"] == expect["bar"]
    if "battery_raw" in expect:
        assert good == [bytes((0xF6, expect["battery_raw"], 0x46))]


def stored(good: list[bytes]) -> list[int | None]:
    """The samples of stored frames of either kind."""
    return [*contec_stored.automatic(good), *contec_stored.manual(good)]


@named(chosen("contec"))
def test_vector(vector: Vector) -> None:
    """A vector gives its readings, wave, bars, battery, or stored values."""
    check_contec(vector)


@pytest.mark.parametrize("vector_id", ["contec-019", "contec-021"])
def test_the_long_streams(reference: Path, vector_id: str) -> None:
    """62 captured notifications, and a stored record, decode to the stated values."""
    vector = vectors.shared(reference, vector_id)

    check_contec(vector)

    assert len(vector["hex"]) in (62, 12)


def test_a_stored_record_says_what_it_is() -> None:
    """Number, start, samples and user of captured metadata."""
    (vector,) = (v for v in chosen("contec") if v["id"] == "contec-025")
    (good,) = frames(vector, contec_frame.SHAPE)

    said = contec_stored.record(good)

    assert said is not None
    expect = vector["expect"]["record"]
    assert (said.last, said.number, said.start) == (expect["last"], expect["index"], expect["start"])
    assert (said.samples, said.user) == (expect["samples"], expect["user"])


@given(st.lists(st.binary(min_size=1, max_size=30)))
def test_any_frames_as_stored_data_are_survived(junk: list[bytes]) -> None:
    """Whatever stands in them, samples are possible or None."""
    for sample in stored(junk):
        assert sample is None or 0 < sample < 255
    for frame in junk:
        contec_stored.record(frame)


def test_a_fast_pulse_needs_the_flag_bit() -> None:
    """Bit 1 of the flags adds 128, whatever its other bits are."""
    for bits in range(8):
        frame = contec_frame.frame(0xEB, 0x01, bits, 20, 97, 0x7F, 0)
        (found,) = readings(contec.Decoder().feed(NOTIFY, frame, at(0)))
        assert found.pulse_rate == (148 if bits & 2 else 20)


def test_the_stream_stops_without_keep_alive() -> None:
    """Started it streams for some seconds, and for as long as it is kept alive."""
    encoder = contec.Encoder()
    assert encoder.stream(CALM) == []
    encoder.answer(WRITE, contec_frame.START, CALM)

    alone = [bool(encoder.stream(CALM)) for _ in range(12)]
    encoder.answer(WRITE, contec_frame.KEEP_ALIVE, CALM)
    again = encoder.stream(CALM)
    encoder.answer(WRITE, contec_frame.STOP, CALM)

    assert alone == [True] * contec.PATIENCE_S + [False] * 4
    assert again
    assert encoder.stream(CALM) == []


def test_the_waveform_comes_when_asked_for() -> None:
    """The unit's own waveform decodes, one chunk a notification."""
    encoder, decoder = contec.Encoder(), contec.Decoder()
    for command in (contec_frame.START, contec_frame.START_WAVE):
        encoder.answer(WRITE, command, CALM)

    said = encoder.pleth((5, 60, 120))

    found = [
        item for characteristic, data in said for item in decoder.feed(characteristic, data, at(0))
    ]
    assert found == [PlethChunk(at=at(0), samples=(n,), rate_hz=contec.WAVE_HZ) for n in (5, 60, 120)]
    assert decoder.counts.pleth_samples == 3


def test_a_header_inside_a_frame_ends_the_wait() -> None:
    """A long frame that another header cuts short is not waited for."""
    decoder = contec.Decoder()
    start = contec_frame.frame(0xEB, 0x01, 4, 72, 97, 0x7F, 0)

    found = decoder.feed(NOTIFY, b"\xed\x04\x01" + start, at(0))

    assert len(found) == 1
    assert decoder.counts.resyncs == 1


def test_no_finger_has_no_pulse_either() -> None:
    """SpO2 7F takes the pulse rate with it, also one that is still there."""
    frame = contec_frame.frame(0xEB, 0x01, 4, 72, 0x7F, 0x7F, 0)

    (found,) = readings(contec.Decoder().feed(NOTIFY, frame, at(0)))

    assert found == Reading(at=at(0), flags=frozenset((Flag.FINGER_OFF,)))
