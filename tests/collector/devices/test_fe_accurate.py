"""FE 0A 55: its reference vectors, its two sums, and what the waveform says about the numbers."""

import pytest

from collector.devices import fe_accurate
from collector.devices.fe_accurate import NOTIFY, NUMBERS, WAVE, frame
from collector.reading import Flag, Reading
from tests.collector.devices.checking import check, frames
from tests.collector.devices.vectors import Vector, at, chosen, named, readings

VITALS = frame(NUMBERS, bytes((0, 72, 97, 7, 0x54, 1)))
YUWELL = VITALS[:-1] + bytes(((VITALS[-1] + 0xFE) & 0xFF,))


def wave(flags: int = 0, sample: int = 50) -> bytes:
    """A waveform frame."""
    return frame(WAVE, bytes((sample, flags, 5, 1)))


def numbers(decoder: fe_accurate.Decoder, *said: bytes) -> list[Reading]:
    """The readings of these notifications."""
    return [reading for data in said for reading in readings(decoder.feed(NOTIFY, data, at(0)))]


@named(chosen("fe_accurate"))
def test_vector(vector: Vector) -> None:
    """A vector gives its readings, wave and bars, with either sum."""
    expect, decoder = vector["expect"], fe_accurate.Decoder()

    check(decoder, vector)

    if "bar" in expect:
        (good,) = frames(vector, fe_accurate.SHAPE)
        assert [good[5]] == expect["bar"]


@pytest.mark.parametrize(("one", "other"), [(VITALS, YUWELL), (YUWELL, VITALS)])
def test_two_frames_settle_which_sum_it_is(one: bytes, other: bytes) -> None:
    """A unit that leaves the FE out is not believed with it, and the other way round."""
    decoder = fe_accurate.Decoder()

    assert [len(numbers(decoder, data)) for data in (one, one, other, one)] == [1, 1, 0, 1]
    assert decoder.counts.checksum_errors == 1


def test_a_damaged_first_frame_does_not_decide() -> None:
    """A frame that passes by the wrong sum costs the next one, not the connection."""
    decoder = fe_accurate.Decoder()

    assert [len(numbers(decoder, data)) for data in (YUWELL, VITALS, VITALS, VITALS)] == [1, 0, 1, 1]


def test_a_damaged_second_frame_does_not_decide_either() -> None:
    """After two that disagree everything is open again."""
    decoder = fe_accurate.Decoder()

    assert [len(numbers(decoder, data)) for data in (VITALS, YUWELL, VITALS, VITALS)] == [1, 0, 1, 1]


@pytest.mark.parametrize(
    ("bits", "flags"),
    [
        (0x01, set()),
        (0x02, {Flag.FINGER_OFF}),
        (0x04, {Flag.MOTION}),
        (0x08, {Flag.LOW_PERFUSION}),
    ],
)
def test_the_flags_stand_in_the_waveform(bits: int, flags: set[Flag]) -> None:
    """The last waveform frame says how the finger is; without one the numbers it had are old."""
    (reading,) = numbers(fe_accurate.Decoder(), wave(bits), VITALS)

    assert reading.flags == flags
    assert reading.valid == (Flag.FINGER_OFF not in flags)


def test_numbers_beside_a_flat_line_are_withdrawn() -> None:
    """300 identical samples, 3 s at the fastest known rate; one other sample gives the number back."""
    decoder = fe_accurate.Decoder()
    for _ in range(299):
        decoder.feed(NOTIFY, wave(), at(0))

    (before,) = numbers(decoder, VITALS)
    (frozen,) = numbers(decoder, wave(), VITALS)
    (after,) = numbers(decoder, wave(sample=51), VITALS)

    assert before.valid
    assert frozen.flags == {Flag.FROZEN}
    assert not frozen.valid
    assert after.valid
