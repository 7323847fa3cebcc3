"""Reference vectors, simulated conversations, and an oracle for families with checksums."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from collector.clock import SECOND, Instant
from collector.devices import DRIVERS
from collector.devices.base import Decoded, Decoder, Driver, Encoder, Vitals
from collector.reading import Reading

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
LOCAL_TIME = datetime.fromisoformat("2026-09-28T22:30:00+00:00")  # of vector o2-013
# Too long to be copied into this repository; read from the shared reference.
LONG = ("pc60-004", "o2-014", "contec-019", "contec-021")

# One notification is one record there, and the link layer alone protects it.
RECORDS = ("plx", "hrs")
# Their frames have a checksum.
FRAMED = tuple(driver for driver in DRIVERS if driver.family not in RECORDS)

# What the simulated oximeters are given to say.
CALM = Vitals(spo2=97, pulse_rate=72, perfusion_index=2.1, pleth=(10, 40, 70, 40, 20))
VITALS = st.builds(
    Vitals,
    spo2=st.none() | st.integers(1, 100),
    pulse_rate=st.none() | st.integers(1, 300),
    perfusion_index=st.none() | st.integers(1, 200).map(lambda tenths: tenths / 10),
    finger=st.booleans(),
    searching=st.booleans(),
    motion=st.booleans(),
    battery=st.integers(0, 100),
    pleth=st.lists(st.integers(0, 100), max_size=12).map(tuple),
)

Vector = dict[str, Any]
Said = tuple[str, bytes]  # characteristic, notification


def committed() -> list[Vector]:
    """All vectors in this repository."""
    return [
        vector
        for file in sorted(CAPTURES.glob("vectors_*.json"))
        for vector in json.loads(file.read_text(encoding="utf-8"))
    ]


def chosen(*families: str, direction: str = "rx") -> list[Vector]:
    """The committed vectors of these families."""
    return [v for v in committed() if v["family"] in families and v["direction"] == direction]


def shared(reference: Path, vector_id: str) -> Vector:
    """One vector of the shared reference."""
    vectors: list[Vector] = json.loads((reference / "vectors.json").read_text(encoding="utf-8"))
    return next(vector for vector in vectors if vector["id"] == vector_id)


def notifications(vector: Vector) -> list[Said]:
    """The vector's bytes by notification."""
    return [(vector["characteristic"], bytes.fromhex(text)) for text in vector["hex"]]


def at(seconds: float) -> Instant:
    """An instant of a test's own clock."""
    return Instant(boot="test", running_ns=round(seconds * SECOND), utc_ns=0)


def fed(decoder: Decoder, said: Iterable[Said], *, seconds: float = 0.0) -> list[Decoded]:
    """All that `decoder` makes of `said`, arriving at one instant."""
    return [item for char, data in said for item in decoder.feed(char, data, at(seconds))]


def readings(decoded: Iterable[Decoded]) -> list[Reading]:
    """The readings among what was decoded."""
    return [item for item in decoded if isinstance(item, Reading)]


def begun(driver: Driver) -> Encoder:
    """The family's encoder after everything that a host writes at the start."""
    encoder, decoder = driver.encoder(), driver.decoder()
    for write in driver.start(0):
        fed(decoder, encoder.answer(write.characteristic, write.data, Vitals(spo2=97, pulse_rate=72)))
    for write in driver.then(decoder):
        encoder.answer(write.characteristic, write.data, Vitals(spo2=97, pulse_rate=72))
    return encoder


def told(driver: Driver, moments: Sequence[Vitals]) -> list[list[Said]]:
    """What the family's own encoder says at each moment, one answer or second each."""
    encoder = begun(driver)
    seconds = []
    for vitals in moments:
        said = encoder.stream(vitals) + encoder.pleth(vitals.pleth)
        if driver.poll:
            write = driver.poll.write
            said += encoder.answer(write.characteristic, write.data, vitals)
        seconds.append(said)
    return seconds


def _polynomial(value: int, polynomial: int) -> int:
    """`value` times x^8 modulo the polynomial, by long division."""
    value <<= 8
    for bit in range(15, 7, -1):
        if value >> bit & 1:
            value ^= polynomial << (bit - 8)
    return value


def _reflected(byte: int) -> int:
    return int(f"{byte:08b}"[::-1], 2)


def candidates(family: str, stream: bytes) -> Iterator[tuple[int, int]]:
    """(SpO2, pulse rate) of every vitals frame with a right checksum that starts anywhere in `stream`.

    Written without the decoders' code: slices, long division, no buffer.
    """
    for start in range(len(stream)):
        said = ORACLES[family](stream[start:])
        if said is not None:
            yield said


Said2 = tuple[int, int] | None


def aa55_says(here: bytes) -> Said2:
    frame = here[:12]
    if frame[:5] == b"\xaa\x55\x0f\x08\x01" and len(frame) == 12 and aa55_right(frame):
        return frame[5], frame[6] + 256 * frame[7]
    return None


def rings_say(here: bytes, header: int, place: int) -> Said2:
    """O2 legacy and OxyII: payload after seven bytes, SpO2 and pulse rate at `place` of it."""
    if here[0] != header or len(here) < 7:
        return None
    size = here[5] + 256 * here[6]
    frame = here[: size + 8]
    if size < 12 or len(frame) != size + 8 or not crc8_right(frame):
        return None
    if header == 0xA5:
        return frame[7 + place], frame[9 + place] + 256 * frame[10 + place]
    return frame[7 + place], frame[8 + place] + 256 * frame[9 + place]


def contec_says(here: bytes) -> Said2:
    frame = here[:8]
    if frame[:2] != b"\xeb\x01" or len(frame) != 8 or max(frame[1:]) > 127:
        return None
    if sum(frame[:7]) % 128 != frame[7]:
        return None
    return frame[4], frame[3] + (128 if frame[2] & 2 else 0)


ORACLES: dict[str, Callable[[bytes], Said2]] = {
    "viatom_aa55": aa55_says,
    "viatom_oxy": lambda here: rings_say(here, 0x55, 0),
    "viatom_oxyii": lambda here: rings_say(here, 0xA5, 6),
    "contec": contec_says,
}


def crc8_right(frame: bytes) -> bool:
    """Whether the last byte is the CRC8 (polynomial 07) of the others."""
    crc = 0
    for byte in frame[:-1]:
        crc = _polynomial(crc ^ byte, 0x107)
    return crc == frame[-1]


def aa55_right(frame: bytes) -> bool:
    """Whether the last byte is the CRC8 (polynomial 31, reflected) of the others."""
    crc = 0
    for byte in frame[:-1]:
        crc = _polynomial(crc ^ _reflected(byte), 0x131)
    return _reflected(crc) == frame[-1]


def named(items: list[Vector]) -> pytest.MarkDecorator:
    """The vectors as parameters with their ids."""
    return pytest.mark.parametrize("vector", items, ids=[item["id"] for item in items])
