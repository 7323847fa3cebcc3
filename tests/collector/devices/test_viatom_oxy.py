"""O2 legacy beyond the reference vectors: polling, sentinels, wave, information."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.devices import crc8, viatom_oxy
from collector.devices.base import Vitals, pieces
from collector.devices.viatom_oxy import NOTIFY, WRITE
from collector.devices.viatom_oxy_frame import Command, reply, request
from collector.devices.viatom_oxy_frame import _frame as o2_frame
from collector.devices.viatom_oxy_information import Information, information
from collector.devices.viatom_wave import interpolated
from collector.reading import Flag, PlethChunk, Reading
from tests.collector.devices.vectors import at, readings

VITALS = Vitals(spo2=97, pulse_rate=72, perfusion_index=2.5, battery=80, pleth=(1, 2, 3))


def parameters(spo2: int = 97, rate: int = 72, *, state: int = 1, warnings: int = 0) -> bytes:
    """The payload of an RT_PARAM reply."""
    return bytes((spo2, rate & 0xFF, rate >> 8, 0, 0, 0, 0, 80, 0, 4, 25, state, warnings))


def one(payload: bytes) -> Reading:
    """The one reading of one reply."""
    (found,) = readings(viatom_oxy.Decoder().feed(NOTIFY, reply(payload), at(0)))
    return found


def asked(command: Command, answer: bytes) -> list[object]:
    """What a reply means after that command."""
    decoder = viatom_oxy.Decoder()
    decoder.sent(request(command))
    return list(decoder.feed(NOTIFY, answer, at(0)))


@pytest.mark.parametrize(
    ("spo2", "rate", "said"),
    [
        (0xFF, 0xFFFF, (None, None)),
        (40, 15, (40, 15)),
        (97, 0xFFFF, (97, None)),
        (0xFF, 72, (None, 72)),
        (101, 301, (None, None)),
    ],
)
def test_sentinels_are_no_value_and_low_numbers_are_data(
    spo2: int, rate: int, said: tuple[int | None, int | None]
) -> None:
    """FF and FFFF never come out as numbers; 40 % and 15 per minute do."""
    found = one(parameters(spo2, rate))

    assert (found.spo2, found.pulse_rate) == said
    assert found.flags == set()


def test_numbers_without_a_finger_are_withdrawn() -> None:
    """State bit 0 clear: nothing but the battery comes out."""
    found = one(parameters(state=0xF0))

    assert found == Reading(at=at(0), battery=80, flags=frozenset((Flag.FINGER_OFF,)))


@pytest.mark.parametrize(
    ("warnings", "flags"),
    [
        (0x01, {Flag.POOR_SIGNAL}),
        (0x40, {Flag.MOTION}),
        (0x3C, set()),
        (0x82, {Flag.POOR_SIGNAL, Flag.MOTION}),
    ],
)
def test_the_rings_warnings_are_flags(warnings: int, flags: set[Flag]) -> None:
    """Invalid signal and motion show as flags; its own limits for numbers are not ours."""
    found = one(parameters(warnings=warnings))

    assert found.flags == flags
    assert found.valid


def test_a_status_without_its_complement_is_no_frame() -> None:
    """A right CRC alone does not make a reply."""
    body = b"\x55\x00\xfe" + reply(parameters())[3:-1]
    decoder = viatom_oxy.Decoder()

    assert decoder.feed(NOTIFY, body + bytes((crc8.msb_first(body),)), at(0)) == []
    assert (decoder.counts.frames, decoder.counts.checksum_errors) == (0, 0)


def test_a_battery_over_100_is_unknown() -> None:
    """An impossible percent is None."""
    assert one(parameters()[:7] + b"\xff" + parameters()[8:]).battery is None


def test_file_content_is_never_a_reading() -> None:
    """After a file command, or with a block number, a reply that looks like vital signs is content."""
    assert asked(Command.READ_CONTENT, reply(parameters())) == []
    assert asked(Command.RT_PARAM, reply(parameters(), block=1)) == []
    assert len(asked(Command.RT_PARAM, reply(parameters()))) == 1


def test_a_refusal_is_kept_and_is_no_reading() -> None:
    """Status 1 gives the error, whatever its payload."""
    decoder = viatom_oxy.Decoder()

    assert decoder.feed(NOTIFY, reply(b"\x09\0\0\0", status=1), at(0)) == []
    assert decoder.error == "file_error(0x09)"
    assert decoder.feed(NOTIFY, reply(parameters(), status=1), at(0)) == []


def test_a_new_command_ends_the_wait_for_an_old_reply() -> None:
    """A reply cut off by the radio does not swallow the next one, even if it claimed 2 KiB."""
    decoder = viatom_oxy.Decoder()
    poll = request(Command.RT_PARAM)
    decoder.feed(NOTIFY, b"\x55\x00\xff\x00\x00\x00\x08", at(0))

    decoder.sent(poll)
    found = decoder.feed(NOTIFY, reply(parameters()), at(1))

    assert len(found) == 1


def test_pieces_of_a_long_command_do_not_end_the_wait() -> None:
    """Only the piece that begins a command says which one is in flight."""
    decoder = viatom_oxy.Decoder()
    first, *rest = pieces(request(Command.PARA_SYNC, b'{"SetTIME":"2026-09-28,22:30:00"}'))
    decoder.sent(first)
    decoder.feed(NOTIFY, reply(parameters())[:5], at(0))

    for piece in rest:
        decoder.sent(piece)

    assert len(decoder.feed(NOTIFY, reply(parameters())[5:], at(0))) == 1


def test_a_wave_reply_is_a_reading_and_pleth() -> None:
    """The wave command's reply carries both; 62.5 Hz when that was asked for."""
    encoder, decoder = viatom_oxy.Encoder(), viatom_oxy.Decoder()
    ask = request(Command.RT_WAVE, b"\x01")
    decoder.sent(ask)

    found = [
        item
        for characteristic, data in encoder.answer(WRITE, ask, VITALS)
        for item in decoder.feed(characteristic, data, at(0))
    ]

    assert found == [
        Reading(at=at(0), spo2=97, pulse_rate=72, perfusion_index=2.5, battery=80),
        PlethChunk(at=at(0), samples=(1, 2, 3), rate_hz=62.5),
    ]


@given(st.binary(max_size=20))
def test_markers_never_come_out_as_samples(samples: bytes) -> None:
    """156 and 246 are replaced; every other sample stays where it was."""
    found = interpolated(samples)

    assert len(found) == len(samples)
    for before, after in zip(samples, found, strict=True):
        assert after == before or before in (156, 246)
    true = [sample for sample in samples if sample not in (156, 246)]
    assert all(min(true, default=0) <= sample <= max(true, default=0) for sample in found)


@pytest.mark.parametrize(
    "payload",
    [b"{", b"{}x", b'{"a":' + b"[" * 2000, b"[1]", b"\xff{", b'{"CurBAT":85}'],
)
def test_a_broken_information_reply_is_survived(payload: bytes) -> None:
    """Text that is no JSON object of words gives no information, or an empty one."""
    said = information(payload)

    assert said is None or said == Information()


@pytest.mark.parametrize(
    ("said", "battery"), [("85%", 85), ("101%", None), ("", None), ("9" * 9, None)]
)
def test_the_battery_in_words(said: str, battery: int | None) -> None:
    """A percent in words is a number up to 100."""
    found = information(f'{{"CurBAT":"{said}"}}'.encode())

    assert found is not None
    assert found.battery == battery


def test_a_conversation_from_the_start() -> None:
    """The start writes set the clock and ask for information; the ring answers both."""
    encoder, decoder = viatom_oxy.Encoder(), viatom_oxy.Decoder()

    for write in viatom_oxy.DRIVER.start(1_790_000_000 * 10**9):
        decoder.sent(write.data)
        for characteristic, data in encoder.answer(write.characteristic, write.data, VITALS):
            assert decoder.feed(characteristic, data, at(0)) == []

    assert decoder.counts.frames == 2
    assert decoder.information is not None
    assert decoder.information.battery == 80
    assert decoder.information.device_time.startswith("2026-09-2")


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (o2_frame(0xAA, 0x1C, 0, b"\0"), "unknown_command(0x0B)"),
        (request(Command.READ_START, b"20260917141352\0"), "file_error(0x09)"),
    ],
)
def test_an_unknown_command_or_file_is_refused_by_the_ring(ask: bytes, error: str) -> None:
    """The encoder answers what it does not know as the ring does."""
    encoder, decoder = viatom_oxy.Encoder(), viatom_oxy.Decoder()

    for part in pieces(ask):
        for characteristic, data in encoder.answer(WRITE, part, VITALS):
            decoder.feed(characteristic, data, at(0))

    assert decoder.error == error
