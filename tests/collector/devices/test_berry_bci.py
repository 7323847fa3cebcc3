"""BerryMed: its reference vectors, frames that confirm each other, and its two languages."""

import random
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import SECOND
from collector.devices import berry_bci, berry_packet
from collector.devices.base import Vitals
from collector.devices.berry_bci import NOTIFY, TO_BERRY, WRITE
from collector.reading import Flag, PlethChunk, Reading
from tests.collector.devices.checking import check, check_reading, frames
from tests.collector.devices.vectors import Vector, at, chosen, fed, named, readings

FRAME = bytes.fromhex("8632054861")  # 97 %, 72 per minute
CALM = Vitals(spo2=97, pulse_rate=72, perfusion_index=2.1, pleth=(10, 40, 70, 40, 20))


def said(
    *notifications: bytes, seconds: float = 0, decoder: berry_bci.Decoder | None = None
) -> list[Reading]:
    """The readings of these notifications at one instant."""
    decoder = decoder or berry_bci.Decoder()
    return readings(fed(decoder, [(NOTIFY, data) for data in notifications], seconds=seconds))


@named([v for v in chosen("berry_bci") if v["characteristic"] == NOTIFY])
def test_vector(vector: Vector) -> None:
    """Frame by frame as the vector has it; from a BCI stream one confirmed reading a second is taken."""
    expect = vector["expect"]
    packets = frames(vector, berry_packet.SHAPE)
    if packets:
        check(berry_bci.Decoder(), {**vector, "expect": {"samples": [], **expect}})
        assert expect.get("rr_ms", []) == [
            berry_packet.interval_ms(packet)
            for packet in packets
            if not berry_packet.is_version(packet)
        ]
        if "software_version" in expect:
            assert berry_packet.version(packets[0]) == expect["software_version"]
        return
    good = frames(vector, berry_bci.SHAPE)
    found = [berry_bci.read(frame) for frame in good]
    if "software_version" in expect:  # bare text: it passes for frames, none of which has a number
        assert said(*(bytes.fromhex(text) for text in vector["hex"])) == []
        text = b"".join(bytes.fromhex(part) for part in vector["hex"]).replace(b"\xff", b"")
        assert text.rstrip(b"\0").decode() == expect["software_version"]
        return
    for one, sample in zip(found, expect["samples"], strict=True):
        check_reading(
            Reading(at=at(0), spo2=one.spo2, pulse_rate=one.pulse_rate, flags=one.flags), sample
        )
        assert one.signal == sample.get("signal", one.signal)
    assert [frame[1] for frame in good] == expect.get("wave", [frame[1] for frame in good])
    assert [one.bar for one in found] == expect.get("bar", [one.bar for one in found])


def test_its_address_is_said_backwards() -> None:
    """The vector of the address characteristic; nothing reads it, the radio knows the address."""
    (vector,) = (v for v in chosen("berry_bci") if v["characteristic"] == berry_bci.ADDRESS)

    address = bytes.fromhex(vector["hex"][0])[::-1]

    assert address.hex(":").upper() == vector["expect"]["mac"]
    assert berry_bci.Decoder().feed(berry_bci.ADDRESS, address, at(0)) == []


@named(chosen("berry_bci", direction="tx"))
def test_nothing_is_written(vector: Vector) -> None:
    """None of the known commands is needed, and old units ignore them."""
    assert not berry_bci.DRIVER.allows(bytes.fromhex(vector["hex"][0]))


def test_a_number_needs_two_frames_in_a_row() -> None:
    """One frame is none, nor two that differ, nor two with something in between."""
    other = FRAME[:4] + b"\x60"

    assert said(FRAME) == []
    assert said(FRAME, other, FRAME) == []
    assert said(FRAME, b"\x12" + FRAME) == []
    assert [reading.spo2 for reading in said(FRAME + FRAME)] == [97]


def test_one_reading_a_second() -> None:
    """A hundred frames a second give one reading each second, whatever notifications they come in."""
    decoder, found = berry_bci.Decoder(), []
    for n in range(250):
        found += said(FRAME * 4, seconds=n * 0.04, decoder=decoder)

    times = [reading.at.running_ns / SECOND for reading in found]
    assert 10 <= len(times) <= 11
    assert all(0.9 <= later - earlier < 1.05 for earlier, later in pairwise(times))


def test_127_is_no_pulse_rate_in_the_first_seconds() -> None:
    """Some units show it until they have found the pulse; later it is one, unless still searching."""
    decoder = berry_bci.Decoder()
    held = bytes((0x86, 50, 0x05, 127, 97))
    searching = bytes((0x86, 50, 0x25, 127, 97))

    rates = [
        reading.pulse_rate
        for second, frame in ((0, held), (4, held), (6, held), (7, searching))
        for reading in said(frame * 2, seconds=second, decoder=decoder)
    ]

    assert rates == [None, None, 127, None]


@pytest.mark.parametrize(
    ("frame", "flags"),
    [
        ("a632054861", {Flag.FINGER_OFF}),
        ("9632054861", {Flag.POOR_SIGNAL}),
        ("8632154861", {Flag.FINGER_OFF}),
        ("8f00507f7f", {Flag.FINGER_OFF}),
    ],
)
def test_numbers_beside_no_finger_or_no_signal_are_none(frame: str, flags: set[Flag]) -> None:
    """Unplugged, no signal, no finger: what else is in the frame is old."""
    (reading,) = said(bytes.fromhex(frame) * 2)

    assert not reading.valid
    assert reading.flags == flags


def confirmed(stream: bytes) -> set[tuple[int, int]]:
    """The numbers of every two neighbouring frames of the same saying, by slices alone."""
    pairs = set()
    for start in range(len(stream) - 9):
        one, two = stream[start : start + 5], stream[start + 5 : start + 10]
        whole = all(f[0] > 127 and max(f[1:]) < 128 for f in (one, two))
        if whole and one[3:] == two[3:] and (one[2] ^ two[2]) & 0x70 == 0:
            pairs.add((one[4], one[3] + (128 if one[2] & 0x40 else 0)))
    return pairs


@pytest.mark.parametrize("bits", [1, 2])
def test_turned_bits_give_a_number_only_in_two_frames_at_once(bits: int) -> None:
    """One never does; two only where they turn the same bit of neighbours, which nothing can tell."""
    stream = FRAME * 3
    whole = int.from_bytes(stream, "big")
    wrong = 0
    for places in combinations(range(8 * len(stream)), bits):
        spoilt = (whole ^ sum(1 << place for place in places)).to_bytes(len(stream), "big")
        for reading in said(spoilt):
            pair = (reading.spo2, reading.pulse_rate)
            allowed = {(97, 72), *confirmed(spoilt)}
            assert pair in allowed | {(None, rate) for _, rate in allowed} | {
                (spo2, None) for spo2, _ in allowed
            } | {(None, None)}
            wrong += reading.valid and pair != (97, 72)
    assert wrong <= {1: 0, 2: 80}[bits]


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_garbage_gives_no_number_that_is_not_confirmed(junk: list[bytes]) -> None:
    """Pieces of anything between frames: a number stands in two neighbouring frames, or in a packet."""
    stream = b"".join(junk)

    for reading in said(*junk):
        if reading.valid and b"\xff\xaa" not in stream:
            pairs = confirmed(stream)
            assert reading.spo2 in {spo2 for spo2, _ in pairs} | {None}
            assert reading.pulse_rate in {rate for _, rate in pairs} | {None}


@given(junk=st.binary(max_size=300))
def test_a_link_recovers_from_garbage(junk: bytes) -> None:
    """After any garbage without a whole packet the stream reads again within a second."""
    decoder = berry_bci.Decoder()
    said(junk, decoder=decoder)

    found = said(FRAME * 4, FRAME * 4, seconds=2, decoder=decoder)

    assert [(reading.spo2, reading.pulse_rate) for reading in found] == [(97, 72)]


def berry(moments: list[Vitals]) -> list[list[bytes]]:
    """What a clip that was told to speak BERRY says, second by second."""
    encoder = berry_bci.Encoder()
    encoder.answer(WRITE, TO_BERRY, CALM)
    return [[data for _, data in encoder.stream(vitals)] for vitals in moments]


@given(
    spo2=st.none() | st.integers(1, 100),
    rate=st.none() | st.integers(1, 254),
    finger=st.booleans(),
    battery=st.integers(0, 100),
)
def test_packets_are_read_as_well(
    spo2: int | None,
    rate: int | None,
    finger: bool,  # noqa: FBT001 - a parameter of the test
    battery: int,
) -> None:
    """Numbers, perfusion index and battery come out, once a second."""
    vitals = Vitals(spo2=spo2, pulse_rate=rate, finger=finger, battery=battery, pleth=(1, 2, 3))
    decoder = berry_bci.Decoder()

    found = [
        reading
        for second, packets in enumerate(berry([vitals] * 3))
        for reading in said(*packets, seconds=second, decoder=decoder)
    ]

    assert len(found) == 3
    for reading in found:
        assert reading.spo2 == (spo2 if finger else None)
        assert reading.pulse_rate == (rate if finger else None)
        assert reading.perfusion_index == (2.0 if finger else None)
        assert reading.battery == battery
    assert decoder.counts.frames == 18
    assert decoder.counts.checksum_errors == decoder.counts.resyncs == 0


def test_a_packet_with_a_wrong_sum_is_none_and_no_frames_either() -> None:
    """The bytes inside a spoilt packet look like a frame; twice in a row they must not count."""
    (packets,) = berry([CALM])
    spoilt = [packet[:-1] + bytes((packet[-1] ^ 1,)) for packet in packets]
    decoder = berry_bci.Decoder()

    assert said(*packets[:1], decoder=decoder) != []
    assert said(*spoilt, seconds=2, decoder=decoder) == []
    assert decoder.counts.checksum_errors == len(spoilt)


def test_spoilt_packets_alone_give_nothing() -> None:
    """A link whose first packets are all spoilt says nothing, not the frames that hide in them."""
    (packets,) = berry([CALM])

    found = said(*(packet[:-1] + bytes((packet[-1] ^ 1,)) for packet in packets))

    assert found == []


@pytest.mark.parametrize("status", [0x01, 0x02, 0x04])
def test_the_averages_count_only_with_a_signal(status: int) -> None:
    """Sensor off, no finger, no pulse: averages that stand are old. So without instantaneous ones."""
    whole = bytearray(berry_packet.packet(CALM, 1, 50))
    off, gone = whole.copy(), whole.copy()
    off[3] = status
    gone[5], gone[7] = 0x7F, 0xFF

    assert berry_packet.reading(bytes(whole), at(0)).valid
    assert not berry_packet.reading(bytes(off), at(0)).valid
    assert not berry_packet.reading(bytes(gone), at(0)).valid


def test_numbers_beside_a_flat_line_are_withdrawn() -> None:
    """Three seconds of one amplitude at 100 Hz."""
    decoder = berry_bci.Decoder()
    found = [said(FRAME * 100, seconds=second, decoder=decoder) for second in range(5)]

    assert [bool(readings[0].valid) for readings in found] == [True, True, False, False, False]


def test_what_is_kept_between_notifications_is_bounded() -> None:
    """A mebibyte of noise leaves less than a packet behind."""
    decoder = berry_bci.Decoder()
    decoder.feed(NOTIFY, random.Random(1).randbytes(1 << 20), at(0))

    assert decoder._framer.pending < 5
    assert decoder._packets.pending <= 20


def test_pleth_comes_in_one_chunk_a_notification() -> None:
    """Four frames, four samples."""
    (*_, chunk) = berry_bci.Decoder().feed(NOTIFY, FRAME * 4, at(0))

    assert chunk == PlethChunk(at=at(0), samples=(50,) * 4, rate_hz=100.0)
