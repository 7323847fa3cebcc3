"""Comparing what a decoder makes of a vector with what the vector expects."""

from typing import Any

from collector.devices.base import Counts, Decoder
from collector.devices.framing import Framer
from collector.reading import Flag, PlethChunk, Reading
from tests.collector.devices.vectors import Vector, fed, notifications, readings

BATTERY_LEVELS = {0: True, 1: False, 2: False, 3: False}


def check_reading(reading: Reading, sample: dict[str, Any]) -> None:
    """Compare the keys of a sample that a reading has."""
    said = {"spo2": reading.spo2, "hr": reading.pulse_rate, "pi": reading.perfusion_index}
    assert said.items() >= {key: sample[key] for key in said if key in sample}.items()
    if "finger" in sample:
        assert (Flag.FINGER_OFF not in reading.flags) == sample["finger"]
    if "searching" in sample:
        assert (Flag.SEARCHING in reading.flags) == sample["searching"]
    if "contact" in sample:
        assert (Flag.FINGER_OFF not in reading.flags) == sample["contact"]
    if "battery_percent" in sample:
        assert reading.battery == sample["battery_percent"]
    if "battery_level_0_3" in sample:
        assert reading.battery is None
        assert (Flag.LOW_BATTERY in reading.flags) == BATTERY_LEVELS[sample["battery_level_0_3"]]


def check(decoder: Decoder, vector: Vector) -> list[Reading]:
    """Feed the vector and compare what every family has: samples, wave, counts."""
    expect = vector["expect"]
    decoded = fed(decoder, notifications(vector))
    found = readings(decoded)
    wave = [s for item in decoded if isinstance(item, PlethChunk) for s in item.samples]
    if "samples" in expect:
        assert len(found) == len(expect["samples"])
        for reading, sample in zip(found, expect["samples"], strict=True):
            check_reading(reading, sample)
    assert wave == expect.get("wave", wave)
    assert len(wave) == expect.get("wave_count", len(wave)) == decoder.counts.pleth_samples
    wrong = expect.get("crc_errors", expect.get("checksum_errors", 0))
    assert decoder.counts.checksum_errors == wrong
    return found


def frames(vector: Vector, shape: Any) -> list[bytes]:
    """The vector's good frames."""
    framer = Framer(shape, Counts())
    return [frame for _, data in notifications(vector) for frame in framer.take(data)]
