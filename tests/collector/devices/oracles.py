"""What a stream may say: every vitals frame in it whose own checksum is right, wherever it starts.

Written without the decoders' code: slices, long division, no buffer.
"""

from collections.abc import Callable, Iterator

Spoken = tuple[int | None, int | None]  # SpO2, pulse rate
Oracle = Callable[[bytes], Spoken | None]


def candidates(family: str, stream: bytes) -> Iterator[Spoken]:
    """The numbers of every vitals frame with a right checksum that starts anywhere in `stream`."""
    for start in range(len(stream)):
        said = ORACLES[family](stream[start:])
        if said is not None:
            yield said


def possible(family: str, stream: bytes) -> set[tuple[float | None, float | None]]:
    """The numbers that may come out of `stream`, by the rule that only the impossible is none."""
    return {
        (
            spo2 if spo2 is not None and 0 < spo2 <= 100 else None,
            rate if rate is not None and 0 < rate <= 300 else None,
        )
        for spo2, rate in candidates(family, stream)
    }


def _polynomial(value: int, polynomial: int) -> int:
    """`value` times x^8 modulo the polynomial, by long division."""
    value <<= 8
    for bit in range(15, 7, -1):
        if value >> bit & 1:
            value ^= polynomial << (bit - 8)
    return value


def _reflected(byte: int) -> int:
    return int(f"{byte:08b}"[::-1], 2)


def crc8_right(frame: bytes) -> bool:
    """Whether the last byte is the CRC8 (polynomial 07) of the others."""
    crc = 0
    for byte in frame[:-1]:
        crc = _polynomial(crc ^ byte, 0x107)
    return crc == frame[-1]


def reflected_crc8_right(frame: bytes) -> bool:
    """Whether the last byte is the CRC8 (polynomial 31, reflected) of the others."""
    crc = 0
    for byte in frame[:-1]:
        crc = _polynomial(crc ^ _reflected(byte), 0x131)
    return _reflected(crc) == frame[-1]


def none_if(value: int, *sentinels: int) -> int | None:
    return None if value in sentinels else value


def aa55(here: bytes) -> Spoken | None:
    frame = here[:12]
    if frame[:5] != b"\xaa\x55\x0f\x08\x01" or len(frame) != 12 or not reflected_crc8_right(frame):
        return None
    return frame[5], frame[6] + 256 * frame[7]


def ring(here: bytes, header: int, place: int, rate: int) -> Spoken | None:
    """O2 legacy and OxyII: a payload after seven bytes, the numbers at these places of the frame."""
    if here[0] != header or len(here) < 7:
        return None
    size = here[5] + 256 * here[6]
    frame = here[: size + 8]
    if size < 12 or len(frame) != size + 8 or not crc8_right(frame):
        return None
    return none_if(frame[place], 127), none_if(frame[rate] + 256 * frame[rate + 1], 255)


def contec(here: bytes) -> Spoken | None:
    frame = here[:8]
    if frame[:2] != b"\xeb\x01" or len(frame) != 8 or max(frame[1:]) > 127:
        return None
    if sum(frame[:7]) % 128 != frame[7]:
        return None
    return frame[4], none_if(frame[3] + (128 if frame[2] & 2 else 0), 255)


def masimo(here: bytes) -> Spoken | None:
    frame = here[:19]
    if frame[:3] != b"\x77\x11\x05" or len(frame) != 19 or not crc8_right(frame[2:]):
        return None
    spo2 = None if frame[7] & 4 else none_if(frame[8], 255)
    return spo2, None if frame[9] & 4 else none_if(frame[10], 255)


def fe(here: bytes) -> Spoken | None:
    frame = here[:10]
    if frame[:3] != b"\xfe\x0a\x55" or len(frame) != 10:
        return None
    if frame[9] not in (sum(frame[1:9]) % 256, sum(frame[:9]) % 256):
        return None
    return frame[5], none_if(256 * frame[3] + frame[4], 0x1FF)


def jks50f(here: bytes) -> Spoken | None:
    frame = here[:69]
    if frame[:3] != b"\xff\x44\x01" or len(frame) != 69 or sum(frame[1:68]) % 256 != frame[68]:
        return None
    return (frame[4], none_if(frame[5], 127)) if frame[3] == 0 else (None, None)


def ws20a(here: bytes) -> Spoken | None:
    frame = here[:20]
    if frame[:4] != b"\xfe\x5a\x14\x10" or len(frame) != 20 or sum(frame[2:19]) % 256 != frame[19]:
        return None
    return frame[6], 256 * frame[4] + frame[5]


def taidoc(here: bytes) -> Spoken | None:
    frame = here[:8]
    if frame[:2] != b"\x51\x49" or len(frame) != 8 or sum(frame[:7]) % 256 != frame[7]:
        return None
    return (frame[2], frame[5]) if frame[6] == 0xA5 else None


ORACLES: dict[str, Oracle] = {
    "viatom_aa55": aa55,
    "viatom_oxy": lambda here: ring(here, 0x55, 7, 8),
    "viatom_oxyii": lambda here: ring(here, 0xA5, 13, 15),
    "contec": contec,
    "masimo": masimo,
    "fe_accurate": fe,
    "jks50f": jks50f,
    "ws20a": ws20a,
    "taidoc": taidoc,
}
