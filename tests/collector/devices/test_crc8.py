"""The two CRC8."""

from hypothesis import given
from hypothesis import strategies as st

from collector.devices import crc8


def test_check_values_of_the_catalogue() -> None:
    """Both give the published check values over 123456789 and over known frames."""
    assert crc8.msb_first(b"123456789") == 0xF4
    assert crc8.lsb_first(b"123456789") == 0xA1
    assert crc8.msb_first(bytes.fromhex("aa17e800000000")) == 0x1B
    assert crc8.lsb_first(bytes.fromhex("aa550f0801614000730080")) == 0xC6


@given(st.binary(max_size=200))
def test_over_a_frame_with_its_own_crc_it_is_zero(data: bytes) -> None:
    """The property by which frames are checked holds for any content."""
    assert crc8.msb_first(data + bytes((crc8.msb_first(data),))) == 0
    assert crc8.lsb_first(data + bytes((crc8.lsb_first(data),))) == 0
