"""Reference vectors and simulated conversations."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from collector.clock import SECOND, Instant
from collector.devices import DRIVERS
from collector.devices.base import Decoded, Decoder, Driver, Encoder, Vitals, Write
from collector.reading import Reading

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
LOCAL_TIME = datetime.fromisoformat("2026-09-28T22:30:00+00:00")  # of vector o2-013
# Too long to be copied into this repository; read from the shared reference.
LONG = ("pc60-004", "o2-014", "contec-019", "contec-021")

# One notification is one record there, and the link layer alone protects it.
RECORDS = ("plx", "hrs", "nonin", "jumper", "innovo")
# A stream without a checksum: a frame counts when the one before it said the same.
UNCHECKED = ("berry_bci",)
# Their frames have a checksum.
FRAMED = tuple(driver for driver in DRIVERS if driver.family not in (*RECORDS, *UNCHECKED))

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


def started(driver: Driver) -> tuple[Encoder, Decoder]:
    """Both sides of the family after everything that a host writes at the start."""
    encoder, decoder = driver.encoder(), driver.decoder()
    calm = Vitals(spo2=97, pulse_rate=72)

    def write(what: Write) -> None:
        decoder.sent(what.data)
        fed(decoder, encoder.answer(what.characteristic, what.data, calm))

    for each in driver.start(0):
        write(each)
    for each in driver.then(decoder):
        write(each)
    return encoder, decoder


def told(driver: Driver, moments: Sequence[Vitals]) -> list[list[Said]]:
    """What the family's own encoder says at each moment, one answer or second each."""
    encoder, _ = started(driver)
    seconds = []
    for vitals in moments:
        said = encoder.stream(vitals) + encoder.pleth(vitals.pleth)
        if driver.poll:
            write = driver.poll.write
            said += encoder.answer(write.characteristic, write.data, vitals)
        seconds.append(said)
    return seconds


def named(items: list[Vector]) -> pytest.MarkDecorator:
    """The vectors as parameters with their ids."""
    return pytest.mark.parametrize("vector", items, ids=[item["id"] for item in items])
