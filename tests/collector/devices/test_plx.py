"""PLX beyond the reference vectors: each status bit, the battery, spot checks."""

import pytest

from collector.devices import bas, plx
from collector.devices.base import Vitals
from collector.devices.plx import Measurement, Record, Sensor
from collector.reading import Flag, Reading
from tests.collector.devices.vectors import at

FLAGS = {
    Sensor.IRREGULARITY: {Flag.POOR_SIGNAL},
    Sensor.INADEQUATE_SIGNAL: {Flag.POOR_SIGNAL},
    Sensor.POOR_SIGNAL: {Flag.POOR_SIGNAL},
    Sensor.LOW_PERFUSION: {Flag.LOW_PERFUSION},
    Sensor.ERRATIC: {Flag.POOR_SIGNAL, Flag.MOTION},
    Sensor.NONPULSATILE: {Flag.POOR_SIGNAL},
    Sensor.QUESTIONABLE_PULSE: {Flag.POOR_SIGNAL},
    Sensor.ANALYSIS_ONGOING: {Flag.SEARCHING},
    Sensor.INTERFERENCE: {Flag.POOR_SIGNAL},
    Sensor.UNCONNECTED_TO_USER: {Flag.FINGER_OFF},
    Sensor.UNKNOWN_SENSOR: {Flag.POOR_SIGNAL},
    Sensor.DISPLACED: {Flag.FINGER_OFF},
    Sensor.DISCONNECTED: {Flag.FINGER_OFF},
}


def reading(measurement: int = 0, sensor: int = 0) -> Reading:
    """What a record with these status words comes out as."""
    data = plx.encode(Record(97, 72, measurement, sensor, 2.1))
    (decoded,) = plx.Decoder().feed(plx.CONTINUOUS, data, at(0))
    assert isinstance(decoded, Reading)
    return decoded


@pytest.mark.parametrize("bit", range(24))
def test_each_sensor_bit(bit: int) -> None:
    """Five sensor bits withdraw the numbers; each other bit leaves them and shows as its flag."""
    found = reading(sensor=1 << bit)

    assert found.valid == (bit not in (1, 11, 13, 14, 15))
    assert found.flags == FLAGS.get(Sensor(1 << bit), set())


@pytest.mark.parametrize("bit", range(16))
def test_each_measurement_bit(bit: int) -> None:
    """Unavailable, invalid and not a person's withdraw the numbers; a stored one is backfill."""
    found = reading(measurement=1 << bit)

    assert found.valid == (bit not in (10, 11, 12, 13, 15))
    assert found.backfill == (bit == 9)
    assert found.flags == ({Flag.POOR_SIGNAL} if bit in (14, 15) else set())


def test_low_numbers_are_data() -> None:
    """40 % and 15 per minute come out as they were sent."""
    (found,) = plx.Decoder().feed(plx.CONTINUOUS, plx.encode(Record(40, 15)), at(0))

    assert isinstance(found, Reading)
    assert (found.spo2, found.pulse_rate) == (40, 15)


@pytest.mark.parametrize(("spo2", "rate"), [(101, 301), (0, 0), (-5, -60)])
def test_impossible_numbers_are_no_value(spo2: int, rate: int) -> None:
    """Over 100 %, over 300 per minute, zero and less become None."""
    (found,) = plx.Decoder().feed(plx.CONTINUOUS, plx.encode(Record(spo2, rate)), at(0))

    assert found == Reading(at=at(0))


def test_fast_and_slow_pairs_are_skipped() -> None:
    """The tail is found behind the optional pairs, and the normal pair counts."""
    record = bytes.fromhex("13 6100 4800 6000 4700 5f00 4600 15f0")

    (found,) = plx.Decoder().feed(plx.CONTINUOUS, record, at(0))

    assert found == Reading(at=at(0), spo2=97, pulse_rate=72, perfusion_index=2.1)


@pytest.mark.parametrize("size", range(5, 12))
def test_a_truncated_tail_costs_only_itself(size: int) -> None:
    """The mandatory pair stays, and what the record promised but did not bring is absent."""
    whole = plx.encode(Record(97, 72, int(Measurement.ONGOING), int(Sensor.LOW_PERFUSION), 2.1))

    record = plx.continuous(whole[:size])

    assert record is not None
    assert record[:2] == (97, 72)
    assert record.truncated
    assert record.perfusion_index is None
    assert bool(record.measurement) == (size >= 7)
    assert bool(record.sensor) == (size >= 10)


def test_a_record_that_is_too_short_is_counted() -> None:
    """Less than the mandatory part is no reading."""
    decoder = plx.Decoder()

    assert decoder.feed(plx.CONTINUOUS, b"\x00\x61\x00\x48", at(0)) == []
    assert (decoder.counts.frames, decoder.counts.resyncs) == (0, 1)


def test_the_battery_level_goes_with_the_readings() -> None:
    """A level is kept for later readings and makes no reading by itself."""
    decoder = plx.Decoder()
    record = plx.encode(Record(97, 72))

    alone = decoder.feed(bas.LEVEL, b"\x2a", at(0))
    (found,) = decoder.feed(plx.CONTINUOUS, record, at(1))

    assert alone == []
    assert isinstance(found, Reading)
    assert found.battery == 42


def test_equal_spot_checks_with_different_times_are_different() -> None:
    """The device's own time is part of what may repeat."""
    decoder = plx.Decoder()
    found = [
        decoder.feed(
            plx.SPOT_CHECK, bytes.fromhex("0961004800ea070b170e05") + bytes((s,)) + b"\x15\xf0", at(s)
        )
        for s in range(40)
    ]

    assert all(isinstance(r, Reading) and r.valid for (r,) in found)


def test_a_date_that_cannot_be_does_not_matter() -> None:
    """The device's clock is shown as sent, never parsed."""
    record = plx.spot_check(bytes.fromhex("0161004800ffffff00636363"))

    assert record is not None
    assert record.device_time == "65535-255-00T99:99:99"


def test_the_level_is_notified_on_change_and_read_at_any_time() -> None:
    """The encoder tells a new battery level once and answers a read with it."""
    encoder = plx.Encoder()
    vitals = Vitals(spo2=97, pulse_rate=72, battery=55)

    first, second = encoder.stream(vitals), encoder.stream(vitals)

    assert [characteristic for characteristic, _ in first] == [bas.LEVEL, plx.CONTINUOUS]
    assert [characteristic for characteristic, _ in second] == [plx.CONTINUOUS]
    assert encoder.answer(bas.LEVEL, b"", vitals) == [(bas.LEVEL, b"\x37")]
