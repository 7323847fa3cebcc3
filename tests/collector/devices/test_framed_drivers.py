"""What holds for every family whose frames have a checksum."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.devices.base import Decoded, Decoder, Driver, Vitals
from collector.reading import Reading
from tests.collector.devices.oracles import possible
from tests.collector.devices.vectors import CALM, FRAMED, VITALS, fed, readings, told

EVERY_FRAMED = pytest.mark.parametrize("driver", FRAMED, ids=lambda driver: driver.family)
CORPUS = (
    CALM,
    Vitals(spo2=85, pulse_rate=170, perfusion_index=8.5, battery=85, pleth=(85,) * 5),
    Vitals(spo2=40, pulse_rate=15, perfusion_index=0.1, motion=True),
    Vitals(spo2=97, pulse_rate=72, finger=False),
)


def numbers(decoded: Sequence[Decoded]) -> list[tuple[float | None, float | None]]:
    """SpO2 and pulse rate of the readings that carry a number."""
    return [(r.spo2, r.pulse_rate) for r in readings(decoded) if r.valid]


def stream_of(driver: Driver, moments: Sequence[Vitals] = CORPUS) -> tuple[str, bytes]:
    """The characteristic of a framed family and all its bytes over these moments."""
    said = [item for second in told(driver, moments) for item in second]
    (characteristic,) = {char for char, _ in said}
    return characteristic, b"".join(data for _, data in said)


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """`data` cut at these places (modulo its length)."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[first:last] for first, last in pairwise(edges)]


def joined(decoded: Sequence[Decoded]) -> list[Reading | list[int]]:
    """The readings, with all pleth samples between two of them as one."""
    found: list[Reading | list[int]] = []
    for item in decoded:
        if isinstance(item, Reading):
            found.append(item)
        elif found and isinstance(found[-1], list):
            found[-1] += item.samples
        else:
            found.append([*item.samples])
    return found


@EVERY_FRAMED
@given(moments=st.lists(VITALS, min_size=1, max_size=4), places=st.lists(st.integers(0, 999)))
def test_cutting_the_stream_otherwise_changes_nothing(
    driver: Driver, moments: list[Vitals], places: list[int]
) -> None:
    """Readings, pleth and counts depend on the bytes, not on how they were notified."""
    characteristic, stream = stream_of(driver, moments)

    whole, parts = driver.decoder(), driver.decoder()
    decoded = fed(whole, [(characteristic, stream)])

    found = fed(parts, [(characteristic, part) for part in cut(stream, places)])
    assert joined(found) == joined(decoded)
    assert parts.counts == whole.counts


@EVERY_FRAMED
@given(
    pieces=st.lists(
        st.tuples(st.integers(0, 999), st.integers(0, 999), st.binary(max_size=12)), max_size=8
    ),
    places=st.lists(st.integers(0, 999), max_size=8),
)
def test_cut_and_garbage_give_true_numbers_or_none(
    driver: Driver, pieces: list[tuple[int, int, bytes]], places: list[int]
) -> None:
    """Pieces of a stream between garbage give no number without a right checksum."""
    characteristic, stream = stream_of(driver)
    spoilt = b"".join(stream[first : first + size % 60] + junk for first, size, junk in pieces)

    decoded = fed(driver.decoder(), [(characteristic, part) for part in cut(spoilt, places)])

    assert set(numbers(decoded)) <= possible(driver.family, spoilt)


@EVERY_FRAMED
@given(junk=st.binary(max_size=300))
def test_a_link_recovers_from_garbage(driver: Driver, junk: bytes) -> None:
    """After any garbage the stream reads again: with the next poll, or within the longest frame."""
    decoder: Decoder = driver.decoder()
    moments = [Vitals(spo2=90, pulse_rate=60 + second, perfusion_index=2.0) for second in range(12)]
    characteristic, _ = stream_of(driver)
    fed(decoder, [(characteristic, junk)])

    last: list[Decoded] = []
    for second, said in enumerate(told(driver, moments), start=1):
        if driver.poll:
            decoder.sent(driver.poll.write.data)
        last = fed(decoder, said, seconds=second)

    assert numbers(last) == [(90, 71)]


def flipped(data: bytes, bits: int) -> Iterator[bytes]:
    """`data` with every combination of that many bits turned over."""
    whole = int.from_bytes(data, "big")
    for places in combinations(range(8 * len(data)), bits):
        yield (whole ^ sum(1 << place for place in places)).to_bytes(len(data), "big")


@EVERY_FRAMED
def test_one_turned_bit_gives_no_false_number(driver: Driver) -> None:
    """Each single flipped bit costs at most its own frame; every number left is a true one."""
    characteristic, stream = stream_of(driver)
    sizes = [sum(len(data) for _, data in said) for said in told(driver, CORPUS)]
    ends = [0, *accumulate(sizes)]

    def heard(spoilt: bytes) -> list[tuple[float | None, float | None]]:
        decoder, decoded = driver.decoder(), []
        for first, last in pairwise(ends):
            if driver.poll:
                decoder.sent(driver.poll.write.data)
            decoded += fed(decoder, [(characteristic, spoilt[first:last])])
        return numbers(decoded)

    true = heard(stream)
    assert len(true) == 3
    for spoilt in flipped(stream, 1):
        found = heard(spoilt)
        assert set(found) <= set(true)
        assert len(found) >= 2


@EVERY_FRAMED
def test_two_turned_bits_give_a_number_only_with_its_own_right_checksum(driver: Driver) -> None:
    """Every pair of flipped bits in a vitals frame: what passes, passes by the oracle too."""
    characteristic, vitals_frame = stream_of(driver, (replace(CALM, pleth=()),))

    for spoilt in flipped(vitals_frame, 2):
        found = numbers(fed(driver.decoder(), [(characteristic, spoilt)]))
        if found:
            assert set(found) <= possible(driver.family, spoilt)


@EVERY_FRAMED
def test_what_is_kept_between_notifications_is_bounded(driver: Driver) -> None:
    """A mebibyte of the worst kind (headers with long lengths, noise) leaves under 4 KiB behind."""
    decoder = driver.decoder()
    characteristic, stream = stream_of(driver)
    noise = random.Random(1).randbytes(1 << 16)
    worst = {
        "viatom_aa55": b"\xaa\x55\x0f\x40",
        "viatom_oxy": b"\x55\x00\xff\x00\x00\x00\x08",
        "viatom_oxyii": b"\xa5\x04\xfb\x01\x00\x00\x04",
        "contec": b"\xed\x04",
        "masimo": b"\x77\x7e\x04",
        "fe_accurate": b"\xfe\x0a\x55",
        "jks50f": b"\xff\x44\x01",
        "ws20a": b"\xfe\x5a\x40",
        "taidoc": b"\x51\x49\x61",
    }

    for part in (noise, worst[driver.family] * 1000, stream, worst[driver.family]):
        fed(decoder, [(characteristic, part)])

    framer = decoder._framer  # type: ignore[attr-defined]  # what it keeps is nobody else's business
    assert 0 < framer.pending <= 4096
