"""Jumper: its reference vectors, and the plausibility that stands for a checksum."""

import pytest

from collector.devices import jumper
from collector.devices.jumper import NOTIFY
from collector.reading import Flag
from tests.collector.devices.checking import check
from tests.collector.devices.vectors import Vector, at, chosen, named, readings


@named(chosen("jumper"))
def test_vector(vector: Vector) -> None:
    """A record gives its readings; filler and pleth give none."""
    check(jumper.Decoder(), vector)


@pytest.mark.parametrize("spo2", [101, 126, 128, 255])
def test_an_impossible_saturation_spoils_the_record(spo2: int) -> None:
    """What cannot be a record of this family gives no pulse rate either."""
    decoder = jumper.Decoder()

    assert decoder.feed(NOTIFY, bytes((0x81, 72, spo2, 20)), at(0)) == []
    assert decoder.counts.resyncs == 1


def test_a_longer_record_is_read_by_its_first_bytes() -> None:
    """Some units send eleven bytes."""
    (reading,) = readings(jumper.Decoder().feed(NOTIFY, bytes((0x81, 72, 97, 20, *range(7))), at(0)))

    assert (reading.spo2, reading.pulse_rate, reading.perfusion_index) == (97, 72, 2.0)


def test_one_number_missing_is_no_finger_off() -> None:
    """A saturation without a pulse rate stands alone."""
    (reading,) = readings(jumper.Decoder().feed(NOTIFY, bytes((0x81, 255, 97, 0)), at(0)))

    assert (reading.spo2, reading.pulse_rate, reading.perfusion_index) == (97, None, None)
    assert Flag.FINGER_OFF not in reading.flags
