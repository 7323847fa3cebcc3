"""Nonin: its reference vectors, and what they do not show."""

import pytest

from collector.devices import nonin
from collector.devices.nonin import CONTINUOUS, PULSES, STATUS
from collector.reading import Flag
from tests.collector.devices.checking import check
from tests.collector.devices.vectors import Vector, at, chosen, named, readings

RECORD = bytes.fromhex("0a541c00d70001610048")


@named(chosen("nonin"))
def test_vector(vector: Vector) -> None:
    """A record gives its readings; the other characteristics give battery and beats."""
    expect, decoder = vector["expect"], nonin.Decoder()
    data = bytes.fromhex(vector["hex"][0])

    found = check(decoder, vector)

    for reading, sample in zip(found, expect.get("samples", ()), strict=True):
        assert reading.perfusion_index == sample.get("pai", reading.perfusion_index)
        assert int.from_bytes(data[5:7], "big") == sample["counter"]
        assert data[2] / 10 == sample.get("battery_v", data[2] / 10)
        assert bool(data[1] & nonin.STABLE) == sample.get("smartpoint", False)
        assert (Flag.LOW_BATTERY in reading.flags) == sample.get("low_battery", False)
    if vector["characteristic"] == PULSES:
        beats = [
            {"interval_ms": beat.interval_ms, "pai": beat.amplitude_index, "bad": beat.bad}
            for beat in nonin.pulses(data)
        ]
        assert beats == expect["pulses"]
    if vector["characteristic"] == STATUS:
        (reading,) = readings(decoder.feed(CONTINUOUS, RECORD, at(0)))
        assert reading.battery == expect["battery_percent"]


@named(chosen("nonin", direction="tx"))
def test_nothing_is_written(vector: Vector) -> None:
    """Ending a measurement, and commands in ASCII, are refused like all else."""
    assert not nonin.DRIVER.allows(bytes.fromhex(vector["hex"][0]))


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        (0x10, set()),
        (0x30, {Flag.LOW_BATTERY}),
        (0x18, {Flag.SEARCHING}),
        (0x12, {Flag.POOR_SIGNAL}),
        (0x00, {Flag.FINGER_OFF}),
    ],
)
def test_the_status_bits(status: int, flags: set[Flag]) -> None:
    """Each bit is one flag, and numbers beside "no finger" are none."""
    record = RECORD[:1] + bytes((status,)) + RECORD[2:]

    (reading,) = readings(nonin.Decoder().feed(CONTINUOUS, record, at(0)))

    assert reading.flags == flags
    assert reading.valid == (Flag.FINGER_OFF not in flags)


@pytest.mark.parametrize("record", [RECORD[:-1], RECORD + b"\0", b"\x0b" + RECORD[1:], b""])
def test_a_record_of_another_length_is_none(record: bytes) -> None:
    """Length byte and length must both be ten: other firmware may order its fields differently."""
    decoder = nonin.Decoder()

    assert decoder.feed(CONTINUOUS, record, at(0)) == []
    assert decoder.counts.resyncs == 1


def test_sentinels_are_no_values() -> None:
    """127 and 511 stand for none while the finger is on."""
    record = RECORD[:7] + bytes((127, 0x01, 0xFF))

    (reading,) = readings(nonin.Decoder().feed(CONTINUOUS, record, at(0)))

    assert not reading.valid
