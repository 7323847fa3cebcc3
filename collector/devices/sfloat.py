"""SFLOAT: the 16-bit decimal number of IEEE 11073-20601 that Bluetooth SIG services carry.

| bits   | field                                  |
|--------|----------------------------------------|
| 15..12 | exponent, signed 4 bit                 |
| 11..0  | mantissa, signed 12 bit                |

Value = mantissa x 10^exponent; little endian on the wire. Five raw words mean "no value" and are
compared before splitting (Personal Health Devices Transcoding White Paper, section 2.2.2).
"""

SPECIALS = {0x07FF: "NaN", 0x0800: "NRes", 0x07FE: "+INF", 0x0802: "-INF", 0x0801: "RESERVED"}
NO_VALUE = b"\xff\x07"
_POWERS: tuple[int, ...] = (1, 10, 100, 1000, 10**4, 10**5, 10**6, 10**7, 10**8)
LARGEST_MANTISSA = 2045  # 2046 and 2047 with exponent 0 are specials


def value(raw: int) -> float | None:
    """The number of the raw word, exact to its last decimal; None for the five specials."""
    if raw in SPECIALS:
        return None
    mantissa = raw & 0x0FFF
    if mantissa > 0x07FF:
        mantissa -= 0x1000
    exponent = raw >> 12
    # Dividing whole numbers rounds once, so 975 / 10 is 97.5 and not 97.50000000000001.
    return mantissa * _POWERS[exponent] if exponent < 8 else mantissa / _POWERS[16 - exponent]


def read(data: bytes, offset: int) -> float | None:
    """The number at `offset`; the two bytes must be there."""
    return value(data[offset] | data[offset + 1] << 8)


def encode(number: float | None, decimals: int = 0) -> bytes:
    """Two wire bytes with `decimals` (0-7) digits after the point; NaN for None.

    Raises:
        ValueError: the number does not fit twelve bits at that precision.
    """
    if number is None:
        return NO_VALUE
    mantissa = round(number * _POWERS[decimals])
    if abs(mantissa) > LARGEST_MANTISSA:
        raise ValueError(f"{number} with {decimals} decimals does not fit an SFLOAT")
    return ((-decimals & 0xF) << 12 | mantissa & 0x0FFF).to_bytes(2, "little")
