"""JKS50F, Innovo, WS20A and TaiDoc: one public reader each, so little more than their vectors."""

import pytest

from collector.devices import by_family, innovo, taidoc, ws20a
from collector.devices.base import Vitals
from collector.reading import Flag
from tests.collector.devices.checking import check, frames
from tests.collector.devices.vectors import Vector, at, chosen, fed, named, readings, told


@named(chosen("jks50f", "innovo", "ws20a", "taidoc"))
def test_vector(vector: Vector) -> None:
    """A vector gives its readings and wave."""
    driver = by_family(vector["family"])
    assert driver is not None

    check(driver.decoder(), vector)

    if "seq" in vector["expect"]:
        (good,) = frames(vector, ws20a.SHAPE)
        assert good[18] == vector["expect"]["seq"]


@pytest.mark.parametrize("family", ["innovo", "ws20a", "taidoc"])
def test_no_number_at_all_is_no_finger(family: str) -> None:
    """How they say it is not published: zeros in both places are taken for it."""
    driver = by_family(family)
    assert driver is not None
    ((*said,),) = told(driver, [Vitals(spo2=97, pulse_rate=72, finger=False)])

    (reading,) = readings(fed(driver.decoder(), said))

    assert not reading.valid
    assert reading.flags == {Flag.FINGER_OFF}


def test_an_impossible_innovo_record_is_none() -> None:
    """Over 100 % no byte of it is believed."""
    decoder = innovo.Decoder()

    assert decoder.feed(innovo.NOTIFY, bytes((0x3E, 101, 0, 72)) + bytes(10), at(0)) == []
    assert decoder.counts.resyncs == 1


def test_taidoc_answers_nothing_but_its_request() -> None:
    """The simulated unit knows one request, and refuses to be switched off."""
    encoder, calm = taidoc.Encoder(), Vitals(spo2=97, pulse_rate=72)

    assert encoder.answer(taidoc.BOTH_WAYS, bytes.fromhex("514950000000a33d"), calm) == []
    assert len(encoder.answer(taidoc.BOTH_WAYS, taidoc.REQUEST, calm)) == 1
