"""AA55 beyond the reference vectors: frozen pleth, finger off, levels."""

import pytest

from collector.devices import viatom_aa55
from collector.devices.base import Vitals
from collector.devices.viatom_aa55 import FFF0_NOTIFY, UART_NOTIFY, frame
from collector.reading import Flag, Reading
from tests.collector.devices.vectors import at, readings


def vitals_frame(spo2: int = 97, rate: int = 72, status: int = 0, level: int = 3) -> bytes:
    """A vitals frame with a perfusion index of 2.1 %."""
    payload = bytes((spo2, rate & 0xFF, rate >> 8, 21, status, level << 6))
    return frame(0x0F, 0x01, payload)


def pleth_frame(*samples: int) -> bytes:
    """A frame of five pleth samples."""
    return frame(0x0F, 0x02, bytes(samples))


def one(data: bytes, decoder: viatom_aa55.Decoder | None = None) -> Reading:
    """The one reading that these bytes give."""
    (found,) = readings((decoder or viatom_aa55.Decoder()).feed(UART_NOTIFY, data, at(0)))
    return found


def test_numbers_in_a_finger_off_frame_are_withdrawn() -> None:
    """The unit repeats its last numbers without a finger; none of them comes out."""
    found = one(vitals_frame(status=0x02))

    assert found == Reading(at=at(0), flags=frozenset((Flag.FINGER_OFF,)))


@pytest.mark.parametrize(
    ("status", "level", "flags"),
    [
        (0x04, 3, {Flag.SEARCHING}),
        (0x00, 0, {Flag.LOW_BATTERY}),
        (0xF9, 1, set()),
        (0x06, 0, {Flag.FINGER_OFF, Flag.SEARCHING, Flag.LOW_BATTERY}),
    ],
)
def test_each_bit_is_its_flag(status: int, level: int, flags: set[Flag]) -> None:
    """Two status bits and an empty battery are told; unexplained bits are not interpreted."""
    assert one(vitals_frame(status=status, level=level)).flags == flags


@pytest.mark.parametrize(
    ("spo2", "rate", "said"),
    [(40, 15, (40, 15)), (0, 0, (None, None)), (101, 301, (None, None)), (100, 300, (100, 300))],
)
def test_only_the_impossible_is_no_value(
    spo2: int, rate: int, said: tuple[int | None, int | None]
) -> None:
    """Low numbers are data; 0, over 100 and over 300 are None."""
    found = one(vitals_frame(spo2, rate))

    assert (found.spo2, found.pulse_rate) == said


@pytest.mark.parametrize("flat", [0, 63])
def test_flat_pleth_withdraws_the_numbers_from_3_s_on(flat: int) -> None:
    """149 identical samples leave the number, 150 take it, one other sample gives it back."""
    decoder = viatom_aa55.Decoder()
    decoder.feed(UART_NOTIFY, pleth_frame(1, 1, 1, 1, flat - 1 & 0x7F), at(0))
    decoder.feed(UART_NOTIFY, pleth_frame(1, flat, flat, flat, flat), at(0))
    for _ in range(29):
        decoder.feed(UART_NOTIFY, pleth_frame(*[flat] * 5), at(0))

    before = one(vitals_frame(), decoder)
    decoder.feed(UART_NOTIFY, pleth_frame(flat, flat, flat, flat, flat | 0x80), at(0))
    frozen = one(vitals_frame(rate=73), decoder)
    decoder.feed(UART_NOTIFY, pleth_frame(flat, flat, flat, flat, 64), at(0))
    after = one(vitals_frame(), decoder)

    assert before.valid
    assert frozen == Reading(at=at(0), flags=frozenset((Flag.FROZEN,)))
    assert after.valid


def test_a_step_between_two_flat_lines_is_a_change() -> None:
    """3 s are counted anew from the step."""
    decoder = viatom_aa55.Decoder()
    for amplitude in (10, 20):
        for _ in range(29):
            decoder.feed(UART_NOTIFY, pleth_frame(*[amplitude] * 5), at(0))

    assert one(vitals_frame(), decoder).valid


def test_no_value_is_not_called_frozen() -> None:
    """While the unit warms up with flat pleth there is no number to withdraw."""
    decoder = viatom_aa55.Decoder()
    for _ in range(40):
        decoder.feed(UART_NOTIFY, pleth_frame(0, 0, 0, 0, 0), at(0))

    assert one(vitals_frame(0, 0), decoder).flags == set()
    assert one(vitals_frame(status=0x02), decoder).flags == {Flag.FINGER_OFF}


def test_both_notify_characteristics_speak_and_no_other() -> None:
    """PC-66B and PC-60NW use FFF1; the same bytes elsewhere mean nothing."""
    decoder = viatom_aa55.Decoder()

    assert len(decoder.feed(FFF0_NOTIFY, vitals_frame(), at(0))) == 1
    assert decoder.feed("00002a5f-0000-1000-8000-00805f9b34fb", vitals_frame(), at(0)) == []


def test_a_frame_of_known_type_and_foreign_length_is_no_reading() -> None:
    """A right checksum does not make a longer vitals frame one that is understood."""
    longer = frame(0x0F, 0x01, bytes((97, 72, 0, 21, 0, 192, 0)))
    decoder = viatom_aa55.Decoder()

    assert decoder.feed(UART_NOTIFY, longer, at(0)) == []
    assert decoder.counts.frames == 1


def test_the_encoder_keeps_old_numbers_without_a_finger() -> None:
    """As the real unit does: the last numbers travel on in finger-off frames."""
    encoder = viatom_aa55.Encoder()
    ((_, on),) = encoder.stream(Vitals(spo2=97, pulse_rate=78))
    ((_, off),) = encoder.stream(Vitals(spo2=None, pulse_rate=None, finger=False))

    assert on[5:9] == off[5:9]
    assert off[9] == 0x02


def test_the_encoder_stuck_sends_the_same_frame_and_flat_pleth() -> None:
    """A frozen unit repeats frame and last amplitude."""
    encoder = viatom_aa55.Encoder()
    first = encoder.stream(Vitals(spo2=97, pulse_rate=78))
    encoder.pleth((10, 20, 30, 40, 50))

    again = encoder.stream(Vitals(spo2=80, pulse_rate=50, repeat=True))
    ((_, flat),) = encoder.pleth((1, 2, 3, 4, 5))

    assert again == first
    assert flat[5:10] == bytes((50,)) * 5


def test_odd_samples_wait_for_the_next_frame() -> None:
    """Five samples make a frame however they come."""
    encoder = viatom_aa55.Encoder()

    assert encoder.pleth((1, 2, 3)) == []
    assert encoder.pleth((4, 5, 6)) == [(UART_NOTIFY, pleth_frame(1, 2, 3, 4, 5))]
