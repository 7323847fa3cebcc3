"""Heart rate records beyond the reference vectors."""

import pytest

from collector.devices import bas, hrs
from collector.reading import Flag, Reading
from tests.collector.devices.vectors import at


def reading(data: str) -> Reading:
    """What one record comes out as."""
    (found,) = hrs.Decoder().feed(hrs.MEASUREMENT, bytes.fromhex(data), at(0))
    assert isinstance(found, Reading)
    return found


def test_a_missing_contact_withdraws_the_rate() -> None:
    """A sensor that knows it is not worn gives no number."""
    assert reading("0448") == Reading(at=at(0), flags=frozenset((Flag.FINGER_OFF,)))


@pytest.mark.parametrize("bits", ["00", "02", "06"])
def test_a_sensor_that_cannot_tell_contact_is_believed(bits: str) -> None:
    """Contact unknown or present: the rate stands."""
    assert reading(bits + "48").pulse_rate == 72


@pytest.mark.parametrize(("record", "rate"), [("0600", None), ("072d01", None), ("060f", 15)])
def test_only_impossible_rates_are_no_value(record: str, rate: int | None) -> None:
    """0 and over 300 are None, 15 is data."""
    assert reading(record).pulse_rate == rate


@pytest.mark.parametrize("record", ["", "00", "01", "0148"])
def test_a_record_without_its_rate_is_counted(record: str) -> None:
    """Flags alone, or half of a wide rate, are no reading."""
    decoder = hrs.Decoder()

    assert decoder.feed(hrs.MEASUREMENT, bytes.fromhex(record), at(0)) == []
    assert (decoder.counts.frames, decoder.counts.resyncs) == (0, 1)


def test_energy_is_passed_over() -> None:
    """Beat intervals are found behind the energy field, an odd byte at the end is left."""
    record = hrs.measurement(bytes.fromhex("1e480a00000400040c"))

    assert record == hrs.Record(72, True, 10, (1000.0, 1000.0))


def test_beat_intervals_prove_life() -> None:
    """A steady rate with moving intervals is never taken for stuck."""
    decoder = hrs.Decoder()

    found = [decoder.feed(hrs.MEASUREMENT, bytes((0x16, 60, s % 7, 4)), at(s))[0] for s in range(300)]

    assert all(isinstance(r, Reading) and r.valid for r in found)


def test_the_battery_level_goes_with_the_rate() -> None:
    """A level over 100 is no level."""
    decoder = hrs.Decoder()
    decoder.feed(bas.LEVEL, b"\x2a", at(0))

    (kept,) = decoder.feed(hrs.MEASUREMENT, b"\x00\x48", at(1))
    decoder.feed(bas.LEVEL, b"\xff", at(2))
    (lost,) = decoder.feed(hrs.MEASUREMENT, b"\x00\x48", at(3))

    assert isinstance(kept, Reading)
    assert isinstance(lost, Reading)
    assert (kept.battery, lost.battery) == (42, None)
