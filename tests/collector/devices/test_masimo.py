"""Masimo: its reference vectors, configuration, and what exceptions do to numbers."""

import pytest

from collector.devices import masimo
from collector.devices.base import Vitals
from collector.devices.masimo import NOTIFY, WRITE
from collector.reading import Flag
from tests.collector.devices.checking import check, frames
from tests.collector.devices.vectors import Vector, at, chosen, named, readings

REQUESTS = {
    "masimo-003": masimo.frame(masimo.INFORMATION),
    "masimo-004": masimo.frame(masimo.CONFIGURE, b"\x1f\x00\x03"),
}


@named(chosen("masimo", direction="tx"))
def test_requests(vector: Vector) -> None:
    """Each request is byte for byte the known one; the one that erases is refused."""
    (data,) = (bytes.fromhex(text) for text in vector["hex"])

    assert masimo.allows(data) != vector["expect"].get("forbidden", False)
    assert REQUESTS.get(vector["id"], data) == data


@named(chosen("masimo"))
def test_vector(vector: Vector) -> None:
    """A vector gives its readings, wave, quality, acknowledgement, or what the unit can."""
    expect, decoder = vector["expect"], masimo.Decoder()
    mask = expect.get("param_mask", masimo.EVERYTHING)
    decoder.sent(masimo.frame(masimo.CONFIGURE, bytes((mask, 0, 0))))

    found = check(decoder, vector)

    good = frames(vector, masimo.SHAPE)
    for reading, sample in zip(found, expect.get("samples", ()), strict=True):
        assert (Flag.LOW_PERFUSION in reading.flags) == sample.get("low_perfusion", False)
        assert (Flag.POOR_SIGNAL in reading.flags) == sample.get("low_confidence", False)
    if "ordinal" in expect:
        assert good[0][3] == expect["ordinal"]
        assert list(good[0][5:-1:2]) == expect["siq"]
    if "ack" in expect:
        assert good[0][2:4] == bytes((masimo.DONE, expect["ack"]))
    if "device_info" in expect:
        can = expect["device_info"]
        assert decoder.can == bytes((can["available_parameters"], 0, can["available_waveforms"]))


def parameters(exceptions: int = 0, spo2: int = 0, rate: int = 0) -> bytes:
    """A frame of 97 %, 72 per minute, with these exceptions of the whole and of each."""
    fields = bytes((spo2, 97, rate, 72, 0, 20, 0, 0xD7, 0, 0, 16))
    return masimo.frame(masimo.PARAMETERS, exceptions.to_bytes(4, "little") + fields)


@pytest.mark.parametrize(
    ("frame", "spo2", "rate", "flags"),
    [
        (parameters(), 97, 72, set()),
        (parameters(1 << 21), None, None, {Flag.FINGER_OFF}),
        (parameters(1 << 22), None, None, {Flag.SEARCHING}),
        (parameters(1 << 23), 97, 72, {Flag.POOR_SIGNAL}),
        (parameters(1 << 24), 97, 72, {Flag.LOW_PERFUSION}),
        (parameters(spo2=0x01), 97, 72, {Flag.POOR_SIGNAL}),
        (parameters(spo2=0x04), None, 72, set()),
        (parameters(rate=0x04), 97, None, set()),
        (parameters(spo2=0x10, rate=0x20), 97, 72, set()),
    ],
)
def test_exceptions(frame: bytes, spo2: int | None, rate: int | None, flags: set[Flag]) -> None:
    """Off and searching take all numbers, "invalid" its own; doubt is shown beside the number."""
    (reading,) = readings(masimo.Decoder().feed(NOTIFY, frame, at(0)))

    assert (reading.spo2, reading.pulse_rate) == (spo2, rate)
    assert reading.flags == flags


def test_fields_of_another_configuration_are_not_guessed_at() -> None:
    """Neither what was configured nor everything: which value is which cannot be told."""
    decoder = masimo.Decoder()
    decoder.sent(masimo.frame(masimo.CONFIGURE, masimo.LEAST))
    some = masimo.frame(masimo.PARAMETERS, bytes((0, 0, 0, 0, 0, 97, 0, 72, 0, 20)))

    assert decoder.feed(NOTIFY, some, at(0)) == []
    assert decoder.counts.frames == 1
    assert len(decoder.feed(NOTIFY, parameters(), at(1))) == 1


def test_a_unit_is_configured_for_what_it_said_it_can() -> None:
    """The three bytes of its information come back; without them what every unit can."""
    decoder, encoder = masimo.Decoder(), masimo.Encoder()
    (silent,) = masimo.DRIVER.then(decoder)
    (ask,) = masimo.DRIVER.start(0)

    for characteristic, data in encoder.answer(WRITE, ask.data, Vitals(spo2=97, pulse_rate=72)):
        decoder.feed(characteristic, data, at(0))
    (asked,) = masimo.DRIVER.then(decoder)

    assert silent.data == masimo.frame(masimo.CONFIGURE, b"\x0b\x00\x00")
    assert asked.data == REQUESTS["masimo-004"]
    assert encoder.stream(Vitals(spo2=97, pulse_rate=72)) == []


def test_negative_pleth_keeps_its_sign() -> None:
    """The amplitude is a signed byte."""
    said = masimo.frame(masimo.WAVE, bytes((1, 0xFF, 90, 0x80, 90, 0x7F, 90)))

    (chunk,) = masimo.Decoder().feed(NOTIFY, said, at(0))

    assert getattr(chunk, "samples", None) == (-1, -128, 127)
